/** The words on the screen: Fluent messages by key, in the user's language. The .ftl files of a language are one file when built. */
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import { signal } from "@preact/signals";

export const LANGUAGES = { en: "English", fr: "Français" } as const;
export type Language = keyof typeof LANGUAGES;

/** `pseudo`: English made longer and accented, drawn from right to left: what is not translatable shows at once. Only by the address, ?lang=pseudo. */
export type Locale = Language | "pseudo";

const texts: Record<Language, () => Promise<{ default: string }>> = {
  en: () => import("messages:en"),
  fr: () => import("messages:fr"),
};

const bundle = signal<FluentBundle | undefined>(undefined);
/** The language that is shown. Dates and numbers are written in it. */
export const locale = signal<Locale>("en");

const ACCENTS = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑ";
function pseudo(text: string): string {
  return text.replace(/[a-z]/g, (c) => ACCENTS[c.charCodeAt(0) - 97]!) + " ~~~";
}

export async function setLocale(to: Locale): Promise<void> {
  const language = to === "pseudo" ? "en" : to;
  const { default: text } = await texts[language]();
  const made = new FluentBundle(language, { useIsolating: false, ...(to === "pseudo" ? { transform: pseudo } : {}) });
  const problems = made.addResource(new FluentResource(text));
  if (problems.length) throw problems[0]!;
  bundle.value = made;
  locale.value = to;
  document.documentElement.lang = language;
  document.documentElement.dir = to === "pseudo" ? "rtl" : "ltr";
}

/** The first of the browser's languages that there is. */
export function preferredLanguage(): Language {
  for (const wanted of navigator.languages) {
    const language = wanted.slice(0, 2);
    if (language in LANGUAGES) return language as Language;
  }
  return "en";
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
