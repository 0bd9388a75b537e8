/** What a conversation is labelled with: each label leads to what else has it, and can be taken off. */
import { useEffect, useRef } from "preact/hooks";
import { type Label, labelsOf, placeOfLabel } from "../app/labels.ts";
import { view } from "../app/mail.ts";
import { go, pathOf } from "../app/router.ts";
import { isTag } from "../app/titles.ts";
import { triage } from "../app/triage.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, Row } from "../store/types.ts";
import { Button } from "../ui/button.tsx";

/** Of which it can be taken off: a message is in one mailbox at least. */
function removable(label: Label, rows: readonly Row[]): Id[] {
  const has = (row: Row): boolean => (isTag(label.id) ? label.id in row.keywords : label.id in row.mailboxIds && Object.keys(row.mailboxIds).length > 1);
  return rows.filter(has).map((row) => row.id);
}

export function Labels({ ids }: { ids: readonly Id[] }) {
  const list = useRef<HTMLUListElement>(null);
  const rows = ids.flatMap((id) => store().row(id).value ?? []);
  const labels = labelsOf(rows, view.value);
  /** The place of the one that was taken off by its button, which has the focus no more: the label is gone, or what has it is in no other mailbox. */
  const wasAt = useRef(-1);

  useEffect(() => {
    if (wasAt.current < 0) return;
    const buttons = list.current?.querySelectorAll<HTMLElement>("button") ?? [];
    const next = buttons[Math.min(wasAt.current, buttons.length - 1)] ?? document.querySelector<HTMLElement>(".conversation");
    wasAt.current = -1;
    next?.focus({ preventScroll: true });
  }, [labels.map((label) => `${label.id} ${removable(label, rows).length > 0}`).join()]);

  function takeOff(label: Label, button: HTMLElement): void {
    wasAt.current = [...(list.current?.querySelectorAll("button") ?? [])].indexOf(button as HTMLButtonElement);
    const target = { ids: removable(label, rows), threads: false };
    triage(isTag(label.id) ? { do: "keyword", keyword: label.id, on: false } : { do: "unlabel", mailboxId: label.id }, target);
  }

  return (
    <ul ref={list} class="labels" aria-label={t("reader-labels")} hidden={!labels.length}>
      {labels.map((label) => (
        <li key={label.id} class="label" data-color={label.color}>
          <a
            href={pathOf(placeOfLabel(label))}
            dir="auto"
            onClick={(e) => {
              if (e.ctrlKey || e.metaKey || e.shiftKey) return;
              e.preventDefault();
              go(placeOfLabel(label));
            }}
          >
            {label.name}
          </a>
          {removable(label, rows).length > 0 && <Button label={t("reader-label-off", { name: label.name })} icon="close" onClick={(e) => takeOff(label, e.currentTarget)} />}
        </li>
      ))}
    </ul>
  );
}
