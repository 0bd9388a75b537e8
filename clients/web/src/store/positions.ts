/** Which message is where in a list: what the core has said (truth), of which only pieces are here, with what is hidden and what is kept.
 *
 * A list of a million has a few thousand ids here, in runs; so whatever is done to it costs by what is here, not by how long it is. */
import type { Id } from "./types.ts";

interface Run {
  start: number;
  ids: Id[];
}

/** A message that is in the list no more but stays to be seen, in front of the place `at` of the truth. */
interface Kept {
  at: number;
  id: Id;
}

/** From `shown` on, places of the screen are those of the truth from `truth` on; or this one place is a kept message. */
interface Piece {
  shown: number;
  truth: number;
  kept?: Id;
}

/** The index of the last for which `isBefore` holds, in what is sorted by it; -1: none. */
function lastWhere<T>(list: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(list[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export class Positions {
  /** As the core counts; undefined: not known. */
  total: number | undefined;
  #runs: Run[] = [];
  #kept: Kept[] = [];
  readonly #hidden = new Set<Id>();
  #places: Map<Id, number> | undefined;
  #pieces: Piece[] | undefined;

  // ---- truth ----

  clear(): void {
    this.total = undefined;
    this.#runs = [];
    this.#kept = [];
    this.#hidden.clear();
    this.#moved();
  }

  /** Which is at this place of the truth. */
  at(truth: number): Id | undefined {
    const run = this.#runs[lastWhere(this.#runs, (r) => r.start <= truth)];
    return run?.ids[truth - run.start];
  }

  /** Where it is in the truth; -1: it is not here. */
  placeOf(id: Id): number {
    if (!this.#places) {
      this.#places = new Map();
      for (const run of this.#runs) run.ids.forEach((each, i) => this.#places!.set(each, run.start + i));
    }
    return this.#places.get(id) ?? -1;
  }

  has(id: Id): boolean {
    return this.placeOf(id) >= 0 || this.#kept.some((k) => k.id === id);
  }

  /** Of the truth, what is here. */
  get truths(): Id[] {
    return this.#runs.flatMap((run) => run.ids);
  }

  /** All that is here. */
  get ids(): Id[] {
    return this.truths.concat(this.#kept.map((k) => k.id));
  }

  get hasKept(): boolean {
    return this.#kept.length > 0;
  }

  /** Those that were kept and need not be any more. */
  drop(isDropped: (id: Id) => boolean): void {
    this.#kept = this.#kept.filter((k) => !isDropped(k.id));
    this.#pieces = undefined;
  }

  /** How many are here, without those that are hidden. */
  get seen(): number {
    return this.#runs.reduce((n, run) => n + run.ids.length, 0) - [...this.#hidden].filter((id) => this.placeOf(id) >= 0).length;
  }

  /** How many are here from the beginning on without a gap. */
  get head(): number {
    return this.#runs[0]?.start === 0 ? this.#runs[0].ids.length : 0;
  }

  /** The last of them, where that is all that is here. */
  get lastOfHead(): Id | undefined {
    return this.#runs.length === 1 && this.head ? this.#runs[0]!.ids.at(-1) : undefined;
  }

  get hasGap(): boolean {
    return this.#runs.length > 1 || (this.#runs.length === 1 && this.head === 0);
  }

  /** What the core says is there, from `start` on. */
  put(start: number, ids: readonly Id[]): void {
    if (ids.length === 0) return;
    const end = start + ids.length;
    const next: Run = { start, ids: [...ids] };
    const others: Run[] = [];
    for (const run of this.#runs) {
      const runEnd = run.start + run.ids.length;
      if (runEnd < start || run.start > end) {
        others.push(run);
        continue;
      }
      if (run.start < next.start) {
        next.ids.unshift(...run.ids.slice(0, next.start - run.start));
        next.start = run.start;
      }
      if (runEnd > end) next.ids.push(...run.ids.slice(end - run.start));
    }
    this.#runs = [...others, next].sort((a, b) => a.start - b.start);
    const here = new Set(ids);
    this.#kept = this.#kept.filter((k) => !here.has(k.id));
    this.#moved();
  }

  /** The answer of Email/queryChanges: what is removed is taken out, then what is added put in, by rising index (RFC 8620 section 5.6). `keeps`: what stays to be seen. */
  update(removed: ReadonlySet<Id>, added: readonly { id: Id; index: number }[], keeps: (id: Id) => boolean): void {
    const back = new Set(added.map((a) => a.id));
    const gone: number[] = [];
    const kept: (Kept & { was: number })[] = [];
    for (const run of this.#runs) {
      const before = gone.length;
      run.ids = run.ids.filter((id, i) => {
        if (!removed.has(id)) return true;
        if (!back.has(id) && keeps(id)) kept.push({ at: run.start + i - gone.length, id, was: run.start + i });
        gone.push(run.start + i);
        return false;
      });
      run.start -= before;
    }
    for (const { at, id } of this.#kept) {
      const isKept = !back.has(id) && keeps(id);
      if (isKept) kept.push({ at: at - lastWhere(gone, (place) => place < at) - 1, id, was: at - 0.5 }); // in front of what is at that place
    }
    this.#kept = kept.sort((a, b) => a.was - b.was);
    this.#runs = this.#runs.filter((run) => run.ids.length > 0);
    for (const { id, index } of added) this.#insert(id, index);
    this.#merge();
    this.#moved();
  }

  /** How many of these are here. */
  count(ids: ReadonlySet<Id>): number {
    let n = 0;
    for (const id of ids) if (this.placeOf(id) >= 0) n++;
    return n;
  }

  /** What is within none of these is forgotten; each from a place to another one, which is not of it. */
  keepOnly(...ranges: readonly (readonly [from: number, to: number])[]): void {
    const runs = this.#runs;
    this.#runs = [];
    for (const [from, to] of ranges)
      for (const { start, ids } of runs) this.put(Math.max(start, from), ids.slice(Math.max(0, from - start), Math.max(0, to - start)));
    this.#moved();
  }

  #insert(id: Id, index: number): void {
    let isIn = false;
    for (const run of this.#runs) {
      const end = run.start + run.ids.length;
      if (!isIn && index >= run.start && index <= end) {
        run.ids.splice(index - run.start, 0, id);
        isIn = true;
      } else if (run.start >= index) run.start++;
    }
    if (!isIn && index === 0) this.#runs.unshift({ start: 0, ids: [id] });
    for (const k of this.#kept) if (k.at > index) k.at++;
  }

  #merge(): void {
    const runs: Run[] = [];
    for (const run of this.#runs) {
      const last = runs.at(-1);
      if (last && last.start + last.ids.length === run.start) last.ids.push(...run.ids);
      else runs.push(run);
    }
    this.#runs = runs;
  }

  #moved(): void {
    this.#places = this.#pieces = undefined;
  }

  // ---- what is shown ----

  /** Hides it, or shows it again. False: it was so. */
  hide(id: Id, isHidden: boolean): boolean {
    if (this.#hidden.has(id) === isHidden) return false;
    if (isHidden) this.#hidden.add(id);
    else this.#hidden.delete(id);
    this.#pieces = undefined;
    return true;
  }

  /** How many are shown; undefined: not known. */
  get shownTotal(): number | undefined {
    if (this.total === undefined) return undefined;
    const last = this.#layout().at(-1)!;
    return Math.max(0, this.total - last.truth + last.shown);
  }

  /** Which is at this place of the screen. */
  idAt(shown: number): Id | undefined {
    const piece = this.#pieceAt(shown);
    if (shown < 0 || !piece) return undefined;
    return piece.kept ?? this.at(piece.truth + shown - piece.shown);
  }

  /** Which place of the truth this place of the screen is. */
  truthAt(shown: number): number {
    const piece = this.#pieceAt(Math.max(0, shown))!;
    return piece.kept === undefined ? piece.truth + Math.max(0, shown) - piece.shown : piece.truth;
  }

  /** Where it is on the screen; -1: it is not, or not here. */
  indexOf(id: Id): number {
    if (this.#hidden.has(id)) return -1;
    const place = this.placeOf(id);
    if (place >= 0) return this.shownAt(place);
    return this.#kept.length === 0 ? -1 : (this.#layout().find((p) => p.kept === id)?.shown ?? -1);
  }

  /** Where this place of the truth is on the screen. */
  shownAt(truth: number): number {
    const pieces = this.#layout();
    const piece = pieces[lastWhere(pieces, (p) => p.truth <= truth)]!; // behind a kept one: so it is never that
    return piece.shown + truth - piece.truth;
  }

  #pieceAt(shown: number): Piece | undefined {
    const pieces = this.#layout();
    return pieces[lastWhere(pieces, (p) => p.shown <= shown)];
  }

  #layout(): readonly Piece[] {
    if (this.#pieces) return this.#pieces;
    const cuts: { at: number; id: Id; isKept: boolean }[] = [];
    for (const id of this.#hidden) {
      const at = this.placeOf(id);
      if (at >= 0) cuts.push({ at, id, isKept: false });
    }
    for (const k of this.#kept) if (!this.#hidden.has(k.id)) cuts.push({ ...k, isKept: true });
    cuts.sort((a, b) => a.at - b.at || Number(b.isKept) - Number(a.isKept));
    const pieces: Piece[] = [{ shown: 0, truth: 0 }];
    let shift = 0; // shown - truth
    for (const { at, id, isKept } of cuts) {
      if (isKept) {
        pieces.push({ shown: at + shift, truth: at, kept: id });
        shift++;
        pieces.push({ shown: at + shift, truth: at });
      } else {
        pieces.push({ shown: at + shift, truth: at + 1 });
        shift--;
      }
    }
    return (this.#pieces = pieces);
  }
}
