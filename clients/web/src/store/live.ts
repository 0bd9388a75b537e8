/** What is new: told by the stream of changes, asked for by /changes, one refresh at a time. After an interruption the same: the stream
 * then tells all states, and those that are others than here are asked about. */
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Call, FacteurError } from "facteur";
import { type Folders, MAILBOX_PROPERTIES } from "./folders.ts";
import { type Link, quietly } from "./link.ts";
import { Loop } from "./loop.ts";
import type { Records } from "./records.ts";
import type { Threads } from "./threads.ts";
import type { Id, Row } from "./types.ts";
import { LIST_PROPERTIES } from "./window.ts";

const CHANGES_MAX = 1000;
const ROWS_AT_ONCE = 250;
/** From the first news to the refresh, and between two of them: so that a storm is a few. */
const PAUSE_MS = 25;
/** What is done here is on the screen at once: what else came of it (counts, conversations) is asked for when the hand rests. The stream tells of it
 * before it is answered, too, and what is told then waits as long; but none of it longer than LATEST_MS. */
const REST_MS = 150;
const LATEST_MS = 500;
/** A stream that was refused a try is tried again so soon. */
const STREAM_PAUSE_MS = 5000;

const TYPES = ["Email", "Thread", "Mailbox"] as const;
type Type = (typeof TYPES)[number];
/** Of all accounts at once, in the order in which they came. */
type Since = Record<"Email" | "Thread", string>;
type Changed = Record<"created" | "updated" | "destroyed", Id[]>;
/** The list of accounts, and how each of them is doing. */
const OF_ACCOUNTS: readonly string[] = ["Account", "AccountState"];

export interface LiveHost {
  link: Link;
  records: Records;
  folders: Folders;
  threads: Threads;
  /** Lists may be others now. */
  listsChanged(): void;
  mailboxesChanged(): void;
}

export class Live {
  /** Of each account and type: what is here. */
  readonly #known = new Map<string, string>();
  /** Of those that are others at the core: what it said last; "" where it is asked whatever it said. */
  readonly #news = new Map<string, string>();
  /** Of each account's mail: the state that lists were last told to ask about. */
  readonly #listed = new Map<Id, string>();
  readonly #refreshing = new Loop(() => this.#work());
  readonly #looking = new Loop(() => this.#look());
  /** The accounts are others, and nobody looks at the page. */
  #isStale = false;
  readonly #counts = new Map<string, Signal<number>>();
  /** And the one that they are to be told of. */
  readonly #toList = new Map<Id, string>();
  /** When the last action is over that was begun here. */
  #restsAt = 0;

  /** The mailboxes are here. */
  readonly ready: Promise<void>;
  #begun!: () => void;

  constructor(private readonly host: LiveHost) {
    this.ready = new Promise((done) => (this.#begun = done));
  }

  /** Fetches what is held whole: accounts, mailboxes, identities. `ready` when they can be shown. What happens after that is asked for when `drawn`. */
  async start(drawn: Promise<void>): Promise<void> {
    const { folders, link } = this.host;
    try {
      const since = await folders.fetchAll();
      this.#begun();
      await drawn;
      await this.#begin(folders.accounts.peek().map((a) => a.id), since);
    } catch (e) {
      link.streamIs(e);
      this.#begun(); // lists are refused, too, and say so
    }
    globalThis.document?.addEventListener("visibilitychange", this.#lookAgain);
    void this.#listen();
  }

  stop(): void {
    globalThis.document?.removeEventListener("visibilitychange", this.#lookAgain);
  }

  /** The states of these accounts are known from now on. What changed since `since`, before they were, is asked for behind them: nothing is in neither. */
  async #begin(accountIds: readonly Id[], since?: Since): Promise<void> {
    const { link, folders, threads } = this.host;
    const { asked, changes } = await link.send((b) => ({
      asked: accountIds.map((accountId) => ({
        accountId,
        Email: b.call("Email/get", { accountId, ids: [], properties: ["id"] }),
        Thread: b.call("Thread/get", { accountId, ids: [] }),
        Mailbox: b.call("Mailbox/get", { accountId, ids: null, properties: MAILBOX_PROPERTIES }),
      })),
      changes: since && {
        Email: b.call("Email/changes", { accountId: "*", sinceState: since.Email, maxChanges: CHANGES_MAX }),
        Thread: b.call("Thread/changes", { accountId: "*", sinceState: since.Thread, maxChanges: CHANGES_MAX }),
      },
    }));
    batch(() => {
      for (const { accountId, ...calls } of asked) {
        if (calls.Mailbox.error) continue; // it is gone again
        for (const type of TYPES) this.#known.set(`${type} ${accountId}`, calls[type].result.state);
        folders.replace(accountId, calls.Mailbox.result.list);
      }
    });
    this.host.mailboxesChanged();
    if (!changes) return;
    threads.changed(isTold(changes.Thread) ? idsOf(changes.Thread.result) : undefined);
    if (!isTold(changes.Email)) return this.#fetchAllRows(accountIds);
    if (idsOf(changes.Email.result).length === 0) return;
    const others = this.#changed(changes.Email.result);
    this.host.listsChanged();
    await this.#fetchRows(others);
  }

  /** What Email/changes tells. Answers those whose rows are others: also what was created since, where a list brought it here before it changed again. */
  #changed({ created, updated, destroyed }: Changed): Id[] {
    const { records } = this.host;
    records.touch(created);
    records.destroyed(destroyed);
    return [...updated, ...created.filter((id) => records.truth(id))];
  }

  /** What is here of these accounts. */
  async #fetchAllRows(accountIds: readonly Id[]): Promise<void> {
    const { records } = this.host;
    await this.#fetchRows(records.ids().filter((id) => accountIds.includes(records.truth(id)!.accountId)));
    this.host.listsChanged();
  }

  // ---- the stream ----

  async #listen(): Promise<void> {
    const { link } = this.host;
    while (!link.isClosed) {
      try {
        for await (const { changed } of link.client.changes("*", 30, (problem) => link.streamIs(problem), STREAM_PAUSE_MS)) this.told(changed);
      } catch (e) {
        link.streamIs(e);
        await new Promise((done) => setTimeout(done, STREAM_PAUSE_MS));
      }
    }
  }

  /** Moves on whenever something of this type changed. */
  newsOf(type: string): ReadonlySignal<number> {
    let count = this.#counts.get(type);
    if (!count) this.#counts.set(type, (count = signal(0)));
    return count;
  }

  told(changed: Record<string, Record<string, string>>): void {
    let isOther = false;
    for (const [accountId, states] of Object.entries(changed)) {
      if (!this.#known.has(`Email ${accountId}`)) {
        this.#lookSoon();
        continue;
      }
      for (const [type, state] of Object.entries(states)) if (this.#tell(type, accountId, state)) isOther = true;
    }
    if (isOther) this.refresh();
  }

  /** False: that is here already. */
  #tell(type: string, accountId: Id, state: string): boolean {
    const key = `${type} ${accountId}`;
    if (this.#known.get(key) === state) {
      if (this.#news.get(key)) this.#news.delete(key);
      return false;
    }
    const count = this.#counts.get(type);
    if (count) count.value++;
    if ((TYPES as readonly string[]).includes(type)) {
      if (this.#news.get(key) !== "") this.#news.set(key, state);
      if (type === "Email") {
        this.#toList.set(accountId, state);
        // Others' mail does not wait for what is being asked about now.
        setTimeout(() => !this.host.link.isClosed && performance.now() >= this.#restsAt && this.#tellLists(), PAUSE_MS);
      }
      return true;
    }
    this.#known.set(key, state);
    if (type === "Identity") quietly(this.host.folders.fetchIdentities());
    if (OF_ACCOUNTS.includes(type)) this.#lookSoon();
    return false;
  }

  /** An action is sent. */
  acting(): void {
    this.#restsAt = performance.now() + REST_MS;
  }

  /** An answer of Email/set: `oldState` is what is here: then nothing else happened, and nothing need be fetched. Answers that. */
  did(accountId: Id, oldState: string | null, newState: string): boolean {
    const key = `Email ${accountId}`;
    const isNext = oldState !== null && this.#known.get(key) === oldState;
    if (isNext) this.#known.set(key, newState);
    else this.#news.set(key, newState);
    if (this.#news.get(key) === this.#known.get(key)) this.#news.delete(key);
    if (oldState !== newState) for (const type of ["Mailbox", "Thread"]) this.mayBeOther(type as Type, accountId);
    this.#toList.set(accountId, newState);
    this.refresh();
    return isNext;
  }

  #tellLists(): void {
    let areOther = false;
    for (const [accountId, state] of this.#toList) {
      if (this.#listed.get(accountId) !== state) areOther = true;
      this.#listed.set(accountId, state);
    }
    this.#toList.clear();
    if (areOther) this.host.listsChanged();
  }

  /** It may be that something changed: ask from now on. An answer that is under way does not do, even if it is of the state that the stream tells: counters
   * go over from what is pending to what is fetched after the core has answered. */
  mayBeOther(type: Type, accountId: Id): void {
    this.#news.set(`${type} ${accountId}`, "");
  }

  // ---- refreshing ----

  refresh(): void {
    void this.#refreshing.run();
  }

  async #work(): Promise<void> {
    const { link } = this.host;
    while ((this.#news.size > 0 || this.#toList.size > 0) && !link.isClosed) {
      await this.#rest();
      this.#tellLists();
      const asked = [...this.#news.keys()];
      if (asked.length === 0) continue;
      await this.#once(asked).then(() => link.newsAre(undefined), async (e: unknown) => {
        link.newsAre(e);
        for (const key of asked) if (!this.#news.has(key)) this.#news.set(key, "");
        await new Promise((done) => setTimeout(done, STREAM_PAUSE_MS));
      });
    }
  }

  /** Until what is told together was told, and what is done together was done. */
  async #rest(): Promise<void> {
    const latest = performance.now() + LATEST_MS;
    for (let pause = PAUSE_MS; pause > 0; pause = Math.min(this.#restsAt, latest) - performance.now()) await new Promise((done) => setTimeout(done, pause));
  }

  async #once(keys: readonly string[]): Promise<void> {
    const { link, folders, threads } = this.host;
    this.#news.clear();
    const counted = folders.settling();
    const asked = await link.send((b) =>
      keys.map((key) => {
        const [type, accountId] = key.split(" ") as [Type, Id];
        const sinceState = this.#known.get(key) ?? "";
        const args = { accountId, sinceState, maxChanges: CHANGES_MAX };
        if (type !== "Mailbox") return { key, type, accountId, sinceState, changes: b.call(type === "Email" ? "Email/changes" : "Thread/changes", args) };
        const changes = b.call("Mailbox/changes", args);
        const gets = [
          b.call("Mailbox/get", { accountId: "*", ids: changes.ref("/created") }),
          b.call("Mailbox/get", { accountId: "*", ids: changes.ref("/updated"), properties: changes.ref("/updatedProperties") }),
        ];
        return { key, type, accountId, sinceState, changes, gets };
      }),
    );
    const emails: Id[] = [];
    const changedThreads: Id[] = [];
    let hasMailboxes = false;
    batch(() => {
      for (const { key, type, accountId, sinceState, changes, gets } of asked) {
        if (changes.error) {
          quietly(this.#lostTrack(key, type, accountId, changes.error));
          continue;
        }
        const { newState, hasMoreChanges } = changes.result;
        if (this.#known.get(key) !== sinceState) this.mayBeOther(type, accountId); // an action was answered meanwhile
        else this.#known.set(key, newState);
        if (hasMoreChanges) this.mayBeOther(type, accountId);
        if (this.#news.get(key) === newState) this.#news.delete(key);
        if (type === "Email") {
          // What happened after the lists had asked, and is in this answer, the stream will not tell as news.
          if (newState !== sinceState && newState !== this.#listed.get(accountId)) this.#toList.set(accountId, newState);
          emails.push(...this.#changed(changes.result));
        } else if (type === "Thread") {
          changedThreads.push(...idsOf(changes.result));
        } else {
          hasMailboxes = true;
          for (const get of gets!) if (!get.error) folders.learn(accountId, get.result.list, changes.result.destroyed);
        }
      }
      folders.settled(counted);
    });
    this.#tellLists();
    if (hasMailboxes) this.host.mailboxesChanged();
    await this.#fetchRows(emails);
    threads.changed(changedThreads);
  }

  /** Of those that changed, what is here. */
  async #fetchRows(updated: readonly Id[]): Promise<void> {
    const { link, records } = this.host;
    records.touch(updated);
    let known = updated.filter((id) => records.truth(id));
    while (known.length > 0) {
      const sentAt = records.clock;
      const { list, notFound } = await link.call("Email/get", { accountId: "*", ids: known.slice(0, ROWS_AT_ONCE), properties: LIST_PROPERTIES });
      batch(() => {
        known = known.slice(ROWS_AT_ONCE).concat(records.learn(list as Row[], sentAt)); // an action was answered meanwhile: it may be on top of what is older
        records.destroyed(notFound);
      });
    }
  }

  /** /changes cannot tell: what is here is fetched again. */
  async #lostTrack(key: string, type: Type, accountId: Id, e: FacteurError): Promise<void> {
    if (e.type === "accountNotFound") {
      this.#known.delete(key);
      return this.fetchAccounts();
    }
    if (e.type !== "cannotCalculateChanges") throw e;
    await this.#begin([accountId]);
    if (type === "Thread") this.host.threads.changed(undefined);
    if (type === "Email") await this.#fetchAllRows([accountId]);
  }

  // ---- accounts ----

  /** What they do all the time is shown to who looks only. */
  #lookSoon(): void {
    this.#isStale = globalThis.document?.hidden ?? false;
    if (!this.#isStale) quietly(this.fetchAccounts());
  }

  readonly #lookAgain = (): void => {
    if (this.#isStale) this.#lookSoon();
  };

  /** How they are doing, and whether there are others. */
  fetchAccounts(): Promise<void> {
    return this.#looking.run();
  }

  async #look(): Promise<void> {
    const { folders, link, threads } = this.host;
    if (link.isClosed) return;
    const areOther = await folders.fetchAccounts();
    const ids = folders.accounts.peek().map((a) => a.id);
    // Also those that were there from the beginning, and whose states could not be asked for then.
    const unknown = ids.filter((id) => !this.#known.has(`Email ${id}`));
    if (!areOther && unknown.length === 0) return;
    for (const key of this.#known.keys()) if (!ids.includes(key.split(" ")[1]!)) this.#known.delete(key);
    folders.keepAccounts(ids);
    await this.#begin(unknown);
    if (!areOther) threads.changed(undefined); // whatever was fetched before may be old
    await folders.fetchIdentities();
    await this.#fetchAllRows(unknown);
  }
}

/** All that changed is told in this answer. */
function isTold(changes: Call<"Email/changes" | "Thread/changes">): boolean {
  return !changes.error && !changes.result.hasMoreChanges;
}

function idsOf({ created, updated, destroyed }: Changed): Id[] {
  return [...created, ...updated, ...destroyed];
}
