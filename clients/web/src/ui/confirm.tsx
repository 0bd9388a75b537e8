/** Asks before something that cannot be taken back: a dialog, in which the harmless answer has the focus. */
import { useEffect, useId, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";

interface Props {
  title: string;
  children: ComponentChildren;
  /** What is done, as its button says. */
  action: string;
  cancel: string;
  onConfirm(): void;
  onCancel(): void;
}

export function Confirm({ title, children, action, cancel, onConfirm, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} role="alertdialog" aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`} onCancel={(e) => { e.preventDefault(); onCancel(); }}>
      <h2 id={`${id}-title`}>{title}</h2>
      <div id={`${id}-text`} class="confirm-text">{children}</div>
      <div class="form-buttons">
        <Button label={cancel} isWide autofocus onClick={onCancel} />
        <Button label={action} kind="danger" isWide onClick={onConfirm} />
      </div>
    </dialog>
  );
}
