/** Accounts, identities and mailboxes; their counters follow what is pending at once. */
import { batch, signal } from "@preact/signals";
import type { Link } from "./link.ts";
import type { Owner } from "./records.ts";
import type { Account, Id, Identity, Mailbox } from "./types.ts";

export type Folder = Mailbox & { accountId: Id };
export type Counter = "totalEmails" | "unreadEmails" | "totalThreads" | "unreadThreads";
/** Mailbox to what is added to its counters. */
export type Deltas = Map<Id, Partial<Record<Counter, number>>>;

interface Pending {
  deltas: Deltas;
  /** The core has done it, and the mailboxes that are fetched from now on have it in them. */
  isDone: boolean;
}

/** What is told of all accounts' mailboxes ("*"), and of one account's only when it is asked for. */
export const MAILBOX_PROPERTIES = ["name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "myRights", "isSubscribed", "color"];

export class Folders {
  readonly accounts = signal<readonly Account[]>([]);
  readonly mailboxes = signal<ReadonlyMap<Id, Folder>>(new Map());
  readonly identities = signal<readonly (Identity & { accountId: Id })[]>([]);
  #truth = new Map<Id, Folder>();
  readonly #pending = new Map<Owner, Pending>();

  constructor(private readonly link: Link) {}

  byRole(accountId: Id, role: string): Folder | undefined {
    for (const m of this.mailboxes.value.values()) if (m.accountId === accountId && m.role === role) return m;
    return undefined;
  }

  /** All of it, to begin with; answers the states of all accounts' mail before any of it was asked for. begin.ts asks for the same. */
  async fetchAll(): Promise<{ Email: string; Thread: string }> {
    const { accounts, mailboxes, identities, emails, conversations } = await this.link.first((b) => ({
      accounts: b.call("Account/get", { ids: null }),
      mailboxes: b.call("Mailbox/get", { accountId: "*", ids: null }),
      identities: b.call("Identity/get", { accountId: "*", ids: null }),
      emails: b.call("Email/get", { accountId: "*", ids: [], properties: ["id"] }),
      conversations: b.call("Thread/get", { accountId: "*", ids: [] }),
    }));
    batch(() => {
      this.#order(accounts.result.list);
      this.identities.value = identities.result.list as (Identity & { accountId: Id })[];
      for (const m of mailboxes.result.list) this.#truth.set(m.id, m as Folder);
      this.#draw();
    });
    return { Email: emails.result.state, Thread: conversations.result.state };
  }

  /** Answers whether the accounts are others than before. */
  async fetchAccounts(): Promise<boolean> {
    return this.#order((await this.link.call("Account/get", { ids: null })).list);
  }

  #order(list: Account[]): boolean {
    list.sort((a, b) => a.sortOrder - b.sortOrder || Number(a.isLocal) - Number(b.isLocal) || a.name.localeCompare(b.name));
    const before = this.accounts.peek();
    if (JSON.stringify(before) !== JSON.stringify(list)) this.accounts.value = list;
    return before.map((a) => a.id).join() !== list.map((a) => a.id).join();
  }

  async fetchIdentities(): Promise<void> {
    const { list } = await this.link.call("Identity/get", { accountId: "*", ids: null });
    this.identities.value = list as (Identity & { accountId: Id })[];
  }

  /** All mailboxes of an account. */
  replace(accountId: Id, list: readonly Mailbox[]): void {
    for (const m of this.#truth.values()) if (m.accountId === accountId) this.#truth.delete(m.id);
    this.learn(accountId, list, []);
  }

  /** Some of them, with all or some of their properties. */
  learn(accountId: Id, list: readonly Partial<Mailbox>[], destroyed: readonly Id[]): void {
    for (const m of list) this.#truth.set(m.id!, { ...this.#truth.get(m.id!), ...(m as Mailbox), accountId });
    for (const id of destroyed) this.#truth.delete(id);
    this.#draw();
  }

  /** Accounts that are gone take their mailboxes along. */
  keepAccounts(ids: readonly Id[]): void {
    for (const m of this.#truth.values()) if (!ids.includes(m.accountId)) this.#truth.delete(m.id);
    this.#draw();
  }

  // ---- counters ----

  /** What an action does to the counters, all of it; again when more is known. */
  count(owner: Owner, deltas: Deltas): void {
    this.#pending.set(owner, { deltas, isDone: false });
    this.#draw();
  }

  /** The core has done it, as far as it will. */
  counted(owner: Owner): void {
    const p = this.#pending.get(owner);
    if (p) p.isDone = true;
  }

  /** Those that the core has done by now: what is fetched from now on has them. */
  settling(): Owner[] {
    return [...this.#pending].filter(([, p]) => p.isDone).map(([owner]) => owner);
  }

  settled(owners: readonly Owner[]): void {
    for (const owner of owners) this.#pending.delete(owner);
    if (owners.length) this.#draw();
  }

  #draw(): void {
    const shown = new Map(this.#truth);
    for (const { deltas } of this.#pending.values()) {
      for (const [id, add] of deltas) {
        const m = shown.get(id);
        if (!m) continue;
        const sum = { ...m };
        for (const [name, n] of Object.entries(add) as [Counter, number][]) sum[name] = Math.max(0, sum[name] + n);
        shown.set(id, sum);
      }
    }
    batch(() => {
      if (!same(this.mailboxes.peek(), shown)) this.mailboxes.value = shown;
    });
  }
}

function same(a: ReadonlyMap<Id, Folder>, b: ReadonlyMap<Id, Folder>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, m] of b) if (a.get(id) !== m && JSON.stringify(a.get(id)) !== JSON.stringify(m)) return false;
  return true;
}
