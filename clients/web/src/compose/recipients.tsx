/** A field of addresses: those that are done are chips before the text field, which suggests others (ARIA: combobox with a listbox). */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { bare, t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import { type Address, formatAddress, isAddress, isEnded, isSame, parseAddresses } from "./addresses.ts";
import { isMeant, likeliest, suggest } from "./suggest.ts";
import type { Field, Writing } from "./writing.ts";

function Chip({ address, disabled, onEdit, onRemove }: { address: Address; disabled: boolean; onEdit(): void; onRemove(): void }) {
  const isFine = isAddress(address.email);
  const { name, email } = address;
  // A name that may be taken for an address has the real one beside it.
  const shown = bare(name?.includes("@") && name !== email ? formatAddress(address) : name || email);
  return (
    <li class={`address ${isFine ? "" : "invalid"}`}>
      <button
        type="button"
        class="address-text"
        disabled={disabled}
        title={formatAddress(address)}
        onClick={onEdit}
        onKeyDown={(e) => (e.key === "Delete" || e.key === "Backspace") && onRemove()}
      >
        {!isFine && <Icon name="warning" />}
        <bdi>{shown}</bdi>
        {!isFine && <span class="address-problem"> {t("compose-address-invalid")}</span>}
      </button>
      <button type="button" class="address-remove" disabled={disabled} aria-label={t("compose-address-remove", { who: shown })} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

export function Recipients({ writing, field, hasFocus, children }: { writing: Writing; field: Field; hasFocus?: boolean; children?: ComponentChildren }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const found = useSignal<readonly Address[]>([]);
  const at = useSignal(-1);
  const hasChosen = useRef(false); // by an arrow key
  const asked = useRef(0);
  const list = writing.fields[field];
  const text = writing.unfinished[field];
  useEffect(() => {
    if (hasFocus) input.current?.focus();
    return close;
  }, []);

  const close = (): void => {
    asked.current++;
    found.value = [];
    at.value = -1;
  };
  const add = (more: readonly Address[]): void => {
    if (writing.isHeld) return close();
    list.value = [...list.value, ...more.filter((one, i) => ![...list.value, ...more.slice(0, i)].some((other) => isSame(one, other)))];
    text.value = "";
    close();
  };
  const finish = (): void => {
    if (text.value.trim()) add(parseAddresses(text.value));
    close();
  };
  const remove = (address: Address): void => {
    if (writing.isHeld) return;
    list.value = list.value.filter((other) => other !== address);
    input.current?.focus();
  };
  const ask = async (typed: string): Promise<void> => {
    const mine = ++asked.current;
    const isWanted = (): boolean => mine === asked.current;
    const answer = await suggest(writing.client, typed, isWanted);
    if (!isWanted()) return;
    const chosen = hasChosen.current ? found.value[at.value] : undefined;
    found.value = answer.filter((one) => !list.value.some((other) => isSame(one, other)));
    at.value = chosen ? found.value.findIndex((one) => isSame(one, chosen)) : likeliest(found.value, typed);
  };
  const onInput = (typed: string): void => {
    text.value = typed;
    if (isEnded(typed)) return finish();
    // Who was suggested for what stood there before is nobody that Enter may put in now.
    hasChosen.current = false;
    found.value = found.value.filter((one) => isMeant(one, typed));
    at.value = likeliest(found.value, typed);
    void ask(typed);
  };
  const move = (by: number): void => {
    const count = found.value.length;
    at.value = at.value < 0 ? (by > 0 ? 0 : count - 1) : (at.value + by + count) % count;
    hasChosen.current = true;
  };
  const onKey = (e: KeyboardEvent): void => {
    const isOpen = found.value.length > 0;
    if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    if (isOpen && (e.key === "ArrowDown" || e.key === "ArrowUp")) move(e.key === "ArrowDown" ? 1 : -1);
    else if (isOpen && at.value >= 0 && (e.key === "Enter" || (e.key === "Tab" && !e.shiftKey))) add([found.value[at.value]!]);
    else if (isOpen && e.key === "Escape") close();
    else if (e.key === "Enter" && text.value.trim()) finish();
    else if (e.key === "Backspace" && !text.value && list.value.length) return remove(list.value.at(-1)!);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const onPaste = (e: ClipboardEvent): void => {
    const pasted = e.clipboardData?.getData("text/plain") ?? "";
    if (!/[@]/.test(pasted) || (!/[,;\n]/.test(pasted) && text.value)) return;
    e.preventDefault();
    add(parseAddresses(text.value + pasted));
  };
  const isHeld = writing.isHeld;
  const listId = `${id}-list`;
  return (
    <div class="compose-row recipients">
      <label for={id}>{t(`compose-${field}`)}</label>
      <ul class="addresses" aria-label={t(`compose-${field}`)}>
        {list.value.map((address) => (
          <Chip
            key={address.email}
            address={address}
            disabled={isHeld}
            onRemove={() => remove(address)}
            onEdit={() => {
              remove(address);
              text.value = formatAddress(address);
            }}
          />
        ))}
        <li class="address-input">
          <input
            id={id}
            ref={input}
            type="text"
            dir="auto"
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={found.value.length > 0}
            aria-controls={listId}
            {...(at.value >= 0 ? { "aria-activedescendant": `${listId}-${at.value}` } : {})}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            inputMode="email"
            data-field={field}
            value={text.value}
            onInput={(e) => onInput(e.currentTarget.value)}
            onKeyDown={onKey}
            onPaste={onPaste}
            onBlur={finish}
          />
        </li>
      </ul>
      {children}
      <ul class="suggestions" role="listbox" id={listId} aria-label={t("compose-suggestions")} hidden={!found.value.length}>
        {found.value.map((one, i) => (
          <li
            key={one.email}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === at.value}
            // Not click: the field would lose the focus, and take what was typed, before.
            onPointerDown={(e) => {
              e.preventDefault();
              add([one]);
            }}
          >
            {one.name && <bdi class="suggestion-name">{one.name}</bdi>} <bdi class="suggestion-email">{one.email}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}
