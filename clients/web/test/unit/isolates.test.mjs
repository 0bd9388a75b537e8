/** Names and subjects of the other direction within a sentence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

Object.assign(globalThis, { document: { documentElement: {} } });
const { bare, isolated, listed, setLocale, t } = await load("src/i18n/i18n.ts");
const DAVID = "\u05d3\u05d5\u05d3";
const FSI = "\u2068", PDI = "\u2069";

test("a name from right to left is isolated in a sentence from left to right; others stay as they are", async () => {
  await setLocale("en");
  assert.equal(t("reader-message", { who: "Jane", when: "Monday" }), "From Jane, Monday");
  assert.equal(t("reader-message", { who: DAVID, when: "Monday" }), `From ${FSI}${DAVID}${PDI}, Monday`);
  assert.equal(t("list-selected", { count: 3 }), "3 selected");
  assert.equal(t("list-to", { names: "Fran\u00e7oise, \u65e5\u672c" }), "to Fran\u00e7oise, \u65e5\u672c");
});

test("of several each is for itself; what is selected by is not touched", async () => {
  await setLocale("fr");
  assert.equal(t("list-to", { names: listed(["Jane", DAVID, "Bob"]) }), `\u00e0 ${FSI}Jane, ${FSI}${DAVID}${PDI}, Bob${PDI}`);
  await setLocale("pseudo");
  assert.match(t("triage-told-move", { count: 2, mailbox: "Work" }), new RegExp(`${FSI}Work${PDI}`));
  assert.notEqual(t("account-watching", { news: "idle" }), t("account-watching", { news: "other" }));
});

test("nothing in a name reaches out of it", async () => {
  await setLocale("en");
  const evil = "abc\u202egpj.exe";
  assert.equal(t("message-attachment-save", { name: evil }), "Save abcgpj.exe");
  for (const name of [`${PDI}${DAVID}`, `${DAVID}${PDI}out`, `${FSI}${DAVID}`, `\u2067${DAVID}`]) {
    const said = t("mailbox-rename", { name });
    assert.equal(said, `Rename ${FSI}${bare(name)}${PDI}`, JSON.stringify(name));
  }
  assert.equal(isolated(`${DAVID}\u202e${PDI}`), `${FSI}${DAVID}${PDI}`);
});
