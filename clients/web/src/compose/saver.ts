/** Saves a draft while it is written: one call at a time, each state there once, nothing lost.
 *
 * A state is created with `replaces`, which takes the one before away in the same transaction (docs/decisions/0026), under an idempotencyKey
 * (0012): a call whose answer was lost is made again with the same key and the same content, so it is done once. What is typed meanwhile
 * waits for the next call.
 *
 *      clean -> waiting -> saving -> clean
 *                  ^          |-> waiting      the core or the connection is gone: again after a pause, or at once when `hurry` is called
 *                  |          |-> refused      for good: said in words; what is typed next is tried again
 *                  '----------'-> elsewhere    the state that would be replaced is gone: the user decides
 */
import { unique } from "../store/unique.ts";
import { signal, type ReadonlySignal } from "@preact/signals";
import { ConnectionLost, FacteurError, type Id, type Method, type Params, type Result } from "facteur";

export interface Calls {
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
}

/** What is saved: for Email/set create, without "replaces". */
export interface State {
  accountId: Id;
  email: Record<string, unknown>;
}

export type Saving =
  | { is: "clean"; at: number | undefined }
  | { is: "waiting"; trouble: string | undefined }
  | { is: "saving"; trouble: string | undefined }
  | { is: "refused"; error: unknown }
  /** `theirs`: the draft that stands in its place; undefined: it was deleted. */
  | { is: "elsewhere"; theirs: Id | undefined };

export interface SaverOptions {
  accountId: Id;
  /** Of the draft that is there already. */
  emailId: Id | undefined;
  /** The account's state of Emails when it was read. */
  since?: string | undefined;
  /** A state that an earlier window tried to save: it is looked for before anything is saved. */
  tried?: { messageId: string; accountId: Id } | undefined;
  /** What there is to save, now. Message-ID is given so that a state can be found again. */
  make(messageId: string): State;
  newMessageId(): string;
  /** Drafts of the user that are being written here: none of them is "theirs". */
  isOurs?(id: Id): boolean;
  /** After each state that is there. The next one waits for what it does. */
  onSaved?(id: Id, state: State): Promise<void> | void;
  pauseMs?: number;
  now?(): number;
}

const PAUSE_MS = 1500;
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];

interface Attempt {
  key: string;
  messageId: string;
  state: State;
  replaces: Id | undefined;
}

class Gone extends Error {}

export class Saver {
  readonly #current: { value: Saving } & ReadonlySignal<Saving>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDirty = false;
  #attempt: Attempt | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #isEnded = false;
  #since: string | undefined;
  #before: SaverOptions["tried"];

  emailId: Id | undefined;
  accountId: Id;

  constructor(private readonly calls: Calls, private readonly options: SaverOptions) {
    this.emailId = options.emailId;
    this.accountId = options.accountId;
    this.#since = options.since;
    this.#before = options.tried;
    this.#current = signal<Saving>({ is: "clean", at: undefined });
  }

  get saving(): ReadonlySignal<Saving> {
    return this.#current;
  }

  /** Whether something is written that the core has not got. */
  get isUnsaved(): boolean {
    return this.#isDirty || this.#attempt !== undefined;
  }

  /** Message-ID of what the core may have without this window's knowing it. */
  get tried(): string | undefined {
    return this.#attempt?.messageId ?? this.#before?.messageId;
  }

  /** Something was written. */
  touch(): void {
    if (this.#isEnded) return;
    this.#isDirty = true;
    if (this.#current.peek().is === "elsewhere") return;
    if (this.#current.peek().is !== "saving") this.#wait(this.#troubleNow());
    this.#plan(this.options.pauseMs ?? PAUSE_MS);
  }

  /** What was written is gone again, before anything of it was saved. */
  calm(): void {
    if (this.#isEnded || this.emailId || this.#attempt || this.#running) return;
    clearTimeout(this.#timer);
    this.#isDirty = false;
    this.#current.value = { is: "clean", at: undefined };
  }

  /** Now. True: all is saved. False: it cannot be, for now or without a decision, or it has ended. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    for (let isFirst = true; (this.#isDirty || this.#running || this.#attempt) && !this.#isEnded; isFirst = false) {
      const { is } = this.#current.peek();
      if (is === "elsewhere" || (!isFirst && (is === "refused" || (is === "waiting" && !this.#running && this.#failures)))) return false;
      await (this.#running ?? this.#run());
    }
    return !this.#isEnded && !this.isUnsaved;
  }

  /** The connection is back: what waits for a pause to end is tried at once. */
  hurry(): void {
    if (this.isUnsaved && !this.#running && this.#current.peek().is === "waiting") this.#plan(0);
  }

  /** After "elsewhere": what is written here stays, in the place of theirs. */
  keepMine(): void {
    const now = this.#current.peek();
    if (now.is !== "elsewhere") return;
    this.emailId = now.theirs;
    this.#attempt = undefined;
    this.#isDirty = true;
    this.#wait(undefined);
    this.#plan(0);
  }

  /** After "elsewhere": theirs was loaded. */
  tookTheirs(id: Id): void {
    this.emailId = id;
    this.#attempt = undefined;
    this.#isDirty = false;
    this.#current.value = { is: "clean", at: undefined };
  }

  /** Whether the draft is still there: to be asked when Emails have changed. What is being saved is looked at by the save itself. */
  async look(): Promise<void> {
    const id = this.emailId;
    if (!id || this.#running || this.tried || this.#isEnded || this.#current.peek().is === "elsewhere") return;
    const { list } = await this.calls.call("Email/get", { accountId: this.accountId, ids: [id], properties: ["keywords"] });
    const isThere = list.some((email) => (email.keywords as Record<string, true> | undefined)?.["$draft"]);
    if (isThere || id !== this.emailId || this.#running || this.#isEnded) return;
    await this.#elsewhere().catch(() => undefined);
  }

  /** No more: it was sent, or discarded. What is under way is awaited, so that nothing comes after it. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#findBefore(); // or it would stay, whatever comes of this one
    this.#isDirty = false;
    this.#attempt = undefined;
  }

  /** After end: it goes on after all. */
  resume(): void {
    this.#isEnded = false;
    this.touch();
  }

  #troubleNow(): string | undefined {
    const now = this.#current.peek();
    return now.is === "waiting" || now.is === "saving" ? now.trouble : undefined;
  }

  #wait(trouble: string | undefined): void {
    this.#current.value = { is: "waiting", trouble };
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void (this.#running ?? this.#run()), ms);
  }

  #run(): Promise<void> {
    return (this.#running = this.#save().finally(() => {
      this.#running = undefined;
      // Written on since it was saved: the pause may have ended before this.
      const { is } = this.#current.peek();
      if (this.#isDirty && !this.#isEnded && (is === "clean" || (is === "waiting" && !this.#failures))) this.touch();
    }));
  }

  async #save(): Promise<void> {
    if (this.#before) {
      try {
        await this.#findBefore();
      } catch (e) {
        return this.#failed(e);
      }
    }
    if (!this.#attempt) {
      this.#isDirty = false;
      const messageId = this.options.newMessageId();
      const state = this.options.make(messageId);
      this.#attempt = { key: unique(), messageId, state, replaces: state.accountId === this.accountId ? this.emailId : undefined };
    }
    this.#current.value = { is: "saving", trouble: this.#troubleNow() };
    try {
      await this.#carryOut(this.#attempt);
    } catch (e) {
      await this.#failed(e);
    }
  }

  async #carryOut(attempt: Attempt): Promise<void> {
    const { key, state, replaces } = attempt;
    const create = { draft: replaces ? { ...state.email, replaces } : state.email };
    const answer = await this.calls.call("Email/set", { accountId: state.accountId, create, undoable: false, idempotencyKey: key });
    const error = answer.notCreated?.["draft"] as { type: string; description?: string; properties?: string[] } | undefined;
    if (error?.properties?.includes("replaces")) throw new Gone();
    if (error) throw new FacteurError("Email/set", { data: error });
    const created = answer.created?.["draft"] as { id: Id } | undefined;
    if (!created) throw new FacteurError("Email/set", { message: "neither created nor refused" });
    this.#since = answer.newState;
    await this.#done(created.id, state);
  }

  async #done(id: Id, state: State): Promise<void> {
    const { accountId } = state;
    const before = { id: this.emailId, accountId: this.accountId };
    this.emailId = id;
    this.accountId = accountId;
    this.#attempt = undefined;
    this.#failures = 0;
    this.#current.value = { is: "clean", at: (this.options.now ?? Date.now)() };
    // It was written as somebody of another account: there it is no more. It is there twice rather than nowhere, if this fails.
    if (before.id && before.accountId !== accountId)
      await this.calls.call("Email/set", { accountId: before.accountId, destroy: [before.id], undoable: false }).catch(() => undefined);
    await this.options.onSaved?.(id, state);
  }

  async #failed(e: unknown): Promise<void> {
    const isLost = e instanceof ConnectionLost;
    if (e instanceof Gone) return this.#elsewhere().catch((again: unknown) => this.#failed(again));
    if (e instanceof FacteurError && e.type === "outcomeUnknown") return this.#findOut().catch((again: unknown) => this.#failed(again));
    const why = e instanceof Error ? e.message : String(e);
    if (isLost || (e instanceof FacteurError && e.retry !== "never")) {
      this.#wait(why);
      this.#plan((e instanceof FacteurError ? e.retryAfterMs : undefined) ?? RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]!);
      this.#failures ||= 1;
      return;
    }
    this.#attempt = undefined; // the next one has another content, and another key
    this.#isDirty = true;
    this.#current.value = { is: "refused", error: e };
  }

  /** The core ended in the middle of the call: the state's Message-ID tells whether it is there. */
  async #findOut(): Promise<void> {
    const attempt = this.#attempt!;
    const id = await this.#find(attempt.state.accountId, attempt.messageId);
    if (id) return this.#done(id, attempt.state);
    attempt.key = unique();
    await this.#carryOut(attempt);
  }

  /** What an earlier window was not told of is the draft, where it is there. */
  async #findBefore(): Promise<void> {
    if (!this.#before) return;
    const { messageId, accountId } = this.#before;
    const id = await this.#find(accountId, messageId);
    this.#before = undefined;
    if (id) await this.#done(id, { ...this.options.make(""), accountId });
  }

  async #find(accountId: Id, messageId: string): Promise<Id | undefined> {
    const { ids } = await this.calls.call("Email/query", { accountId, filter: { header: ["Message-ID", messageId], hasKeyword: "$draft" }, limit: 1 });
    return ids[0];
  }

  /** Who stands in the place of the draft that is gone: of what came since, a draft that answers the same, or of the same subject. */
  async #elsewhere(): Promise<void> {
    const theirs = this.#since ? await this.#findTheirs(this.#since) : undefined;
    this.#attempt = undefined;
    this.#isDirty = true;
    clearTimeout(this.#timer);
    this.#current.value = { is: "elsewhere", theirs };
  }

  async #findTheirs(since: string): Promise<Id | undefined> {
    const accountId = this.accountId;
    const { created } = await this.calls.call("Email/changes", { accountId, sinceState: since });
    if (!created.length) return undefined;
    const { list } = await this.calls.call("Email/get", { accountId, ids: created.slice(-50), properties: ["keywords", "subject", "inReplyTo"] });
    const mine = this.options.make("").email;
    const drafts = list.filter((email) => (email.keywords as Record<string, true> | undefined)?.["$draft"] && !this.options.isOurs?.(email.id!));
    // No draft changes what it answers. Where both answer nothing, that says nothing: another letter is not to be taken for this one, and replaced.
    const thread = String(mine["inReplyTo"] ?? "");
    const isSubject = (email: (typeof drafts)[number]): boolean => email.subject === mine["subject"];
    const likely = drafts.filter((email) => String(email.inReplyTo ?? "") === thread && (thread || (email.subject && isSubject(email))));
    return (likely.filter(isSubject).at(-1) ?? likely.at(-1))?.id ?? undefined;
  }
}
