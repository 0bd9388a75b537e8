// Who is signed in, and what becomes of that when the bridge says otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";
import { eventually } from "../store-support.mjs";

const kept = new Map();
let loads = 0;
const listeners = {};
Object.assign(globalThis, {
  localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) },
  addEventListener: (name, listener) => (listeners[name] = listener),
  location: { origin: "http://localhost", href: "http://localhost/mail/inbox", hash: "", reload: () => loads++ },
});
const { ConnectionLost, FacteurError, signIn, start, use } = await load("test/session-bundle.ts");
const SESSION = { capabilities: {}, apiUrl: "/jmap/api", uploadUrl: "/u", downloadUrl: "/d", eventSourceUrl: "/e" };

/** What the bridge answers, by the token and the path. */
let answers;
globalThis.fetch = async (url, { headers }) => {
  const { pathname } = new URL(url, location.origin);
  const status = answers(headers.Authorization?.slice(7), pathname);
  if (status !== 200) return new Response("", { status });
  return new Response(JSON.stringify(pathname === "/jmap/api" ? { methodResponses: [["Core/echo", {}, "c0"]] } : SESSION));
};
const echo = () => signIn.value.client.call("Core/echo", {});

test("a token that is refused from the beginning on is asked for", async () => {
  kept.set("facteur.token", "old");
  answers = () => 401;
  await start();
  assert.deepEqual(signIn.value, { state: "out", refused: true });
});

test("a token that is good no more: who is there is asked; a bridge or a core that does not answer is no reason to", async () => {
  answers = (token) => (token === "first" ? 200 : 401);
  assert.equal(await use("second"), false);
  assert.equal(await use("first"), true);
  await echo();
  answers = () => 503;
  await assert.rejects(echo(), ConnectionLost);
  answers = (_, path) => (path === "/jmap/api" ? 401 : 503); // in the middle of it
  await assert.rejects(echo(), FacteurError);
  answers = (_, path) => (path === "/jmap/api" ? 403 : 401); // this one call is not allowed
  await assert.rejects(echo(), FacteurError);
  answers = (_, path) => (path === "/jmap/api" ? 401 : 200);
  await assert.rejects(echo(), FacteurError);
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(signIn.value.state, "in");
  answers = () => 401;
  await assert.rejects(echo(), FacteurError);
  await eventually(() => signIn.value.state === "out");
  assert.equal(signIn.value.refused, true);
  assert.equal(kept.get("facteur.token"), "first", "what is written is kept only where there is one");
});

test("who comes in then, here or in another window, gets a page that begins anew", async () => {
  assert.equal(await use("second"), false);
  answers = (token) => (token === "third" ? 200 : 401);
  listeners.storage({ key: "facteur.token" });
  assert.equal(loads, 1);
  void use("third");
  await eventually(() => loads === 2);
  assert.equal(kept.get("facteur.token"), "third");
  assert.equal(signIn.value.state, "out");
});
