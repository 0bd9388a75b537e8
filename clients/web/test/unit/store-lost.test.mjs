// The store, and what goes wrong without being a refusal: whatever it is, it is tried again when there is reason to.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "../load.mjs";
import { fake } from "../store-fake.mjs";
import { eventually, shown } from "../store-support.mjs";

const facteur = await load("test/store-bundle.ts");
const { ConnectionLost } = facteur;
const INBOX = { in: { role: "inbox" }, query: "", collapse: false };
let store, core;

afterEach(() => store.close());

function open(view = INBOX, options = { emails: 100 }) {
  ({ store, core } = fake(facteur.makeStore, facteur, options));
  const list = store.list(view);
  list.show(0, 19);
  return list;
}

/** Until nothing is asked any more. */
async function quiet() {
  for (let before = -1; before !== core.requests; ) {
    before = core.requests;
    await new Promise((done) => setTimeout(done, 60));
  }
}

/** Whatever it is: nothing that the store knows of. */
const strange = () => new TypeError("network error");

test("a list that failed is asked for again when the connection is there again, at its beginning and further down", async () => {
  const first = open();
  await eventually(() => first.idAt(19));
  await quiet();
  const list = store.list({ ...INBOX, in: "all" });
  for (const [from, to] of [[0, 19], [70, 90]]) {
    core.answers["Email/query"] = strange;
    list.show(from, to);
    await eventually(() => list.problem.value);
    await quiet();
    delete core.answers["Email/query"];
    core.streamIs(new ConnectionLost("it ended"));
    core.streamIs(undefined);
    await eventually(() => list.idAt(to) && !list.problem.value);
    await quiet();
  }
});

test("what is malformed is not asked for again", async () => {
  const view = { in: "all", query: "a (b", collapse: true };
  ({ store, core } = fake(facteur.makeStore, facteur, { emails: 10 }));
  core.answers["Search/parse"] = () => ({ error: { type: "invalidArguments", position: 3 } });
  const list = store.list(view);
  list.show(0, 19);
  await eventually(() => list.problem.value);
  await quiet();
  const before = core.count("Search/parse");
  core.streamIs(new ConnectionLost("it ended"));
  core.streamIs(undefined);
  await quiet();
  assert.equal(core.count("Search/parse"), before);
  assert.equal(list.problem.value.data.position, 3);
});

test("an account whose states could not be asked for is begun when the stream tells of it", async () => {
  const list = open();
  core.once("Email/changes", strange);
  await eventually(() => list.idAt(19));
  await quiet();
  core.emails.unshift({ ...core.emails[0], id: "new", threadId: "tn" });
  core.emails[2].keywords.$flagged = true;
  core.once("Email/queryChanges", ({ sinceQueryState }, usual) => ({ ...usual({ sinceQueryState }), added: [{ id: "new", index: 0 }] }));
  core.moved();
  await eventually(() => list.idAt(0) === "new" && "$flagged" in store.row("e1").value.keywords);
  const asked = core.count("Account/get");
  core.once("Email/queryChanges", ({ sinceQueryState }, usual) => ({ ...usual({ sinceQueryState }), removed: ["new"], total: 100 }));
  core.emails.shift();
  core.moved();
  await eventually(() => shown(list)[0] === "e0");
  assert.equal(core.count("Account/get"), asked, "it is known now");
});

test("that news could not be asked for is said until they can", async () => {
  const list = open();
  await eventually(() => list.idAt(19));
  await quiet();
  core.once("Email/changes", strange);
  core.moved();
  await eventually(() => store.connection.value.state === "lost");
  assert.match(store.connection.value.why, /network error/);
  await eventually(() => store.connection.value.state === "live");
});

/** A network in front of the core: `isGone`: nothing comes through, and nobody is told. */
async function overNetwork() {
  const { store: behind, core } = fake((client) => client, facteur, { emails: 1000 });
  const network = { core, isGone: false, streams: [] };
  const never = new Promise(() => undefined);
  const json = (content) => new Response(JSON.stringify(content));
  const fetch = async (url, { body }) => {
    if (network.isGone) await never;
    if (url.endsWith("/session")) return json({ capabilities: {}, apiUrl: "/api", uploadUrl: "/u", downloadUrl: "/d", eventSourceUrl: "/events" });
    if (url.endsWith("/events")) return new Response(new ReadableStream({ start: (stream) => void network.streams.push(stream) }));
    const calls = JSON.parse(body).methodCalls.map(([method, params, id]) => ({ id, method, params }));
    const answers = await behind.exchange(calls);
    if (network.isGone) await never;
    return json({ methodResponses: calls.map(({ id, method }) => (answers.get(id).error ? ["error", answers.get(id).error.data, id] : [method, answers.get(id).result, id])) });
  };
  network.store = facteur.makeStore(await facteur.JmapClient.connect({ url: "http://localhost/session", fetch, patienceMs: 300 }));
  return network;
}

test("a network that goes without a word: what was asked for is asked for again, and done once", async () => {
  const network = await overNetwork();
  ({ store, core } = network);
  const list = store.list(INBOX);
  list.show(0, 19);
  await eventually(() => list.idAt(19));
  await quiet();
  network.isGone = true;
  const { done } = store.act({ do: "flagged", on: true }, { ids: ["e1"], threads: false });
  list.show(300, 320);
  for (const property of ["size", "from", "subject"]) store.list({ ...INBOX, sort: { property, isAscending: true } }).show(0, 19); // more than are sent at once
  const message = store.message("e5").catch((e) => e);
  await eventually(() => store.connection.value.state === "lost");
  network.isGone = false;
  await done;
  assert.ok((await message) instanceof ConnectionLost, "whoever opened it is told");
  await eventually(() => list.idAt(320) && store.connection.value.state === "live");
  const keys = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args.idempotencyKey);
  assert.equal(new Set(keys).size, 1);
});
