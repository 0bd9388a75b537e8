// Where v and l may make a mailbox.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.localStorage ??= { getItem: () => null };
const { accountForNew } = await load("src/app/mailbox-new.ts");

const account = (id, mayChangeMailboxes = true) => ({ id, capabilities: { mayChangeMailboxes } });
const box = (accountId, mayCreateChild = true) => ({ accountId, myRights: { mayCreateChild } });
const found = (of, accounts, boxes) => accountForNew(new Set(of), accounts, boxes);

test("it is made in the account of the messages, if that is one; of several nobody knows which is meant", () => {
  const two = [account("a1"), account("a2")];
  const boxes = [box("a1"), box("a2")];
  assert.equal(found(["a2"], two, boxes), "a2");
  assert.equal(found(["a1", "a2"], two, boxes), undefined);
  assert.equal(found([undefined], two, boxes), undefined);
  assert.equal(found([], two, boxes), undefined);
  assert.equal(found([], [account("a1")], boxes), "a1");
});

test("not where the server or the token does not allow it", () => {
  assert.equal(found(["a1"], [account("a1", false)], [box("a1")]), undefined);
  assert.equal(found(["a1"], [account("a1")], [box("a1", false), box("a2")]), undefined);
  assert.equal(found(["a1"], [account("a1")], [box("a1", false), box("a1")]), "a1");
});
