/** Who pulls the list down at its top looks for new mail; above the list stands what will happen, then how it goes. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { isLooking, lookForMail, lookingWords } from "../app/looking.ts";
import { t } from "../i18n/i18n.ts";

/** The list follows the finger half of the way, so far at most, and from `ENOUGH` on it is meant. */
const SHARE = 0.5;
const MOST = 90;
const ENOUGH = 56;

export function Pull({ box }: { box: { current: HTMLElement | null } }) {
  const pulled = useSignal<"no" | "some" | "enough">("no");

  // Where it stands, it can be pulled: not a frame later.
  useLayoutEffect(() => {
    const list = box.current!;
    let start: { x: number; y: number } | undefined;
    let by = 0;
    const draw = (to: number): void => {
      by = to;
      list.style.setProperty("--pull", `${by}px`);
      list.classList.toggle("pulling", by > 0);
      pulled.value = by === 0 ? "no" : by >= ENOUGH ? "enough" : "some";
    };
    const begin = (e: TouchEvent): void => {
      const touch = e.touches[0]!;
      start = e.touches.length === 1 && list.scrollTop <= 0 && !isLooking.value ? { x: touch.clientX, y: touch.clientY } : undefined;
      if (!start && by) draw(0);
    };
    const move = (e: TouchEvent): void => {
      if (!start) return;
      const touch = e.touches[0]!;
      const y = touch.clientY - start.y;
      // Upwards, or to a side: the list is scrolled, a row is swiped.
      if (by === 0 && (y <= 0 || Math.abs(touch.clientX - start.x) > y)) return void (start = undefined);
      // The browser shall not scroll as well. That it may is asked before it begins, and only then.
      if (e.cancelable) e.preventDefault();
      draw(Math.max(0.1, Math.min(MOST, y * SHARE)));
    };
    const end = (e: Event): void => {
      const isMeant = e.type === "touchend" && by >= ENOUGH;
      start = undefined;
      if (by) draw(0);
      if (isMeant) void lookForMail();
    };
    list.addEventListener("touchstart", begin, { passive: true });
    list.addEventListener("touchmove", move, { passive: false });
    list.addEventListener("touchend", end);
    list.addEventListener("touchcancel", end);
    return () => {
      list.removeEventListener("touchstart", begin);
      list.removeEventListener("touchmove", move);
      list.removeEventListener("touchend", end);
      list.removeEventListener("touchcancel", end);
    };
  }, []);

  const words = pulled.value === "some" ? t("list-pull") : pulled.value === "enough" ? t("list-let-go") : lookingWords.value;
  return (
    <div class={`pull ${isLooking.value ? "looking" : ""}`}>
      <p role="status">{words}</p>
    </div>
  );
}
