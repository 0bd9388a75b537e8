/** What is done with the mail that fits. */
import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, Mailbox } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, SelectField } from "../ui/form.tsx";
import { type Draft, mailboxPath } from "./rule.ts";

const COPIES_MAX = 32;
/** Where nothing is put by a rule. */
const NOT_FOR_RULES: ReadonlySet<string> = new Set(["inbox", "drafts", "sent", "snoozed", "all", "flagged"]);
/** What one says as a deed, and not as a place: first. */
const DEEDS = ["archive", "trash", "junk"];

function boxesOf(accountId: Id): Mailbox[] {
  const boxes = [...store().mailboxes.value.values()].filter((box) => box.accountId === accountId && box.myRights.mayAddItems !== false && !NOT_FOR_RULES.has(box.role ?? ""));
  const rank = (box: Mailbox): number => (DEEDS.indexOf(box.role ?? "") + DEEDS.length + 1) % (DEEDS.length + 1);
  return boxes.sort((a, b) => rank(a) - rank(b) || mailboxPath(a.id).localeCompare(mailboxPath(b.id)));
}

const labelOf = (box: Mailbox): string => (DEEDS.includes(box.role ?? "") ? t("rules-move-role", { role: box.role! }) : mailboxPath(box.id));

/** One keyword on or off. What a rule does not set it need not take away. */
function withKeyword(keywords: Draft["addKeywords"], name: string, on: boolean): Draft["addKeywords"] {
  const { [name]: _, ...rest } = keywords;
  return on ? { ...rest, [name]: true } : rest;
}

/** Into junk, and out of it: filters learn by the keyword (RFC 8621 section 4.1.1). */
function movedTo(draft: Draft, moveTo: Id | null): Draft {
  const role = (id: Id | null): string | null | undefined => (id ? store().mailboxes.value.get(id)?.role : undefined);
  const isJunk = role(moveTo) === "junk";
  if (!isJunk && role(draft.moveTo) !== "junk") return { ...draft, moveTo };
  return { ...draft, moveTo, addKeywords: withKeyword(draft.addKeywords, "$junk", isJunk) };
}

function Copies({ draft, boxes }: { draft: Signal<Draft>; boxes: readonly Mailbox[] }) {
  const { copyTo } = draft.value;
  const id = useId();
  const left = boxes.filter((box) => !DEEDS.slice(1).includes(box.role ?? "") && !copyTo.includes(box.id));
  const known = store().mailboxes.value;
  const remove = (gone: Id): void => {
    draft.value = { ...draft.value, copyTo: copyTo.filter((one) => one !== gone) };
    document.getElementById(id)?.querySelector<HTMLElement>("select")?.focus();
  };
  return (
    <div id={id} class="form">
      {copyTo.length < COPIES_MAX && (left.length > 0 || copyTo.length > 0) && (
        <SelectField
          label={t("rules-copy")}
          value=""
          options={[{ value: "", label: t(copyTo.length ? "rules-copy-more" : "rules-copy-none") }, ...left.map((box) => ({ value: box.id, label: mailboxPath(box.id) }))]}
          onValue={(value: string) => {
            if (value) draft.value = { ...draft.value, copyTo: [...copyTo, value] };
          }}
        />
      )}
      {copyTo.length > 0 && (
        <ul class="chips" aria-label={t("rules-copy")}>
          {copyTo.map((box) => {
            const name = known.has(box) ? mailboxPath(box) : t("rules-gone");
            return (
              <li key={box} class="chip">
                <span dir="auto">{name}</span>
                <Button label={t("rules-copy-remove", { mailbox: name })} icon="close" onClick={() => remove(box)} />
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

/** Which of a rule's mailboxes is not there any more. */
export function goneFrom(draft: Draft): { move: boolean; copy: boolean } {
  const known = store().mailboxes.value;
  return { move: draft.moveTo !== null && !known.has(draft.moveTo), copy: draft.copyTo.some((id) => !known.has(id)) };
}

export function hasAction({ moveTo, copyTo, addKeywords, removeKeywords }: Draft): boolean {
  return moveTo !== null || copyTo.length > 0 || Object.keys(addKeywords).length > 0 || Object.keys(removeKeywords).length > 0;
}

export function Deeds({ draft, error }: { draft: Signal<Draft>; error: string | undefined }) {
  const now = draft.value;
  const boxes = boxesOf(now.accountId);
  const { move: isGone } = goneFrom(now);
  const set = (change: Partial<Draft>): void => void (draft.value = { ...draft.value, ...change });
  const keyword = (name: string) => (on: boolean) => set({ addKeywords: withKeyword(draft.value.addKeywords, name, on) });
  const { $seen, $flagged, $junk: _, ...others } = now.addKeywords;
  const kept = [...Object.keys(others).map((name) => `+${name}`), ...Object.keys(now.removeKeywords).map((name) => `-${name}`)];
  return (
    <fieldset class="form">
      <legend>{t("rules-then")}</legend>
      <SelectField
        label={t("rules-move")}
        error={error ?? (isGone ? t("rules-move-gone") : undefined)}
        value={now.moveTo ?? ""}
        options={[
          { value: "", label: t("rules-move-none") },
          ...(isGone ? [{ value: now.moveTo!, label: t("rules-gone") }] : []),
          ...boxes.map((box) => ({ value: box.id, label: labelOf(box) })),
        ]}
        onValue={(value: string) => (draft.value = movedTo(draft.value, value || null))}
      />
      <Copies draft={draft} boxes={boxes} />
      <CheckField label={t("rules-seen")} checked={Boolean($seen)} onChecked={keyword("$seen")} />
      <CheckField label={t("rules-flag")} checked={Boolean($flagged)} onChecked={keyword("$flagged")} />
      {kept.length > 0 && <p class="field-hint">{t("rules-keywords", { keywords: kept.join(" ") })}</p>}
      <CheckField label={t("rules-last")} hint={t("rules-last-hint")} checked={now.isLast} onChecked={(isLast) => set({ isLast })} />
    </fieldset>
  );
}
