/** Where the draft stands, in words; and what is asked, or did not work. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { shortDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import type { Saving } from "./saver.ts";
import { wordsOf } from "./words.ts";
import type { Writing } from "./writing.ts";

function words(saving: Saving): string {
  switch (saving.is) {
    case "clean":
      return saving.at === undefined ? "" : t("compose-saved", { when: shortDate(new Date(saving.at).toISOString()) });
    case "saving":
      return t("compose-saving");
    case "waiting":
      return saving.trouble ? t("compose-not-saved-waiting") : t("compose-not-saved");
    case "refused":
      return t("compose-not-saved-refused", { why: wordsOf(saving.error) });
    case "elsewhere":
      return t("compose-not-saved");
  }
}

export function SaveState({ writing }: { writing: Writing }) {
  const saving = writing.saver.saving.value;
  const isTrouble = saving.is === "refused" || (saving.is === "waiting" && saving.trouble !== undefined);
  return (
    // That it is being saved, and was, is nothing to be read out each time one stops typing; that it is not, is.
    <span class={`save-state ${isTrouble ? "trouble" : ""}`} role={isTrouble ? "alert" : undefined}>
      {writing.sending.value === "no" ? words(saving) : t(writing.sending.value === "waiting" ? "compose-sending-waiting" : "compose-sending")}
    </span>
  );
}

export function Elsewhere({ writing }: { writing: Writing }) {
  const saving = writing.saver.saving.value;
  if (saving.is !== "elsewhere") return null;
  const { theirs } = saving;
  return (
    <div class="notice warn compose-notice" role="alert">
      <span>{t(theirs ? "compose-elsewhere" : "compose-elsewhere-gone")}</span>
      <Button label={t("compose-keep-mine")} isWide onClick={() => writing.keepMine()} />
      {theirs && <Button label={t("compose-take-theirs")} isWide onClick={() => void writing.takeTheirs(theirs).catch((e: unknown) => (writing.trouble.value = { text: wordsOf(e) }))} />}
    </div>
  );
}

export function Trouble({ writing }: { writing: Writing }) {
  const trouble = writing.trouble.value;
  if (!trouble) return null;
  return (
    <div class="notice danger compose-notice" role="alert">
      <span>
        {trouble.text} {trouble.detail && <small lang="en" dir="auto">{trouble.detail}</small>}
      </span>
      <Button label={t("compose-dismiss")} icon="close" onClick={() => (writing.trouble.value = undefined)} />
    </div>
  );
}

export function Asked({ writing }: { writing: Writing }) {
  const question = writing.question.value;
  const box = useRef<HTMLDivElement>(null);
  const before = useRef<HTMLElement | null>(null);
  // Not a button: whoever types on, or holds the key down that has asked, answers nothing.
  useLayoutEffect(() => {
    if (!question || document.activeElement === box.current) return;
    before.current = document.activeElement as HTMLElement | null;
    box.current!.focus();
  }, [question]);
  if (!question) return null;
  const answer = (run: (() => void) | undefined): void => {
    // It takes the focus along: what is typed next belongs to the message, not to the list.
    box.current!.closest<HTMLElement>(".composer")!.focus();
    writing.question.value = undefined;
    run?.();
  };
  const writeOn = (): void => (before.current?.matches("input, textarea, [contenteditable]") ? before.current : writing.body)?.focus();
  return (
    <div
      ref={box}
      tabIndex={-1}
      class="notice warn compose-notice"
      role="alertdialog"
      aria-label={question.text}
      onKeyDown={(e) => {
        if (e.key === "Escape") e.stopPropagation();
        // The letter itself goes to who has the focus after this.
        else if (e.target !== box.current || e.key.length > 1 || e.ctrlKey || e.metaKey) return;
        answer(e.key === "Escape" ? question.no : writeOn);
      }}
    >
      <span>{question.text}</span>
      <Button label={question.yes} isWide onClick={() => answer(question.run)} />
      <Button label={t("compose-go-on-writing")} isWide onClick={() => answer(question.no)} />
    </div>
  );
}
