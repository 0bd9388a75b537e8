/** The words on the screen: Fluent messages by key, in the user's language. The .ftl files of a language are one file when built. */
import { FluentBundle, type FluentVariable, type Message } from "@fluent/bundle";
import { signal } from "@preact/signals";
import { bare } from "./bare.ts";
import { type Language } from "./languages.ts";

export { bare } from "./bare.ts";
export { LANGUAGES, type Language, preferredLanguage } from "./languages.ts";

/** `pseudo`: English made longer and accented, drawn from right to left: what is not translatable shows at once. Only by the address, ?lang=pseudo. */
export type Locale = Language | "pseudo";

/** As messages.mjs reads them when the page is built. */
type Words = readonly [id: string, value: Message["value"], attributes?: Message["attributes"]][];
type Text = () => Promise<{ default: Words }>;
const texts: Record<Language, { first: Text; pages: Text }> = {
  en: { first: () => import("messages:en"), pages: () => import("messages:en/pages") },
  fr: { first: () => import("messages:fr"), pages: () => import("messages:fr/pages") },
};
let hasPages = false;

const bundle = signal<FluentBundle | undefined>(undefined);
/** The language that is shown. Dates and numbers are written in it. */
export const locale = signal<Locale>("en");

const ACCENTS = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑ";
function pseudo(text: string): string {
  return text.replace(/[a-z]/g, (c) => ACCENTS[c.charCodeAt(0) - 97]!) + " ~~~";
}

function add(to: FluentBundle, words: Words): void {
  const problems = to.addResource({ body: words.map(([id, value, attributes = {}]) => ({ id, value, attributes })) });
  if (problems.length) throw problems[0]!;
}

/** The words of settings, set-up and statistics, from now on. */
export async function loadPages(): Promise<void> {
  if (hasPages) return;
  const { default: words } = await texts[locale.value === "pseudo" ? "en" : locale.value].pages();
  if (!hasPages && bundle.value) add(bundle.value, words);
  hasPages = true;
}

export async function setLocale(to: Locale): Promise<void> {
  const language = to === "pseudo" ? "en" : to;
  const parts = await Promise.all([texts[language].first(), ...(hasPages ? [texts[language].pages()] : [])]);
  const made = new FluentBundle(language, to === "pseudo" ? { transform: pseudo } : {});
  for (const { default: words } of parts) add(made, words);
  bundle.value = made;
  locale.value = to;
  document.documentElement.lang = language;
  document.documentElement.dir = to === "pseudo" ? "rtl" : "ltr";
}

/** Letters that are written from right to left (UAX 9: R, AL), and what makes others so. */
const RIGHT = /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LEFT = /\p{L}/u;
/** None of them, but isolates that begin and end (FSI, PDI). */
const SOUND = /^(?:[^\u202a-\u202e\u2066-\u2069]|\u2068[^\u202a-\u202e\u2066-\u2069]*\u2069)*$/;
const ISOLATED = /\u2068([^\u2068\u2069]*)\u2069/g;

/** It goes the other way than the screen, or may. */
const isOther = (text: string): boolean => (locale.value === "pseudo" ? LEFT : RIGHT).test(text);

/** A text of somebody else's beside others: where it goes the other way, it does so for itself. Others stay as they are. */
export function isolated(text: string): string {
  return isOther(text) ? `\u2068${bare(text)}\u2069` : text;
}

/** Several of them, one after the other. */
export function listed(texts: readonly string[]): string {
  return texts.map(isolated).join(", ");
}

function sound(args: Record<string, FluentVariable>): Record<string, FluentVariable> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, typeof value === "string" && !SOUND.test(value) ? bare(value) : value]));
}

/** The text of a message; its key, where there is none (a test finds those). Read in a component, it changes with the language. */
export function t(key: string, args?: Record<string, FluentVariable>): string {
  const [id, attribute] = key.split(".") as [string, string?];
  const message = bundle.value?.getMessage(id);
  const pattern = attribute ? message?.attributes[attribute] : message?.value;
  if (!bundle.value || !pattern) return key;
  const problems: Error[] = [];
  const text = bundle.value.formatPattern(pattern, args ? sound(args) : null, problems);
  // Only where it is needed: what is looked for, compared or read out has nothing in it that one does not see.
  return text.replace(ISOLATED, (all, inside: string) => (isOther(inside) ? all : inside));
}
