// The store against a real core and bridge: what is shown is what the core has, whoever acts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { load } from "../load.mjs";
import { Core, receive, startBridge } from "../servers.mjs";
import { eventually, shown } from "../store-support.mjs";

const { makeStore, undo, JmapClient } = await load("test/store-bundle.ts");
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
  await bridge?.stop();
  await core?.stop();
});

/** What undo would take back, of all that front ends did. */
const lastDone = async () => (await raw.call("Undo/query", { filter: { isUndo: false, isUndone: false }, limit: 1 })).ids[0];

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

test("accounts: which take part in unified views; a message goes from one to the other, and a new one is there by itself", async () => {
  const store = await open();
  const list = await look(store);
  const { id } = await receive(core, "goes to another account");
  await eventually(() => list.idAt(0) === id);
  const { created } = await raw.call("Account/set", { create: { k: { name: "Away", address: "away@example.org", source: "pop3s://away@pop.example.org", isEnabled: false } } });
  const away = created.k.id;
  await eventually(() => store.accounts.value.some((a) => a.id === away) && store.mailboxByRole(away, "inbox"));
  const total = list.total.value;
  const to = store.mailboxByRole(away, "inbox");
  const doing = store.act({ do: "move", mailboxId: to.id }, { ids: [id], threads: false, view: INBOX });
  assert.equal(list.indexOf(id), -1);
  const before = await lastDone();
  await doing.done;
  assert.deepEqual([doing.isUndoable, doing.undoId, await lastDone()], [false, undefined, before]);
  await eventually(() => list.total.value === total && store.row(list.idAt(0)).value?.accountId === away);
  assert.equal(store.row(list.idAt(0)).value.subject, "goes to another account");
  store.unify(["a1"]);
  await eventually(() => list.total.value === total - 1 && store.row(list.idAt(0)).value?.accountId === "a1");
  store.unify(undefined);
  await eventually(() => list.total.value === total);
  await raw.call("Account/set", { destroy: [away] });
  await store.sync();
  await eventually(() => list.total.value === total - 1 && !store.mailboxByRole(away, "inbox"));
});

test("a conversation: what was sent belongs to it, what is in the trash does not, unless it is looked at there", async () => {
  const message = (name, more) => `From: jane@example.org\r\nTo: john@example.net\r\nSubject: talk\r\nMessage-ID: <${name}@talk>\r\n${more}\r\nHello ${name}.\r\n`;
  const first = (await receive(core, message("one", ""))).id;
  const sent = (await receive(core, message("two", "References: <one@talk>\r\n"), { role: "sent" })).id;
  const third = (await receive(core, message("three", "References: <one@talk>\r\n"))).id;
  const store = await open();
  await look(store);
  const { threadId } = await store.message(first);
  const thread = store.thread(threadId);
  await eventually(() => thread.value?.length === 3);
  assert.deepEqual([...thread.value].sort(), [first, sent, third].sort());
  await store.act({ do: "trash" }, { ids: [third], threads: false }).done;
  assert.deepEqual([...thread.value].sort(), [first, sent].sort());
  assert.equal(store.thread(threadId, third).value.length, 3);
  const { id: fourth } = await receive(core, message("four", "References: <one@talk>\r\n"));
  await eventually(() => thread.value.includes(fourth));
  await store.act({ do: "archive" }, { ids: [fourth], threads: true, view: INBOX }).done;
  const { list } = await raw.call("Email/get", { accountId: "a1", ids: [first, sent, third, fourth], properties: ["mailboxIds"] });
  const archive = await place("archive");
  assert.deepEqual(list.map((e) => archive in e.mailboxIds), [true, false, false, true], "what is in the inbox of it");
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
  assert.equal(await lastDone(), doing.undoId);
  assert.equal(doing.isUndoable, true);
  const { id: undoId, description } = await undo(store);
  assert.match(description, /taken back/);
  assert.equal(undoId, doing.undoId);
  await eventually(() => list.indexOf(id) === 0 && list.total.value === total);
  await eventually(() => store.mailboxByRole("a1", "inbox").unreadEmails === unread);
});
