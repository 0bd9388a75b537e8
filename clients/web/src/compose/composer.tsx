/** One message being written, in its window at the edge of the screen, or alone on it. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { toast } from "../app/toasts.ts";
import { store } from "../store/index.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { formatAddress, isAddress, parseAddresses } from "./addresses.ts";
import { Attachments } from "./attachments.tsx";
import { ModeButton, PlainBody, RichBody } from "./body.tsx";
import { forgetComposer, front, minimised, type Open, show } from "./index.ts";
import { LaterDialog } from "./later-menu.tsx";
import { Recipients } from "./recipients.tsx";
import { Asked, Elsewhere, SaveState, Trouble } from "./state.tsx";
import { type Field, laterOf, type Writing } from "./writing.ts";

interface ComposerProps {
  open: Open;
  /** In a window of its own: nothing to minimise. */
  isAlone?: boolean;
}

function From({ writing }: { writing: Writing }) {
  const id = useId();
  const { identities } = writing;
  const now = writing.identity.value;
  if (identities.length < 2 && now) return null;
  return (
    <div class="compose-row">
      <label for={id}>{t("compose-from")}</label>
      <select
        id={id}
        dir="auto"
        disabled={writing.isHeld}
        value={now ? `${now.accountId} ${now.id}` : ""}
        onChange={(e) => {
          const chosen = identities.find((one) => `${one.accountId} ${one.id}` === e.currentTarget.value);
          if (chosen) void writing.chooseIdentity(chosen);
        }}
      >
        {!now && <option value="">{t("compose-from-nobody")}</option>}
        {identities.map((one) => (
          <option key={`${one.accountId} ${one.id}`} value={`${one.accountId} ${one.id}`}>
            {formatAddress({ name: one.name || null, email: one.email })}
          </option>
        ))}
      </select>
    </div>
  );
}

function Subject({ writing }: { writing: Writing }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  writing.focusSubject = () => field.current?.focus();
  /** One writes on: what the text looks like is before it on the screen, and the way back leads there. */
  const onKeyDown = (e: KeyboardEvent): void => {
    if (e.key !== "Tab" || e.shiftKey || e.isComposing || !writing.body) return;
    e.preventDefault();
    writing.body.focus();
  };
  return (
    <div class="compose-row">
      <label for={id}>{t("compose-subject")}</label>
      <input ref={field} id={id} type="text" dir="auto" value={writing.subject.value} onKeyDown={onKeyDown} onInput={(e) => (writing.subject.value = e.currentTarget.value)} />
    </div>
  );
}

/** Focus goes back to where it was, unless that is gone. */
function giveBack(before: Element | null): void {
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
  else document.querySelector<HTMLElement>("[role=listbox] [tabindex='0'], .compose-button")?.focus();
}

export function Composer({ open, isAlone = false }: ComposerProps) {
  const { writing, key } = open;
  const titleId = useId();
  const box = useRef<HTMLElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const more = useSignal<ReadonlySet<Field>>(new Set((["cc", "bcc"] as const).filter((field) => writing.fields[field].peek().length)));
  const isMaximised = useSignal(false);
  const isLater = useSignal(false);
  const isOver = useSignal(false);
  const isMinimised = !isAlone && minimised.value.has(key);
  const isReady = useRef(false);

  const minimise = (): void => {
    if (isAlone) return;
    minimised.value = new Set([...minimised.value, key]);
    giveBack(open.before);
  };
  const close = async (): Promise<void> => {
    const why = await writing.close();
    if (why === "closed" || why === "troubled") return;
    minimise();
    toast({ text: t(`compose-stays-${why}`), kind: why === "unsaved" ? "problem" : "plain", name: key });
  };
  const discard = (): void => {
    if (writing.isEmpty) void writing.discard();
    else writing.question.value = { text: t("compose-discard-ask"), yes: t("compose-discard"), run: () => void writing.discard(), no: () => writing.body?.focus() };
  };

  // Another front end may have changed or destroyed the draft; what waits for the connection need not wait for its pause.
  const news = store().changes.value;
  const isLive = store().connection.value.state === "live";
  useEffect(() => void writing.saver.look().catch(() => undefined), [news]);
  useEffect(() => {
    if (isLive) writing.saver.hurry();
  }, [isLive]);

  useEffect(() => {
    if (!isMinimised) writing.stay();
  }, [isMinimised]);
  // What is wrong is said in the composer: where nobody sees that, it is said at the edge.
  const trouble = writing.trouble.value;
  useEffect(() => {
    if (trouble && isMinimised) toast({ ...trouble, kind: "problem", name: key, action: { label: t("compose-restore"), run: () => show(key) } });
  }, [trouble]);

  // It was sent, discarded or closed.
  const ended = writing.ended.value;
  useEffect(() => {
    if (!ended) return;
    forgetComposer(key);
    // What was sent, or thrown away, can be taken back here: page.tsx.
    if (isAlone && ended.how === "closed") window.close();
    if (!isAlone) giveBack(open.before);
  }, [ended]);

  // What was typed before goes where one begins to write.
  const onReady = (): void => {
    if (isReady.current) return void writing.body?.focus();
    isReady.current = true;
    const { opening } = open;
    opening?.handOver((typed) => {
      // Lines are no address.
      const isText = opening.isText && !parseAddresses(typed).every(({ email }) => isAddress(email));
      if (writing.beginsWith === "body" || isText || typed.trim().includes("\n")) return writing.body?.typed(typed);
      const field = box.current?.querySelector<HTMLInputElement>("input[data-field=to]");
      if (!field) return writing.body?.typed(typed);
      field.focus();
      if (!typed) return;
      field.value = typed;
      field.dispatchEvent(new Event("input", { bubbles: true })); // who may be meant is suggested
    });
  };

  useEffect(() => {
    const hide = (): void => {
      if (document.visibilityState === "hidden") writing.keep(), void writing.saver.flush();
    };
    const leave = (e: BeforeUnloadEvent): void => {
      writing.keep();
      if (writing.saver.isUnsaved || writing.uploads.peek().length || writing.sending.peek() !== "no") e.preventDefault();
    };
    const back = (): void => {
      writing.saver.hurry();
      void writing.saver.look().catch(() => undefined);
    };
    const over = new AbortController();
    document.addEventListener("visibilitychange", hide, over);
    addEventListener("beforeunload", leave, over);
    addEventListener("online", back, over);
    addEventListener("focus", back, over);
    return () => over.abort();
  }, []);

  const onKey = (e: KeyboardEvent): void => {
    const isCommand = e.ctrlKey || e.metaKey;
    if (e.isComposing || isLater.value) return e.stopPropagation();
    if (isCommand && e.shiftKey && e.key === "Enter") isLater.value = true;
    else if (isCommand && e.key === "Enter") writing.send(undefined);
    else if (isCommand && e.key.toLowerCase() === "s" && !e.shiftKey) void writing.saver.flush();
    else if (e.key === "Escape" && !e.defaultPrevented && !isAlone && !box.current?.querySelector("[role=alertdialog]")) minimise();
    else return void e.stopPropagation(); // no key in here is a command of the list
    e.preventDefault();
    e.stopPropagation();
  };
  /** Files that were copied elsewhere; a picture beside a text is what the editor sees to. */
  const onPaste = (e: ClipboardEvent): void => {
    const files = [...(e.clipboardData?.files ?? [])];
    if (!files.length || e.clipboardData?.types.some((type) => type.startsWith("text/"))) return;
    e.preventDefault();
    e.stopPropagation();
    if (files.every((file) => file.type.startsWith("image/"))) writing.insertPictures(files);
    else writing.attach(files);
  };
  const onDrop = (e: DragEvent): void => {
    isOver.value = false;
    if (!e.dataTransfer?.files.length || e.defaultPrevented) return;
    e.preventDefault();
    writing.attach([...e.dataTransfer.files]);
  };

  const isBusy = writing.isHeld;
  // A button that sends has the focus no more once it is disabled: no key is to go to the list meanwhile.
  useLayoutEffect(() => {
    const { activeElement } = document;
    if (isBusy && (activeElement === document.body || activeElement?.closest("button"))) box.current!.focus();
  }, [isBusy]);
  const hold = (e: Event): void => {
    if (e.type === "beforeinput") writing.stay();
    const isText = !(e instanceof KeyboardEvent) || e.key.length === 1 || e.key === "Enter" || e.key === "Backspace" || e.key === "Delete";
    if (!isBusy || !isText || (e instanceof KeyboardEvent && (e.ctrlKey || e.metaKey)) || (e.target as Element).closest("button")) return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-busy={isBusy}
      onBeforeInputCapture={hold}
      onKeyDownCapture={hold}
      class={`composer ${isMinimised ? "minimised" : ""} ${isMaximised.value ? "maximised" : ""} ${isAlone ? "alone" : ""} ${isOver.value ? "over" : ""} ${front.value === key ? "front" : ""}`}
      role={isAlone ? undefined : "dialog"}
      aria-labelledby={titleId}
      onKeyDown={onKey}
      onPasteCapture={(e) => (isBusy ? hold(e) : onPaste(e))}
      onFocusIn={() => front.value !== key && (front.value = key)}
      onFocusOut={(e) => !box.current?.contains(e.relatedTarget as Node | null) && void writing.saver.flush()}
      onDragOver={(e) => {
        if (!e.dataTransfer?.types.includes("Files")) return;
        e.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={(e) => !box.current?.contains(e.relatedTarget as Node | null) && (isOver.value = false)}
      onDrop={onDrop}
    >
      <header class="compose-head">
        {isMinimised ? (
          <button type="button" class="compose-title" id={titleId} onClick={() => (show(key), queueMicrotask(() => writing.body?.focus()))}>
            <bdi>{writing.title.value}</bdi>
          </button>
        ) : (
          <h2 class="compose-title" id={titleId}>
            <bdi>{writing.title.value}</bdi>
          </h2>
        )}
        {!isAlone && <Button label={t(isMinimised ? "compose-restore" : "compose-minimise")} icon={isMinimised ? "previous" : "next"} keys={isMinimised ? undefined : "Esc"} onClick={() => (isMinimised ? show(key) : minimise())} />}
        {!isAlone && !isMinimised && <Button label={t(isMaximised.value ? "compose-unmaximise" : "compose-maximise")} icon={isMaximised.value ? "unmaximise" : "maximise"} class="compose-maximise" onClick={() => (isMaximised.value = !isMaximised.value)} />}
        {!isAlone && !isMinimised && <Button label={t("compose-pop-out")} icon="window" class="compose-maximise" disabled={isBusy} onClick={() => void writing.popOut()} />}
        <Button label={t("compose-close")} icon="close" onClick={() => void close()} />
      </header>
      <div class="compose-inside" hidden={isMinimised} inert={isMinimised}>
        <Elsewhere writing={writing} />
        <Trouble writing={writing} />
        <Asked writing={writing} />
        <div class="compose-fields">
          <From writing={writing} />
          <Recipients writing={writing} field="to">
            {(["cc", "bcc"] as const).map((field) => !more.value.has(field) && <Button key={field} label={t(`compose-${field}`)} isWide class="compose-more" onClick={() => (more.value = new Set([...more.value, field]))} />)}
          </Recipients>
          {(["cc", "bcc"] as const).map((field) => more.value.has(field) && <Recipients key={field} writing={writing} field={field} hasFocus={!writing.fields[field].peek().length} />)}
          <Subject writing={writing} />
        </div>
        {writing.mode.value === "rich" ? <RichBody key="rich" writing={writing} realm={open.realm} onReady={onReady} /> : <PlainBody key="plain" writing={writing} onReady={onReady} />}
        <Attachments writing={writing} />
        <footer class="compose-foot">
          <Button label={t("compose-send")} icon="sent" kind="primary" isWide keys="Ctrl+Enter" disabled={isBusy} onClick={() => writing.send(undefined)} />
          <Button label={t("compose-later")} icon="schedule" disabled={isBusy} onClick={() => (isLater.value = true)} />
          <Button label={t("compose-attach")} icon="attachment" disabled={isBusy} onClick={() => picker.current!.click()} />
          <ModeButton writing={writing} />
          <SaveState writing={writing} />
          <Button label={t("compose-discard")} icon="trash" onClick={discard} />
        </footer>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(e) => {
            writing.attach([...(e.currentTarget.files ?? [])]);
            e.currentTarget.value = "";
          }}
        />
      </div>
      {isLater.value && <LaterDialog onChosen={(at) => writing.send(laterOf(at))} onDone={() => (isLater.value = false)} />}
    </section>
  );
}
