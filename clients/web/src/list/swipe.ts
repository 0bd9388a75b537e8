/** A finger that draws a row to one side does what the preferences say of that side; behind the row stands what that will be (behind.tsx). */
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { isRole, overlay } from "../app/commands.ts";
import { cursor, isAllSelected, openId, selected, view } from "../app/mail.ts";
import { preferences, type SwipeAction } from "../app/preferences.ts";
import { place } from "../app/router.ts";
import { triage } from "../app/triage.ts";
import { store } from "../store/index.ts";
import type { Action, Id } from "../store/types.ts";
import { isUnread } from "./unread.ts";

/** Pixels: below it is no swipe; from there on it is done when the finger is lifted. */
const BEGIN = 12;
const ENOUGH = 80;
/** So near to the edge of the screen the system's own gesture begins: back. */
const EDGE = 20;

/** What a swipe does with this message, as it is now. */
export type Swipe = Action | { do: "choose" };

export function swipeOf(name: SwipeAction, id: Id): Swipe | undefined {
  const keywords = store().row(id).value?.keywords;
  switch (name) {
    case "seen":
      return { do: "seen", on: isUnread(id) };
    case "flagged":
      return { do: "flagged", on: !keywords?.["$flagged"] };
    case "archive":
      return { do: isRole("archive") || isRole("trash") || isRole("junk") ? "inbox" : "archive" };
    case "trash":
      return { do: isRole("trash") ? "destroy" : "trash" };
    case "junk":
      return { do: isRole("junk") ? "inbox" : "junk" };
    case "move":
      return { do: "choose" };
    default:
      return undefined;
  }
}

/** The swipe under way; where its row is drawn. `isEnd`: towards the end of the line. */
export const swiping = signal<{ id: Id; swipe: Swipe; isEnd: boolean; isEnough: boolean; insetBlockStart: string; blockSize: string } | undefined>(undefined);

function run(swipe: Swipe, id: Id): void {
  cursor.value = id;
  if (swipe.do === "choose") {
    if (place.value.open) openId(id); // what is open is what is moved
    overlay.value = "move";
  }
  else triage(swipe, { ids: [id], threads: view.value.collapse, view: view.value });
}

/** One row's finger. */
class Finger {
  #start: { x: number; y: number; pointer: number } | undefined;
  #by = 0;
  /** Until the next touch: the click that ends a swipe opens nothing. */
  wasSwiped = false;

  constructor(private readonly id: Id, private readonly row: { current: HTMLElement | null }) {}

  /** What comes of it where the row is now. */
  get #outcome(): { swipe: Swipe; isEnd: boolean } | undefined {
    const isEnd = this.#by > 0 !== (document.documentElement.dir === "rtl");
    const swipe = swipeOf(isEnd ? preferences.value.swipeEnd : preferences.value.swipeStart, this.id);
    return swipe && { swipe, isEnd };
  }

  #draw(): void {
    const row = this.row.current;
    if (!row) return;
    const outcome = this.#outcome;
    row.style.setProperty("--swipe", `${outcome ? this.#by : 0}px`);
    row.classList.remove("settling");
    row.classList.add("swiping");
    const { insetBlockStart, blockSize } = row.style;
    swiping.value = outcome && { id: this.id, ...outcome, isEnough: Math.abs(this.#by) >= ENOUGH, insetBlockStart, blockSize };
  }

  /** Back to where it was; what stood behind it goes when it is there. */
  #settle(): void {
    const row = this.row.current;
    this.#start = undefined;
    this.#by = 0;
    if (!row) return this.forget();
    row.classList.add("settling");
    row.classList.remove("swiping");
    void Promise.allSettled(row.getAnimations().map((animation) => animation.finished)).then(() => this.#start || this.forget());
  }

  forget(): void {
    this.row.current?.classList.remove("settling");
    if (swiping.value?.id === this.id) swiping.value = undefined;
  }

  down(e: PointerEvent): void {
    this.wasSwiped = false;
    const isAtEdge = e.clientX < EDGE || e.clientX > innerWidth - EDGE;
    if (e.pointerType !== "mouse" && e.isPrimary && !isAtEdge) this.#start = { x: e.clientX, y: e.clientY, pointer: e.pointerId };
  }

  move(e: PointerEvent): void {
    if (!this.#start || e.pointerId !== this.#start.pointer) return;
    const x = e.clientX - this.#start.x;
    if (this.#by === 0) {
      // What is selected is done with by its bar, all of it at once.
      if (selected.value.size || isAllSelected.value) return void (this.#start = undefined);
      if (Math.abs(x) < BEGIN || Math.abs(x) < Math.abs(e.clientY - this.#start.y) * 1.5) return;
      this.row.current?.setPointerCapture(e.pointerId);
    }
    this.#by = x || 1;
    this.#draw();
  }

  up(isDone: boolean): void {
    if (!this.#start) return;
    const outcome = this.#by && Math.abs(this.#by) >= ENOUGH && isDone ? this.#outcome : undefined;
    if (this.#by) {
      this.wasSwiped = true;
      this.#settle();
    }
    this.#start = undefined;
    if (outcome) run(outcome.swipe, this.id);
  }
}

export function useSwipe(id: Id, row: { current: HTMLElement | null }) {
  const { finger, handlers } = useMemo(() => {
    const finger = new Finger(id, row);
    return {
      finger,
      handlers: {
        onPointerDown: (e: PointerEvent) => finger.down(e),
        onPointerMove: (e: PointerEvent) => finger.move(e),
        onPointerUp: () => finger.up(true),
        onPointerCancel: () => finger.up(false),
      },
    };
  }, [id]);
  useEffect(() => () => finger.forget(), [finger]);
  return { wasSwiped: () => finger.wasSwiped, handlers };
}
