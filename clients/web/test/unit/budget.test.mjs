/** What a browser has to fetch: gzip bytes of what was built, against README.md's budgets. Build it before (npm run build). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, closure, entry, first, languages, made, part, scripts, styles, sum } from "../sizes.mjs";

const KB = 1000;

function budget(what, actual, limit) {
  assert.ok(actual > 0, `${what}: nothing was found`);
  assert.ok(actual <= limit, `${what}: ${actual} bytes of ${limit}`);
}

test("first screen: 60 KB of script, 12 KB of styles", () => {
  budget("script", sum(first), 60 * KB);
  budget("styles", sum(styles), 12 * KB);
});

test("a language: 12 KB", () => {
  assert.equal(languages.length, 4); // two of each: what is always there, and what pages bring
  for (const name of languages) budget(name, bytes(name), 12 * KB);
});

test("everything: 200 KB of script", () => budget("script", sum(scripts), 200 * KB));

test("the first message that is opened, by what it is: HTML 28 KB (12 of it DOMPurify), plain text 12 KB", () => {
  const reader = closure(entry("src/reader/conversation.tsx"));
  for (const [source, limit] of [["html", 28], ["plain", 12]]) {
    const all = closure(entry(`src/message/${source}.tsx`), new Set(reader));
    budget(source, sum([...all].filter((name) => !first.has(name))), limit * KB);
  }
});

for (const [limit, ...folders] of [[45, "compose"], [45, "settings", "setup", "rules"]])
  test(`${folders.join(" and ")}: ${limit} KB`, { skip: part(...folders).size === 0 && "nothing of it is fetched by itself" }, () => {
    const shared = folders.includes("compose") ? part("reader", "message") : new Set(); // DOMPurify is counted there
    budget(folders.join(), sum([...part(...folders)].filter((name) => !shared.has(name))), limit * KB);
  });

test("what is fetched later is not in the first screen", () => {
  const inputs = [...first].flatMap((name) => Object.keys(made.get(name).inputs));
  assert.deepEqual(inputs.filter((path) => /^src\/(compose\/(?!index\.|opening\.)|settings|rules|setup\/(page|flow|signin)|statistics|reader|message)|node_modules\/(dompurify|squire-rte)\//.test(path)), []);
});
