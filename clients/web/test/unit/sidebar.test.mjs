/** The sidebar: which mailboxes of an account are shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { shownOf } = await load("src/app/sidebar-boxes.ts");
/** "id < parent", with * where it is subscribed and (role). */
function boxes(...lines) {
  return lines.map((line) => {
    const [, id, star, role, parentId] = /^(\w+)(\*?)(?:\((\w+)\))?(?: < (\w+))?$/.exec(line);
    return { id, isSubscribed: star === "*", role: role ?? null, parentId: parentId ?? null };
  });
}
const shown = (...lines) => shownOf(boxes(...lines)).map(({ id }) => id).join(" ");

test("what is subscribed, and what has a role, subscribed or not", () => {
  assert.equal(shown("inbox*(inbox)", "trash(trash)", "work*", "lists"), "inbox trash work");
});

test("where one is, subscribed or not", () => {
  const all = boxes("inbox*(inbox)", "old", "lists < old", "work*");
  assert.equal(shownOf(all, "lists").map(({ id }) => id).join(" "), "inbox old lists work");
});

test("what leads to one that is shown, however deep it is, and nothing else of that branch", () => {
  assert.equal(shown("inbox*(inbox)", "shared", "team < shared", "notes* < team", "old < team", "alone < shared"), "inbox shared team notes");
  assert.equal(shown("inbox*(inbox)", "google", "all(all) < google"), "inbox google all");
});

test("all of them where none is subscribed", () => {
  assert.equal(shown("inbox(inbox)", "work", "deep < work"), "inbox work deep");
  assert.equal(shown(), "");
});

test("mailboxes that are each other's parents, or whose parent is not there, do no harm", () => {
  assert.equal(shown("a* < b", "b < a", "orphan* < nowhere"), "a b orphan");
});
