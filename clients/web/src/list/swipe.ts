/** A finger that draws a row to one side does what the preferences say of that side. */
import { useMemo } from "preact/hooks";
import { overlay } from "../app/commands.ts";
import { cursor } from "../app/mail.ts";
import { preferences, type SwipeAction } from "../app/preferences.ts";
import { triage } from "../app/triage.ts";
import { store } from "../store/index.ts";
import type { Action, Id } from "../store/types.ts";

/** Pixels: below it is no swipe; from there on it is done when the finger is lifted. */
const BEGIN = 12;
const ENOUGH = 80;

function actionOf(name: SwipeAction, id: Id): Action | undefined {
  const row = store().row(id).value;
  if (name === "seen") return { do: "seen", on: !row?.keywords["$seen"] };
  if (name === "flagged") return { do: "flagged", on: !row?.keywords["$flagged"] };
  return name === "archive" || name === "trash" || name === "junk" ? { do: name } : undefined;
}

export function useSwipe(id: Id, element: { current: HTMLElement | null }) {
  return useMemo(() => {
    let start: { x: number; y: number; pointer: number } | undefined;
    let by = 0;
    let swipedAt = 0;
    const draw = (): void => {
      const row = element.current;
      if (!row) return;
      row.style.setProperty("--swipe", `${by}px`);
      const isEnd = by > 0 !== (document.documentElement.dir === "rtl");
      row.dataset["swipe"] = by === 0 ? "" : isEnd ? preferences.value.swipeEnd : preferences.value.swipeStart;
      row.classList.toggle("enough", Math.abs(by) >= ENOUGH);
      row.classList.toggle("swiping", by !== 0);
    };
    const end = (isDone: boolean): void => {
      const name = element.current?.dataset["swipe"] as SwipeAction | "" | undefined;
      const isEnough = Math.abs(by) >= ENOUGH;
      if (by) swipedAt = performance.now();
      start = undefined;
      by = 0;
      draw();
      if (!isDone || !isEnough || !name) return;
      cursor.value = id;
      if (name === "move") return void (overlay.value = "move");
      const action = actionOf(name, id);
      if (action) triage(action, { ids: [id], threads: preferences.value.conversations });
    };
    return {
      /** The click that ends a swipe opens nothing. */
      wasSwiped: () => performance.now() - swipedAt < 400,
      handlers: {
        onPointerDown(e: PointerEvent): void {
          if (e.pointerType !== "mouse" && e.isPrimary) start = { x: e.clientX, y: e.clientY, pointer: e.pointerId };
        },
        onPointerMove(e: PointerEvent): void {
          if (!start || e.pointerId !== start.pointer) return;
          const x = e.clientX - start.x;
          if (by === 0 && (Math.abs(x) < BEGIN || Math.abs(x) < Math.abs(e.clientY - start.y) * 1.5)) return;
          if (by === 0) element.current?.setPointerCapture(e.pointerId);
          by = x;
          draw();
        },
        onPointerUp: () => start && end(true),
        onPointerCancel: () => start && end(false),
      },
    };
  }, [id]);
}
