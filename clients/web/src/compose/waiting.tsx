/** What there is besides the text field (opening.ts) until a message can be written: the way out, and why it takes so long. What is typed is kept in the
 * browser, and is there again when the window ends before. */
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { go, place } from "../app/router.ts";
import { signIn } from "../client/session.ts";
import { beginWriting } from "../client/writing.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { Button } from "../ui/button.tsx";
import type { What } from "./index.ts";
import * as kept from "./kept.ts";
import type { Opening } from "./opening.ts";

export { restore, takeUp } from "./restore.ts";

/** `begin` tries again; `before` had the focus. Returns what says why it has failed. */
export function attend(opening: Opening, key: string, what: What, before: Element | null, begin: () => void): (why: string) => void {
  const { box, field } = opening;
  const why = signal("");
  const isAsked = signal(false);
  const isTyped = (): boolean => field.value.trim() !== "";
  const keep = (): void => {
    if (what.kind === "kept") return; // all of that is under this name
    if (isTyped()) kept.keep(key, { what, typed: field.value });
    else kept.drop(key);
  };
  const leave = (e: BeforeUnloadEvent): void => {
    if (isTyped() && signIn.peek().state === "in") e.preventDefault();
  };
  const again = (): void => {
    if (box.contains(document.activeElement)) opening.focus();
    why.value = "";
    begin();
  };
  const end = (): void => {
    field.value = "";
    keep();
    opening.close();
    if (place.peek().page !== "compose") return (before as HTMLElement | null)?.focus();
    window.close();
    go({ page: "mail" });
  };
  const writeOn = (): void => {
    isAsked.value = false;
    opening.focus();
  };
  // Asked where one is: the field keeps the keys.
  const close = (): void => void (isTyped() ? (isAsked.value = true) : end());
  let wasLive = true;
  const stops = [
    kept.hold(key),
    beginWriting(),
    effect(() => {
      const isLive = store().connection.value.state === "live";
      if (isLive && !wasLive && why.peek()) queueMicrotask(again);
      wasLive = isLive;
    }),
  ];
  const Foot = () => {
    const note = isAsked.value ? t("compose-discard-ask") : why.value;
    return (
      <div class="compose-foot">
        {note && <p role="alert">{note}</p>}
        {isAsked.value ? <Button label={t("compose-discard")} kind="danger" isWide onClick={end} /> : note && <Button label={t("compose-again")} isWide onClick={again} />}
        {isAsked.value ? <Button label={t("compose-go-on-writing")} isWide onClick={writeOn} /> : <Button label={t("compose-close")} isWide keys="Esc" onClick={close} />}
      </div>
    );
  };
  const foot = document.createElement("div");
  box.append(foot);
  render(<Foot />, foot);
  field.addEventListener("input", keep);
  box.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.isComposing) return;
    if (isAsked.value) writeOn();
    else close();
  });
  addEventListener("beforeunload", leave);
  opening.gone = () => {
    for (const stop of stops) stop();
    removeEventListener("beforeunload", leave);
    render(null, foot);
  };
  keep();
  return (text) => {
    opening.isText = true;
    why.value = text;
  };
}
