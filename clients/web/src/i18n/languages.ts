/** The languages that there are. */
export const LANGUAGES = { en: "English", fr: "Français" } as const;
export type Language = keyof typeof LANGUAGES;

/** The browser's own variety of a language, where it is that: days come first in British English. */
export const regionOf = (language: Language): string => navigator.languages.find((one) => one.startsWith(language)) ?? language;

/** The first of the browser's languages that there is. */
export function preferredLanguage(): Language {
  for (const wanted of navigator.languages) {
    const language = wanted.slice(0, 2);
    if (Object.hasOwn(LANGUAGES, language)) return language as Language;
  }
  return "en";
}
