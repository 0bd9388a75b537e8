/** The list of messages: as many rows in the document as are on the screen, whatever there are.
 *
 * A listbox whose options say in one sentence what a row is. The row of the cursor is the one that has the focus; it is in the document
 * wherever it is, so that neither the focus nor the reader's place is lost by scrolling. */
import { effect, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { beginAt, cursor, hasPane, isAllSelected, list, nowShows, selected } from "../app/mail.ts";
import { preferences } from "../app/preferences.ts";
import { place } from "../app/router.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { MailList } from "../store/types.ts";
import { type Geometry, placeOfRow, reveal, ROW_HEIGHTS, rowsAt, scrollHeight, scrollTopOf, topOf } from "./geometry.ts";
import { Empty } from "./empty.tsx";
import { MessageRow, WaitingRow } from "./row.tsx";
import { kit, loadKit } from "./kit.ts";
import { keepSpot, type Spot, spotOf } from "./spots.ts";
import { isThere, later } from "../ui/later.tsx";
import { textSize } from "../ui/text-size.ts";
import { touchScale } from "../ui/width.ts";

const Over = later(() => import("./over.tsx").then((module) => module.Over));
const hasFingers = matchMedia("(any-pointer: coarse)").matches;
/** Rows above and below what is to be seen. */
const OVERSCAN = 8;
const SETTLED_MS = 200;
/** Pixels that bars take of the window, about: until the list has been laid out, so that the browser is not asked for that while not all is there. */
const BARS = 130;
/** Without scrolling; then more is asked for than rows. */
const STILL_MS = 120;
const TAB_STOP = '[role="option"][tabindex="0"]';

export function MessageList() {
  const box = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(0);
  const height = useSignal(innerHeight - BARS);
  const isStill = useSignal(true);
  /** By more than a screen at once: what is above and below is not worth drawing. */
  const isLeap = useSignal(false);
  const stillTimer = useRef(0);
  const now = list.value;
  const total = now?.total.value;
  const rowHeight = useComputed(() => ROW_HEIGHTS[preferences.value.layout][preferences.value.density] * touchScale() * textSize.value);
  const geometry = useComputed<Geometry>(() => ({ rowHeight: Math.round(rowHeight.value), rows: list.value?.total.value ?? 0, height: height.value }));

  const isMeasured = useRef(false);
  const measure = (): void => {
    isMeasured.current = true;
    height.value = box.current!.clientHeight || 600;
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  // Another list begins where one was when one was here before, at what is open, or at its top.
  const spot = useRef<Spot | undefined>(undefined);
  useLayoutEffect(() => {
    if (!now) return;
    const open = place.value.open;
    spot.current = open ? undefined : spotOf(JSON.stringify(now.view));
    if (scrollTop.value) box.current!.scrollTop = scrollTop.value = 0; // to say it of what has just been made lays out the page
    now.show(0, Math.ceil(height.value / geometry.value.rowHeight));
    if (open) void now.find(open).then((index) => index >= 0 && list.value === now && scrollTo(index));
    if (spot.current?.cursor) beginAt(spot.current.cursor, spot.current.at);
  }, [now]);

  function scrollTo(index: number): void {
    if (!isMeasured.current) measure();
    const to = reveal(geometry.value, scrollTop.value, index);
    if (to !== scrollTop.value) box.current!.scrollTop = scrollTop.value = to;
  }

  function onScroll(e: Event & { currentTarget: HTMLElement }): void {
    if (Math.abs(e.currentTarget.scrollTop - scrollTop.value) > height.value) isLeap.value = true;
    scrollTop.value = e.currentTarget.scrollTop;
    settled.value = list.value;
    isStill.value = false;
    clearTimeout(stillTimer.current);
    stillTimer.current = window.setTimeout(() => {
      isStill.value = true;
      isLeap.value = false;
    }, STILL_MS);
  }

  useAnchor(now, geometry, scrollTop, box, spot, () => isMeasured.current || measure());
  useEffect(() => {
    if (total !== undefined) isThere();
  }, [total === undefined]);

  // Out of sight an element forgets how far it was scrolled.
  const isShown = hasPane.value || !place.value.open;
  const wasShown = useRef(isShown);
  useLayoutEffect(() => {
    const isBack = isShown && !wasShown.current;
    wasShown.current = isShown;
    if (!isBack || !box.current) return;
    measure();
    box.current.scrollTop = scrollTop.value;
    const at = cursor.value ? (now?.indexOf(cursor.value) ?? -1) : -1;
    if (at >= 0 && !spot.current) scrollTo(at);
  }, [isShown]);

  useSignalEffect(() => {
    const { first, last } = rowsAt(geometry.value, scrollTop.value);
    const there = list.value;
    if (last < first) return;
    there?.show(first, last);
    nowShows(first, last);
    if (!there?.view.query) return;
    if (kit.value) kit.value.showSnippets(there, first, last);
    else loadKit();
  });

  function hasFocus(): boolean {
    const active = document.activeElement;
    return !active || active === document.body || Boolean(box.current?.contains(active));
  }
  /** Before anything is drawn anew: a row that goes with the focus, and one that has it and ceases to be where Tab leads to, have the browser lay out
   * the page at once. */
  function turnTo(row: HTMLElement): void {
    const before = box.current!.querySelector<HTMLElement>(TAB_STOP);
    row.tabIndex = 0;
    if (hasFocus()) row.focus({ preventScroll: true });
    if (before && before !== row) before.tabIndex = -1;
  }

  // Of a list that begins only what is to be seen is drawn at first.
  const settled = useSignal<MailList | undefined>(undefined);
  useEffect(() => {
    if (total === undefined) return;
    const timer = setTimeout(() => (settled.value = now), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [now, total === undefined]);

  // The cursor's row is brought into view when the cursor moves, not when the list is scrolled: at once, so that both are drawn together.
  const drawn = useRef(now);
  drawn.current = now;
  useLayoutEffect(
    () =>
      effect(() => {
        const id = cursor.value;
        const there = list.peek();
        if (id === undefined || spot.current || there !== drawn.current) return; // a list that begins knows where
        const index = there?.indexOf(id) ?? -1;
        if (index < 0) return;
        untracked(() => scrollTo(index));
        const row = box.current!.querySelector<HTMLElement>(`[data-row="${id}"]`);
        if (row) turnTo(row);
      }),
    [],
  );
  // Rows that were not in the document then.
  useLayoutEffect(() => {
    const isHere = cursor.value !== undefined && now !== undefined && now.indexOf(cursor.value) >= 0;
    if (isHere && !spot.current && hasFocus()) focusRow(box.current);
  }, [cursor.value]);

  // What is typed on is another list: who had gone to the rows meanwhile is in its rows, too.
  const before = useRef(now);
  const hadFocus = useRef(false);
  const hadRow = before.current === now && box.current?.contains(document.activeElement);
  if (before.current !== now) {
    hadFocus.current = Boolean(before.current?.view.query && now?.view.query && box.current?.contains(document.activeElement));
    before.current = now;
  }
  useLayoutEffect(() => {
    if (total === undefined) return;
    const active = document.activeElement;
    const isFree = active === document.body || (wanted === now && active?.id === "search"); // nobody is torn out of what he went to meanwhile
    if (isFree && (wanted === now || hadFocus.current)) focusRow(box.current);
    wanted = undefined;
    hadFocus.current = false;
  }, [now, total === undefined]);

  // What was open has taken the focus with it.
  const open = place.value.open;
  const wasOpen = useRef(open);
  useEffect(() => {
    if (wasOpen.current && !open && document.activeElement === document.body) focusRow(box.current);
    wasOpen.current = open;
  }, [open]);

  // A row that goes with the focus, and none that has it instead: one is still in the list.
  useLayoutEffect(() => {
    if (hadRow && document.activeElement === document.body) box.current!.querySelector<HTMLElement>(".rows")?.focus({ preventScroll: true });
  });
  // What is open has a row as long as a message of its conversation is in the list.
  const openRow = useComputed(() => {
    const id = place.value.open;
    list.value?.version.value;
    return id && list.value?.indexOf(id) === -1 ? list.value.rowFor(id) : id;
  }).value;

  if (!now) return <div class="list" ref={box} />;
  now.version.value;
  const problem = now.problem.value;
  const { first, last } = rowsAt(geometry.value, scrollTop.value);
  const at = cursor.value ? now.indexOf(cursor.value) : -1;
  const more = settled.value === now && !isLeap.value ? OVERSCAN : 0;
  const indexes: number[] = [];
  for (let i = Math.max(0, first - more); i <= Math.min((total ?? 0) - 1, last + more); i++) indexes.push(i);
  if (at >= 0 && (at < first - more || at > last + more)) indexes.push(at);
  const stopAt = at >= 0 ? at : 0;
  const isSelecting = selected.value.size > 0 || isAllSelected.value;

  return (
    <div class={`list ${preferences.value.layout} ${preferences.value.density} ${now.view.query ? "found" : ""} ${isSelecting ? "selecting" : ""}`} ref={box} onScroll={onScroll}>
      {hasFingers && <Over box={box} />}
      {total === 0 || problem ? (
        <Empty view={now.view} problem={problem} />
      ) : (
        <div
          role="listbox"
          class="rows"
          tabIndex={-1}
          aria-label={t("list-name")}
          aria-multiselectable="true"
          aria-busy={total === undefined}
          style={{ blockSize: `${scrollHeight(geometry.value)}px` }}
        >
          {indexes.map((index) => {
            const id = now.idAt(index);
            const common = { index, total: total ?? 0, top: placeOfRow(geometry.value, scrollTop.value, index), height: geometry.value.rowHeight };
            if (!id) return <WaitingRow key={`w${index}`} {...common} />;
            return (
              <MessageRow
                key={id}
                id={id}
                {...common}
                row={store().row(id)}
                isCursor={id === cursor.value}
                isOpen={id === openRow}
                isTabStop={index === stopAt}
                isStill={isStill}
                isSelected={isAllSelected.value || selected.value.has(id)}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}

let wanted: MailList | undefined;
/** From the search into the rows: now, or as soon as what was asked for is there. */
export function toRows(): void {
  const now = list.peek();
  wanted = now?.total.peek() === undefined ? now : undefined;
  focusRow();
}

export function focusRow(box: Element | null = document.querySelector(".list")): void {
  const row = box?.querySelector<HTMLElement>(TAB_STOP);
  if (row && row !== document.activeElement) row.focus({ preventScroll: true }); // that lays out the page, also where it has it already
}

/** Rows that come and go above do not move what one looks at. At the very top one sees what comes. `spot`: where to begin. `measure`:
 * unless it is known how high the list is. */
function useAnchor(now: MailList | undefined, geometry: { value: Geometry }, scrollTop: { value: number }, box: { current: HTMLDivElement | null }, spot: { current: Spot | undefined }, measure: () => void): void {
  const anchor = useRef<{ list: MailList; id: string; index: number } | undefined>(undefined);
  const version = now?.version.value;
  const move = (to: number): void => {
    box.current!.scrollTop = scrollTop.value = scrollTopOf(geometry.value, to);
  };
  useLayoutEffect(() => {
    const begin = spot.current;
    if (now && begin && geometry.value.rows) {
      spot.current = undefined;
      measure();
      anchor.current = begin.id ? { list: now, id: begin.id, index: begin.index } : undefined;
      move(begin.index * geometry.value.rowHeight + begin.offset);
    }
    const before = anchor.current;
    if (now && before?.list === now && scrollTop.value > 0) {
      const index = now.indexOf(before.id);
      if (index >= 0 && index !== before.index) move(topOf(geometry.value, scrollTop.value) + (index - before.index) * geometry.value.rowHeight);
    }
    const { first } = rowsAt(geometry.value, scrollTop.value);
    const id = now?.idAt(first);
    if (now && id) anchor.current = { list: now, id, index: first };
    else if (anchor.current?.list !== now) anchor.current = undefined;
    if (now && !spot.current) keep(now, scrollTop.value);
  }, [now, version, scrollTop.value, geometry.value.rows, cursor.value]);

  const keep = (of: MailList, top: number): void => {
    if (!geometry.value.rows) return;
    const { first } = rowsAt(geometry.value, top);
    const offset = topOf(geometry.value, top) - first * geometry.value.rowHeight;
    keepSpot({ view: JSON.stringify(of.view), id: of.idAt(first), index: first, offset, cursor: cursor.value, at: cursor.value ? of.indexOf(cursor.value) : -1 });
  };
  // When the page goes, the browser may have scrolled farther than it has told.
  useEffect(() => {
    const leave = (): void => {
      if (list.value && box.current?.clientHeight && !spot.current) keep(list.value, box.current.scrollTop);
    };
    addEventListener("pagehide", leave, { capture: true });
    return () => removeEventListener("pagehide", leave, { capture: true });
  }, []);
}
