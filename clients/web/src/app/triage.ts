/** What is done with messages, as the user sees it: at once, told, and taken back. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Action, Doing, Id, Target } from "../store/types.ts";
import { advance, clearSelection, cursor, isAllSelected, list, selected, target, view } from "./mail.ts";
import { problemOf } from "./problem.ts";
import { place } from "./router.ts";
import { keywordTitle } from "./titles.ts";
import { type Toast, toast } from "./toasts.ts";

/** Whether what it is done with leaves the list that is on the screen. */
function takesAway(action: Action): boolean {
  const { in: here } = view.value;
  const isOut = action.do === "unlabel" && here !== "all" && ("role" in here ? store().mailboxes.value.get(action.mailboxId)?.role === here.role : action.mailboxId === here.mailboxId);
  return isOut || ["archive", "trash", "junk", "inbox", "move", "mute", "destroy"].includes(action.do);
}

function told(action: Action, count: number): string {
  const name = "on" in action ? `${action.do}-${action.on ? "on" : "off"}` : action.do;
  const mailbox = "mailboxId" in action ? (store().mailboxes.value.get(action.mailboxId)?.name ?? "") : action.do === "keyword" ? keywordTitle(action.keyword) : "";
  return t(`triage-told-${name}`, { count, mailbox });
}

export function sayProblem(e: unknown): void {
  void problemOf(e).then((problem) => toast({ kind: "problem", ...problem }));
}

/** What is done to all that match. */
interface Long {
  isOver: boolean;
  isUndone: boolean;
}

/** What this page did, in the user's language; the core's own words are English. */
export interface Done {
  words: string;
  /** By which the core has it; undefined: not known yet, or not at all. */
  id?: Id | undefined;
  /** It may not be done to its end yet. */
  doing?: Doing;
  long?: Long;
}
export let done: Done[] = [];
const REMEMBERED = 50;

function note(one: Done): Done {
  done = [...done, one].slice(-REMEMBERED);
  after().catch(() => undefined); // asked for again when it is wanted
  return one;
}

export function forget(one: Done): void {
  done = done.filter((other) => other !== one);
}

/** What is done by another way than `triage`, for when it is taken back. `id`: by which the core has it. */
export function remember(words: string, id: Id): Done {
  return note({ words, id });
}

/** What the core has not answered yet. It is done as soon as it answers, but not if the page goes before. */
const unanswered = new Set<Doing>();
const leave = (e: BeforeUnloadEvent): void => {
  if (store().connection.peek().state === "lost") e.preventDefault();
};

function askBeforeLeaving(doing: Doing): void {
  if (unanswered.size === 0) addEventListener("beforeunload", leave);
  unanswered.add(doing);
  const end = (): void => {
    unanswered.delete(doing);
    if (unanswered.size === 0) removeEventListener("beforeunload", leave);
  };
  doing.done.then(end, end);
}

/** To what is selected, open or under the cursor; or to what is given. `howMany`: of all that match in what is given, where that is known. */
export function triage(action: Action, given?: Target, howMany?: number): void {
  const what = given ?? target();
  if (!what) return;
  const ids: readonly Id[] = "ids" in what ? what.ids : [];
  const isHere = given === undefined || ids.includes(cursor.value ?? "");
  const id = cursor.value;
  const at = id ? (list.value?.indexOf(id) ?? -1) : -1;
  const firstGone = ids.length ? Math.min(...ids.map((id) => list.value?.indexOf(id) ?? -1).filter((i) => i >= 0)) : 0;
  const wasOpen = place.value.open !== undefined;
  // Of all that match, the store knows only those that were looked at.
  const count = "all" in what ? (howMany ?? list.value?.total.value) : undefined;
  const doing = store().act(action, what);
  askBeforeLeaving(doing);
  if (takesAway(action)) {
    if (isHere && at >= 0 && list.value?.indexOf(id!) === -1) advance(Number.isFinite(firstGone) ? Math.min(firstGone, at) : at, wasOpen);
    if (selected.value.size || isAllSelected.value) clearSelection();
  }
  const words = told(action, count ?? doing.count);
  const one = note({ words, doing });
  const isQuiet = action.do === "seen" || action.do === "flagged";
  const close = isQuiet && (count ?? doing.count) <= 1 ? undefined : toast({ name: "triage", text: words, ...(doing.isUndoable && offerUndo(one)) });
  if ("all" in what) followLong(one, doing, close);
  const end = (): void => {
    const { undoId } = doing;
    const isOld = undoId && done.some((other) => other.id === undoId);
    one.id = isOld ? undefined : undoId;
    if (doing.changed && !isOld) return;
    // It was so already, or was refused: undo would take back what was done before it.
    forget(one);
    close?.();
  };
  doing.done.finally(end).catch(sayProblem);
}

function followLong(one: Done, doing: Doing, close: (() => void) | undefined): void {
  const mine: Long = { isOver: false, isUndone: false };
  one.long = mine;
  const standing = { offer: () => (doing.isUndoable ? offerUndo(one) : {}), isUndone: () => mine.isUndone };
  after().then((module) => module.follow(doing, one.words, close, standing)).catch(sayProblem);
  const end = (): void => void (mine.isOver = true);
  doing.done.then(end, end);
}

const after = (): Promise<typeof import("./after.ts")> => import("./after.ts");
let undoing = Promise.resolve();

/** Takes this back, or without it what was done last. One after another: each is about what was done before what the last one took back. */
export function undo(one?: Done): Promise<void> {
  return (undoing = undoing.then(async () => (await after()).takeBack(one)).catch(sayProblem));
}

/** What can be done about it, where it is told. */
export function offerUndo(one: Done): Pick<Toast, "action"> {
  return { action: { label: t("undo"), keys: "z", run: () => void undo(one) } };
}

function rowsOf(what: Target): Id[] {
  return "ids" in what ? [...what.ids] : [];
}

/** On for all, unless it is on for all already. */
export function toggle(kind: "seen" | "flagged"): void {
  const what = target();
  if (!what) return;
  const keyword = kind === "seen" ? "$seen" : "$flagged";
  const rows = rowsOf(what).map((id) => store().row(id).value);
  const on = !(rows.length && rows.every((row) => row?.keywords[keyword]));
  // A flag is on the message that one sees; away with it means away from the whole conversation.
  triage({ do: kind, on }, kind === "flagged" && on && "ids" in what ? { ...what, threads: false } : what);
}

/** Whether the conversation of this message is muted: what comes to it is read and put away. */
export function isMuted(id: Id): boolean {
  const { threadId } = store().row(id).value ?? {};
  const ids = (threadId && store().thread(threadId, id).value) || [id];
  return ids.some((one) => store().row(one).value?.keywords["$muted"]);
}

export function isTargetMuted(): boolean {
  const what = target();
  return what !== undefined && "ids" in what && what.ids.every(isMuted);
}

/** Always whole conversations; off only where all of them are muted. */
export function toggleMute(): void {
  const what = target();
  if (what) triage({ do: "mute", on: !isTargetMuted() }, { ...what, threads: true });
}
