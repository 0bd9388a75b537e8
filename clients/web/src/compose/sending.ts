/** Sending, until an answer comes or it is stopped; and what becomes of what was sent. */
import { FacteurError, type Id, type JmapClient, type Method, type Params, type Result } from "facteur";
import { preferences } from "../app/preferences.ts";
import { go } from "../app/router.ts";
import { toast } from "../app/toasts.ts";
import { longDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { troubleOfInfo } from "../setup/trouble.ts";
import { openComposer } from "./index.ts";
import type { Calls } from "./saver.ts";
import { type Hold, takeBack } from "./send.ts";
import { problem } from "./words.ts";

/** It was to be thrown away while it was being sent. */
class Stopped extends Error {}

/** The calls of one sending. When it is stopped none is begun any more; one that is under way is awaited, as the core may have carried it out. */
export class Sending implements Calls {
  isStopped = false;
  #fail: (why: Error) => void = () => undefined;
  readonly #stopped = new Promise<never>((_, failed) => (this.#fail = failed));

  constructor(private readonly client: JmapClient) {
    this.#stopped.catch(() => undefined);
  }

  stop(): void {
    this.isStopped = true;
    this.#fail(new Stopped());
  }

  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.isStopped ? this.#stopped : this.client.call(method, params);
  }

  /** What need not be awaited once it is stopped. */
  unlessStopped<T>(what: Promise<T>): Promise<T> {
    return Promise.race([what, this.#stopped]);
  }

  /** Until an answer comes: whether it was sent is not guessed. */
  async insist<T>(call: () => Promise<T>, waits: () => void): Promise<T> {
    for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
      try {
        return await call();
      } catch (e) {
        if (e instanceof FacteurError || this.isStopped) throw e;
        waits();
        await this.unlessStopped(new Promise((done) => setTimeout(done, pause)));
      }
    }
  }
}

/** What is about to go out: said, with a way back while there is one. That it did, `watch` says. */
export function told(client: JmapClient, of: { id: Id; accountId: Id; emailId: Id }, hold: Hold | undefined, sendAt: string): void {
  const { undoSend } = preferences.value;
  const run = async (): Promise<void> => {
    try {
      await takeBack(client, of);
      openComposer({ kind: "draft", emailId: of.emailId, accountId: of.accountId });
    } catch (e) {
      toast({ ...problem("compose-too-late", e), kind: "problem" });
    }
  };
  const action = { label: t("compose-undo"), run: () => void run() };
  if (hold) toast({ name: of.id, text: t("compose-sent-later", { when: longDate(sendAt) }), action, seconds: 10 });
  else if (undoSend > 0) toast({ name: of.id, text: t("compose-goes-out", { seconds: undoSend }), action, seconds: undoSend });
  else toast({ name: of.id, text: t("compose-sending") });
}

const WATCH_MS = [500, 1000, 2000, 4000, 8000, 16_000, 30_000];

/** What becomes of it is in the outbox; that it has gone out, or has not, is said as soon as it is known. */
export async function watch(client: JmapClient, of: { id: Id; accountId: Id }, sendAt: string, about: string): Promise<void> {
  const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  const from = new Date(sendAt).getTime() - Date.now();
  if (from > 10 * 60_000) return;
  await sleep(Math.max(from, 0));
  for (const pause of WATCH_MS) {
    await sleep(pause);
    const { list } = await client.call("EmailSubmission/get", { accountId: of.accountId, ids: [of.id], properties: ["state", "error", "deliveryStatus"] });
    const state = list[0]?.state;
    const trouble = list[0]?.error && troubleOfInfo(list[0].error);
    const reply = Object.values(list[0]?.deliveryStatus ?? {}).find((one) => one.delivered === "no")?.smtpReply;
    const detail = trouble?.server ?? trouble?.detail;
    if (state === "sent") toast({ name: of.id, text: t("compose-sent") });
    if (!state || state === "sent" || state === "canceled") return;
    if (state !== "failed" && state !== "uncertain" && !list[0]?.error) continue;
    const key = state === "failed" ? "compose-failed" : state === "uncertain" ? "compose-uncertain" : "compose-delayed";
    toast({
      text: t(key, { about, why: trouble?.what ?? reply ?? "" }),
      ...(detail ? { detail } : {}),
      kind: "problem",
      name: of.id,
      action: { label: t("compose-outbox"), run: () => go({ page: "settings", part: "outbox" }) },
    });
    return;
  }
}
