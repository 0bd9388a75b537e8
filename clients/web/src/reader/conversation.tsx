/** The open conversation: all its messages, oldest first, also what one wrote oneself. What was read before is folded. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { t } from "../i18n/i18n.ts";
import { Triage } from "../app/list-bar.tsx";
import { reader, type ReaderCommands, run } from "../app/commands.ts";
import { shownKeys } from "../app/keys.ts";
import { clearSelection, closeOpen, hasPane, list, move, turnToOpen, view } from "../app/mail.ts";
import { problemOf } from "../app/problem.ts";
import { back, place } from "../app/router.ts";
import { isMuted, triage } from "../app/triage.ts";
import { store } from "../store/index.ts";
import type { Id } from "../store/types.ts";
import { buttonWidth, useWidth } from "../ui/width.ts";
import { later } from "../ui/later.tsx";
import { useAgain } from "./again.ts";
import { type Wish, MessageCard } from "./message-card.tsx";

const Labels = later(() => import("./aside.ts").then((module) => module.Labels), true);

/** Its toolbar stays when another one is opened. */
export function Conversation({ id }: { id: Id }) {
  const root = useRef<HTMLElement>(null);
  const width = useWidth(root);
  const row = store().row(id).value;
  const subject = row?.subject || t("list-no-subject");
  const at = list.value?.indexOf(id) ?? -1;

  // It has taken the place of the list, and with it the focus.
  useEffect(() => {
    if (!hasPane.value && (document.activeElement === document.body || document.activeElement?.closest(".list"))) root.current?.focus({ preventScroll: true });
  }, [id]);

  return (
    <article class="conversation" ref={root} tabIndex={-1} aria-label={subject}>
      <div class="conversation-bar" role="toolbar" aria-label={t("reader-toolbar")} onClickCapture={() => (clearSelection(), turnToOpen())}>
        {!hasPane.value && <Button label={t("command-back")} icon="back" class="turns" keys={shownKeys("back")} onClick={() => back({ ...place.value, open: undefined })} />}
        <Triage room={width.value - 3.4 * buttonWidth()} isMute={isMuted(id)} />
        <span class="gap" />
        <Button label={t("command-previous")} icon="previous" keys={shownKeys("previous")} disabled={at === 0} onClick={() => move(-1)} />
        <Button label={t("command-next")} icon="next" keys={shownKeys("next")} disabled={at >= 0 && at + 1 >= (list.value?.total.value ?? 0)} onClick={() => move(1)} />
        {hasPane.value && <Button label={t("app-close")} icon="close" keys={shownKeys("back")} onClick={closeOpen} />}
      </div>
      <Messages key={id} id={id} subject={subject} />
    </article>
  );
}

function Messages({ id, subject }: { id: Id; subject: string }) {
  const root = useRef<HTMLDivElement>(null);
  const row = store().row(id).value;
  const threadId = useSignal<Id | undefined>(row?.threadId ?? undefined);
  const problem = useSignal("");
  // A link may lead to a message that no list has: then the message says which conversation it is of.
  const askThread = (): void => {
    problem.value = "";
    if (!threadId.value) store().message(id).then((message) => (threadId.value = message.threadId), async (e: unknown) => (problem.value = (await problemOf(e)).text));
  };
  useEffect(askThread, [id]);
  useEffect(() => void import("./aside.ts").then(({ prepareNext }) => prepareNext(id)).catch(() => undefined), [id]); // what cannot be had is asked for again
  useAgain(askThread);
  const ids = useComputed<readonly Id[]>(() => {
    if (!view.value.collapse || !threadId.value) return [id];
    const all = store().thread(threadId.value, id).value;
    return all?.includes(id) ? all : all ? [...all, id] : [id];
  });
  /** Which are unfolded, by what the user did; the others by what they are. */
  const choices = useSignal<ReadonlyMap<Id, boolean>>(new Map());
  /** Unread when it was opened: stays unfolded when it has been read. */
  const wasUnread = useSignal<ReadonlySet<Id>>(new Set());
  const current = useSignal(id);
  /** What a key asked for: the message does it when it is unfolded and here. */
  const wish = useSignal<Wish | undefined>(undefined);

  /** Of which it was when it was opened; undefined: not known yet. */
  const begun = useRef<ReadonlySet<Id> | undefined>(undefined);
  const isKnown = useComputed(() => !view.value.collapse || Boolean(threadId.value && store().thread(threadId.value, id).value)).value;
  useEffect(() => {
    if (isKnown) begun.current ??= new Set(ids.value);
    const unread = ids.value.filter((one) => store().row(one).value?.keywords["$seen"] === undefined);
    wasUnread.value = new Set([...wasUnread.value, ...unread]);
  }, [ids.value.join(), isKnown]);

  const isOpen = (one: Id, index: number): boolean => choices.value.get(one) ?? (one === id || index === ids.value.length - 1 || wasUnread.value.has(one));
  const toggle = (one: Id, to: boolean): void => {
    choices.value = new Map(choices.value).set(one, to);
  };

  const ask = (what: Wish["what"]): void => {
    toggle(current.value, true);
    wish.value = { id: current.value, what };
  };

  // Before it is painted: who sees it can press its keys.
  useLayoutEffect(() => {
    const mine: ReaderCommands = {
      step(by) {
        const at = ids.value.indexOf(current.value) + by;
        const to = ids.value[at];
        if (!to) return;
        current.value = to;
        toggle(to, true);
        card(to)?.focus();
        card(to)?.scrollIntoView({ block: "start" });
      },
      toggleSource: () => ask("source"),
      print: () => ask("print"),
      focus: () => card(current.value)?.focus(),
      scroll(by) {
        const box = root.current;
        if (!box) return false;
        const from = box.scrollTop;
        box.scrollBy({ top: by * box.clientHeight * 0.85 });
        return box.scrollTop !== from || (by > 0 ? from + box.clientHeight < box.scrollHeight - 2 : from > 0);
      },
      selectText() {
        const text = card(current.value)?.querySelector(".message-body, .source");
        const frame = text?.querySelector<HTMLIFrameElement>("iframe.message-frame");
        frame?.contentWindow?.focus(); // what is copied is what is chosen where the focus is
        if (text) (frame?.contentDocument ?? document).getSelection()?.selectAllChildren(frame?.contentDocument?.body ?? text);
      },
      current: () => ({ emailId: current.value, accountId: store().row(current.value).value?.accountId ?? row?.accountId ?? "" }),
      unfold: () => (choices.value = new Map(ids.value.map((one) => [one, true]))),
    };
    reader.value = mine;
    return () => {
      if (reader.peek() === mine) reader.value = undefined; // the next conversation's may be there by now
    };
  }, []);

  const card = (one: Id): HTMLElement | null => root.current?.querySelector<HTMLElement>(`[data-id="${one}"]`) ?? null;

  // The one that was chosen is what one wants to see; in a short conversation all of it is. What one reads is not moved by what comes later.
  useEffect(() => {
    if (ids.value.length > 1 && begun.current?.size !== 1) card(id)?.scrollIntoView({ block: "start" });
  }, [ids.value.length > 1]);

  return (
    <div class="messages" tabIndex={-1} ref={root}>
      <h2 class="conversation-subject" dir="auto">{subject}</h2>
      <Labels ids={ids.value} />
      {ids.value.length > 1 && (
        <p class="soft conversation-count">
          {t("reader-count", { count: ids.value.length })} <button type="button" class="link" onClick={() => run("unfold")}>{t("command-unfold")}</button>
        </p>
      )}
      {isMuted(id) && (
        <p class="notice">
          <Icon name="mute" />
          <span>{t("reader-muted")}</span>
          <Button
            label={t("command-unmute")}
            isWide
            onClick={() => {
              triage({ do: "mute", on: false }, { ids: [id], threads: true });
              root.current?.focus({ preventScroll: true }); // the button goes
            }}
          />
        </p>
      )}
      {problem.value && <p class="notice danger" role="alert">{problem.value}</p>}
      {ids.value.map((one, index) => (
        <MessageCard
          key={one}
          id={one}
          isOpen={isOpen(one, index)}
          isCurrent={one === current.value}
          isAlone={ids.value.length === 1}
          isLate={begun.current?.has(one) === false}
          toggle={(to) => toggle(one, to)}
          become={() => (current.value = one)}
          wish={wish}
        />
      ))}
    </div>
  );
}
