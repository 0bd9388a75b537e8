/** What is said of an account, and the language that it is said in, in one bundle: the words are the same then. */
export { loadPages, setLocale } from "../src/i18n/i18n.ts";
export { stageOf, stageWords } from "../src/setup/account-words.ts";
