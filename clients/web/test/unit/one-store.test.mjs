// A store for each that signs in: nothing of it is left when they have signed out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";
import { fake } from "../store-fake.mjs";
import { eventually } from "../store-support.mjs";

Object.assign(globalThis, { localStorage: { getItem: () => null, setItem() {}, removeItem() {} }, addEventListener() {} });
const facteur = await load("test/one-store-bundle.ts");
const { followSignIn, prefer, signIn, store } = facteur;
const INBOX = { in: { role: "inbox" }, query: "", collapse: false };

/** A client, and the core behind it. */
function somebody() {
  const { store: client, core } = fake((made) => made, facteur, { emails: 50 });
  return { client, core };
}

/** Signs in, and looks at the inbox. */
async function come({ client }) {
  signIn.value = { state: "in", client };
  const list = store().list(INBOX);
  list.show(0, 9);
  await eventually(() => list.idAt(9) !== undefined);
  return list;
}
const pause = () => new Promise((done) => setTimeout(done, 150));

test("who has signed out asks nothing any more, and is told of no choice; who signs in after them has a store of their own", async () => {
  const end = followSignIn();
  const [one, two] = [somebody(), somebody()];
  await come(one);
  const first = store();
  await pause();
  signIn.value = { state: "out", refused: false };
  const before = one.core.requests;
  prefer({ apart: ["a1"] });
  one.core.moved();
  await pause();
  assert.equal(one.core.requests, before, "the first one was asked after the end");
  prefer({ apart: [] });
  const list = await come(two);
  assert.notEqual(store(), first);
  prefer({ apart: ["a1"] });
  await eventually(() => list.total.value === 0); // no account takes part in the unified inbox
  prefer({ apart: [] });
  await eventually(() => list.total.value === 50);
  assert.equal(one.core.requests, before);
  end();
  const after = two.core.requests;
  prefer({ apart: ["a1"] });
  await pause();
  assert.equal(two.core.requests, after);
});
