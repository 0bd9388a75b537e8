/** What the user has chosen for this browser. Kept in its storage: another screen wants other choices. */
import { effect, signal } from "@preact/signals";
import { LANGUAGES, type Locale } from "../i18n/i18n.ts";

export interface Preferences {
  language: Locale | "system";
  theme: "system" | "light" | "dark";
  /** Of the list: cards of two or three lines, or a table of one line. */
  layout: "cards" | "table";
  density: "compact" | "normal" | "relaxed";
  pane: "right" | "below" | "none";
  /** How much of the room the list has beside it, in percent. */
  paneShare: number;
  /** Accounts that take no part in what is shown of all at once. */
  apart: string[];
  /** One row a conversation. */
  conversations: boolean;
  /** Seconds until an open message counts as read; 0: at once; -1: never by itself. */
  markReadAfter: number;
  /** Which keys: ours, or those that one is used to. "none": no single keys at all (WCAG 2.1.4). */
  keys: "facteur" | "gmail" | "thunderbird" | "mutt" | "none";
  /** What a swipe does: towards the end of the line, towards its beginning. */
  swipeEnd: SwipeAction;
  swipeStart: SwipeAction;
  /** Sender addresses whose remote pictures are loaded. */
  picturesFrom: string[];
  /** Seconds in which a message that was sent can be taken back. */
  undoSend: number;
  compose: "rich" | "plain";
}
export type SwipeAction = "archive" | "trash" | "seen" | "flagged" | "junk" | "move" | "none";

export const DEFAULTS: Preferences = {
  language: "system",
  theme: "system",
  layout: "cards",
  density: "normal",
  pane: "right",
  paneShare: 40,
  apart: [],
  conversations: true,
  markReadAfter: 0,
  keys: "facteur",
  swipeEnd: "seen",
  swipeStart: "archive",
  picturesFrom: [],
  undoSend: 10,
  compose: "rich",
};

const SWIPES: readonly SwipeAction[] = ["archive", "trash", "seen", "flagged", "junk", "move", "none"];
type Choices = { [K in keyof Preferences as Preferences[K] extends string ? K : never]: readonly Preferences[K][] };
const CHOICES: Choices = {
  language: ["system", ...(Object.keys(LANGUAGES) as Locale[])],
  theme: ["system", "light", "dark"],
  layout: ["cards", "table"],
  density: ["compact", "normal", "relaxed"],
  pane: ["right", "below", "none"],
  keys: ["facteur", "gmail", "thunderbird", "mutt", "none"],
  swipeEnd: SWIPES,
  swipeStart: SWIPES,
  compose: ["rich", "plain"],
};

const KEY = "facteur.preferences";

/** undefined: not what this preference can be. */
function valid(name: string, value: unknown): unknown {
  const choices: readonly unknown[] | undefined = CHOICES[name as keyof Choices];
  const otherwise = DEFAULTS[name as keyof Preferences];
  if (choices) return choices.includes(value) ? value : undefined;
  if (Array.isArray(otherwise)) return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
  return typeof value === typeof otherwise ? value : undefined;
}

/** Only what can be: the storage may be of another version, or damaged. */
export function read(text: string | null): Preferences {
  const out: Record<string, unknown> = { ...DEFAULTS };
  try {
    const kept = Object(JSON.parse(text ?? "{}")) as Record<string, unknown>;
    for (const name of Object.keys(DEFAULTS)) out[name] = valid(name, kept[name]) ?? out[name];
  } catch {
    // not JSON: what there is by default
  }
  return out as unknown as Preferences;
}

export const preferences = signal(read(localStorage.getItem(KEY)));

export function prefer(change: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...change };
}

effect(() => localStorage.setItem(KEY, JSON.stringify(preferences.value)));
/** Chosen in another window of the same browser. */
addEventListener("storage", (e) => {
  if (e.key === KEY) preferences.value = read(e.newValue);
});
