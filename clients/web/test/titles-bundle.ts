/** What unit/titles.test.mjs runs, in one piece, so that there is one language. */
export { accountTitle } from "../src/app/titles.ts";
export { setLocale } from "../src/i18n/i18n.ts";
