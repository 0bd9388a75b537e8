/** Where a link leads. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import type { RichEditor } from "./editor.ts";

/** What was typed, as an address that mail may link to; undefined: none. */
export function linkOf(text: string): string | undefined {
  const typed = text.trim();
  if (/^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(typed)) return typed;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(typed)) return `mailto:${typed}`;
  return /^[^\s/:]+\.[^\s/:]+(?:[:/]\S*)?$/.test(typed) ? `https://${typed}` : undefined;
}

export function LinkDialog({ editor, onDone }: { editor: RichEditor; onDone(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const range = editor.getSelection();
    const start = range.startContainer;
    const there = (start instanceof Element ? start : start.parentElement)?.closest("a")?.getAttribute("href");
    const selected = range.toString().trim();
    field.current!.value = there ?? linkOf(selected) ?? "";
    dialog.current!.showModal();
    field.current!.select();
  }, []);
  const done = (run: () => void): void => {
    dialog.current!.close();
    editor.focus();
    run();
    onDone();
  };
  const set = (): void => {
    const link = linkOf(field.current!.value);
    field.current!.setCustomValidity(link ? "" : t("compose-link-invalid"));
    if (!link) return void field.current!.reportValidity();
    done(() => editor.makeLink(link));
  };
  return (
    <dialog ref={dialog} aria-label={t("compose-format-link")} onCancel={(e) => (e.preventDefault(), done(() => undefined))} onKeyDown={(e) => e.stopPropagation()}>
      <form
        method="dialog"
        class="link-form"
        onSubmit={(e) => {
          e.preventDefault();
          set();
        }}
      >
        <label class="field">
          {t("compose-link-address")}
          <input ref={field} type="text" inputMode="url" dir="ltr" onInput={(e) => e.currentTarget.setCustomValidity("")} />
        </label>
        <div class="compose-actions">
          <Button label={t("compose-link-set")} kind="primary" isWide type="submit" />
          <Button label={t("compose-link-remove")} isWide onClick={() => done(() => editor.removeLink())} />
          <Button label={t("compose-cancel")} isWide onClick={() => done(() => undefined)} />
        </div>
      </form>
    </dialog>
  );
}
