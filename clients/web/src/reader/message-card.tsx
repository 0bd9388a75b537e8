/** One message of a conversation: folded to a line, or its head, its text, its attachments and what can be done with it. */
import { type Signal, useSignal } from "@preact/signals";
import { FacteurError } from "facteur";
import { useEffect, useRef } from "preact/hooks";
import { makeRule } from "../app/commands.ts";
import { handleKey } from "../app/keys.ts";
import { outgoingOf } from "../app/outgoing.ts";
import { problemOf } from "../app/problem.ts";
import { preferences } from "../app/preferences.ts";
import { isDark } from "../app/theme.ts";
import { sayProblem, triage } from "../app/triage.ts";
import { openComposer, openWindow } from "../compose/index.ts";
import { longDate, shortDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { hasFiles, hasHtml, MessageBody, type Remote, type Sheet } from "../message/index.ts";
import { store } from "../store/index.ts";
import type { Id, Message } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { later } from "../ui/later.tsx";
import { Menu } from "../ui/menu.tsx";
import { Addresses } from "./addresses.tsx";
import { useAgain } from "./again.ts";

/** Only messages that have attachments need to know how they are shown. */
const Source = later(() => import("../message/source.tsx").then((module) => module.Source));
const Details = later(() => import("./aside.ts").then((module) => module.Details));
const RemotePictures = later(() => import("./aside.ts").then((module) => module.RemotePictures), true);
const LostPictures = later(() => import("./aside.ts").then((module) => module.LostPictures), true);
const Problem = later(() => import("./aside.ts").then((module) => module.Problem));
const Leaving = later(() => import("./aside.ts").then((module) => module.Leaving));
const SenderNotes = later(() => import("./aside.ts").then((module) => module.SenderNotes));

async function print(message: Message, showRemote: boolean): Promise<void> {
  const { printMessage } = await import("../message/print.ts");
  await printMessage(message, showRemote);
}

const Attachments = later(() => import("../message/attachments.tsx").then((module) => module.Attachments));

/** From an address whose pictures are always loaded; and, as far as the receiving server says anything about it, really from there. */
function useTrust(message: Message | undefined): boolean {
  const isFine = useSignal(false);
  const isListed = preferences.value.picturesFrom.includes(message?.from?.[0]?.email.toLowerCase() ?? "");
  useEffect(() => {
    isFine.value = false;
    if (!message || !isListed) return;
    import("./aside.ts").then(({ isVerified }) => (isFine.value = isVerified(message)), () => undefined);
  }, [message, isListed]);
  return isListed && isFine.value;
}

/** What a key wants of a message. */
export interface Wish {
  id: Id;
  what: "source" | "print";
}

interface Props {
  id: Id;
  isOpen: boolean;
  isCurrent: boolean;
  isAlone: boolean;
  /** It came while the conversation was open. */
  isLate: boolean;
  toggle(to: boolean): void;
  become(): void;
  wish: Signal<Wish | undefined>;
}

export function MessageCard({ id, isOpen, isCurrent, isAlone, isLate, toggle, become, wish }: Props) {
  const card = useRef<HTMLElement>(null);
  const row = store().row(id).value;
  const from = row?.from?.[0];
  const who = from?.name || from?.email || t("list-nobody");
  // As its head says, which has it with the message; a row has only when it came.
  const sentAt = useSignal(store().messageHere(id)?.sentAt);
  return (
    <section
      class={`message ${isOpen ? "" : "folded"} ${row?.keywords["$seen"] ? "" : "unread"}`}
      ref={card}
      data-id={id}
      tabIndex={-1}
      aria-label={t("reader-message", { who, when: longDate((isOpen && sentAt.value) || row?.receivedAt || null) })}
      {...(isCurrent && !isAlone ? { "aria-current": "true" as const } : {})}
      onFocusIn={become}
    >
      {isOpen ? (
        <Open id={id} card={card} isLate={isLate} wish={wish} sentAt={sentAt} fold={isAlone ? undefined : () => toggle(false)} />
      ) : (
        <button type="button" class="folded-line" aria-expanded="false" onClick={() => toggle(true)}>
          <span class="who">{who}</span>
          <span class="preview">{row?.preview}</span>
          {row?.hasAttachment && <Icon name="attachment" />}
          <time dateTime={row?.receivedAt ?? ""}>{shortDate(row?.receivedAt ?? null)}</time>
        </button>
      )}
    </section>
  );
}

function useMarkRead(message: Message | undefined, card: { current: HTMLElement | null }, isLate: boolean): void {
  useEffect(() => {
    let isOver = false;
    let end = (): void => void (isOver = true);
    if (message) import("./aside.ts").then(({ markRead }) => isOver || (end = markRead(message, card.current!, isLate)), console.warn);
    return () => end();
  }, [message?.id]);
}

interface OpenProps {
  id: Id;
  card: { current: HTMLElement | null };
  isLate: boolean;
  wish: Signal<Wish | undefined>;
  /** Of the message, as soon as it is here. */
  sentAt: Signal<string | null | undefined>;
  fold: (() => void) | undefined;
}

function Open({ id, card, isLate, wish, sentAt, fold }: OpenProps) {
  const message = useSignal(store().messageHere(id));
  const problem = useSignal<{ isGone: boolean; text: string; detail?: string } | undefined>(undefined);
  const showsSource = useSignal(false);
  const isPlain = useSignal(false);
  const showsDetails = useSignal(false);
  const showsRemote = useSignal(false);
  const remote = useSignal<Remote | undefined>(undefined);
  const sheet = useSignal<Sheet | undefined>(undefined);
  const drawnOn = useSignal<Sheet | undefined>(undefined);
  useMarkRead(message.value, card, isLate);
  const isTrusted = useTrust(message.value);

  const load = (): void => {
    problem.value = undefined;
    store().message(id).then((m) => {
      message.value = m;
      sentAt.value = m.sentAt;
    }, async (e: unknown) => {
      problem.value = { isGone: e instanceof FacteurError && e.type === "notFound", ...(await problemOf(e)) };
    });
  };
  useEffect(() => {
    if (!message.value) load();
  }, [id]);
  useAgain(() => problem.value?.isGone === false && load());
  const wanted = wish.value?.id === id ? wish.value : undefined;
  useEffect(() => {
    if (!wanted || !message.value) return;
    wish.value = undefined;
    if (wanted.what === "source") showsSource.value = !showsSource.value;
    else print(message.value, showsRemote.value || isTrusted).catch(sayProblem);
  }, [wanted, message.value]);

  const m = message.value;
  const row = store().row(id).value;
  if (problem.value !== undefined) return <Problem {...problem.value} again={load} />;
  if (!m) return <p class="starting" role="status">{t("reader-loading")}</p>;
  const sender = m.from?.[0];
  const leaving = outgoingOf(row ?? m);
  const address = sender?.email.toLowerCase() ?? "";
  const answer = (kind: "reply" | "reply-all" | "forward") => (e: MouseEvent) => (e.shiftKey ? openWindow : openComposer)({ kind, emailId: id, accountId: m.accountId });

  return (
    <>
      <header class="head">
        <div class="head-line">
          <strong class="from" dir="auto">{sender?.name || sender?.email || t("list-nobody")}</strong>
          {sender?.name && <span class="sender-address soft">{`<${sender.email}>`}</span>}
          <time class="soft" dateTime={m.sentAt ?? m.receivedAt ?? ""}>{longDate(m.sentAt ?? m.receivedAt)}</time>
        </div>
        <div class="head-line soft">
          <Addresses label={t("reader-to")} list={m.to} />
          <Addresses label={t("reader-cc")} list={m.cc} />
          <Addresses label={t("reader-bcc")} list={m.bcc} />
          <button type="button" class="link" aria-expanded={showsDetails.value} onClick={() => (showsDetails.value = !showsDetails.value)}>
            {t("reader-details")}
          </button>
        </div>
        {showsDetails.value && <Details message={m} />}
        <div class="head-actions">
          <Button label={t("command-reply")} icon="reply" onClick={answer("reply")} />
          <Button label={t("command-reply-all")} icon="reply-all" onClick={answer("reply-all")} />
          <Button label={t("command-forward")} icon="forward" onClick={answer("forward")} />
          <Menu
            label={t("reader-more")}
            icon="more"
            items={[
              { label: t(showsSource.value ? "reader-no-source" : "command-source"), icon: "source", run: () => (showsSource.value = !showsSource.value) },
              ...(hasHtml(m) ? [{ label: t(isPlain.value ? "reader-html" : "reader-plain"), icon: "file", run: () => (isPlain.value = !isPlain.value) }] : []),
              ...(hasHtml(m) && !isPlain.value ? [{ label: t(drawnOn.value === "dark" ? "reader-light" : "reader-dark"), icon: "theme", run: () => (sheet.value = drawnOn.value === "dark" ? "light" : "dark") }] : []),
              { label: t("command-print"), icon: "print", run: () => void print(m, showsRemote.value || isTrusted).catch(sayProblem) },
              { label: t("command-mark-unread"), icon: "unread", run: () => triage({ do: "seen", on: false }, { ids: [id], threads: false }) },
              { label: t(row?.keywords["$flagged"] ? "reader-unflag" : "command-flag"), icon: "flag", run: () => triage({ do: "flagged", on: !row?.keywords["$flagged"] }, { ids: [id], threads: false }) },
              ...(m.keywords["$draft"] ? [{ label: t("reader-edit"), icon: "edit", run: () => openComposer({ kind: "draft", emailId: id, accountId: m.accountId }) }] : []),
              { label: t("command-rule"), icon: "rule", run: () => makeRule(id) },
              ...(offersUnsubscribe(m) ? [{ label: t("unsubscribe-menu"), icon: "unsubscribe", run: () => void import("./aside.ts").then(({ unsubscribe }) => unsubscribe(m), sayProblem) }] : []),
              ...(fold ? [{ label: t("reader-fold"), icon: "collapse", run: fold }] : []),
            ]}
          />
        </div>
      </header>
      {leaving && <Leaving key={leaving.id} of={leaving} />}
      {!row?.keywords["$draft"] && <SenderNotes message={m} />}
      {row?.snoozed?.until && <p class="notice"><Icon name="snooze" /><span>{t("reader-snoozed", { when: longDate(row.snoozed.until) })}</span></p>}
      {m.isPartial && <p class="notice">{t("reader-partial")}</p>}
      {remote.value && !showsRemote.value && !isTrusted && <RemotePictures {...remote.value} address={address} show={() => (showsRemote.value = true)} />}
      {remote.value?.lost && (showsRemote.value || isTrusted) && <LostPictures lost={remote.value.lost} />}
      {showsSource.value ? (
        <Source message={m} />
      ) : (
        <MessageBody
          message={m}
          isPlain={isPlain.value}
          showRemote={showsRemote.value || isTrusted}
          isDark={isDark.value}
          sheet={sheet.value}
          onSheet={(on) => (drawnOn.value = on)}
          onRemote={(found) => (remote.value = found.count ? found : undefined)}
          onKey={handleKey}
          onCompose={(url) => openComposer({ kind: "mailto", url })}
        />
      )}
      {hasFiles(m) && <Attachments message={m} />}
    </>
  );
}

function offersUnsubscribe(message: Message): boolean {
  return message.headers?.some((header) => header.name.toLowerCase() === "list-unsubscribe") ?? false;
}
