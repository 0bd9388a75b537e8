/** What the mail page looks at: the list, its cursor, what is selected in it, what is open; and how actions find their messages. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { ConnectionLost } from "facteur";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, MailList, Target, View } from "../store/types.ts";
import { preferences } from "./preferences.ts";
import { go, place } from "./router.ts";
import { toast } from "./toasts.ts";
import { sayProblem } from "./triage.ts";
import { viewOf } from "./view.ts";

/** Roles that are shown for all accounts at once, in their order. */
export const UNIFIED = ["inbox", "flagged", "snoozed", "drafts", "sent", "archive", "junk", "trash"] as const;

const viewKey = computed(() => JSON.stringify(viewOf(place.value, preferences.value.conversations)));
/** One object as long as it is the same view: who reads it has nothing to do with what is open in it. */
export const view = computed<View>(() => JSON.parse(viewKey.value) as View);

/** The message that is open; other pages have something else in its place of the address. */
export const openNow = computed(() => (place.value.page === "mail" ? place.value.open : undefined));

export const list = signal<MailList | undefined>(undefined);
/** The row that the keyboard is at. */
export const cursor = signal<Id | undefined>(undefined);
export const selected = signal<ReadonlySet<Id>>(new Set());
/** Everything that the view has, also what was never on the screen. */
export const isAllSelected = signal(false);
/** Where a selection by Shift began. */
let selectionBegan: Id | undefined;
/** Where the cursor's row was when it was last in the list (-1: not yet), and what stood behind it. */
let was: { at: number; next?: Id | undefined; isDraft?: boolean } = { at: -1 };
/** Which the core was asked for, as the list does not have it. */
let sought: Id | undefined;
/** The rows that are on the screen. */
let screen: readonly [first: number, last: number] = [0, -1];

/** Follows the address for as long as the mail page is there. What it returns ends that. */
export function followPlace(): () => void {
  const stop = effect(() => {
    viewKey.value;
    untracked(() => {
      const opened = store().list(view.value);
      const before = list.value;
      batch(() => {
        list.value = opened;
        was = { at: -1 };
        sought = undefined;
        clearSelection();
        cursor.value = place.value.open;
      });
      before?.close();
    });
  });
  const stopFollowing = effect(followList);
  const stopKeeping = effect(() => list.value?.keep([cursor.value, openNow.value].flatMap((id) => id ?? [])));
  // What is opened has the cursor, also where the history leads to it.
  const stopCursor = effect(() => void (openNow.value && (cursor.value = openNow.value)));
  return () => {
    stop();
    stopFollowing();
    stopKeeping();
    stopCursor();
    list.value?.close();
    list.value = undefined;
  };
}

/** What left the list, whoever took it out, is not selected any more; a conversation stays so when another of its messages stands for it. */
function followList(): void {
  const now = list.value;
  now?.version.value;
  if (now) followCursor(now, cursor.value);
  // Whoever reads a row has it kept, and told when it changes.
  const gone = now ? [...selected.value].filter((id) => (store().row(id).value, now.isGone(id))) : [];
  if (!gone.length) return;
  const next = new Set(selected.value);
  for (const id of gone) {
    next.delete(id);
    const other = now!.rowFor(id);
    if (other) next.add(other);
  }
  selected.value = next;
}

/** The cursor is in the list, or at what is open: keys mean nothing that is not to be seen. As in other programs it comes to stand on what is in the place
 * of its row, when somebody else has taken that away. */
function followCursor(now: MailList, id: Id | undefined): void {
  const at = id ? now.indexOf(id) : -1;
  if (at >= 0) was = { at, next: now.idAt(at + 1), isDraft: "$draft" in (store().row(id!).peek()?.keywords ?? {}) };
  else if (!id || id === openNow.value || now.total.value === undefined) return;
  else if (now.isGone(id)) untracked(() => standIn(now));
  else if (sought !== id) {
    sought = id; // the history, or a list that was fetched anew, need not know what has become of it
    untracked(() => now.find(id)).then((index) => index < 0 && list.peek() === now && cursor.peek() === id && id !== openNow.peek() && standIn(now), () => undefined);
  }
}

/** On the screen, or nowhere: what one looks at is not moved for it. Not after a draft: who writes on makes another message of it, and means no neighbour. */
function standIn(now: MailList): void {
  const id = cursor.peek();
  const [first, last] = screen;
  const isSeen = (at: number): boolean => at >= first && at <= last;
  const near = id && !was.isDraft ? [now.rowFor(id), now.idAt(Math.min(placeLeft(now), (now.total.peek() ?? 0) - 1))] : [];
  cursor.value = near.find((one) => one && isSeen(now.indexOf(one)));
}

/** Which row is where the cursor's was. */
function placeLeft(now: MailList): number {
  const at = was.next ? now.indexOf(was.next) : -1;
  return at < 0 ? was.at : at;
}

/** The list begins again where one was in it. */
export function beginAt(id: Id, at: number): void {
  was = { at };
  cursor.value = id;
}

export function nowShows(first: number, last: number): void {
  screen = [first, last];
}

/** The cursor, where it is to be seen. */
function cursorHere(): Id | undefined {
  const id = cursor.value;
  return id && (id === openNow.value || (list.value?.indexOf(id) ?? -1) >= 0) ? id : undefined;
}

export function clearSelection(): void {
  batch(() => {
    selected.value = new Set();
    isAllSelected.value = false;
  });
  selectionBegan = undefined;
}

export function toggleSelected(id: Id): void {
  // "All but this" is nothing that can be said to the core; "only this" is the contrary of what was meant.
  if (isAllSelected.value) return clearSelection();
  const next = new Set(selected.value);
  if (!next.delete(id)) next.add(id);
  batch(() => {
    selected.value = next;
    isAllSelected.value = false;
  });
  selectionBegan = id;
}

/** So many rows are fetched at most to be selected; beyond it there is "all". Far below the core's maxObjectsInQuery. */
const RANGE_MAX = 2000;

/** All rows between these two; undefined: not all of them are here. */
function rangeHere(now: MailList, a: Id, b: Id): Id[] | undefined {
  const [from, to] = [now.indexOf(a), now.indexOf(b)].sort((x, y) => x - y) as [number, number];
  const ids = from < 0 ? [undefined] : Array.from({ length: to - from + 1 }, (_, i) => now.idAt(from + i));
  return ids.includes(undefined) ? undefined : (ids as Id[]);
}

/** Everything between where the selection began (or the cursor) and this. Of rows that are not here, as after a jump of the scroll bar, the core is
 * asked: nothing is selected before all of them are known. */
export function selectTo(id: Id): void {
  const now = list.value;
  if (!now) return;
  const began = selectionBegan ?? cursor.value ?? id;
  const before = selected.value;
  const add = (ids: readonly Id[]): void => {
    selected.value = new Set([...selected.value, ...ids]);
    selectionBegan = began;
  };
  const here = rangeHere(now, began, id);
  if (here) return add(here);
  const { connection } = store();
  if (connection.value.state === "lost") return sayProblem(new ConnectionLost(connection.value.why));
  now.between(began, id, RANGE_MAX).then((ids) => {
    if (list.value !== now || selected.value !== before) return; // something else was chosen meanwhile
    if (!ids) toast({ name: "select", kind: "problem", text: t("list-too-many", { most: RANGE_MAX }) });
    else if (ids.length) add(ids);
    else toggleSelected(id); // where it began has left the list
  }, sayProblem);
}

export function selectAll(): void {
  isAllSelected.value = (list.value?.total.value ?? 0) > 0;
}

/** The message that is meant where nothing is selected. In the list the cursor may have gone on from what the pane shows: by a selection that was given
 * up, or to a draft that was written on. As in Gmail and Thunderbird, what has the focus is meant then; who goes back to what is open has the cursor
 * there again (turnToOpen). */
export function pointed(): Id | undefined {
  const { open } = place.value;
  return hasPane.value ? (cursorHere() ?? open) : (open ?? cursorHere());
}

/** A key was pressed in what is open, or a button of it. */
export function turnToOpen(): void {
  if (openNow.value) cursor.value = openNow.value;
}

/** What an action is about: what is open, where nothing else is to be seen; what is selected, else what is pointed at. */
export function target(): Target | undefined {
  const threads = view.value.collapse;
  if (place.value.open && !hasPane.value) return { ids: [place.value.open], threads, view: view.value };
  if (isAllSelected.value) return { all: view.value };
  if (selected.value.size) return { ids: [...selected.value], threads, view: view.value };
  const id = pointed();
  return id ? { ids: [id], threads, view: view.value } : undefined;
}

/** What is likely to be opened next: further on, or back. */
function prefetchAround(id: Id): void {
  const now = list.value;
  const index = now?.indexOf(id) ?? -1;
  if (index >= 0) store().prefetch([1, 2, -1].flatMap((by) => now?.idAt(index + by) ?? []));
}

/** So long a row is looked at before it is likely that it will be opened: not while one goes on from row to row. */
const LOOKED_AT_MS = 150;
let looking = 0;
function prefetchSoon(id: Id): void {
  clearTimeout(looking);
  looking = window.setTimeout(() => cursor.peek() === id && prefetchAround(id), LOOKED_AT_MS);
}

export function openId(id: Id, replace = place.value.open !== undefined): void {
  cursor.value = id;
  go({ ...place.value, open: id }, replace);
  prefetchAround(id);
}

export function closeOpen(): void {
  const { open, ...rest } = place.value;
  if (open) go({ ...rest, open: undefined }, true);
}

/** The mailboxes are at the side. */
const roomy = matchMedia("(min-width: 861px)");
export const hasSidebar = signal(roomy.matches);
roomy.addEventListener("change", () => (hasSidebar.value = roomy.matches));

/** The reading pane is beside the list, and there is room for both. */
const wide = matchMedia("(min-width: 720px)");
const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));
export const hasPane = computed(() => isWide.value && preferences.value.pane !== "none");
export const isPhone = computed(() => !isWide.value);

/** The cursor by so many rows; what is open follows it. */
export function move(by: number, extend = false): void {
  const now = list.value;
  const total = now?.total.value ?? 0;
  if (!now || !total) return;
  const here = cursor.value ? now.indexOf(cursor.value) : -1;
  // Its row has gone: what stands in its place is the next one.
  const at = here < 0 && was.at >= 0 ? placeLeft(now) - (by > 0 ? 1 : 0) : here;
  moveTo(at < 0 && was.at < 0 ? (by < 0 ? total - 1 : 0) : Math.min(total - 1, Math.max(0, at + by)), extend);
}

const COMING_MS = 5000;
let stopWaiting: (() => void) | undefined;

/** To a row that is not here yet, when it is; unless one has gone elsewhere meanwhile. */
function moveWhenHere(now: MailList, index: number, extend: boolean): void {
  const from = cursor.peek();
  const stop = effect(() => {
    now.version.value;
    if (now.idAt(index) === undefined) return;
    queueMicrotask(() => {
      if (stopWaiting !== end) return;
      end();
      if (list.peek() === now && cursor.peek() === from) moveTo(index, extend);
    });
  });
  const timer = setTimeout(() => end(), COMING_MS);
  const end = (): void => {
    clearTimeout(timer);
    stop();
    if (stopWaiting === end) stopWaiting = undefined;
  };
  stopWaiting = end;
}

export function moveTo(index: number, extend = false): void {
  stopWaiting?.();
  const now = list.value;
  now?.show(index, index);
  const id = now?.idAt(index);
  if (!id) return now && index >= 0 ? moveWhenHere(now, index, extend) : undefined;
  if (extend) {
    const from = pointed();
    if (!selected.value.size && from) toggleSelected(from);
    selectTo(id);
  }
  cursor.value = id;
  if (!extend && (place.value.open || hasPane.value)) openId(id, true);
  else prefetchSoon(id);
}

/** After these rows have gone: the row that stands where the cursor was. */
export function advance(index: number, wasOpen: boolean): void {
  const now = list.value;
  const total = now?.total.value ?? 0;
  const id = now && total ? now.idAt(Math.min(Math.max(index, 0), total - 1)) : undefined;
  cursor.value = id;
  if (!wasOpen) return;
  if (id && hasPane.value) openId(id, true);
  else closeOpen();
}
