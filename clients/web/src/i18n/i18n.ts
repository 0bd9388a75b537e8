/** The words on the screen: Fluent messages by key, in the user's language. The .ftl files of a language are one file when built. */
import { FluentBundle, type FluentVariable, type Message } from "@fluent/bundle";
import { signal } from "@preact/signals";
import { type Language } from "./languages.ts";

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
  const made = new FluentBundle(language, { useIsolating: false, ...(to === "pseudo" ? { transform: pseudo } : {}) });
  for (const { default: words } of parts) add(made, words);
  bundle.value = made;
  locale.value = to;
  document.documentElement.lang = language;
  document.documentElement.dir = to === "pseudo" ? "rtl" : "ltr";
}

/** The text of a message; its key, where there is none (a test finds those). Read in a component, it changes with the language. */
export function t(key: string, args?: Record<string, FluentVariable>): string {
  const [id, attribute] = key.split(".") as [string, string?];
  const message = bundle.value?.getMessage(id);
  const pattern = attribute ? message?.attributes[attribute] : message?.value;
  if (!bundle.value || !pattern) return key;
  const problems: Error[] = [];
  return bundle.value.formatPattern(pattern, args ?? null, problems);
}
