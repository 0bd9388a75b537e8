/** What a browser has to fetch: gzip bytes of what was built, against README.md's budgets. Build it before (npm run build). */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { web } from "../servers.mjs";

const KB = 1000;
const { outputs } = JSON.parse(readFileSync(join(web, "meta.json"), "utf8"));
/** By the name of the file: what it is made of. */
const made = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));

function bytes(name) {
  const file = join(web, "assets", name);
  return statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size;
}
const sum = (names) => [...names].reduce((total, name) => total + bytes(name), 0);

/** It, and all that it imports before it runs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of made.get(name).imports) if (kind === "import-statement") closure(basename(path), seen);
  return seen;
}
const entry = (source) => [...made].find(([, output]) => output.entryPoint === source)?.[0];
const first = closure(entry("src/main.tsx"));
const scripts = [...made.keys()].filter((name) => name.endsWith(".js"));
const isLanguage = (name) => /^messages:/.test(made.get(name).entryPoint ?? "");

/** What is fetched besides the first screen for what begins in these folders. */
function part(...folders) {
  const all = new Set();
  for (const name of scripts)
    if (folders.some((folder) => made.get(name).entryPoint?.startsWith(`src/${folder}/`))) for (const piece of closure(name)) if (!first.has(piece)) all.add(piece);
  return all;
}

function budget(what, actual, limit) {
  assert.ok(actual > 0, `${what}: nothing was found`);
  assert.ok(actual <= limit, `${what}: ${actual} bytes of ${limit}`);
}

test("first screen: 60 KB of script, 12 KB of styles", () => {
  budget("script", sum(first), 60 * KB);
  budget("styles", sum([...made.keys()].filter((name) => name.endsWith(".css"))), 12 * KB);
});

test("a language: 12 KB", () => {
  const languages = scripts.filter(isLanguage);
  assert.equal(languages.length, 4); // two of each: what is always there, and what pages bring
  for (const name of languages) budget(name, bytes(name), 12 * KB);
});

test("everything: 200 KB of script", () => budget("script", sum(scripts.filter((name) => !isLanguage(name))), 200 * KB));

test("the first message that is opened, by what it is: HTML 28 KB (12 of it DOMPurify), plain text 10 KB", () => {
  const reader = closure(entry("src/reader/conversation.tsx"));
  for (const [source, limit] of [["html", 28], ["plain", 10]]) {
    const all = closure(entry(`src/message/${source}.tsx`), new Set(reader));
    budget(source, sum([...all].filter((name) => !first.has(name))), limit * KB);
  }
});

for (const [limit, ...folders] of [[45, "compose"], [45, "settings", "setup"]])
  test(`${folders.join(" and ")}: ${limit} KB`, { skip: part(...folders).size === 0 && "nothing of it is fetched by itself" }, () => {
    const shared = folders.includes("compose") ? part("reader", "message") : new Set(); // DOMPurify is counted there
    budget(folders.join(), sum([...part(...folders)].filter((name) => !shared.has(name))), limit * KB);
  });

test("what is fetched later is not in the first screen", () => {
  const inputs = [...first].flatMap((name) => Object.keys(made.get(name).inputs));
  assert.deepEqual(inputs.filter((path) => /^src\/(compose\/(?!index\.|opening\.)|settings|setup\/(page|flow)|statistics|reader|message)|node_modules\/(dompurify|squire-rte)\//.test(path)), []);
});
