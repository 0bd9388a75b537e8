/** All that can be done, by name: one table that keys, the palette, the help and the settings are made of. */
import { signal } from "@preact/signals";
import { store } from "../store/index.ts";
import { openComposer as compose, openWindow } from "../compose/index.ts";
import { clearSelection, closeOpen, hasPane, isAllSelected, list, move, moveTo, openId, pointed, selectAll, selected, target, toggleSelected, view } from "./mail.ts";
import { lookFor } from "../search/began.ts";
import { lookForMail } from "./looking.ts";
import { preferences, prefer } from "./preferences.ts";
import { back, go, place } from "./router.ts";
import { sayProblem, toggle, toggleMute, triage, undo } from "./triage.ts";

export type Preset = "facteur" | "gmail" | "thunderbird" | "mutt";
export type Group = "list" | "message" | "write" | "go" | "view" | "app";
export const GROUPS: readonly Group[] = ["list", "message", "write", "go", "view", "app"];

export interface Command {
  id: string;
  group: Group;
  /** Pressed one after the other: "g i". The first is shown. */
  keys: readonly string[];
  /** Where a preset has others. */
  presets?: Partial<Record<Preset, readonly string[]>>;
  /** Works while a text field has the focus. */
  whileTyping?: boolean;
  /** A key that is held down throws away one message, not one after the other. */
  isOnce?: boolean;
  can(): boolean;
  run(): void;
}

/** What is open over the page. */
export const overlay = signal<"palette" | "help" | "go" | "move" | "label" | "snooze" | "color" | "menu" | undefined>(undefined);

/** What the open conversation can do; the reader sets it while it is there. */
export interface ReaderCommands {
  step(by: number): void;
  toggleSource(): void;
  print(): void;
  focus(): void;
  /** By so many screens. False: there was nothing more. */
  scroll(by: number): boolean;
  /** All of the text that is read. */
  selectText(): void;
  /** The message that answers are for. */
  current(): { emailId: string; accountId: string } | undefined;
  unfold(): void;
}
export const reader = signal<ReaderCommands | undefined>(undefined);

const onMail = (): boolean => place.value.page === "mail";
const inList = (): boolean => onMail() && list.value !== undefined;
const onSomething = (): boolean => onMail() && target() !== undefined;
/** A window of its own has one message, and nothing beside it. */
const isNotAlone = (): boolean => place.value.page !== "compose";
const isOpen = (): boolean => onMail() && place.value.open !== undefined;

/** The one of the open conversation that is read, if that is what is meant; else that of the cursor. */
function current(): { emailId: string; accountId: string } | undefined {
  const id = pointed();
  const accountId = id && store().row(id).value?.accountId;
  return (id === place.value.open && reader.value?.current()) || (accountId ? { emailId: id, accountId } : undefined);
}

function answer(kind: "reply" | "reply-all" | "forward", how = compose): void {
  const message = current();
  if (message) how({ kind, ...message });
}

/** What is proposed stands on the page of rules: rules/from-message.ts. */
export function makeRule(emailId = current()?.emailId): void {
  if (emailId) go(`/settings/rules/new?message=${emailId}`);
}

/** As a click does: one goes on writing a draft. */
function open(): void {
  const id = pointed();
  const row = id ? store().row(id).value : undefined;
  if (id && row?.keywords["$draft"]) compose({ kind: "draft", emailId: id, accountId: row.accountId });
  else if (isOpen() && hasPane.value && id === place.value.open) reader.value?.focus();
  else if (id) openId(id);
}

function select(): void {
  const id = pointed();
  if (id) toggleSelected(id);
}

function nextUnread(): void {
  import("../list/next-unread.ts").then((module) => module.nextUnread()).catch(sayProblem);
}

/** At its end, to what each preset is known for. */
function readOn(): void {
  if (reader.value?.scroll(1)) return;
  if (preferences.value.keys === "thunderbird") nextUnread();
  else move(1);
}

/** Where there is no field for it: to the mail, which has one. */
function search(): void {
  const focus = (): void => document.querySelector<HTMLInputElement>("#search")?.focus();
  if (onMail()) return focus();
  go({ page: "mail" });
  setTimeout(focus);
}

function goTo(part: string): () => void {
  return () => go({ page: "mail", part });
}

export const commands: readonly Command[] = [
  { id: "next", group: "list", keys: ["j", "ArrowDown"], presets: { thunderbird: ["f", "ArrowDown"] }, can: inList, run: () => move(1) },
  { id: "previous", group: "list", keys: ["k", "ArrowUp"], presets: { thunderbird: ["b", "ArrowUp"] }, can: inList, run: () => move(-1) },
  { id: "open", group: "list", keys: ["o", "Enter"], presets: { mutt: ["Enter"] }, can: inList, run: open },
  { id: "back", group: "list", keys: ["u", "Escape"], presets: { mutt: ["q", "Escape"], thunderbird: ["Escape"] }, can: onMail, run: goBack },
  // Before select, which has Space in one preset for when nothing is open.
  { id: "read-on", group: "message", keys: ["Space"], can: isOpen, run: readOn },
  { id: "select", group: "list", keys: ["x"], presets: { mutt: ["t"], thunderbird: ["Space", "x"] }, can: inList, run: select },
  { id: "select-down", group: "list", keys: ["Shift+J", "Shift+ArrowDown"], can: inList, run: () => move(1, true) },
  { id: "select-up", group: "list", keys: ["Shift+K", "Shift+ArrowUp"], can: inList, run: () => move(-1, true) },
  { id: "select-all", group: "list", keys: ["* a", "Ctrl+A"], presets: { mutt: ["Shift+T", "Ctrl+A"] }, can: inList, run: selectAll },
  { id: "select-none", group: "list", keys: ["* n"], can: () => inList() && (selected.value.size > 0 || isAllSelected.value), run: clearSelection },
  { id: "first", group: "list", keys: ["Home"], can: inList, run: () => moveTo(0) },
  { id: "last", group: "list", keys: ["End"], can: inList, run: () => moveTo((list.value?.total.value ?? 1) - 1) },
  { id: "page-down", group: "list", keys: ["PageDown"], can: inList, run: () => move(10) },
  { id: "page-up", group: "list", keys: ["PageUp"], can: inList, run: () => move(-10) },
  { id: "next-unread", group: "list", keys: ["]"], presets: { thunderbird: ["n"] }, can: inList, run: nextUnread },

  { id: "archive", group: "message", keys: ["e", "y"], presets: { gmail: ["e"], thunderbird: ["a"], mutt: ["Shift+A"] }, can: onSomething, run: () => triage({ do: "archive" }) },
  { id: "trash", group: "message", keys: ["#", "Delete"], presets: { mutt: ["d", "Delete"], thunderbird: ["Delete"] }, isOnce: true, can: onSomething, run: trash },
  { id: "junk", group: "message", keys: ["!"], presets: { thunderbird: ["j"] }, isOnce: true, can: onSomething, run: () => triage({ do: isRole("junk") ? "inbox" : "junk" }) },
  { id: "flag", group: "message", keys: ["s"], presets: { mutt: ["Shift+F"] }, can: onSomething, run: () => toggle("flagged") },
  { id: "mark-read", group: "message", keys: ["Shift+I"], can: onSomething, run: () => triage({ do: "seen", on: true }) },
  { id: "mark-unread", group: "message", keys: ["Shift+U"], presets: { mutt: ["Shift+N", "Shift+U"] }, can: onSomething, run: () => triage({ do: "seen", on: false }) },
  { id: "toggle-read", group: "message", keys: ["m"], presets: { gmail: [], facteur: [], mutt: [] }, can: onSomething, run: () => toggle("seen") },
  { id: "move", group: "message", keys: ["v"], presets: { mutt: ["s", "v"] }, can: onSomething, run: () => (overlay.value = "move") },
  { id: "label", group: "message", keys: ["l"], can: onSomething, run: () => (overlay.value = "label") },
  { id: "snooze", group: "message", keys: ["b"], presets: { thunderbird: ["Shift+B"] }, can: () => onSomething() && !isAllSelected.value, run: () => (overlay.value = "snooze") },
  { id: "mute", group: "message", keys: ["m"], presets: { thunderbird: ["k"], mutt: [] }, can: () => onSomething() && !isAllSelected.value, run: toggleMute },
  { id: "to-inbox", group: "message", keys: ["Shift+E"], can: () => onSomething() && !isRole("inbox"), run: () => triage({ do: "inbox" }) },
  { id: "next-message", group: "message", keys: ["n"], presets: { thunderbird: ["Alt+ArrowDown"] }, can: isOpen, run: () => reader.value?.step(1) },
  { id: "previous-message", group: "message", keys: ["p"], can: isOpen, run: () => reader.value?.step(-1) },
  { id: "unfold", group: "message", keys: [";"], can: isOpen, run: () => reader.value?.unfold() },
  { id: "read-back", group: "message", keys: ["Shift+Space"], can: isOpen, run: () => void reader.value?.scroll(-1) },
  { id: "source", group: "message", keys: ["Ctrl+U"], can: isOpen, run: () => reader.value?.toggleSource() },
  { id: "print", group: "message", keys: ["Ctrl+P"], can: isOpen, run: () => reader.value?.print() },
  { id: "rule", group: "message", keys: [], can: onSomething, run: makeRule },

  { id: "compose", group: "write", keys: ["c"], presets: { thunderbird: ["c", "Ctrl+N"], mutt: ["m"] }, can: isNotAlone, run: () => compose({ kind: "new" }) },
  { id: "reply", group: "write", keys: ["r"], presets: { thunderbird: ["Ctrl+R", "r"] }, can: onSomething, run: () => answer("reply") },
  { id: "reply-all", group: "write", keys: ["a"], presets: { thunderbird: ["Ctrl+Shift+R"], mutt: ["g", "a"] }, can: onSomething, run: () => answer("reply-all") },
  { id: "forward", group: "write", keys: ["f"], presets: { thunderbird: ["Ctrl+L"] }, can: onSomething, run: () => answer("forward") },
  { id: "compose-window", group: "write", keys: ["Shift+C"], presets: { mutt: ["Shift+M"] }, can: () => true, run: () => openWindow({ kind: "new" }) },
  { id: "reply-window", group: "write", keys: ["Shift+R"], can: onSomething, run: () => answer("reply", openWindow) },
  { id: "reply-all-window", group: "write", keys: ["Shift+A"], presets: { thunderbird: [], mutt: ["Shift+G"] }, can: onSomething, run: () => answer("reply-all", openWindow) },
  { id: "forward-window", group: "write", keys: ["Shift+F"], presets: { thunderbird: [], mutt: [] }, can: onSomething, run: () => answer("forward", openWindow) },
  // The composer's own.
  { id: "send", group: "write", keys: ["Ctrl+Enter"], can: () => false, run: () => undefined },

  { id: "go-inbox", group: "go", keys: ["g i"], presets: { mutt: ["c i"] }, can: () => true, run: goTo("inbox") },
  { id: "go-flagged", group: "go", keys: ["g s"], presets: { mutt: ["c s"] }, can: () => true, run: goTo("flagged") },
  { id: "go-sent", group: "go", keys: ["g t"], presets: { mutt: ["c t"] }, can: () => true, run: goTo("sent") },
  { id: "go-drafts", group: "go", keys: ["g d"], presets: { mutt: ["c d"] }, can: () => true, run: goTo("drafts") },
  { id: "go-snoozed", group: "go", keys: ["g b"], presets: { mutt: ["c b"] }, can: () => true, run: goTo("snoozed") },
  { id: "go-all", group: "go", keys: ["g a"], presets: { mutt: ["c a"] }, can: () => true, run: goTo("all") },
  { id: "go-mailbox", group: "go", keys: ["g g"], presets: { mutt: ["c g"] }, can: () => true, run: () => (overlay.value = "go") },
  { id: "search", group: "go", keys: ["/"], presets: { thunderbird: ["/", "Ctrl+Shift+K"] }, can: isNotAlone, run: search },
  { id: "go-outbox", group: "go", keys: ["g o"], presets: { mutt: ["c o"] }, can: () => true, run: () => go({ page: "settings", part: "outbox" }) },
  { id: "go-settings", group: "go", keys: ["g ,"], presets: { mutt: ["c ,"] }, can: () => true, run: () => go({ page: "settings" }) },
  { id: "go-statistics", group: "go", keys: [], can: () => true, run: () => go({ page: "statistics" }) },
  { id: "add-account", group: "go", keys: [], can: () => true, run: () => go({ page: "setup" }) },

  { id: "only-unread", group: "view", keys: ["Ctrl+Shift+U"], can: onMail, run: () => go({ ...place.value, open: undefined, only: place.value.only ? undefined : "unread" }) },
  { id: "view-layout", group: "view", keys: [], can: onMail, run: () => prefer({ layout: preferences.value.layout === "cards" ? "table" : "cards" }) },
  { id: "view-density", group: "view", keys: [], can: onMail, run: () => prefer({ density: ({ compact: "normal", normal: "relaxed", relaxed: "compact" } as const)[preferences.value.density] }) },
  { id: "view-pane", group: "view", keys: [], can: onMail, run: () => prefer({ pane: ({ right: "below", below: "none", none: "right" } as const)[preferences.value.pane] }) },
  { id: "view-conversations", group: "view", keys: [], can: onMail, run: () => prefer({ conversations: !preferences.value.conversations }) },
  { id: "view-theme", group: "view", keys: [], can: () => true, run: () => prefer({ theme: ({ system: "dark", dark: "light", light: "system" } as const)[preferences.value.theme] }) },

  { id: "undo", group: "app", keys: ["z", "Ctrl+Z"], presets: { mutt: ["u", "Ctrl+Z"] }, can: () => true, run: () => void undo() },
  { id: "sync", group: "app", keys: [], can: () => true, run: () => void lookForMail() },
  { id: "help", group: "app", keys: ["?"], can: () => true, run: () => (overlay.value = "help") },
  { id: "palette", group: "app", keys: ["Ctrl+K"], presets: { mutt: [":", "Ctrl+K"] }, whileTyping: true, can: () => true, run: () => (overlay.value = "palette") },
];

function goBack(): void {
  if (selected.value.size || isAllSelected.value) return clearSelection();
  if (place.value.open && !hasPane.value) return back({ ...place.value, open: undefined });
  if (place.value.open) return closeOpen();
  lookFor("");
}

export function isRole(role: string): boolean {
  const where = view.value.in;
  if (where === "all") return false;
  return "role" in where ? where.role === role : store().mailboxes.value.get(where.mailboxId)?.role === role;
}

/** In the trash: for good, but the core's undo. What is open and was taken out of it meanwhile goes back into it. */
function trash(): void {
  const what = target();
  const isHere = !what || "all" in what || what.ids.some((id) => !list.value?.isGone(id));
  triage({ do: isRole("trash") && isHere ? "destroy" : "trash" });
}
export { trash };

export function run(id: string): void {
  const command = commands.find((other) => other.id === id);
  if (command?.can()) command.run();
}
