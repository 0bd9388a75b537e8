/** A modal dialog: the browser keeps the focus in it, closes it by Escape, and gives the focus back. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function Dialog({ label, close, class: more = "", children }: { label: string; close(): void; class?: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before anything else can be typed: what comes next is for the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return (
    <dialog ref={dialog} class={more} aria-label={label} onClose={close} onClick={(e) => e.target === dialog.current && close()}>
      {children}
    </dialog>
  );
}
