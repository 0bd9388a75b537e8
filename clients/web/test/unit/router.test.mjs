/** Addresses: what is on the screen, to an address and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const entries = [];
Object.assign(globalThis, {
  location: new URL("http://localhost/mail/inbox"),
  addEventListener() {},
  history: {
    state: null,
    pushState(state, _, path) { entries.push(path); this.move(state, path); },
    replaceState(state, _, path) { this.move(state, path); },
    move(state, path) { this.state = state; globalThis.location = new URL(path, location.href); },
    back() { entries.push("back"); },
  },
});
const { back, go, pathOf, place, isMailboxId } = await load("src/app/router.ts");
const { placeOf } = await load("src/app/place.ts");
const read = (path) => placeOf(new URL(path, "http://localhost"));

test("from a place to its address and back", () => {
  const parts = ["inbox", "m7", "a mailbox/with ?#%&", "été", "..", "%2F"];
  const queries = ["", "from:anna", "a&b=c #d +e %20", "\"é\" OR 日本"];
  for (const part of parts) for (const open of [undefined, "e12", "e/1?"]) for (const query of queries) for (const [only, sort] of [[], ["unread"], ["flagged", "-size"], [undefined, "from"]]) {
    const path = pathOf({ page: "mail", part, open, query, only, sort });
    const { params: _, ...there } = read(path);
    if (part === "..") continue; // an address of this name is another one, for any browser; no mailbox has an id like that
    assert.deepEqual(there, { page: "mail", part, open, query, only, sort }, path);
  }
});

test("mailboxes and roles", () => {
  for (const part of ["m1", "m9", "md", "mv", "m10", "m1h"]) assert.ok(isMailboxId(part), part);
  for (const part of ["inbox", "archive", "all", "m", "", "Mx", "mw", "m-1"]) assert.ok(!isMailboxId(part), part);
});

test("what is none of ours leads to the inbox", () => {
  for (const path of ["/", "/mail", "/mail/", "/nothing", "/MAIL/x", "/mail//"]) {
    const { page, part, open } = read(path);
    assert.deepEqual({ page, part, open }, { page: "mail", part: part === "x" ? "x" : "inbox", open: undefined }, path);
  }
  assert.equal(read("/mail/inbox?only=everything").only, undefined);
});

test("an address that is damaged is no error", () => {
  for (const path of ["/mail/%", "/mail/%E0%A4%A", "/%ff", "/mail/inbox/%c3%28"]) assert.equal(read(path).page, "mail", path);
});

test("an entry in the history for each place, none for the same, none where it is replaced", () => {
  go({ part: "m1" });
  go({ part: "m1" });
  go({ part: "m1", open: "e1" }, true);
  go("/settings/keys");
  assert.deepEqual(entries, ["/mail/m1", "/settings/keys"]);
  assert.deepEqual([place.value.page, place.value.part], ["settings", "keys"]);
  back({ part: "inbox" });
  assert.equal(entries.at(-1), "back");
  history.state = null;
  back({ part: "inbox" });
  assert.equal(place.value.part, "inbox");
  assert.equal(entries.at(-1), "back");
});
