/** A search is left to where it began. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

let wentBack = () => undefined;
const backs = [];
const entries = [{ state: null, path: "/mail/all?q=linked" }];
const address = () => new URL(entries.at(-1).path, "http://localhost");
Object.assign(globalThis, {
  addEventListener: (name, f) => void (name === "popstate" && (wentBack = f)),
  location: address(),
  history: {
    get state() { return entries.at(-1).state; },
    pushState(state, _, path) { entries.push({ state, path }); globalThis.location = address(); },
    replaceState(state, _, path) { entries[entries.length - 1] = { state, path }; globalThis.location = address(); },
    back() { backs.push(() => (entries.pop(), (globalThis.location = address()), wentBack())); },
  },
});
const { go, lookFor, place } = await load("test/search-bundle.ts");
/** The browser goes back when what runs has ended. */
const arrive = () => backs.splice(0).forEach((back) => back());
const here = () => [place.value.part, place.value.query];

test("a search that a link brought begins where it is", () => {
  lookFor("");
  assert.deepEqual(here(), ["all", ""]);
});

test("one entry of the history for a search, and back out of it to where it began", () => {
  go({ part: "inbox" });
  const before = entries.length;
  for (const query of ["l", "la", "lantern"]) lookFor(query);
  assert.deepEqual(here(), ["all", "lantern"]);
  assert.equal(entries.length, before + 1);
  lookFor("");
  lookFor(""); // Escape in the field, and another one at once
  arrive();
  assert.deepEqual(here(), ["inbox", ""]);
  assert.equal(entries.length, before);
});

test("also when a message was opened in it, and where a label led to it", () => {
  go({ part: "m7" });
  lookFor("lantern");
  go({ ...place.value, open: "e1" });
  go({ ...place.value, open: undefined }, true);
  lookFor("");
  assert.deepEqual(here(), ["m7", ""]);
  go({ part: "sent" });
  go({ part: "all", query: "keyword:$label1" });
  lookFor("");
  assert.deepEqual(here(), ["sent", ""]);
});
