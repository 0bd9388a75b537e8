/** Conversations: which messages belong to each, and which of them are shown. */
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Folders } from "./folders.ts";
import { type Link, quietly } from "./link.ts";
import { Loop } from "./loop.ts";
import { painted } from "./painted.ts";
import type { Records } from "./records.ts";
import type { Id, Row } from "./types.ts";
import { LIST_PROPERTIES } from "./window.ts";

/** So many are kept. */
const KEPT = 200;
const AT_ONCE = 100;
const ROWS_AT_ONCE = 500;

interface Entry {
  ids: ReturnType<typeof signal<readonly Id[] | undefined>>;
  /** As it is shown, by the message at which it is looked at. */
  shown: Map<Id | "", ReadonlySignal<readonly Id[] | undefined>>;
  isStale: boolean;
  /** How many of these somebody is drawn with. */
  watchers: number;
}

export class Threads {
  readonly #entries = new Map<Id, Entry>();
  #wanted = new Set<Id>();
  readonly #fetching = new Loop(() => this.#work());

  constructor(private readonly link: Link, private readonly records: Records, private readonly folders: Folders) {}

  /** `at`: the message that was opened; where that is in the trash or among junk, so are the others. */
  thread(threadId: Id, at?: Id): ReadonlySignal<readonly Id[] | undefined> {
    const e = this.#entry(threadId);
    if (e.isStale) quietly(this.#fetch([threadId]));
    let shown = e.shown.get(at ?? "");
    if (!shown) e.shown.set(at ?? "", (shown = computed(() => this.#visible(e, at), { watched: () => void e.watchers++, unwatched: () => void e.watchers-- })));
    return shown;
  }

  /** All messages of these, with their rows. */
  async members(threadIds: readonly Id[]): Promise<Map<Id, readonly Id[]>> {
    const out = new Map<Id, readonly Id[]>();
    for (let i = 0; i < threadIds.length; i += AT_ONCE) {
      const some = threadIds.slice(i, i + AT_ONCE);
      await this.#fetch(some.filter((id) => this.#entry(id).isStale));
      for (const id of some) out.set(id, this.#entry(id).ids.peek() ?? []);
    }
    return out;
  }

  /** undefined: not all of them are known. */
  known(threadId: Id): readonly Id[] | undefined {
    const e = this.#entries.get(threadId);
    return e && !e.isStale ? e.ids.peek() : undefined;
  }

  /** Others belong to these now; undefined: to any. */
  changed(threadIds: readonly Id[] | undefined): void {
    const known = threadIds ? threadIds.filter((id) => this.#entries.has(id)) : [...this.#entries.keys()];
    for (const id of known) this.#entries.get(id)!.isStale = true;
    if (known.length) quietly(this.#fetch(known));
  }

  holds(id: Id): boolean {
    const row = this.records.truth(id);
    return row !== undefined && this.#entries.has(row.threadId!);
  }

  #visible(e: Entry, at: Id | undefined): readonly Id[] | undefined {
    const ids = e.ids.value;
    if (!ids) return undefined;
    const mailboxes = this.folders.mailboxes.value;
    const isApart = (id: Id): boolean => {
      const places = Object.keys(this.records.row(id).value?.mailboxIds ?? {});
      return places.length > 0 && places.every((m) => ["trash", "junk"].includes(mailboxes.get(m)?.role ?? ""));
    };
    const here = ids.filter((id) => this.records.row(id).value !== undefined);
    if (at !== undefined && isApart(at)) return here;
    const shown = here.filter((id) => !isApart(id));
    return shown.length ? shown : here;
  }

  #entry(threadId: Id): Entry {
    let e = this.#entries.get(threadId);
    if (e) this.#entries.delete(threadId); // the one that was used last is the last
    else e = { ids: signal<readonly Id[] | undefined>(undefined), shown: new Map(), isStale: true, watchers: 0 };
    this.#entries.set(threadId, e);
    if (this.#entries.size > KEPT) this.#forget();
    return e;
  }

  #forget(): void {
    for (const [id, e] of this.#entries) {
      if (this.#entries.size <= KEPT - AT_ONCE / 2) return;
      if (e.watchers === 0) this.#entries.delete(id);
    }
  }

  /** Those that are asked for in the same turn are asked for together. */
  #fetch(threadIds: readonly Id[]): Promise<void> {
    if (threadIds.length === 0) return Promise.resolve();
    for (const id of threadIds) this.#wanted.add(id);
    return this.#fetching.run();
  }

  async #work(): Promise<void> {
    await painted();
    while (this.#wanted.size > 0) {
      const ids = [...this.#wanted].slice(0, AT_ONCE);
      for (const id of ids) {
        this.#wanted.delete(id);
        this.#entry(id).isStale = false;
      }
      try {
        await this.#fetchSome(ids);
      } catch (e) {
        for (const id of ids) this.#entry(id).isStale = true;
        throw e;
      }
    }
  }

  async #fetchSome(ids: readonly Id[]): Promise<void> {
    const sentAt = this.records.clock;
    const { thread, get } = await this.link.send((b) => {
      const thread = b.call("Thread/get", { accountId: "*", ids: [...ids] });
      return { thread, get: b.call("Email/get", { accountId: "*", ids: thread.ref("/list/*/emailIds"), properties: LIST_PROPERTIES }) };
    });
    const { list, notFound } = thread.result;
    const again = get.error ? list.flatMap((t) => t.emailIds) : this.#learn(get.result.list as Row[], sentAt);
    await this.#fetchRows(again); // more than fit into one answer, or changed meanwhile
    batch(() => {
      for (const t of list) this.#entry(t.id).ids.value = t.emailIds;
      for (const id of notFound) this.#entry(id).ids.value = [];
    });
  }

  #learn(rows: readonly Row[], sentAt: number): Id[] {
    return this.records.learn(rows, sentAt).filter((id) => !this.records.truth(id));
  }

  async #fetchRows(ids: readonly Id[]): Promise<void> {
    for (let left = ids; left.length > 0; ) {
      const sentAt = this.records.clock;
      const { list } = await this.link.call("Email/get", { accountId: "*", ids: left.slice(0, ROWS_AT_ONCE), properties: LIST_PROPERTIES });
      left = left.slice(ROWS_AT_ONCE).concat(this.#learn(list as Row[], sentAt));
    }
  }
}
