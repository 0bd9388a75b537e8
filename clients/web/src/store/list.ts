/** A list of messages: fetched in windows as it is looked at, and kept as it is by what changed (RFC 8620 sections 5.5 and 5.6). */
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Batch, type Call, FacteurError, type Params, type Ref } from "facteur";
import { type Link, Unwanted } from "./link.ts";
import { Loop } from "./loop.ts";
import { painted } from "./painted.ts";
import { Positions } from "./positions.ts";
import type { Records } from "./records.ts";
import { fetchRows } from "./rows.ts";
import type { EmailFilter, Id, MailList, Row, View } from "./types.ts";
import { isIn } from "./views.ts";
import { FIRST_ROWS, LIST_PROPERTIES, NEAR, queryOf, WINDOW, windowFor } from "./window.ts";

/** What is scrolled past in so many frames is fetched ahead; at most so many rows. */
const LEAD = 10;
const LEAD_MAX = 60;
/** In one request. */
const ROWS_AT_ONCE = 150;
/** Beyond so many, what is far away is forgotten. */
const ROWS_MAX = 600;
const CHANGES_MAX = 250;
/** Rows that change again and again: shown as they are known. */
const TRIES = 5;
/** Of a list that nobody looks at so much around the screen is kept. */
const KEPT_CLOSED = 60;
/** Of those that left it so many are remembered. */
const LEFT_MAX = 5000;

/** What a list needs of the store. */
export interface ListHost {
  link: Link;
  records: Records;
  /** What Search/parse is asked about a query. */
  asking(query: string): Params<"Search/parse">;
  /** What somebody typed, as a filter. Rejects where it is malformed. */
  parse(query: string, isWanted: () => boolean): Promise<EmailFilter>;
  /** All accounts take part in views of everything. */
  isWhole(): boolean;
  /** The mailboxes of the view (undefined: any), and its filter; filter undefined: nothing can be in it. */
  resolve(view: View, parsed: EmailFilter): Promise<{ mailboxIds: Id[] | undefined; filter: EmailFilter | undefined }>;
}

type Query = Call<"Email/query">;
type Get = Call<"Email/get">;
interface Window {
  query: Query;
  get: Get;
}

export class List implements MailList {
  readonly total: ReadonlySignal<number | undefined>;
  readonly problem: ReadonlySignal<FacteurError | Error | undefined>;
  readonly version = signal(0);
  readonly #shownTotal = signal<number | undefined>(undefined);
  readonly #failed = signal<FacteurError | Error | undefined>(undefined);
  readonly #positions = new Positions();
  /** Of the truth; undefined: nothing is known, or nothing of it can be trusted. */
  #state: string | undefined;
  #canChange = true;
  /** The total is known; otherwise it is what is here. */
  #isCounted = true;
  #filter: EmailFilter | undefined;
  /** Of the query; undefined: not asked yet. */
  #parsed: EmailFilter | undefined;
  #filterText: string | undefined;
  #mailboxIds: Id[] | undefined;
  /** What the core said to be in it no more. */
  readonly #left = new Set<Id>();
  /** The messages of answers that are being taken. */
  readonly #taking = new Set<ReadonlySet<Id>>();
  #isDirty = false;
  #needsFilter = true;
  readonly #loop = new Loop(() => this.#work());
  #first = 0;
  #last = FIRST_ROWS - 1;
  #kept: readonly Id[] = [];
  /** So many rows further on is fetched, as one scrolls there; below 0: further up. */
  #lead = 0;
  /** How many look at it. */
  users = 0;

  constructor(readonly view: View, private readonly host: ListHost) {
    this.total = this.#shownTotal;
    this.problem = computed(() => {
      if (this.#failed.value) return this.#failed.value;
      const connection = host.link.connection.value;
      return this.#shownTotal.value === undefined && connection.state === "lost" ? new Error(connection.why) : undefined;
    });
  }

  // ---- what is asked of it ----

  get query(): MailList["query"] {
    return this.#filter === undefined ? undefined : this.#args();
  }

  idAt(index: number): Id | undefined {
    return this.#positions.idAt(index);
  }

  indexOf(id: Id): number {
    return this.#positions.indexOf(id);
  }

  isGone(id: Id): boolean {
    return this.#isOut(id) || (this.#left.has(id) && !this.#positions.has(id));
  }

  rowFor(id: Id): Id | undefined {
    const { records } = this.host;
    const threadId = records.peek(id)?.threadId;
    return threadId && this.view.collapse ? this.#positions.truths.find((other) => records.peek(other)?.threadId === threadId && !this.#isOut(other)) : undefined;
  }

  show(first: number, last: number): void {
    const by = first - this.#first;
    // One row alone is where a key goes to.
    this.#lead = Math.abs(by) > last - first || this.#first === this.#last ? 0 : Math.max(-LEAD_MAX, Math.min(LEAD_MAX, by * LEAD));
    this.#first = Math.max(0, first);
    this.#last = Math.max(this.#first, last);
    void this.#run();
  }

  keep(ids: readonly Id[]): void {
    this.#kept = ids;
  }

  async find(id: Id): Promise<number> {
    const here = this.indexOf(id);
    if (here >= 0) return here;
    while (this.users > 0) {
      await this.#run();
      if (this.#filter === undefined || this.#state === undefined) return -1;
      const sentAt = this.host.records.clock;
      const { query, get } = await this.host.link.send((b) => this.#ask(b, { anchor: id, anchorOffset: -NEAR, limit: WINDOW }));
      if (query.error) {
        if (query.error.type === "anchorNotFound") return -1;
        throw query.error;
      }
      let fits = false;
      await this.#take(sentAt, () => {
        fits = query.result.queryState === this.#state;
        if (fits) this.#put(query.result.position, query.result.ids);
      }, get);
      if (fits) return this.indexOf(id);
      this.#isDirty = true;
    }
    return -1;
  }

  async between(a: Id, b: Id, most: number): Promise<readonly Id[] | undefined> {
    while ((await this.find(a)) >= 0 && (await this.find(b)) >= 0) {
      const state = this.#state;
      const positions = this.#positions;
      const [first, last] = [this.indexOf(a), this.indexOf(b)].sort((x, y) => x - y) as [number, number];
      if (first < 0) continue; // forgotten while the other one was looked for
      if (last - first >= most) return undefined;
      const here = Array.from({ length: last - first + 1 }, (_, i) => this.idAt(first + i) ?? []).flat(); // some of them may be in the truth no more
      const position = positions.truthAt(first);
      const { queryState, ids } = await this.host.link.call("Email/query", { ...this.#args(), position, limit: positions.truthAt(last) - position + 1 });
      if (queryState === state && this.#state === state) {
        const all = [...new Set([...ids, ...here])];
        await fetchRows(this.host.link, this.host.records, all.filter((id) => !this.host.records.truth(id)));
        return all.filter((id) => !this.#isOut(id));
      }
      this.#isDirty = true;
      await this.#run();
    }
    return [];
  }

  close(): void {
    this.users = Math.max(0, this.users - 1);
    const positions = this.#positions;
    if (this.users === 0) positions.keepOnly([positions.truthAt(this.#first) - KEPT_CLOSED, positions.truthAt(this.#last) + KEPT_CLOSED], ...this.#keptRanges);
  }

  // ---- what the store tells it ----

  open(): void {
    if (this.users++ === 0 && this.view.only === "unread" && this.#state !== undefined) {
      this.#positions.clear(); // what was read stays no longer
      this.#state = undefined;
      this.#drawn();
    }
    if (this.users === 1) {
      this.#needsFilter = true;
      this.#parsed = undefined; // its days may be others by now
    }
    void this.#run();
  }

  /** Something changed that may be of this list. */
  changed(): void {
    this.#isDirty = true;
    void this.#run();
  }

  /** The mailboxes changed, or which accounts take part. */
  changedMailboxes(): void {
    if (this.view.in === "all" || "role" in this.view.in) this.#needsFilter = true;
    void this.#run();
  }

  /** What could not be asked for may be answered now. */
  tryAgain(): void {
    if (this.#failed.peek()) void this.#run();
  }

  rowsChanged(ids: readonly Id[]): void {
    let isOther = false;
    for (const id of ids) if (this.#positions.has(id) && this.#positions.hide(id, this.#isOut(id))) isOther = true;
    if (isOther) this.#tell();
  }

  holds(id: Id): boolean {
    return this.#positions.has(id) || [...this.#taking].some((taken) => taken.has(id));
  }

  /** What is here of what is shown. */
  get shown(): Id[] {
    return this.#positions.ids.filter((id) => this.indexOf(id) >= 0);
  }

  // ---- fetching: one request at a time, for what is on the screen when it is sent ----

  #run(): Promise<void> {
    return this.users > 0 ? this.#loop.run() : Promise.resolve();
  }

  /** What was typed and is typed on does not hold up what comes after it. */
  readonly #isWanted = (): boolean => this.users > 0;

  async #work(): Promise<void> {
    try {
      while (this.users > 0 && (await this.#step()));
    } catch (e) {
      this.#isDirty = true; // what was asked for is not known
      if (e instanceof FacteurError && e.type === "invalidArguments") this.#needsFilter = false; // malformed, until it is opened again
      if (!this.host.link.isClosed && !(e instanceof Unwanted)) this.#failed.value = e instanceof Error ? e : new Error(String(e));
    }
  }

  /** False: nothing was to be done. */
  async #step(): Promise<boolean> {
    if (this.#needsFilter) {
      if (!this.#canSearchAtOnce || !(await this.#searchAtOnce())) await this.#findFilter();
      return true;
    }
    if (this.#filter === undefined) return false;
    if (this.#state === undefined || (this.#isDirty && !this.#canChange)) return this.#fetchAnew();
    if (!this.#isDirty && !this.#isCounted) return this.#count();
    const missing = this.#missing();
    if (!this.#isDirty && missing.length === 0) return false;
    return this.#fetchMore(missing);
  }

  /** The filter is what the query says, and nothing else: not where accounts stand apart. */
  get #canSearchAtOnce(): boolean {
    const { query, in: place, only } = this.view;
    return this.host.isWhole() && query.trim() !== "" && place === "all" && !only && this.#parsed === undefined && this.#state === undefined && this.#first === 0;
  }

  /** What somebody types is parsed and looked for in one request. False: it has to be looked for by another filter. */
  async #searchAtOnce(): Promise<boolean> {
    const { host } = this;
    const sentAt = host.records.clock;
    const limit = this.#limit;
    const { parse, query, get } = await host.link.send((b) => {
      const parse = b.call("Search/parse", host.asking(this.view.query.trim()));
      return { parse, ...this.#ask(b, { position: 0, limit, filter: parse.ref("/filter") }) };
    }, this.#isWanted);
    this.#parsed = parse.result.filter;
    const { mailboxIds, filter } = await host.resolve(this.view, this.#parsed);
    const text = JSON.stringify(filter);
    if (text !== JSON.stringify(this.#parsed)) return false;
    this.#needsFilter = false;
    this.#mailboxIds = mailboxIds;
    this.#filter = filter;
    this.#filterText = text;
    await this.#begin(sentAt, limit, { query, get }, false);
    return true;
  }

  async #findFilter(): Promise<void> {
    const query = this.view.query.trim();
    if (query && this.#parsed === undefined) this.#parsed = await this.host.parse(query, this.#isWanted);
    this.#needsFilter = false;
    const { mailboxIds, filter } = await this.host.resolve(this.view, this.#parsed ?? null);
    const text = filter === undefined ? undefined : JSON.stringify(filter);
    this.#mailboxIds = mailboxIds;
    this.#failed.value = undefined;
    if (text === this.#filterText && filter !== undefined) return;
    this.#filter = filter;
    this.#filterText = text;
    this.#state = undefined;
    if (filter !== undefined) return;
    this.#positions.clear();
    this.#positions.total = 0;
    this.#drawn();
  }

  #args(): NonNullable<MailList["query"]> {
    return queryOf(this.view, this.#filter ?? null);
  }

  #ask(b: Batch, where: { position?: number; anchor?: Id; anchorOffset?: number; limit: number; calculateTotal?: boolean; filter?: EmailFilter | Ref }): Window {
    const query = b.call("Email/query", { ...this.#args(), ...where });
    return { query, get: b.call("Email/get", { accountId: "*", ids: query.ref("/ids"), properties: LIST_PROPERTIES }) };
  }

  /** The rows of an answer, and then what `change` makes of the positions: no place is shown before its row is here. Rows that changed
   * meanwhile are asked for again. */
  async #take(sentAt: number, change: () => void, ...gets: readonly Get[]): Promise<void> {
    const { records, link } = this.host;
    let rows = gets.flatMap((get) => (get.error ? [] : (get.result.list as Row[])));
    const taken = new Set(rows.map((row) => row.id));
    this.#taking.add(taken); // they have no place yet by which they were held
    try {
      for (let i = 0; i < TRIES; i++) {
        const missing = records.learn(rows, sentAt).filter((id) => !records.truth(id));
        if (missing.length === 0) break;
        sentAt = records.clock;
        rows = (await link.call("Email/get", { accountId: "*", ids: missing, properties: LIST_PROPERTIES })).list as Row[];
      }
      batch(() => {
        change();
        this.#drawn();
      });
    } finally {
      this.#taking.delete(taken);
    }
  }

  /** Nothing is known, or nothing can be known of what changed: what is drawn stays until the answer is here, and the first row on the screen keeps its place. */
  async #fetchAnew(): Promise<boolean> {
    this.#isDirty = false;
    const { records, link } = this.host;
    const sentAt = records.clock;
    const top = this.#positions.truthAt(this.#first);
    const anchor = this.#first > 0 ? this.idAt(this.#first) : undefined;
    const limit = this.#limit;
    // How much a search finds takes longer to say than what it finds first: one sees that meanwhile.
    const calculateTotal = !this.view.query || anchor !== undefined || top > 0;
    // Where those are that stand within that now nobody knows: something changed.
    const far = this.#kept.filter((id) => this.#positions.placeOf(id) >= 0);
    const { byAnchor, byPlace, kept } = await link.send((b) => ({
      byAnchor: anchor === undefined ? undefined : this.#ask(b, { anchor, anchorOffset: -NEAR, limit, calculateTotal }),
      byPlace: this.#ask(b, { position: Math.max(0, Math.floor((top - NEAR) / WINDOW) * WINDOW), limit, calculateTotal }),
      kept: far.map((id) => this.#ask(b, { anchor: id, anchorOffset: -NEAR, limit: WINDOW })),
    }), this.#isWanted);
    await this.#begin(sentAt, limit, byAnchor && !byAnchor.query.error ? byAnchor : byPlace, calculateTotal, kept);
    return true;
  }

  /** Of a list of which nothing is known: so many that the screen is full. */
  get #limit(): number {
    return windowFor(this.#last - this.#first + 1);
  }

  /** `others`: more windows, where they are of the same state and not without an anchor. */
  #begin(sentAt: number, limit: number, { query, get }: Window, isCounted: boolean, others: readonly Window[] = []): Promise<void> {
    const { queryState, canCalculateChanges, position, ids, total } = query.result;
    return this.#take(sentAt, () => {
      this.#positions.clear();
      this.#positions.total = total ?? ids.length;
      this.#put(position, ids);
      for (const { query } of others) if (!query.error && query.result.queryState === queryState) this.#put(query.result.position, query.result.ids);
      this.#isCounted = isCounted || ids.length < limit;
      this.#state = queryState;
      this.#canChange = canCalculateChanges;
      this.#failed.value = undefined;
    }, get, ...others.map((other) => other.get));
  }

  /** How many there are, where only the first are known. */
  async #count(): Promise<boolean> {
    await painted();
    const query = await this.host.link.send((b) => b.call("Email/query", { ...this.#args(), limit: 0, calculateTotal: true }), this.#isWanted);
    const { total, queryState } = query.result;
    this.#isCounted = true;
    if (queryState !== this.#state) this.#isDirty = true; // what changed says it
    else {
      this.#positions.total = total;
      this.#drawn();
    }
    return true;
  }

  /** What changed, and windows that are missing, in one request: so both are of the same state. */
  async #fetchMore(missing: readonly { position: number; limit: number }[]): Promise<boolean> {
    const { records, link } = this.host;
    const positions = this.#positions;
    const wasDirty = this.#isDirty;
    const since = this.#state!;
    const upToId = positions.lastOfHead;
    this.#isDirty = false;
    const sentAt = records.clock;
    const { changes, added, removed, windows } = await link.send((b) => {
      const changes = wasDirty
        ? b.call("Email/queryChanges", { ...this.#args(), sinceQueryState: since, maxChanges: CHANGES_MAX, calculateTotal: true, ...(upToId ? { upToId } : {}) })
        : undefined;
      return {
        changes,
        added: changes && b.call("Email/get", { accountId: "*", ids: changes.ref("/added/*/id"), properties: LIST_PROPERTIES }),
        // whether it was read, or is not here any more
        removed: changes && this.view.only === "unread" ? b.call("Email/get", { accountId: "*", ids: changes.ref("/removed"), properties: LIST_PROPERTIES }) : undefined,
        windows: missing.map((window) => this.#ask(b, window)),
      };
    }, this.#isWanted);
    if (changes?.error) {
      if (changes.error.type !== "tooManyChanges" && changes.error.type !== "cannotCalculateChanges") throw changes.error;
      this.#state = undefined;
      return true;
    }
    const state = changes?.result.newQueryState ?? since;
    if (windows.some(({ query }) => query.result.queryState !== state)) this.#isDirty = true;
    let canFollow = true;
    await this.#take(sentAt, () => {
      if (this.#state !== since) return; // it was opened anew meanwhile
      if (changes) canFollow = this.#follow(changes.result);
      if (!canFollow) return;
      this.#state = state;
      this.#failed.value = undefined;
      for (const { query } of windows) {
        const { queryState, position, ids } = query.result;
        if (queryState !== state) continue;
        this.#put(position, ids);
        if (ids.length < Math.min(WINDOW, positions.total! - position)) positions.total = position + ids.length; // it ends there, whatever was counted
      }
      this.#trim();
    }, ...windows.map((w) => w.get), ...[added, removed].flatMap((get) => get ?? []));
    if (!canFollow) this.#state = undefined;
    return true;
  }

  /** Email/queryChanges over what is here. False: it cannot be told where what is on the screen is now. */
  #follow(changes: { removed: readonly Id[]; added: { id: Id; index: number }[]; total?: number }): boolean {
    const positions = this.#positions;
    const removed = new Set(changes.removed);
    const wereThere = (positions.total ?? 0) + changes.added.length - (changes.total ?? 0);
    // What changed but was not in the list is told as removed, too. Only one that was there, in a gap, moves what is behind that.
    if (positions.hasGap && wereThere !== positions.count(removed)) {
      if (positions.truthAt(this.#last) >= positions.head || this.#kept.some((id) => positions.placeOf(id) >= positions.head)) return false;
      positions.keepOnly([0, positions.head]);
    }
    positions.update(removed, changes.added, (id) => this.#stays(id));
    if (this.#left.size > LEFT_MAX) this.#left.clear();
    for (const id of removed) this.#left.add(id);
    for (const { id } of changes.added) this.#left.delete(id); // what changed is told as removed and added
    positions.total = changes.total;
    this.#isCounted = true;
    return true;
  }

  /** In the list no more, but still to be seen: it was read. */
  #stays(id: Id): boolean {
    const row = this.host.records.peek(id);
    return this.view.only === "unread" && row !== undefined && "$seen" in row.keywords && !this.#isOut(id);
  }

  /** Windows that are on the screen or near, and not here. */
  #missing(): { position: number; limit: number }[] {
    const positions = this.#positions;
    const from = Math.max(0, positions.truthAt(this.#first) - Math.max(NEAR, -this.#lead));
    const to = Math.min(positions.total ?? 0, positions.truthAt(this.#last) + Math.max(NEAR, this.#lead) + 1);
    const out: { position: number; limit: number }[] = [];
    let left = ROWS_AT_ONCE;
    for (let start = Math.floor(from / WINDOW) * WINDOW; start < to && left > 0; start += WINDOW) {
      const end = Math.min(start + WINDOW, to);
      let place = Math.max(start, from);
      while (place < end && positions.at(place) !== undefined) place++;
      if (place === end) continue;
      left -= WINDOW;
      const before = out.at(-1);
      if (before && before.position + before.limit === start) before.limit += WINDOW;
      else out.push({ position: start, limit: WINDOW });
    }
    return out;
  }

  #put(position: number, ids: readonly Id[]): void {
    this.#positions.put(position, ids);
    for (const id of ids) this.#left.delete(id);
  }

  #trim(): void {
    if (this.#positions.seen <= ROWS_MAX) return; // what is hidden would have to be asked for again, as it is not known to be hidden any more
    const from = this.#positions.truthAt(this.#first) - ROWS_MAX / 3, to = this.#positions.truthAt(this.#last) + ROWS_MAX / 3;
    this.#positions.keepOnly([Math.floor(from / WINDOW) * WINDOW, Math.ceil(to / WINDOW) * WINDOW], ...this.#keptRanges);
  }

  /** The window of each row that is kept, and those beside it. */
  get #keptRanges(): [number, number][] {
    const places = this.#kept.map((id) => this.#positions.placeOf(id)).filter((place) => place >= 0);
    return places.map((place) => Math.floor(place / WINDOW) * WINDOW).map((start) => [start - WINDOW, start + 2 * WINDOW]);
  }

  // ---- drawing ----

  /** Whether it is hidden: what was done to it took it out of this view. */
  #isOut(id: Id): boolean {
    const { records } = this.host;
    const row = records.peek(id);
    return row ? !isIn(row, this.view, this.#mailboxIds) : records.isGone(id);
  }

  #drawn(): void {
    if (this.view.collapse && this.#positions.hasKept) {
      const threadOf = (id: Id): Id | null | undefined => this.host.records.peek(id)?.threadId;
      const threads = new Set(this.#positions.truths.map(threadOf));
      this.#positions.drop((id) => threads.has(threadOf(id))); // its conversation has another row now
    }
    for (const id of this.#positions.ids) this.#positions.hide(id, this.#isOut(id));
    this.#tell();
  }

  #tell(): void {
    batch(() => {
      this.#shownTotal.value = this.#positions.shownTotal;
      this.version.value++;
    });
  }
}
