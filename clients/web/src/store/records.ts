/** The messages that are known: what the core said of each (truth), what is pending, and what is shown, which is both. */
import { batch, type ReadonlySignal, Signal } from "@preact/signals";
import { apply, type Patch, sameRow } from "./patch.ts";
import { soundRow } from "./sound.ts";
import type { Id, Row } from "./types.ts";

/** Beyond so many, those that nobody holds are forgotten. */
const ROWS_MAX = 1500;
const CHANGED_MAX = 20_000;

/** What is pending belongs to an action; its identity is all that is looked at here. */
export type Owner = object;

interface Entry {
  truth: Row | undefined;
  /** The core said so. */
  isGone: boolean;
  pending: { owner: Owner; patch: Patch }[];
  shown: Signal<Row | undefined>;
  /** Somebody is drawn with it. */
  isWatched: boolean;
  /** When it changed last, by `clock`. */
  at: number;
}

export class Records {
  readonly #entries = new Map<Id, Entry>();
  readonly #listeners = new Set<(ids: readonly Id[]) => void>();
  /** Who cannot do without which rows. */
  readonly holders = new Set<(id: Id) => boolean>();
  /** Moves on with each thing that is learned. A request remembers when it was sent: what was learned since is newer than its answer. */
  clock = 0;
  /** Of what changed but is not here: an answer that is under way may bring it as it was before. */
  readonly #changed = new Map<Id, number>();
  #changedBefore = 0;
  #mostRows = ROWS_MAX;

  /** Hears of messages whose shown row is another one now. */
  listen(listener: (ids: readonly Id[]) => void): void {
    this.#listeners.add(listener);
  }

  row(id: Id): ReadonlySignal<Row | undefined> {
    return this.#entry(id).shown;
  }

  /** What is shown; undefined: not known, or gone. */
  peek(id: Id): Row | undefined {
    return this.#entries.get(id)?.shown.peek();
  }

  truth(id: Id): Row | undefined {
    return this.#entries.get(id)?.truth;
  }

  /** Destroyed: by the core's word, or by what is pending. */
  isGone(id: Id): boolean {
    const e = this.#entries.get(id);
    return e !== undefined && (e.isGone || e.pending.some((p) => p.patch.isGone));
  }

  ids(): Id[] {
    return [...this.#entries].filter(([, e]) => e.truth).map(([id]) => id);
  }

  /** What an answer says that was asked for at `sentAt`. Those of which something newer was learned since are left as they are, and answered. */
  learn(rows: readonly Row[], sentAt: number): Id[] {
    const passedOver: Id[] = [];
    this.#change(rows.map((row) => row.id), (id, e, i) => {
      if (Math.max(e.at, this.#changed.get(id) ?? this.#changedBefore) > sentAt) {
        if (!e.isGone) passedOver.push(id);
        return;
      }
      e.truth = soundRow(rows[i]!);
      e.isGone = false;
    });
    if (this.#entries.size > this.#mostRows) this.#forget(new Set(rows.map((row) => row.id)));
    return passedOver;
  }

  /** The core says that these changed, or answers what it did to them: older answers do not count from now on. */
  touch(ids: readonly Id[]): void {
    this.clock++;
    if (this.#changed.size > CHANGED_MAX) {
      this.#changed.clear();
      this.#changedBefore = this.clock;
    }
    for (const id of ids) {
      const e = this.#entries.get(id);
      if (e) e.at = this.clock;
      else this.#changed.set(id, this.clock);
    }
  }

  destroyed(ids: readonly Id[]): void {
    this.touch(ids);
    this.#change(ids.filter((id) => this.#entries.has(id)), (_, e) => {
      e.truth = undefined;
      e.isGone = true;
    });
  }

  /** Lays a patch over each. */
  lay(owner: Owner, patches: ReadonlyMap<Id, Patch>): void {
    this.#change([...patches.keys()], (id, e) => e.pending.push({ owner, patch: patches.get(id)! }));
  }

  /** The core has answered: what was pending is so, or (`isDone` false) is not. */
  settle(owner: Owner, ids: readonly Id[], isDone: boolean): void {
    if (isDone) this.touch(ids);
    this.#change(ids.filter((id) => this.#entries.has(id)), (_, e) => {
      for (const p of e.pending) {
        if (p.owner !== owner || !isDone) continue;
        if (p.patch.isGone) e.isGone = true;
        if (e.truth) e.truth = p.patch.isGone ? undefined : apply(e.truth, p.patch);
      }
      e.pending = e.pending.filter((p) => p.owner !== owner);
    });
  }

  /** Whose patches lie over this message. */
  owners(id: Id): Owner[] {
    return this.#entries.get(id)?.pending.map((p) => p.owner) ?? [];
  }

  #entry(id: Id): Entry {
    let e = this.#entries.get(id);
    if (!e) {
      const made: Entry = { truth: undefined, isGone: false, pending: [], shown: undefined as unknown as Signal<Row | undefined>, isWatched: false, at: 0 };
      made.shown = new Signal<Row | undefined>(undefined, { watched: () => void (made.isWatched = true), unwatched: () => void (made.isWatched = false) });
      this.#entries.set(id, (e = made));
    }
    return e;
  }

  #change(ids: readonly Id[], how: (id: Id, e: Entry, index: number) => void): void {
    if (ids.length === 0) return;
    batch(() => {
      ids.forEach((id, i) => {
        const e = this.#entry(id);
        how(id, e, i);
        const shown = this.isGone(id) ? undefined : e.pending.reduce<Row | undefined>((row, p) => row && apply(row, p.patch), e.truth);
        if (!sameRow(shown, e.shown.peek())) e.shown.value = shown;
      });
      for (const listener of this.#listeners) listener(ids);
    });
  }

  /** `learned`: just now; whoever asked for them has had no time yet to hold them. */
  #forget(learned: ReadonlySet<Id>): void {
    for (const [id, e] of this.#entries)
      if (!learned.has(id) && !e.isWatched && e.pending.length === 0 && ![...this.holders].some((holds) => holds(id))) this.#entries.delete(id);
    this.#mostRows = Math.max(ROWS_MAX, 2 * this.#entries.size);
  }
}
