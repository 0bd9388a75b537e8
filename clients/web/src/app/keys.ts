/** From keys to commands: sequences ("g i"), presets, and where keys are left alone. The keys themselves stand in commands.ts. */
import { type Command, commands, overlay, type Preset, reader } from "./commands.ts";
import { nameOf } from "./key-names.ts";
import { hasPane, openNow, selected, turnToOpen } from "./mail.ts";
import { preferences } from "./preferences.ts";

const SEQUENCE_MS = 1000;
let begun: { text: string; at: number } | undefined;

/** The keys of a command, as the user has chosen; none where single keys are switched off, but for those with Ctrl and the like. */
export function keysOf(command: Command, preset: Preset | "none" = preferences.value.keys): readonly string[] {
  const keys = preset === "none" ? command.keys.filter((key) => /^(Ctrl|Alt)\+|^(Escape|Enter|Delete|F\d+|Arrow\w+|Home|End|Page\w+)$/.test(key)) : (command.presets?.[preset] ?? command.keys);
  return keys;
}

const SIGNS: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", Delete: "Del" };
/** A key as it is written for people. */
export function written(key: string): string {
  return key.split(" ").map((press) => press.split("+").map((piece) => SIGNS[piece] ?? piece).join("+")).join(" ");
}

const touchOnly = globalThis.matchMedia?.("(hover: none) and (pointer: coarse)");

/** The first key of a command, written. Who has but a finger is told of no keys. */
export function shownKeys(id: string): string | undefined {
  if (touchOnly?.matches) return undefined;
  const command = commands.find((other) => other.id === id);
  const key = command && keysOf(command)[0];
  return key && written(key);
}

/** Where keys write, or have a meaning of their own. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target instanceof HTMLInputElement) return !["button", "checkbox", "radio", "submit", "reset", "range", "color", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || (target instanceof HTMLElement && target.isContentEditable);
}

/** Controls that these keys work themselves; also those of a message's frame, whose Element is another than ours. */
function isUsedBy(target: EventTarget | null, key: string): boolean {
  if (key !== "Enter" && key !== "Space") return false;
  return Boolean((target as Element | null)?.closest?.("button, a[href], area[href], summary, input, [role=menuitem], [role=tab]"));
}

/** Elements of a message's frame are those of another document. */
const isFramed = (target: EventTarget | null): boolean => ((target as Node | null)?.ownerDocument ?? document) !== document;

/** In what is open: by the focus, or by what is chosen there; and wherever one is, when it has the place of the list. */
function isInOpen(target: EventTarget | null): boolean {
  if (!openNow.value) return false;
  const at = target === document.body ? document.getSelection()?.anchorNode?.parentElement : (target as Element | null);
  return !hasPane.value || isFramed(target) || Boolean(at?.closest?.(".conversation"));
}

/** By how many screens what is read is scrolled. */
const SCROLLS: Record<string, number> = { ArrowDown: 0.1, ArrowUp: -0.1, PageDown: 1, PageUp: -1, Home: -1e6, End: 1e6 };

/** Keys of the list that mean the text where one reads. undefined: it is no such key; otherwise as handleKey. */
function readBy(e: KeyboardEvent, key: string): boolean | undefined {
  const by = SCROLLS[key];
  if (key !== "Ctrl+A" && by === undefined) return key.startsWith("Shift+Arrow") ? false : undefined;
  // The browser does it well within the frame, and where it is the focus that is scrolled.
  if (by === undefined ? isFramed(e.target) : (e.target as Element).closest?.(".messages")) return false;
  e.preventDefault();
  if (by === undefined) reader.value?.selectText();
  else reader.value?.scroll(by);
  return true;
}

/** True: a command was run, or a sequence begun. */
export function handleKey(e: KeyboardEvent): boolean {
  if (e.defaultPrevented || e.isComposing || ["Shift", "Control", "Alt", "Meta", "AltGraph", "Dead"].includes(e.key)) return false;
  const key = nameOf(e);
  const typing = isTyping(e.target);
  if (typing && !key.startsWith("Ctrl+")) return false;
  if (isUsedBy(e.target, key)) return false;
  // What opens over the page is for what is typed next, also before its code is here.
  if (overlay.value) return false;
  // A dialog has the keyboard to itself; the browser closes it by Escape.
  if (document.querySelector("dialog[open]:modal")) return false;
  // What pops up is closed by the browser, too.
  if (key === "Escape" && document.querySelector(":popover-open")) return false;
  const isInside = isInOpen(e.target);
  const sequence = begun && e.timeStamp - begun.at < SEQUENCE_MS ? `${begun.text} ${key}` : undefined;
  begun = undefined;
  const read = isInside && !typing ? readBy(e, key) : undefined;
  if (read !== undefined) return read;
  for (const text of sequence ? [sequence, key] : [key]) {
    let isBeginning = false;
    for (const command of commands) {
      const keys = keysOf(command);
      if (!command.can() || (typing && !command.whileTyping)) continue;
      if (keys.includes(text)) {
        e.preventDefault();
        if (e.repeat && command.isOnce) return true;
        // A selection that grows goes on from where it is.
        if (isInside && !(command.id.startsWith("select-") && selected.value.size)) turnToOpen();
        command.run();
        return true;
      }
      isBeginning ||= keys.some((one) => one.startsWith(`${text} `));
    }
    if (isBeginning) {
      begun = { text, at: e.timeStamp };
      e.preventDefault();
      return true;
    }
  }
  return false;
}

export function listenToKeys(): () => void {
  const listener = (e: KeyboardEvent): void => void handleKey(e);
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}
