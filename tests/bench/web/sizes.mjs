/* What a browser fetches, gzip, as JSON: [[what, unit, value, at most], ...]. The page is that of FACTEUR_BUILD. */
import { bytes, first, languages, part, scripts, styles, sum } from "../../../clients/web/test/sizes.mjs";
import { WHAT } from "./clock.mjs";

const kb = (n) => n / 1000;
console.log(JSON.stringify([
  [WHAT.script, "KB", kb(sum(first)), 60],
  [WHAT.styles, "KB", kb(sum(styles)), 12],
  ["one language, the largest file of it", "KB", kb(Math.max(...languages.map(bytes))), 12],
  ["reading messages", "KB", kb(sum(part("reader", "message"))), null],
  [WHAT.writing, "KB", kb(sum(part("compose"))), null],
  ["settings and set-up", "KB", kb(sum(part("settings", "setup"))), 45],
  ["all script", "KB", kb(sum(scripts)), 200],
]));
