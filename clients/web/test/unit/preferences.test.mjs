/** Preferences come out of a storage that another version, or anybody with a console, has written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const kept = new Map();
Object.assign(globalThis, {
  localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  addEventListener() {},
});
const { DEFAULTS, prefer, preferences, read } = await load("src/app/preferences.ts");

test("nothing, or what is no JSON: what there is by default", () => {
  for (const text of [null, "", "{", "null", "[]", "3", "\"x\"", "{}", "[[[[", "\u0000"]) assert.deepEqual(read(text), DEFAULTS, text);
});

test("what is of another type, or no choice that there is, is what it is by default", () => {
  const wrong = [null, 1e999, -5, {}, [], [1], true, "", "constructor", "<script>", NaN, { toString: 1 }];
  for (const name of Object.keys(DEFAULTS)) for (const value of wrong) {
    const found = read(JSON.stringify({ [name]: value }));
    assert.deepEqual(Object.keys(found).sort(), Object.keys(DEFAULTS).sort());
    assert.equal(typeof found[name], typeof DEFAULTS[name], `${name}: ${JSON.stringify(value)}`);
    assert.equal(Array.isArray(found[name]), Array.isArray(DEFAULTS[name]));
    if (typeof DEFAULTS[name] === "string") assert.equal(found[name], DEFAULTS[name], `${name}: ${JSON.stringify(value)}`);
  }
  assert.deepEqual(read(JSON.stringify({ picturesFrom: ["a@example.org", 3, null, {}] })).picturesFrom, ["a@example.org"]);
});

test("what nobody knows is not kept", () => {
  const found = read('{ "density": "compact", "later": 1, "__proto__": { "polluted": 1 } }');
  assert.deepEqual(found, { ...DEFAULTS, density: "compact" });
  assert.equal({}.polluted, undefined);
});

test("a choice is kept, and read again", () => {
  prefer({ theme: "dark", markReadAfter: -1, picturesFrom: ["a@example.org"] });
  assert.deepEqual(read(kept.get("facteur.preferences")), { ...DEFAULTS, theme: "dark", markReadAfter: -1, picturesFrom: ["a@example.org"] });
  assert.equal(preferences.value.theme, "dark");
});
