// The store against a real core and bridge: what is shown is what the core has, whoever acts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { load } from "../load.mjs";
import { Core, receive, startBridge } from "../servers.mjs";
import { eventually, shown } from "../store-support.mjs";

const { makeStore, JmapClient } = await load("test/store-bundle.ts");
let core, bridge, raw, token;
const INBOX = { in: { role: "inbox" }, query: "", collapse: true };
const opened = [];

before(async () => {
  core = await Core.start();
  bridge = await startBridge(core);
  raw = await core.raw();
  token = await core.token();
});

after(async () => {
  for (const store of opened) store.close();
  await bridge.stop();
  await core.stop();
});

async function open() {
  const store = makeStore(await JmapClient.connect({ url: bridge.url, token }));
  opened.push(store);
  return store;
}

/** A list whose first rows are here. */
async function look(store, view = INBOX, first = 0, last = 20) {
  const list = store.list(view);
  list.show(first, last);
  await eventually(() => list.total.value !== undefined);
  return list;
}

const place = async (role, accountId = "a1") => (await raw.call("Mailbox/query", { accountId, filter: { role } })).ids[0];

test("a list has what the core has, in its order", async () => {
  const store = await open();
  const list = await look(store);
  const { ids, total } = await raw.call("Email/query", { accountId: "*", filter: { inMailbox: await place("inbox") }, collapseThreads: true, calculateTotal: true, limit: 30 });
  await eventually(() => shown(list).length >= Math.min(total, 30));
  assert.deepEqual(shown(list).slice(0, 30), ids);
  assert.equal(list.total.value, total);
  assert.equal(store.row(ids[0]).value.id, ids[0]);
  assert.equal(list.indexOf(ids[3]), 3);
});

test("what comes by another way is there without being asked for", async () => {
  const store = await open();
  const list = await look(store);
  const before = list.total.value;
  const { id } = await receive(core, "comes while one looks");
  await eventually(() => list.total.value === before + 1 && list.idAt(0) === id);
  assert.equal(store.row(id).value.subject, "comes while one looks");
  const inbox = store.mailboxByRole("a1", "inbox");
  await eventually(async () => store.mailboxes.value.get(inbox.id).unreadEmails === (await raw.call("Mailbox/get", { accountId: "a1", ids: [inbox.id] })).list[0].unreadEmails);
});

test("an action is shown at once, done, and taken back", async () => {
  const { id } = await receive(core, "to be archived");
  const store = await open();
  const list = await look(store);
  await eventually(() => list.idAt(0) === id);
  const total = list.total.value, unread = store.mailboxByRole("a1", "inbox").unreadEmails;
  const doing = store.act({ do: "archive" }, { ids: [id], threads: true, view: INBOX });
  assert.equal(list.indexOf(id), -1);
  assert.equal(list.total.value, total - 1);
  assert.equal(store.mailboxByRole("a1", "inbox").unreadEmails, unread - 1);
  await doing.done;
  const archive = await place("archive");
  assert.deepEqual((await raw.call("Email/get", { accountId: "a1", ids: [id], properties: ["mailboxIds"] })).list[0].mailboxIds, { [archive]: true });
  await eventually(() => store.undoable.value?.description.includes("moved"));
  assert.match(await store.undo(), /taken back/);
  await eventually(() => list.indexOf(id) === 0 && list.total.value === total);
  await eventually(() => store.mailboxByRole("a1", "inbox").unreadEmails === unread);
});
