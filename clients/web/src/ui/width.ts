/** How wide an element is: bars show as much as they have room for. */
import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** 0 until the first layout, which is not asked for: the observer is told of it before anything of it is painted. */
export function useWidth(element: { current: HTMLElement | null }): Signal<number> {
  const width = useSignal(0);
  useLayoutEffect(() => {
    const there = element.current!;
    const observer = new ResizeObserver(() => (width.value = there.clientWidth));
    observer.observe(there);
    return () => observer.disconnect();
  }, []);
  return width;
}

const coarse = matchMedia("(pointer: coarse)");
/** Pixels that a square button takes with the space beside it: for a finger more than for a pointer. */
export const buttonWidth = (): number => (coarse.matches ? 48 : 36);
/** How much higher than for a pointer the rows of a list are. */
export const touchScale = (): number => (coarse.matches ? 1.15 : 1);
