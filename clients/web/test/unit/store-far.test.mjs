// A list of 20,000 messages of a real core: jumps, a storm, all that match; and facteurd killed in the middle of it. Requests are counted, not timed.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { load } from "../load.mjs";
import { Core, startBridge } from "../servers.mjs";
import { Dice, eventually } from "../store-support.mjs";

const { makeStore, JmapClient, FacteurError } = await load("test/store-bundle.ts");
const N = 20_000;
let core, bridge, token, inbox;
const INBOX = { in: { role: "inbox" }, query: "", collapse: true };

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "fct-mbox-"));
  const file = join(folder, "far.mbox");
  writeFileSync(file, Array.from({ length: N }, (_, i) => {
    const at = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toUTCString();
    const [day, date, month, year, time] = at.split(/,? /);
    return `From jane@example.org ${day} ${month} ${date} ${time} ${year}\nFrom: jane@example.org\nTo: john@example.net\nSubject: far ${i}\nDate: ${at}\nMessage-ID: <far${i}@example.org>\n\nHello.\n\n`;
  }).join(""));
  core = await Core.start({ mail: [] });
  await core.cli("import", file);
  rmSync(folder, { recursive: true });
  bridge = await startBridge(core);
  token = await core.token();
  [inbox] = (await (await core.raw()).call("Mailbox/query", { accountId: "a1", filter: { role: "inbox" } })).ids;
});

after(async () => {
  await bridge?.stop();
  await core?.stop();
});

/** A store, how many requests it has made, and a list that is looked at. */
async function open(view = INBOX) {
  const counted = { requests: 0 };
  const counting = (url, init) => {
    if (init.method === "POST") counted.requests++;
    return fetch(url, init);
  };
  const store = makeStore(await JmapClient.connect({ url: bridge.url, token, fetch: counting }));
  const list = store.list(view);
  list.show(0, 24);
  await eventually(() => list.idAt(24) && store.mailboxes.value.size && store.accounts.value.length);
  return { store, list, counted };
}

const unreadOf = async () => (await (await core.raw()).call("Mailbox/get", { accountId: "a1", ids: [inbox] })).list[0].unreadEmails;

test("jumps: a request or two each, and what is on the screen is what the core has there", async () => {
  const { store, list, counted } = await open();
  assert.equal(list.total.value, N);
  const { ids } = await (await core.raw()).call("Email/query", { accountId: "a1", filter: { inMailbox: inbox }, collapseThreads: true });
  const dice = new Dice(7);
  const before = counted.requests;
  for (let jump = 0; jump < 30; jump++) {
    const first = dice.below(N - 30);
    for (let passing = 0; passing < 5; passing++) list.show(dice.below(N - 30), N); // as a scrollbar is dragged
    list.show(first, first + 24);
    await eventually(() => list.idAt(first) && list.idAt(first + 24));
    assert.deepEqual(Array.from({ length: 25 }, (_, i) => list.idAt(first + i)), ids.slice(first, first + 25));
    assert.equal(store.row(list.idAt(first)).value.subject, `far ${N - 1 - first}`);
  }
  assert.ok(counted.requests - before <= 2 * 30 + 4, `${counted.requests - before} requests`);
  assert.equal(await list.find(ids[12_345]), 12_345);
  store.close();
});

test("five thousand changes by somebody else: a few requests, and what is looked at stays", async () => {
  const { store, list, counted } = await open();
  list.show(5000, 5024);
  await eventually(() => list.idAt(5024));
  const top = list.idAt(5000);
  const raw = await core.raw();
  const { ids } = await raw.call("Email/query", { accountId: "a1", filter: { inMailbox: inbox }, limit: 5000 });
  const before = counted.requests;
  let missing = 0;
  const stop = list.version.subscribe(() => (missing += list.indexOf(top) < 0 ? 1 : 0));
  for (let i = 0; i < 5000; i += 1000) await raw.call("Email/set", { accountId: "a1", update: Object.fromEntries(ids.slice(i, i + 1000).map((id) => [id, { "keywords/$seen": true }])) });
  await eventually(async () => store.mailboxes.value.get(inbox).unreadEmails === (await unreadOf()));
  stop();
  assert.equal(missing, 0);
  assert.equal(list.indexOf(top), 5000);
  assert.ok(counted.requests - before <= 40, `${counted.requests - before} requests`);
  store.close();
});

test("facteurd is killed while all that match are marked: it is done, once, and the page comes back by itself", async () => {
  const { store, list } = await open();
  const doing = store.act({ do: "flagged", on: true }, { all: INBOX });
  await eventually(() => doing.progress.value.done > 2000);
  await core.kill();
  const gone = list.idAt(0);
  const small = store.act({ do: "archive" }, { ids: [gone], threads: true, view: INBOX });
  await eventually(() => store.connection.value.state === "lost");
  assert.ok(store.connection.value.why);
  assert.ok(store.connection.value.since <= Date.now());
  await core.again();
  await Promise.all([doing.done, small.done]);
  await eventually(() => store.connection.value.state === "live");
  const raw = await core.raw();
  const { total } = await raw.call("Email/query", { accountId: "a1", filter: { hasKeyword: "$flagged" }, calculateTotal: true, limit: 0 });
  assert.equal(total, N);
  await eventually(() => list.total.value === N - 1);
  assert.notEqual(list.idAt(0), gone);
  // what happens after it is heard of, too
  await raw.call("Email/set", { accountId: "a1", update: { [list.idAt(0)]: { "keywords/after": true } } });
  await eventually(() => "after" in store.row(list.idAt(0)).value.keywords);
  store.close();
});

test("the bridge is killed and comes back: what happened meanwhile is seen", async () => {
  const { store, list } = await open();
  const id = list.idAt(3);
  await bridge.stop("SIGKILL");
  await eventually(() => store.connection.value.state === "lost");
  const raw = await core.raw();
  await raw.call("Email/set", { accountId: "a1", update: { [id]: { "keywords/meanwhile": true } } });
  bridge = await startBridge(core, bridge.port);
  await eventually(() => "meanwhile" in store.row(id).value.keywords);
  await eventually(() => store.connection.value.state === "live");
  store.close();
});

test("a token that is taken away ends in words", async () => {
  const raw = await core.raw();
  const { created } = await raw.call("Token/set", { create: { k: { name: "for a while", scopes: ["read", "triage"] } } });
  const store = makeStore(await JmapClient.connect({ url: bridge.url, token: created.k.secret }));
  const list = store.list(INBOX);
  list.show(0, 24);
  await eventually(() => list.idAt(0));
  await raw.call("Token/set", { destroy: [created.k.id] });
  await eventually(() => store.connection.value.state === "lost");
  await assert.rejects(store.act({ do: "seen", on: false }, { ids: [list.idAt(0)], threads: false }).done, (e) => e instanceof FacteurError && e.type === "forbidden");
  store.close();
});
