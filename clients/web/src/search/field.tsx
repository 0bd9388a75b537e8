/** The search: what is typed is looked for while one types. Below it what one might mean, as chips. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { focusRow, toRows } from "../list/list.tsx";
import { isPhone } from "../app/mail.ts";
import { place } from "../app/router.ts";
import { shownKeys } from "../app/keys.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { later } from "../ui/later.tsx";
import { chipsOf, withChip, withoutChip } from "./chips.ts";
import { lookFor } from "./began.ts";

/** What comes together (a paste, keys that repeat) is asked for once. While one question is under way the next waits, and only the last is asked. */
const PAUSE_MS = 8;

const Offers = later(() => import("./offers.tsx").then((module) => module.Offers), true);

export function SearchField() {
  const input = useRef<HTMLInputElement>(null);
  const isOpen = useSignal(false);
  /** What is offered covers rows: of all of it, only who comes here is told; who types, what goes on with the word. */
  const isTyping = useSignal(false);
  const typed = useSignal(place.value.query);
  const timer = useRef(0);
  const chips = useComputed(() => chipsOf(typed.value));

  // The address leads: the back button, a link, another page.
  useEffect(() => {
    if (document.activeElement !== input.current || place.value.query === "") typed.value = place.value.query;
  }, [place.value.query]);
  useEffect(() => {
    if (place.value.params.has("search")) input.current?.focus();
  }, []);
  useEffect(() => {
    const wentBack = (): void => {
      clearTimeout(timer.current);
      typed.value = place.value.query;
      isOpen.value = false;
      input.current?.blur();
    };
    addEventListener("popstate", wentBack);
    return () => removeEventListener("popstate", wentBack);
  }, []);

  function look(text: string, at = PAUSE_MS): void {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => lookFor(text.trim()), at);
  }

  function onKeyDown(e: KeyboardEvent): void {
    if (e.key === "Escape") {
      e.preventDefault();
      if (typed.value) look("", 0);
      else input.current?.blur();
      isOpen.value = false;
      focusRow();
    } else if (e.key === "Enter" && !e.isComposing) {
      look(typed.value, 0);
      isOpen.value = false;
      setTimeout(toRows); // it is looked for by then
    } else if (e.key === "ArrowDown") {
      e.preventDefault();
      isOpen.value = false;
      toRows();
    } else return;
    e.stopPropagation();
  }

  /** `begun`: letters of it that stand there. */
  function add(offer: string, begun: number): void {
    look(withChip(typed.value.slice(0, typed.value.length - begun), offer), 0);
    isTyping.value = false;
    input.current?.focus();
  }

  const keys = isPhone.value ? undefined : shownKeys("search");
  const hint = keys ? t("search-placeholder-keys", { keys }) : t("search-placeholder");

  return (
    <search class="search" onFocusOut={(e) => e.currentTarget.contains(e.relatedTarget as Node) || (isOpen.value = false)}>
      <div class="search-box">
        <Icon name="search" />
        <input
          ref={input}
          id="search"
          type="search"
          aria-label={t("command-search")}
          placeholder={hint}
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onFocus={() => {
            isOpen.value = true;
            isTyping.value = false;
          }}
          onInput={(e) => {
            isOpen.value = isTyping.value = true;
            look(e.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        {typed.value && <Button label={t("search-clear")} icon="close" onClick={() => look("", 0)} />}
      </div>
      {chips.value.length > 0 && (
        <ul class="chips" aria-label={t("search-chips")}>
          {chips.value.map((chip) => (
            <li key={chip.text} class="chip">
              <span>{chip.text}</span>
              <Button label={t("search-remove", { what: chip.text })} icon="close" onClick={() => look(withoutChip(typed.value, chip), 0)} />
            </li>
          ))}
        </ul>
      )}
      {isOpen.value && <Offers chips={chips.value} typed={isTyping.value ? typed.value : ""} add={add} />}
    </search>
  );
}
