/** One row: a message, or the newest of a conversation. */
import { accountTitle } from "../app/titles.ts";
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { isRole } from "../app/commands.ts";
import { cursor, hasPane, isAllSelected, list, openId, selected, selectTo, toggleSelected, view } from "../app/mail.ts";
import { isInTrouble, type Outgoing, outgoingOf, outgoingWords } from "../app/outgoing.ts";
import { place } from "../app/router.ts";
import type { Label } from "../app/labels.ts";
import { openComposer } from "../compose/index.ts";
import { triage } from "../app/triage.ts";
import { backDate, longDate, shortDate } from "../i18n/dates.ts";
import { isolated, listed, t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, Row } from "../store/types.ts";
import { Icon } from "../ui/icon.tsx";
import { beginDrag } from "./drag.ts";
import { both, useHold } from "./hold.ts";
import { kit } from "./kit.ts";
import { useSwipe } from "./swipe.ts";

interface Placed {
  index: number;
  total: number;
  top: number;
  height: number;
}

/** It is on its way. */
export function WaitingRow({ index, total, top, height }: Placed) {
  return <div role="option" class="row waiting" aria-setsize={total} aria-posinset={index + 1} aria-label={t("list-waiting")} style={{ insetBlockStart: `${top}px`, blockSize: `${height}px` }} />;
}

/** Those who wrote in a conversation, each once, oldest first; its length. */
interface Talk {
  count: number;
  names: string;
  isUnread: boolean;
  isFlagged: boolean;
  isMuted: boolean;
  rows: readonly Row[];
}

const NAMES_MAX = 4;

function talkOf(row: Row): Talk | undefined {
  const ids = row.threadId ? store().thread(row.threadId, row.id).value : undefined;
  if (!ids || ids.length < 2) return undefined;
  const names = new Map<string, string>();
  const rows: Row[] = [];
  let isUnread = false;
  let isFlagged = false;
  let isMuted = false;
  for (const id of ids) {
    const one = store().row(id).value;
    if (!one) continue;
    rows.push(one);
    isUnread ||= !one.keywords["$seen"] && !one.keywords["$draft"];
    isFlagged ||= Boolean(one.keywords["$flagged"]);
    isMuted ||= Boolean(one.keywords["$muted"]);
    const from = one.from?.[0];
    // First names are enough to tell people apart who talk to each other; of addresses what stands before the @.
    if (from) names.set(from.email.toLowerCase(), from.name?.trim().split(/\s+/)[0]?.replace(/,$/, "") || from.email.replace(/@.*/, ""));
  }
  const all = [...names.values()];
  const shown = all.length > NAMES_MAX ? [all[0]!, "…", ...all.slice(-2)] : all;
  return { count: ids.length, names: listed(shown), isUnread, isFlagged, isMuted, rows };
}

/** Whom it is from; in mailboxes of what one wrote oneself, to whom. */
function people(row: Row): string {
  const isOwn = Object.keys(row.mailboxIds).some((id) => ["sent", "drafts"].includes(store().mailboxes.value.get(id)?.role ?? ""));
  const list = (isOwn ? row.to : row.from) ?? [];
  const names = listed(list.map((one) => one.name || one.email));
  return isOwn ? t("list-to", { names: names || t("list-nobody") }) : names || t("list-nobody");
}

function sentence(row: Row, talk: Talk | undefined, outgoing: Outgoing | undefined, labels: readonly Label[], accounts: number): string {
  const account = accounts > 1 ? store().accounts.value.find((a) => a.id === row.accountId) : undefined;
  return [
    row.keywords["$seen"] && !talk?.isUnread ? "" : t("list-unread"),
    row.keywords["$flagged"] || talk?.isFlagged ? t("list-flagged") : "",
    row.keywords["$muted"] || talk?.isMuted ? t("list-muted") : "",
    row.keywords["$draft"] ? t("list-draft") : "",
    outgoing ? outgoingWords(outgoing) : "",
    row.keywords["$answered"] ? t("list-answered") : "",
    talk ? t("list-talk", { count: talk.count, names: talk.names }) : people(row),
    isolated(row.subject ?? "") || t("list-no-subject"),
    longDate(row.receivedAt),
    row.snoozed?.until ? t("list-snoozed", { when: longDate(row.snoozed.until) }) : "",
    row.hasAttachment ? t("list-has-attachment") : "",
    labels.length ? t("list-labels", { names: listed(labels.map(({ name }) => name)) }) : "",
    account ? isolated(accountTitle(account)) : "",
  ].filter(Boolean).join(", ");
}

/** What a row says; made anew only when one of the messages that it is about is another one. */
interface Said {
  row: Row;
  who: string;
  talk: number;
  /** The message that it shows, and not only another one of its conversation: of those one hears later, and what is bold by then would move what is beside it. */
  isFresh: boolean;
  isUnread: boolean;
  isFlagged: boolean;
  isMuted: boolean;
  /** One of its messages has not gone out. */
  outgoing: Outgoing | undefined;
  labels: readonly Label[];
  label: string;
}

function said(row: Row, isAsked: boolean): Said {
  const talk = isAsked && view.value.collapse ? talkOf(row) : undefined;
  const outgoing = (talk?.rows ?? [row]).map(outgoingOf).find(Boolean);
  const labels = kit.value?.labelsOf(talk?.rows ?? [row], view.value) ?? [];
  return {
    row,
    who: talk ? talk.names : people(row),
    talk: talk?.count ?? 0,
    isFresh: !row.keywords["$seen"],
    isUnread: !row.keywords["$seen"] || Boolean(talk?.isUnread),
    isFlagged: Boolean(row.keywords["$flagged"] || talk?.isFlagged),
    isMuted: Boolean(row.keywords["$muted"] || talk?.isMuted),
    outgoing,
    labels,
    label: sentence(row, talk, outgoing, labels, store().accounts.value.length),
  };
}

export interface MessageRowProps extends Placed {
  id: Id;
  row: ReadonlySignal<Row | undefined>;
  isCursor: boolean;
  isOpen: boolean;
  isTabStop: boolean;
  isSelected: boolean;
  /** Conversations are asked for when the list stands still. */
  isStill: ReadonlySignal<boolean>;
}

/** Its place, and what is done with it. What it says is a component of its own: when rows above it come and go, that is left as it is. */
export function MessageRow({ id, row: signal, index, total, top, height, isCursor, isOpen, isTabStop, isSelected, isStill }: MessageRowProps) {
  const element = useRef<HTMLDivElement>(null);
  const swipe = useSwipe(id, element);
  const hold = useHold(id);
  const touched = useMemo(() => both(swipe.handlers, hold.handlers), [swipe.handlers, hold.handlers]);
  const isAsked = useSignal(isStill.peek());
  if (!isAsked.peek() && isStill.value) isAsked.value = true; // who has asked does not care any more
  const isOver = useSignal(false);
  const now = useComputed(() => signal.value && said(signal.value, isAsked.value)).value;
  useLayoutEffect(() => {
    const row = element.current;
    if (row && row.tabIndex !== (isTabStop ? 0 : -1)) row.tabIndex = isTabStop ? 0 : -1; // the list has mostly seen to it
  }, [isTabStop, !now]);
  if (!now) return <WaitingRow index={index} total={total} top={top} height={height} />;
  const classes = ["row", now.isUnread ? "unread" : "", now.isFresh ? "fresh" : "", isCursor ? "cursor" : "", isOpen ? "open" : "", now.labels.length ? "labelled" : ""].join(" ");

  function onClick(e: MouseEvent): void {
    if (swipe.wasSwiped() || hold.wasHeld()) return;
    if (e.shiftKey) selectTo(id); // from the cursor, where nothing was selected before
    cursor.value = id;
    if (e.shiftKey) return;
    if (e.ctrlKey || e.metaKey || ((selected.value.size > 0 || isAllSelected.value) && hold.isTouch())) return toggleSelected(id);
    const row = signal.value;
    if (row?.keywords["$draft"]) return openComposer({ kind: "draft", emailId: id, accountId: row.accountId });
    openId(id, hasPane.value && place.value.open !== undefined);
  }

  return (
    <div
      ref={element}
      role="option"
      data-row={id}
      class={classes}
      aria-label={now.label}
      aria-selected={isSelected}
      aria-setsize={total}
      aria-posinset={index + 1}
      {...(isOpen ? { "aria-current": "true" as const } : {})}
      tabIndex={-1}
      style={{ insetBlockStart: `${top}px`, blockSize: `${height}px` }}
      draggable
      onDragStart={(e) => beginDrag(e, id)}
      onClick={onClick}
      onFocus={() => isTabStop && list.value?.indexOf(cursor.value ?? "") === -1 && (cursor.value = id)}
      onPointerEnter={(e) => (isOver.value = e.pointerType === "mouse")}
      onPointerLeave={() => (isOver.value = false)}
      {...touched}
    >
      <RowText id={id} now={now} isSelected={isSelected} />
      {isOver.value && <RowActions id={id} isUnread={now.isUnread} />}
    </div>
  );
}

function RowText({ id, now, isSelected }: { id: Id; now: Said; isSelected: boolean }) {
  const { row, isFlagged } = now;
  const parts = kit.value;
  const snippet = parts?.snippetOf(id, view.value.query);
  return (
    <>
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
      <span class={now.talk > 0 ? "who talks" : "who"}>
        {now.talk > 0 ? <span class="names">{now.who}</span> : now.who}
        {now.talk > 0 && <span class="talk">{now.talk}</span>}
      </span>
      {parts && now.labels.length > 0 && <parts.RowLabels labels={now.labels} />}
      <span class="what">
        <span class="subject" dir="auto">{parts && snippet?.subject ? <parts.Marked text={snippet.subject} /> : row.subject || t("list-no-subject")}</span>
        <span class="preview" dir="auto">{parts && snippet?.preview ? <parts.Marked text={snippet.preview} isLed /> : row.preview}</span>
      </span>
      <span class="marks" aria-hidden="true">
        {now.outgoing && <span title={outgoingWords(now.outgoing)}><Icon name={isInTrouble(now.outgoing) ? "warning" : "outbox"} /></span>}
        {now.isMuted && <Icon name="mute" />}
        {row.keywords["$answered"] && <Icon name="reply" class="turns" />}
        {row.keywords["$forwarded"] && <Icon name="forward" class="turns" />}
        {row.hasAttachment && <Icon name="attachment" />}
      </span>
      <When row={row} />
      <span
        class={`star ${isFlagged ? "on" : ""}`}
        aria-hidden="true"
        onClick={(e) => {
          e.stopPropagation();
          triage({ do: "flagged", on: !isFlagged }, { ids: [id], threads: isFlagged && view.value.collapse, view: view.value });
        }}
      >
        <Icon name="flag" />
      </span>
    </>
  );
}

/** When it came; of what waits, when it comes back. */
function When({ row: { snoozed, receivedAt } }: { row: Row }) {
  const until = snoozed?.until;
  if (!until) return <time class="when" dateTime={receivedAt ?? ""} title={longDate(receivedAt)}>{shortDate(receivedAt)}</time>;
  return (
    <time class="when" dateTime={until} title={t("list-snoozed", { when: longDate(until) })}>
      <Icon name="snooze" /> {backDate(until)}
    </time>
  );
}

/** Of the row that the pointer is over; what it stands for in this list is its whole conversation. */
function RowActions({ id, isUnread }: { id: Id; isUnread: boolean }) {
  const all = { ids: [id], threads: view.value.collapse, view: view.value };
  return (
    <span class="row-actions" aria-hidden="true">
      <RowAction icon="archive" title={t("command-archive")} run={() => triage({ do: "archive" }, all)} />
      <RowAction icon="trash" title={t("command-trash")} run={() => triage({ do: isRole("trash") ? "destroy" : "trash" }, all)} />
      <RowAction icon={isUnread ? "read" : "unread"} title={t("command-toggle-read")} run={() => triage({ do: "seen", on: isUnread }, { ...all, threads: isUnread && all.threads })} />
    </span>
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
