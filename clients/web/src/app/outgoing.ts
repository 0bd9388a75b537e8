/** What was given to the outbox and has not gone out, or not for sure. It stands in Sent from then on (RFC 8621 section 7.5): only this tells that it has not
 * left. Of all accounts, in one question, which is asked again whenever the core tells that there is another answer. */
import { computed, effect, signal } from "@preact/signals";
import type { EmailSubmission } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";
import { soonDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Loop } from "../store/loop.ts";
import { store } from "../store/index.ts";
import type { Id, Row } from "../store/types.ts";
import { whenIdle } from "../ui/later.tsx";

const PROPERTIES = ["accountId", "emailId", "sendAt", "undoStatus", "state", "nextTryAt", "error", "needsConfirmation", "isReport"] as const;
const MOST = 500;

export type Outgoing = Pick<EmailSubmission, "id" | (typeof PROPERTIES)[number]> & { accountId: Id };

const all = signal<readonly Outgoing[]>([]);

/** By their messages. What the core sends of itself (a receipt) is about somebody's letter, which has not to go anywhere. */
const byEmail = computed(() => new Map(all.value.filter((one) => !one.isReport).map((one) => [one.emailId, one])));

/** How many can still be kept from going out. */
export const waiting = computed(() => all.value.filter((one) => one.undoStatus === "pending").length);

/** undefined: it has gone out, or never was to. */
export function outgoingOf({ id, keywords }: Pick<Row, "id" | "keywords">): Outgoing | undefined {
  const one = byEmail.value.get(id);
  // What failed is a draft again; if it is none any more, it was sent once more, and that is what counts.
  return one?.state === "failed" && !keywords["$draft"] ? undefined : one;
}

/** What a list says of it. */
export function outgoingWords(one: Outgoing): string {
  return t("list-outgoing", { state: one.needsConfirmation ? "asks" : (one.state ?? "queued"), when: soonDate(new Date(one.sendAt)) });
}

/** The user has to see to it. */
export const isInTrouble = ({ state }: Pick<Outgoing, "state">): boolean => state === "failed" || state === "uncertain";

/** Who follows it. */
let follower: object | undefined;

async function ask(): Promise<void> {
  const batch = client().batch();
  const filter = { operator: "NOT", conditions: [{ state: "sent" }, { state: "canceled" }] };
  const query = batch.call("EmailSubmission/query", { accountId: "*", filter, limit: MOST });
  const got = batch.call("EmailSubmission/get", { accountId: "*", ids: query.ref("/ids"), properties: [...PROPERTIES] });
  await batch.send();
  if (follower) all.value = (got.result.list as Outgoing[]).reverse(); // the newest of a message is what counts
}

const asking = new Loop(ask);

/** Resolves when it is known what there is now. A token that may not see it is shown none. */
export const lookAgain = (): Promise<void> => asking.run().catch(() => undefined);

/** For as long as it is shown anywhere, from when the browser has nothing else to do. What it returns ends that. */
export function followOutgoing(): () => void {
  let stop = (): void => undefined;
  const mine = (follower = {});
  void whenIdle(() => {
    if (follower !== mine) return;
    const { connection } = store();
    const news = store().newsOf("EmailSubmission");
    stop = effect(() => {
      news.value;
      // In a turn of its own: what it reads is nothing to begin again for.
      if (connection.value.state === "live") void Promise.resolve().then(lookAgain);
    });
  });
  return () => {
    follower = undefined;
    stop();
    all.value = [];
  };
}
