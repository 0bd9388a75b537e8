/** A modal dialog: the browser keeps the focus in it, closes it by Escape, and gives the focus back. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function Dialog({ label, close, class: more = "", children }: { label: string; close(): void; class?: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  // Before anything else can be typed: what comes next is for the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = dialog.current!;
    element.showModal();
    return () => {
      // As long as it is open, nothing outside of it takes the focus.
      isGone.current = true;
      element.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  // By Escape: at once, not when the browser tells that it has closed it. What is typed in between is for the page again. A field's own `cancel` comes along here, too.
  const isCancelled = useRef(false);
  const cancel = (e: Event): void => {
    if (e.target !== dialog.current) return;
    isCancelled.current = true;
    close();
  };
  return (
    <dialog ref={dialog} class={more} aria-label={label} onCancel={cancel} onClose={() => isGone.current || isCancelled.current || close()} onClick={(e) => e.target === dialog.current && close()}>
      {children}
    </dialog>
  );
}
