/** Above the list: its name and number, how it is shown; or, when something is selected, what can be done with it. */
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { number } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { focusRow } from "../list/list.tsx";
import { Button } from "../ui/button.tsx";
import { whenIdle } from "../ui/later.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { buttonWidth, useWidth } from "../ui/width.ts";
import { commands, isRole, run } from "./commands.ts";
import { shownKeys } from "./keys.ts";
import { clearSelection, isAllSelected, isPhone, list, selected, selectAll } from "./mail.ts";
import { preferences, prefer } from "./preferences.ts";
import { go, place, type Sort } from "./router.ts";
import { isTargetMuted } from "./triage.ts";

/** A list that has less room than this has one menu instead of two. */
const NARROW = 460;

/** A command as a button: its name, its key, and whether it can be done now. `isOff`: it is not to be seen, and follows nothing. */
export function CommandButton({ id, icon, isWide = false, label, isOff = false }: { id: string; icon: string; isWide?: boolean; label?: string; isOff?: boolean }) {
  const command = commands.find((one) => one.id === id)!;
  const mayNot = useRef(false);
  if (!isOff) mayNot.current = !command.can();
  return <Button label={label ?? t(`command-${id}`)} icon={icon} keys={shownKeys(id)} isWide={isWide} disabled={mayNot.current} onClick={() => command.run()} />;
}

export function ListBar({ title }: { title: string }) {
  const total = list.value?.total.value;
  const hasSelection = selected.value.size > 0 || isAllSelected.value;
  const bar = useRef<HTMLDivElement>(null);
  const width = useWidth(bar);
  const isNarrow = useComputed(() => width.value < NARROW).value;
  // Both are there, laid out, as soon as the browser has nothing else to do: to select is then to show the one and not the other.
  const hasBoth = useSignal(false);
  useEffect(() => void whenIdle(() => (hasBoth.value = true)), []);
  return (
    <div class="list-bar" ref={bar} role="toolbar" aria-label={t("list-toolbar")}>
      {(hasSelection || hasBoth.value) && <SelectionBar isOff={!hasSelection} width={width} total={total ?? 0} />}
      <div class={`bar-part ${hasSelection ? "off" : ""}`}>
        <span class="title" aria-hidden="true">{title}</span>
        <span class="count">{total === undefined ? "" : number(total)}</span>
        <Button label={t("list-only-unread")} icon="unread" keys={shownKeys("only-unread")} aria-pressed={place.value.only === "unread"} onClick={() => run("only-unread")} />
        {isNarrow ? (
          <Menu label={t("view-menu")} icon="sort" items={[...sortItems(), { isLine: true }, ...viewItems()]} />
        ) : (
          <>
            <Menu label={t("sort-menu")} icon="sort" items={sortItems()} />
            <Menu label={t("view-menu")} icon="pane-right" items={viewItems()} />
          </>
        )}
      </div>
    </div>
  );
}

function SelectionBar({ isOff, width: signal, total }: { isOff: boolean; width: ReadonlySignal<number>; total: number }) {
  const width = signal.value;
  const isNarrow = width < NARROW;
  const count = selected.value.size;
  const mayAll = !isAllSelected.value && count >= 2;
  const all: MenuItem = { label: t("list-select-all", { count: total }), icon: "check", keys: shownKeys("select-all"), run: selectAll };
  const part = useRef<HTMLDivElement>(null);
  // What is not to be seen has no focus, and no menu that is open.
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (!isOff || !part.current?.contains(active)) return;
    (active as HTMLElement).blur();
    focusRow();
  }, [isOff]);
  return (
    <div class={`bar-part ${isOff ? "off" : ""}`} ref={part}>
      <Button label={t("command-select-none")} icon="close" keys={shownKeys("select-none")} onClick={clearSelection} />
      <span class="count">{isAllSelected.value ? t("list-all-selected", { count: total }) : t("list-selected", { count })}</span>
      {mayAll && !isNarrow && <Button label={all.label} isWide class="all" onClick={selectAll} />}
      <Triage isOff={isOff} room={width - (mayAll && !isNarrow ? 290 : isAllSelected.value ? 170 : 118) - buttonWidth()} more={mayAll && isNarrow ? [all] : []} />
    </div>
  );
}

/** What can be done with messages, in the order of its frequency; where there is little room, the rest in a menu. */
const TRIAGE = [
  ["archive", "archive"],
  ["trash", "trash"],
  ["move", "move"],
  ["mark-unread", "unread"],
  ["flag", "flag"],
  ["snooze", "snooze"],
  ["junk", "junk"],
  ["mark-read", "read"],
  ["label", "label"],
  ["to-inbox", "inbox"],
  ["mute", "mute"],
] as const;

/** `room`: pixels for its buttons. `more`: what stands before the rest. `isMute`: what it is for is muted. */
export function Triage({ room, more = [], isOff = false, isMute = !isOff && isTargetMuted() }: { room: number; more?: readonly MenuItem[]; isOff?: boolean; isMute?: boolean }) {
  const shown = Math.max(1, Math.min(8, Math.floor(room / buttonWidth()) - 1));
  const labelOf = (id: string): string => t(id === "junk" && isRole("junk") ? "command-not-junk" : id === "mute" && isMute ? "command-unmute" : `command-${id}`);
  const items = TRIAGE.slice(shown).map(([id, icon]): MenuItem => {
    const command = commands.find((one) => one.id === id)!;
    return { label: labelOf(id), icon, keys: shownKeys(id), isDisabled: isOff || !command.can(), run: () => command.run() };
  });
  return (
    <>
      {TRIAGE.slice(0, shown).map(([id, icon]) => (
        <CommandButton key={id} id={id} icon={icon} label={labelOf(id)} isOff={isOff} />
      ))}
      <Menu key={String(isOff)} label={t("list-more-actions")} icon="more" items={[...more, ...items]} />
    </>
  );
}

function viewItems(): MenuItem[] {
  const { layout, density, pane, conversations } = preferences.value;
  const choice = <K extends "layout" | "density" | "pane">(name: K, value: (typeof preferences.value)[K], now: string): MenuItem => ({
    label: t(`view-${name}-${value}`),
    isChecked: now === value,
    isOneOf: name,
    run: () => prefer({ [name]: value }),
  });
  const items: MenuItem[] = [
    choice("layout", "cards", layout),
    choice("layout", "table", layout),
    { isLine: true },
    choice("density", "compact", density),
    choice("density", "normal", density),
    choice("density", "relaxed", density),
    { isLine: true },
    ...(isPhone.value ? [] : ([choice("pane", "right", pane), choice("pane", "below", pane), choice("pane", "none", pane), { isLine: true }] satisfies MenuItem[])),
    { label: t("view-conversations"), isChecked: conversations, run: () => prefer({ conversations: !conversations }) },
  ];
  return items;
}

const SORT_NAMES = { date: undefined, from: "from", subject: "subject", size: "-size" } as const;
const REVERSED: Record<string, Sort | undefined> = { "": "receivedAt", receivedAt: undefined, from: "-from", "-from": "from", subject: "-subject", "-subject": "subject", size: "-size", "-size": "size" };

function sortItems(): MenuItem[] {
  const { sort } = place.value;
  const to = (next: Sort | undefined): void => go({ ...place.value, sort: next }, true);
  const property = sort?.replace("-", "") ?? "receivedAt";
  const items: MenuItem[] = Object.entries(SORT_NAMES).map(([name, first]) => {
    const isChecked = property === (first?.replace("-", "") ?? "receivedAt");
    return { label: t(`sort-${name}`), isChecked, isOneOf: "sort", run: () => isChecked || to(first) };
  });
  items.push({ isLine: true }, { label: t("sort-reverse"), isChecked: sort === "receivedAt" || sort === "-from" || sort === "-subject" || sort === "size", run: () => to(REVERSED[sort ?? ""]) });
  return items;
}
