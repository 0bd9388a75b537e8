/** What is done with messages: shown at once, told to the core in pieces, and taken off again where it refuses. */
import { batch, type Signal, signal } from "@preact/signals";
import { type Call, FacteurError, type Params } from "facteur";
import { deltasOf } from "./counters.ts";
import { Effects, type PlaceRole, PLACES } from "./effects.ts";
import type { Folders } from "./folders.ts";
import { lastDone } from "./last-done.ts";
import { type Link, quietly } from "./link.ts";
import { unique } from "./unique.ts";
import type { Live } from "./live.ts";
import { changes, type Patch, pointers } from "./patch.ts";
import { painted } from "./painted.ts";
import type { Records } from "./records.ts";
import { fetchRows } from "./rows.ts";
import type { Threads } from "./threads.ts";
import type { Action, Doing, EmailFilter, Id, Row, Target, View } from "./types.ts";

/** Emails in one Email/set: below maxObjectsInSet, and short enough that the core does something else in between. */
const AT_ONCE = 500;
const IDS_AT_ONCE = 10_000;
/** Of what happens when facteurd ends while it does something: done again so often. */
const TRIES = 5;
/** Characters of what outlives the page: browsers take 64 KB. */
const LAST_MAX = 60_000;

export interface ActionsHost {
  link: Link;
  records: Records;
  folders: Folders;
  threads: Threads;
  live: Live;
  /** undefined: nothing can be in it. */
  filterOf(view: View): Promise<EmailFilter | undefined>;
  mailboxesOf(view: View): Id[] | undefined;
  /** What lists of this view have here. */
  idsIn(view: View): Id[];
}

/** What the messages of an action were, and what is done to each: laid over them until the core has answered. */
interface Part {
  before: Map<Id, Row>;
  patches: Map<Id, Patch>;
}

/** What the core is told of some messages of an account, until it has answered. */
interface Told {
  ids: readonly Id[];
  args: Params<"Email/set">;
  /** It was sent by `flush`, too, and may be done long before it is answered here; more of it followed. What was done last by then is something else. */
  isFollowed?: boolean;
  /** Nothing followed: the question for its name. */
  last?: Call<"Undo/get">;
}

class Work implements Doing {
  readonly progress: Signal<{ done: number; total: number }>;
  done!: Promise<void>;
  /** One for all its calls: they are taken back together. */
  readonly group = unique();
  readonly refused: FacteurError[] = [];
  changed = 0;
  undoId: Id | undefined;
  /** By accounts. */
  readonly told = new Map<Id, Told>();
  readonly answered = new Set<Id>();
  #calls = 0;
  isCanceled = false;

  constructor(readonly action: Action, readonly count: number, public isUndoable: boolean) {
    this.progress = signal({ done: 0, total: count });
  }

  cancel(): void {
    this.isCanceled = true;
  }

  /** One for each call: it is done once, however often it is sent. */
  key(): string {
    return `${this.group}.${this.#calls++}`;
  }
}

export class Actions {
  /** Actions follow one another; those on all that match follow one another apart, as they take long. */
  #tail: Promise<unknown> = Promise.resolve();
  #longTail: Promise<unknown> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();
  /** What the core has not answered, in its order; but what takes long. */
  readonly #waiting = new Map<Work, Part>();

  readonly #effects: Effects;

  constructor(private readonly host: ActionsHost) {
    this.#effects = new Effects(host.folders);
  }

  act(action: Action, target: Target): Doing {
    if ("all" in target) {
      const first = this.#show(action, this.#rowsOf(this.host.idsIn(target.all)), this.host.mailboxesOf(target.all));
      const work = new Work(action, first.before.size, this.#effects.isUndoable(action, first.before.values()));
      this.#last = this.#longTail = work.done = this.#finish(work, this.#longTail, () => this.#doAll(work, target.all, first));
      return work;
    }
    // A conversation is muted wherever it is.
    const from = action.do === "mute" ? [...this.host.folders.mailboxes.peek().keys()] : target.view && this.host.mailboxesOf(target.view);
    const known = target.threads ? target.ids.flatMap((id) => this.#siblings(id, from) ?? [id]) : target.ids;
    const part = this.#show(action, this.#rowsOf(known), from);
    const work = new Work(action, target.ids.length, this.#effects.isUndoable(action, part.before.values()));
    this.#waiting.set(work, part);
    this.#last = this.#tail = work.done = this.#finish(work, this.#tail, () => this.#doSome(work, target.ids, target.threads, from, part));
    return work;
  }

  /** When what was begun last is done, or refused: what takes long, and was begun before it, may go on. */
  idle(): Promise<unknown> {
    return Promise.allSettled([this.#last]);
  }

  /** The page may go: what waits, and what is on its way and may not arrive, is sent at once, in its order, in a request that outlives it. If the page stays, the
   * same is sent in its turn, with the same keys: it is answered as it was, and not done again (decision 12). What is not known yet, such as the rest of a
   * conversation, is not sent; nor is what comes after something that goes another way. */
  flush(): void {
    const b = this.host.link.client.batch();
    const all = [...this.#toTell()];
    const newest = all.filter(({ args }) => args.undoable !== false).at(-1);
    for (const told of all) {
      told.isFollowed = told !== newest;
      b.call("Email/set", told.args);
    }
    if (newest) newest.last = lastDone(b);
    quietly(b.send(true));
  }

  *#toTell(): Generator<Told> {
    let room = LAST_MAX;
    for (const [work, part] of this.#waiting) {
      if (this.#missing(work, part).length) return;
      for (const [key, all] of this.#groupsOf(work, part)) {
        const [how, accountId] = key.split(" ") as ["copy" | "set", Id];
        const ids = all.filter((id) => !work.answered.has(id));
        if (how === "copy" || ids.length > AT_ONCE) return;
        if (ids.length === 0) continue;
        const told = this.#toldOf(work, part, accountId, ids);
        if ((room -= JSON.stringify(told.args).length) < 0) return;
        yield told;
      }
    }
  }

  async #finish(work: Work, before: Promise<unknown>, how: () => Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    await how();
    const [first, ...more] = work.refused;
    if (!first) return;
    throw more.length === 0 ? first : new FacteurError(first.method, { data: { ...first.data, description: `${first.data["description"] ?? first.type} (${more.length + 1})` } });
  }

  // ---- which messages ----

  async #doSome(work: Work, ids: readonly Id[], threads: boolean, from: readonly Id[] | undefined, part: Part): Promise<void> {
    const { records } = this.host;
    try {
      await painted();
      await fetchRows(this.host.link, records, ids.filter((id) => !records.truth(id) && !records.isGone(id)));
      if (threads) await this.host.threads.members([...new Set(this.#rowsOf(ids, part).map((row) => row.threadId!))]);
      const all = threads ? ids.flatMap((id) => this.#siblings(id, from, part) ?? [id]) : ids;
      this.#extend(part, work.action, this.#rowsOf(all.filter((id) => !part.patches.has(id))), from);
      await this.#carryOut(work, part, from);
    } catch (e) {
      this.#drop(part, [...part.patches.keys()]);
      throw e;
    } finally {
      this.#waiting.delete(work);
    }
  }

  /** All that match at one moment: their ids are collected first, as what is done may take them out of the view. */
  async #doAll(work: Work, view: View, first: Part): Promise<void> {
    const { link, records } = this.host;
    const from = this.host.mailboxesOf(view);
    work.progress.value = { done: 0, total: 0 };
    await this.#carryOut(work, first, from);
    if (work.isCanceled) return;
    const filter = await this.host.filterOf(view);
    if (filter === undefined) return;
    const done = new Set(first.before.keys());
    const rest = new Map<Id, Id[]>();
    for (const { id } of this.host.folders.accounts.peek()) rest.set(id, await this.#matching(id, filter, done));
    work.progress.value = { ...work.progress.peek(), total: first.patches.size + [...rest.values()].reduce((n, ids) => n + ids.length, 0) };
    for (const [accountId, ids] of rest) {
      for (let i = 0; i < ids.length && !work.isCanceled; i += AT_ONCE) {
        const some = ids.slice(i, i + AT_ONCE);
        const { list, notFound } = await link.call("Email/get", { accountId, ids: some, properties: ["threadId", "mailboxIds", "keywords", "accountId"] });
        const rows = (list as Row[]).map((row) => records.peek(row.id) ?? row);
        const part = this.#show(work.action, rows, from);
        this.#step(work, notFound.length + rows.length - part.patches.size);
        await this.#carryOut(work, part, from);
      }
    }
  }

  async #matching(accountId: Id, filter: EmailFilter, but: ReadonlySet<Id>): Promise<Id[]> {
    for (let state: string | undefined, ids: Id[] = []; ; ) {
      const { queryState, ids: page } = await this.host.link.call("Email/query", { accountId, filter, position: ids.length, limit: IDS_AT_ONCE });
      if (state !== undefined && queryState !== state) {
        state = undefined;
        ids = [];
        continue;
      }
      state = queryState;
      ids = ids.concat(page);
      if (page.length < IDS_AT_ONCE) return ids.filter((id) => !but.has(id));
    }
  }

  #rowsOf(ids: readonly Id[], part?: Part): Row[] {
    return [...new Set(ids)].flatMap((id) => part?.before.get(id) ?? this.host.records.peek(id) ?? []);
  }

  /** The messages of its conversation in the view's mailboxes, or in those that it is in itself; undefined: they are not known. */
  #siblings(id: Id, from: readonly Id[] | undefined, part?: Part): Id[] | undefined {
    const [row] = this.#rowsOf([id], part);
    const members = row && this.host.threads.known(row.threadId!);
    if (!members) return undefined;
    const places = from ?? Object.keys(row.mailboxIds);
    return [...new Set([id, ...this.#rowsOf(members, part).filter((r) => places.some((m) => m in r.mailboxIds)).map((r) => r.id)])];
  }

  // ---- what is done to each ----

  #show(action: Action, rows: readonly Row[], from: readonly Id[] | undefined): Part {
    const part: Part = { before: new Map(), patches: new Map() };
    this.#extend(part, action, rows, from);
    return part;
  }

  #extend(part: Part, action: Action, rows: readonly Row[], from: readonly Id[] | undefined): void {
    const { records, threads, folders } = this.host;
    const added = new Map<Id, Patch>();
    for (const row of rows) {
      const patch = this.#effects.patchOf(action, row, from);
      part.before.set(row.id, row);
      if (changes(row, patch)) added.set(row.id, patch);
    }
    if (added.size === 0) return;
    for (const [id, patch] of added) part.patches.set(id, patch);
    const members = (threadId: Id): Row[] => this.#rowsOf(threads.known(threadId) ?? [], part);
    batch(() => {
      folders.count(part, deltasOf(part.before, part.patches, members));
      records.lay(part, new Map([...added].filter(([id]) => records.truth(id))));
    });
  }

  // ---- the core is told ----

  async #carryOut(work: Work, part: Part, from: readonly Id[] | undefined): Promise<void> {
    try {
      await this.#makePlaces(work, part, from);
      await this.#tell(work, part);
    } catch (e) {
      this.#drop(part, [...part.patches.keys()]);
      throw e;
    }
  }

  /** By how and of which account: "set a1". */
  #groupsOf({ action }: Work, part: Part): Map<string, Id[]> {
    const copies = (id: Id): boolean => (action.do === "move" || action.do === "copy") && this.#effects.isElsewhere(part.before.get(id)!, action.mailboxId);
    const ids = action.do === "copy" ? [...part.before.keys()].filter((id) => part.patches.has(id) || copies(id)) : [...part.patches.keys()];
    const groups = new Map<string, Id[]>();
    for (const id of ids) {
      const key = `${copies(id) ? "copy" : "set"} ${part.before.get(id)!.accountId}`;
      groups.set(key, [...(groups.get(key) ?? []), id]);
    }
    return groups;
  }

  async #tell(work: Work, part: Part): Promise<void> {
    const groups = this.#groupsOf(work, part);
    for (const [key, all] of groups) {
      const [how, accountId] = key.split(" ") as ["copy" | "set", Id];
      for (let left = all; left.length; ) {
        if (work.isCanceled) {
          this.#drop(part, left);
          break;
        }
        const some = (how === "set" && work.told.get(accountId)?.ids) || left.slice(0, AT_ONCE);
        left = left.filter((id) => !some.includes(id));
        try {
          if (how === "copy") await this.#copy(work, part, accountId, some);
          else await this.#set(work, part, accountId, some);
        } catch (e) {
          if (!(e instanceof FacteurError)) throw e;
          work.refused.push(e);
          this.#drop(part, some);
        }
        for (const id of some) work.answered.add(id);
        this.#step(work, some.length);
      }
    }
    this.host.folders.counted(part);
    for (const accountId of new Set([...groups.keys()].map((key) => key.split(" ")[1]!))) this.host.live.mayBeOther("Mailbox", accountId);
    this.host.live.refresh();
  }

  #toldOf(work: Work, part: Part, accountId: Id, ids: readonly Id[]): Told {
    const known = work.told.get(accountId);
    if (known) return known;
    const update: Record<Id, Record<string, true | null>> = {};
    const destroy: Id[] = [];
    for (const id of ids) {
      const patch = part.patches.get(id)!;
      if (patch.isGone) destroy.push(id);
      else update[id] = pointers(patch);
    }
    const args = { accountId, update, destroy, undoGroup: work.group, idempotencyKey: work.key(), ...("undoable" in work.action && { undoable: work.action.undoable }) };
    const told: Told = { ids, args };
    work.told.set(accountId, told);
    return told;
  }

  async #set(work: Work, part: Part, accountId: Id, ids: readonly Id[]): Promise<void> {
    const { result, last } = await this.#once(async () => {
      const told = this.#toldOf(work, part, accountId, ids);
      this.host.live.acting();
      try {
        const { set, last } = await this.host.link.send((b) => ({ set: b.call("Email/set", told.args), last: told.args.undoable === false ? undefined : lastDone(b) }));
        return { result: set.result, last: told.last?.answer ? told.last : told.isFollowed ? undefined : last };
      } finally {
        work.told.delete(accountId);
      }
    });
    const refused = { ...result.notUpdated, ...result.notDestroyed };
    // It may have been so already: then the core has written down nothing.
    const changed = result.oldState === result.newState ? 0 : ids.length - Object.keys(refused).length;
    work.changed += changed;
    // One group is one action, whatever else was done meanwhile.
    if (changed && last && !last.error) work.undoId ??= last.result.list[0]?.id;
    for (const [id, e] of Object.entries(refused)) {
      // what is gone need not be destroyed, and of what is gone Email/changes tells
      if (e.type !== "notFound") work.refused.push(new FacteurError("Email/set", { message: e.type, data: e }));
      else if (!part.patches.get(id)?.isGone) work.refused.push(new FacteurError("Email/set", { message: e.type, data: { description: "the message is not there any more", ...e } }));
    }
    const isNext = batch(() => {
      this.host.records.settle(part, ids.filter((id) => !(id in refused)), true);
      this.host.records.settle(part, Object.keys(refused), false);
      return this.host.live.did(accountId, result.oldState, result.newState);
    });
    if (!isNext) quietly(fetchRows(this.host.link, this.host.records, ids)); // somebody may have done something since, and it may be here already
  }

  /** Into another account. */
  async #copy(work: Work, part: Part, fromAccountId: Id, ids: readonly Id[]): Promise<void> {
    const { mailboxId } = work.action as { mailboxId: Id };
    const { accountId } = this.host.folders.mailboxes.peek().get(mailboxId)!;
    work.isUndoable = false; // of all that match, only some were known before
    const create = Object.fromEntries(ids.map((id) => [id, { id, mailboxIds: { [mailboxId]: true } }]));
    const onSuccessDestroyOriginal = work.action.do === "move";
    const result = await this.#once(() => this.host.link.call("Email/copy", { fromAccountId, accountId, create, onSuccessDestroyOriginal, idempotencyKey: work.key() }));
    for (const e of Object.values(result.notCreated ?? {})) work.refused.push(new FacteurError("Email/copy", { message: e.type, data: e }));
    work.changed += ids.length - Object.keys(result.notCreated ?? {}).length;
    const destroyed = new Set(result.implicit?.flatMap(([, set]) => (set as { destroyed?: Id[] }).destroyed ?? []));
    batch(() => {
      this.host.records.settle(part, ids.filter((id) => destroyed.has(id)), true);
      this.host.records.settle(part, ids, false);
      for (const account of [accountId, fromAccountId]) for (const type of ["Email", "Thread", "Mailbox"] as const) this.host.live.mayBeOther(type, account);
    });
  }

  /** facteurd ended in the middle of it, and cannot say whether it was done. What is done here may be done twice. */
  async #once<T>(call: () => Promise<T>): Promise<T> {
    for (let i = 1; ; i++) {
      try {
        return await call();
      } catch (e) {
        if (!(e instanceof FacteurError) || e.type !== "outcomeUnknown" || i === TRIES) throw e;
      }
    }
  }

  #step(work: Work, n: number): void {
    const { done, total } = work.progress.peek();
    work.progress.value = { done: done + n, total };
  }

  #drop(part: Part, ids: readonly Id[]): void {
    batch(() => {
      this.host.records.settle(part, ids, false);
      if (ids.length === part.patches.size) this.host.folders.settled([part]);
    });
  }

  /** Accounts that have no mailbox for it. */
  #missing({ action }: Work, part: Part): Id[] {
    if (!(action.do in PLACES)) return [];
    return [...new Set([...part.patches.keys()].map((id) => part.before.get(id)!.accountId))].filter((id) => !this.#effects.placeFor(id, action.do as PlaceRole));
  }

  /** Mailboxes that are needed and not there: what was shown until now becomes what is done. */
  async #makePlaces(work: Work, part: Part, from: readonly Id[] | undefined): Promise<void> {
    const accounts = this.#missing(work, part);
    if (accounts.length === 0) return;
    for (const accountId of accounts) await this.#make(work, accountId, work.action.do as PlaceRole);
    batch(() => {
      this.host.records.settle(part, [...part.patches.keys()], false);
      part.patches.clear();
      this.#extend(part, work.action, [...part.before.values()], from);
    });
  }

  async #make(work: Work, accountId: Id, role: PlaceRole): Promise<void> {
    const { link, folders } = this.host;
    const name = PLACES[role];
    const same = [...folders.mailboxes.peek().values()].find((m) => m.accountId === accountId && m.parentId === null && m.name.toLowerCase() === name.toLowerCase());
    const change = same ? { update: { [same.id]: { role } } } : { create: { m: { name, role } } };
    const { created, notCreated, notUpdated } = await link.call("Mailbox/set", { accountId, ...change, idempotencyKey: work.key() });
    const refused = notCreated?.["m"] ?? (same && notUpdated?.[same.id]);
    if (refused) throw new FacteurError("Mailbox/set", { message: refused.type, data: refused });
    const made = same ? { id: same.id, role } : { ...created!["m"]!, name, parentId: null, role };
    folders.learn(accountId, [made], []);
  }
}
