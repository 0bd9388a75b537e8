/** When a message is read: when it was looked at as long as the user says, from when it is here; not while nobody looks, and once. */
import { effect } from "@preact/signals";
import { preferences } from "../app/preferences.ts";
import { sayProblem } from "../app/triage.ts";
import { store } from "../store/index.ts";
import type { Message } from "../store/types.ts";

/** Between a step of scrolling and what it brings into view. */
const STEP_MS = 300;
/** That somebody sits there, or does not. */
const SIGNS = ["keydown", "pointerdown", "pointermove", "scroll", "focus", "blur", "visibilitychange"];

/** Until what it returns is called. `isLate`: it came while its conversation was open. What was opened is read with all that was in it, as in other
 * programs; what comes to it later is so when it is on the screen and somebody is there: the window may have been left alone. */
export function markRead({ id, keywords }: Message, card: Element, isLate: boolean): () => void {
  const wait = preferences.value.markReadAfter;
  let isInView = !isLate;
  let isSomebodyThere = !isLate && document.hasFocus();
  let signAt = -Infinity;
  let timer: number | undefined;
  // No list need have it.
  const isRead = (): boolean => Boolean((store().row(id).value?.keywords ?? keywords)["$seen"]);
  const look = (): void => {
    const isLookedAt = isInView && isSomebodyThere && document.visibilityState === "visible";
    if (isLookedAt === (timer !== undefined)) return;
    clearTimeout(timer);
    timer = isLookedAt ? window.setTimeout(read, wait * 1000) : undefined;
  };
  const read = (): void => {
    end();
    if (!isRead()) store().act({ do: "seen", on: true, undoable: false }, { ids: [id], threads: false }).done.catch(sayProblem);
  };
  const hear = ({ type, target, timeStamp }: Event): void => {
    if (type === "blur") isSomebodyThere &&= document.hasFocus(); // it may be in a frame
    // A list scrolls by itself when mail comes, and rows are given the focus.
    else if (type === "scroll" ? (target as Node).contains(card) : type === "focus" ? target === window : type !== "visibilitychange") {
      signAt = timeStamp;
      isSomebodyThere ||= isInView;
    }
    look();
  };
  const observer = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)!.isIntersecting;
    isSomebodyThere ||= isInView && performance.now() - signAt < STEP_MS;
    look();
  });
  let isOver = wait < 0;
  const end = (): void => {
    isOver = true;
    clearTimeout(timer);
    observer.disconnect();
    for (const name of SIGNS) removeEventListener(name, hear, true);
  };
  // Whoever marks it as unread after that means it.
  const stop = effect(() => {
    if (isRead()) end();
  });
  if (!isOver) {
    if (isLate) observer.observe(card);
    for (const name of SIGNS) addEventListener(name, hear, true);
    look();
  }
  return () => (stop(), end());
}
