/** Errors and their words in one bundle: their classes are the same then. */
export { ConnectionLost, FacteurError } from "facteur";
export { setLocale } from "../src/i18n/i18n.ts";
export { problemOf, Refused } from "../src/setup/trouble.ts";
