/** A finger that rests on a row selects it; from then on taps select, until nothing is selected any more. */
import { useEffect, useMemo } from "preact/hooks";
import { cursor, toggleSelected } from "../app/mail.ts";
import type { Id } from "../store/types.ts";

/** As long as phones themselves take it for a long press. */
const HOLD_MS = 500;
/** Pixels that a resting finger trembles. */
const STILL = 10;

export function useHold(id: Id) {
  const hold = useMemo(() => {
    let start: { x: number; y: number } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasHeld = false;
    let isTouch = false;
    const stop = (): void => {
      clearTimeout(timer);
      start = undefined;
    };
    const select = (): void => {
      stop();
      wasHeld = true;
      cursor.value = id;
      toggleSelected(id);
      navigator.vibrate?.(10);
    };
    return {
      stop,
      /** The click that ends it opens nothing. */
      wasHeld: () => wasHeld,
      /** What was pressed last was pressed with a finger or a pen. */
      isTouch: () => isTouch,
      handlers: {
        onPointerDown(e: PointerEvent & { currentTarget: HTMLElement }): void {
          stop();
          wasHeld = false;
          isTouch = e.pointerType !== "mouse";
          // Dragging onto mailboxes is the mouse's: it would begin with the same long press.
          e.currentTarget.draggable = !isTouch;
          if (!isTouch || !e.isPrimary) return;
          start = { x: e.clientX, y: e.clientY };
          timer = setTimeout(select, HOLD_MS);
        },
        onPointerMove(e: PointerEvent): void {
          if (start && Math.hypot(e.clientX - start.x, e.clientY - start.y) > STILL) stop();
        },
        onPointerUp: stop,
        onPointerCancel: stop,
        onContextMenu: (e: Event) => isTouch && e.preventDefault(),
      },
    };
  }, [id]);
  useEffect(() => hold.stop, [hold]);
  return hold;
}

type Handlers = Record<string, (e: never) => void>;

/** Of several that listen to the same: all of them hear it. */
export function both(...all: readonly Handlers[]): Handlers {
  const out: Handlers = {};
  for (const handlers of all) {
    for (const [name, handler] of Object.entries(handlers)) {
      const before = out[name];
      out[name] = before
        ? (e: never) => {
            before(e);
            handler(e);
          }
        : handler;
    }
  }
  return out;
}
