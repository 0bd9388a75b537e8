/** One row: a message, or the newest of a conversation. */
import type { ReadonlySignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { cursor, selectTo, toggleSelected } from "../app/mail.ts";
import { isPhone, isAllSelected, selected } from "../app/mail.ts";
import { openComposer } from "../compose/index.ts";
import { triage } from "../app/triage.ts";
import { preferences } from "../app/preferences.ts";
import { shortDate, longDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, Row } from "../store/types.ts";
import { Icon } from "../ui/icon.tsx";
import { Marked, snippetOf } from "../search/snippets.tsx";
import { beginDrag } from "./drag.ts";
import { useSwipe } from "./swipe.ts";

interface Placed {
  index: number;
  total: number;
  top: number;
  height: number;
}

/** It is on its way. */
export function WaitingRow({ index, total, top, height }: Placed) {
  return <div role="option" class="row waiting" aria-setsize={total} aria-posinset={index + 1} aria-label={t("list-waiting")} style={{ transform: `translateY(${top}px)`, blockSize: `${height}px` }} />;
}

/** Whom it is from; in mailboxes of what one wrote oneself, to whom. */
function people(row: Row): string {
  const isOwn = Object.keys(row.mailboxIds).some((id) => ["sent", "drafts"].includes(store().mailboxes.value.get(id)?.role ?? ""));
  const list = (isOwn ? row.to : row.from) ?? [];
  const names = list.map((one) => one.name || one.email).join(", ");
  return isOwn ? t("list-to", { names: names || t("list-nobody") }) : names || t("list-nobody");
}

function sentence(row: Row, isThread: boolean, accounts: number): string {
  const account = accounts > 1 ? (store().accounts.value.find((a) => a.id === row.accountId)?.name ?? "") : "";
  return [
    row.keywords["$seen"] ? "" : t("list-unread"),
    row.keywords["$flagged"] ? t("list-flagged") : "",
    row.keywords["$draft"] ? t("list-draft") : "",
    row.keywords["$answered"] ? t("list-answered") : "",
    people(row),
    row.subject || t("list-no-subject"),
    longDate(row.receivedAt),
    row.hasAttachment ? t("list-has-attachment") : "",
    account,
    isThread ? "" : "",
  ].filter(Boolean).join(", ");
}

export interface MessageRowProps extends Placed {
  id: Id;
  row: ReadonlySignal<Row | undefined>;
  isCursor: boolean;
  isOpen: boolean;
  isTabStop: boolean;
  isSelected: boolean;
  open(): void;
}

export function MessageRow({ id, row: signal, index, total, top, height, isCursor, isOpen, isTabStop, isSelected, open }: MessageRowProps) {
  const row = signal.value;
  const element = useRef<HTMLDivElement>(null);
  const swipe = useSwipe(id, element);
  const hasSelection = selected.value.size > 0 || isAllSelected.value;
  if (!row) return <WaitingRow index={index} total={total} top={top} height={height} />;
  const isDraft = Boolean(row.keywords["$draft"]);
  const classes = ["row", row.keywords["$seen"] ? "" : "unread", isCursor ? "cursor" : "", isOpen ? "open" : ""].join(" ");
  const snippet = snippetOf(id);

  function onClick(e: MouseEvent): void {
    if (swipe.wasSwiped()) return;
    cursor.value = id;
    if (e.shiftKey) return selectTo(id);
    if (e.ctrlKey || e.metaKey || (isPhone.value && hasSelection)) return toggleSelected(id);
    if (isDraft) return openComposer({ kind: "draft", emailId: id, accountId: row!.accountId });
    open();
  }

  return (
    <div
      ref={element}
      role="option"
      class={classes}
      aria-label={sentence(row, false, store().accounts.value.length)}
      aria-selected={isSelected}
      aria-setsize={total}
      aria-posinset={index + 1}
      {...(isOpen ? { "aria-current": "true" as const } : {})}
      tabIndex={isTabStop ? 0 : -1}
      style={{ transform: `translateY(${top}px)`, blockSize: `${height}px` }}
      draggable={!isPhone.value}
      onDragStart={(e) => beginDrag(e, id)}
      onClick={onClick}
      onFocus={() => isTabStop && !cursor.value && (cursor.value = id)}
      {...swipe.handlers}
    >
      <span
        class="check"
        aria-hidden="true"
        onClick={(e) => {
          e.stopPropagation();
          cursor.value = id;
          toggleSelected(id);
        }}
      >
        {isSelected && <Icon name="check" />}
      </span>
      <span class="dot" aria-hidden="true" />
      <span class="who">{people(row)}</span>
      <span class="what">
        <span class="subject">{snippet?.subject ? <Marked text={snippet.subject} /> : row.subject || t("list-no-subject")}</span>
        <span class="preview">{snippet?.preview ? <Marked text={snippet.preview} /> : row.preview}</span>
      </span>
      <span class="marks" aria-hidden="true">
        {row.keywords["$answered"] && <Icon name="reply" class="turns" />}
        {row.keywords["$forwarded"] && <Icon name="forward" class="turns" />}
        {row.hasAttachment && <Icon name="attachment" />}
      </span>
      <time class="when" dateTime={row.receivedAt ?? ""} title={longDate(row.receivedAt)}>
        {shortDate(row.receivedAt)}
      </time>
      <span
        class={`star ${row.keywords["$flagged"] ? "on" : ""}`}
        aria-hidden="true"
        onClick={(e) => {
          e.stopPropagation();
          triage({ do: "flagged", on: !row.keywords["$flagged"] }, { ids: [id], threads: false });
        }}
      >
        <Icon name="flag" />
      </span>
      <span class="row-actions" aria-hidden="true">
        <RowAction icon="archive" title={t("command-archive")} run={() => triage({ do: "archive" }, { ids: [id], threads: preferences.value.conversations })} />
        <RowAction icon="trash" title={t("command-trash")} run={() => triage({ do: "trash" }, { ids: [id], threads: preferences.value.conversations })} />
        <RowAction icon={row.keywords["$seen"] ? "unread" : "read"} title={t("command-toggle-read")} run={() => triage({ do: "seen", on: !row.keywords["$seen"] }, { ids: [id], threads: false })} />
      </span>
    </div>
  );
}

/** For the pointer only: keys and the toolbar do the same. */
function RowAction({ icon, title, run }: { icon: string; title: string; run(): void }) {
  return (
    <span
      class="row-action"
      title={title}
      onClick={(e) => {
        e.stopPropagation();
        run();
      }}
    >
      <Icon name={icon} />
    </span>
  );
}
