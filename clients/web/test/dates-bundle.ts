/** Dates, and what is drawn with them, in one bundle: their signals are the same then. */
export { effect } from "@preact/signals";
export { backDate, shortDate } from "../src/i18n/dates.ts";
