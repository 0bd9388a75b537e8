// Two stores and a raw client act at random on one mailbox; when all is quiet, every list, row, counter and conversation is what the core has.
// FACTEUR_SEED=N runs one seed; FACTEUR_STEPS=N makes it longer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { load } from "../load.mjs";
import { Core, startBridge } from "../servers.mjs";
import { Dice, eventually, importMany, messageOf } from "../store-support.mjs";

const { makeStore, undo, JmapClient, FacteurError } = await load("test/store-bundle.ts");
const seeds = process.env.FACTEUR_SEED ? process.env.FACTEUR_SEED.split(",").map(Number) : [1, 2];
const STEPS = Number(process.env.FACTEUR_STEPS ?? 150);
let core, bridge, raw;

before(async () => {
  core = await Core.start({ mail: [] });
  bridge = await startBridge(core);
  raw = await core.raw();
  const { created, notCreated } = await raw.call("Account/set", { create: { k: { name: "Away", address: "away@example.org", source: "pop3s://away@pop.example.org", isEnabled: false } } });
  assert.equal(notCreated, null);
  accounts.push(created.k.id);
});

after(async () => {
  await bridge?.stop();
  await core?.stop();
});

const accounts = ["a1"];

const LIST = ["threadId", "mailboxIds", "keywords", "size", "receivedAt", "from", "to", "subject", "hasAttachment", "preview", "accountId", "snoozed"];

/** One who looks at the page. */
class User {
  constructor(name, store, dice) {
    Object.assign(this, { name, store, dice, lists: [], doings: [], refused: [], screens: new Map() });
  }

  /** Views as the page has them. */
  views() {
    const mailboxes = [...this.store.mailboxes.value.values()];
    const archive = mailboxes.find((m) => m.role === "archive") ?? mailboxes[0];
    return [
      { in: { role: "inbox" }, query: "", collapse: true },
      { in: { role: "inbox" }, query: "", collapse: false, sort: { property: "subject", isAscending: true } },
      { in: { role: "archive" }, query: "", collapse: true },
      { in: { mailboxId: archive.id }, query: "", collapse: false, sort: { property: "size", isAscending: false } },
      { in: "all", query: "", collapse: false },
      { in: "all", query: "subject:apple", collapse: true },
      { in: { role: "inbox" }, query: "", collapse: true, only: "unread" },
      { in: { role: "inbox" }, query: "is:unread OR subject:pear", collapse: false },
      { in: "all", query: "", collapse: true, only: "flagged" },
      { in: { role: "trash" }, query: "", collapse: false },
    ];
  }

  step() {
    const { dice, store } = this;
    switch (dice.of(["look", "look", "scroll", "scroll", "leave", "act", "act", "act", "act", "act", "undo", "all", "thread", "message"])) {
      case "look": {
        if (this.lists.length > 4) this.lists.splice(dice.below(this.lists.length), 1)[0].close();
        const list = store.list(dice.of(this.views()));
        this.lists.push(list);
        return this.scroll(list);
      }
      case "scroll":
        return this.lists.length && this.scroll(dice.of(this.lists));
      case "leave":
        return this.lists.length > 1 && this.lists.splice(dice.below(this.lists.length), 1)[0].close();
      case "act":
        return this.act();
      case "undo":
        return dice.below(2) && this.doings.push(undo(store).catch((e) => this.refused.push(e)));
      case "all":
        return dice.below(4) === 0 && this.lists.length && this.do(dice.of([{ do: "seen", on: true }, { do: "seen", on: false }, { do: "archive" }, { do: "inbox" }]), { all: dice.of(this.lists).view });
      case "thread": {
        const row = this.row();
        return row && store.thread(row.threadId).value;
      }
      case "message": {
        const row = this.row();
        return row && this.doings.push(store.message(row.id).catch((e) => this.refused.push(e)));
      }
    }
  }

  scroll(list) {
    const first = this.dice.below(2) ? 0 : this.dice.below((list.total.value ?? 0) + 5);
    const last = first + this.dice.below(25);
    this.screens.set(list, [first, last]);
    list.show(first, last);
  }

  row() {
    if (!this.lists.length) return undefined;
    const list = this.dice.of(this.lists);
    const id = list.idAt(this.dice.below(Math.min(40, list.total.value ?? 0)));
    return id && this.store.row(id).value;
  }

  act() {
    const { dice, store } = this;
    if (!this.lists.length) return;
    const list = dice.of(this.lists);
    const ids = Array.from({ length: 1 + dice.below(4) }, () => list.idAt(dice.below(Math.min(60, list.total.value ?? 0)))).filter(Boolean);
    if (!ids.length) return;
    const mailboxes = [...store.mailboxes.value.values()].filter((m) => m.accountId === store.row(ids[0]).value?.accountId);
    const mailboxId = mailboxes.length ? dice.of(mailboxes).id : undefined;
    const action = dice.of([
      { do: "seen", on: true }, { do: "seen", on: false }, { do: "seen", on: true, undoable: false }, { do: "flagged", on: true }, { do: "flagged", on: false },
      { do: "keyword", keyword: "a~b/c", on: true }, { do: "keyword", keyword: "a~b/c", on: false },
      { do: "archive" }, { do: "archive" }, { do: "trash" }, { do: "junk" }, { do: "inbox" }, { do: "inbox" }, { do: "destroy" },
      ...(mailboxId ? [{ do: "move", mailboxId }, { do: "copy", mailboxId }, { do: "copy", mailboxId }, { do: "unlabel", mailboxId }, { do: "unlabel", mailboxId }] : []),
    ]);
    this.do(action, { ids, threads: dice.below(2) === 0, ...(dice.below(2) ? { view: list.view } : {}) });
  }

  do(action, target) {
    const doing = this.store.act(action, target);
    this.doings.push(doing.done.catch((e) => this.refused.push(e)));
  }

  /** What is refused is refused in words: something was gone, or is elsewhere. */
  async quiet() {
    while (this.doings.length) await Promise.all(this.doings.splice(0));
    for (const e of this.refused) assert.ok(e instanceof FacteurError && /notFound|alreadyExists|alreadyUndone|invalidProperties|accountNotFound/.test(e.type), `${this.name}: ${e.stack} ${JSON.stringify(e.data)}`);
  }
}

/** Somebody else, who knows nothing of stores. */
async function rawStep(dice) {
  const accountId = dice.of(accounts);
  const { list: mailboxes } = await raw.call("Mailbox/get", { accountId, ids: null, properties: ["name"] });
  const { ids } = await raw.call("Email/query", { accountId, limit: 200 });
  const some = ids.length ? Array.from({ length: 1 + dice.below(5) }, () => dice.of(ids)) : [];
  switch (dice.of(["come", "come", "seen", "flag", "move", "destroy", "mailbox", "undo"])) {
    case "come":
      return importMany(raw, accountId, Array.from({ length: 1 + dice.below(4) }, () => messageOf(dice, dice.below(1_000_000))), dice.of(mailboxes).id);
    case "seen":
    case "flag": {
      const keyword = dice.of(["keywords/$seen", "keywords/$flagged", "keywords/$draft"]);
      return raw.call("Email/set", { accountId, update: Object.fromEntries(some.map((id) => [id, { [keyword]: dice.below(2) ? true : null }])) });
    }
    case "move":
      return raw.call("Email/set", { accountId, update: Object.fromEntries(some.map((id) => [id, { mailboxIds: { [dice.of(mailboxes).id]: true } }])) });
    case "destroy":
      return dice.below(3) === 0 && raw.call("Email/set", { accountId, destroy: some.slice(0, 1) });
    case "mailbox": {
      const name = `m${dice.below(3)}`;
      const same = mailboxes.find((m) => m.name === name);
      return raw.call("Mailbox/set", { accountId, onDestroyRemoveEmails: true, ...(same && dice.below(2) ? { destroy: [same.id] } : { create: { k: { name: same ? `m${dice.below(1000)}` : name } } }) });
    }
    case "undo":
      return raw.call("Undo/apply", { accountId: "*" }).catch(() => undefined);
  }
}

const keys = (o) => Object.keys(o).sort();
const plain = (row) => ({ ...row, mailboxIds: keys(row.mailboxIds), keywords: keys(row.keywords) });

/** What a fresh query says of a view. */
async function truth(store, view) {
  const { role, mailboxId } = view.in === "all" ? {} : view.in;
  const places = mailboxId ? [mailboxId] : role ? (await raw.call("Mailbox/get", { accountId: "*", ids: null })).list.filter((m) => m.role === role).map((m) => m.id) : undefined;
  if (places?.length === 0) return [];
  const conditions = [];
  if (places) conditions.push({ operator: "OR", conditions: places.map((inMailbox) => ({ inMailbox })) });
  if (view.query) conditions.push((await raw.call("Search/parse", { query: view.query })).filter);
  if (view.only === "unread") conditions.push({ notKeyword: "$seen" });
  if (view.only === "flagged") conditions.push({ hasKeyword: "$flagged" });
  const sort = [view.sort ?? { property: "receivedAt", isAscending: false }];
  const filter = conditions.length ? { operator: "AND", conditions } : null;
  return (await raw.call("Email/query", { accountId: "*", filter, sort, collapseThreads: view.collapse })).ids;
}

async function compare(user) {
  const { store } = user;
  const { list: mailboxes } = await raw.call("Mailbox/get", { accountId: "*", ids: null });
  assert.deepEqual([...store.mailboxes.value.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), mailboxes.sort((a, b) => (a.id < b.id ? -1 : 1)));
  for (const list of user.lists) {
    const [first, last] = user.screens.get(list) ?? [0, 0];
    const what = `${user.name}: ${JSON.stringify(list.view)}`;
    const ids = await truth(store, list.view);
    if (list.view.only === "unread" && list.total.value > ids.length) {
      // what was read while one looks is still there
      const rows = Array.from({ length: list.total.value }, (_, i) => list.idAt(i)).filter(Boolean);
      assert.deepEqual(rows.filter((id) => !("$seen" in store.row(id).value.keywords)), ids.filter((id) => list.indexOf(id) >= 0), what);
      continue;
    }
    assert.equal(list.problem.value, undefined, what);
    assert.equal(list.total.value, ids.length, `${what}: not here ${ids.filter((id) => list.indexOf(id) < 0).slice(0, 5).map((id) => `${id} ${JSON.stringify(store.row(id).value)}`)}`);
    const here = ids.map((_, i) => list.idAt(i));
    assert.deepEqual(here, ids.map((id, i) => here[i] && id), what);
    assert.equal(list.idAt(ids.length), undefined, what);
    for (let i = first; i <= Math.min(last, ids.length - 1); i++) assert.ok(here[i], `${what}: nothing at ${i}`);
    const known = here.filter(Boolean);
    const { list: rows } = await raw.call("Email/get", { accountId: "*", ids: known, properties: LIST });
    assert.deepEqual(known.map((id) => store.row(id).value && plain(store.row(id).value)), rows.map(plain), what);
    known.forEach((id) => assert.equal(list.indexOf(id), ids.indexOf(id)));
    for (const { threadId } of rows.slice(0, 5)) await compareThread(store, threadId, mailboxes);
  }
}

/** Until it is so; otherwise what differed last. */
async function equal(user) {
  let last;
  await eventually(() => compare(user).then(() => true, (e) => ((last = e), false))).catch(() => {
    throw last;
  });
}

async function compareThread(store, threadId, mailboxes) {
  const shown = store.thread(threadId);
  await eventually(() => shown.value !== undefined);
  const { list: [thread] } = await raw.call("Thread/get", { accountId: "*", ids: [threadId] });
  const { list: rows } = await raw.call("Email/get", { accountId: "*", ids: thread.emailIds, properties: ["mailboxIds"] });
  const isApart = (row) => keys(row.mailboxIds).every((id) => ["trash", "junk"].includes(mailboxes.find((m) => m.id === id).role));
  const visible = rows.filter((row) => !isApart(row));
  assert.deepEqual(shown.value, (visible.length ? visible : rows).map((row) => row.id));
}

for (const seed of seeds) {
  test(`seed ${seed}`, async (t) => {
    const dice = new Dice(seed);
    for (const accountId of accounts) {
      const { list: [inbox] } = await raw.call("Mailbox/get", { accountId, ids: (await raw.call("Mailbox/query", { accountId, filter: { role: "inbox" } })).ids });
      await importMany(raw, accountId, Array.from({ length: 50 }, (_, i) => messageOf(dice, seed * 1000 + i)), inbox.id);
    }
    const users = [];
    for (const name of ["first", "second"]) users.push(new User(name, makeStore(await JmapClient.connect({ url: bridge.url, token: await core.token(`${name} ${seed}`) })), dice));
    await eventually(() => users.every((user) => user.store.mailboxes.value.size > 0));
    try {
      for (let step = 0; step < STEPS; step++) {
        const who = dice.below(5);
        if (who === 0) await rawStep(dice);
        else users[who % 2].step();
        for (let i = dice.below(4); i > 0; i--) await new Promise((done) => (dice.below(3) ? setImmediate(done) : setTimeout(done, dice.below(8))));
      }
      for (const user of users) await user.quiet();
      for (const user of users) await equal(user);
      for (const user of users) {
        for (const list of user.lists.splice(0)) list.close();
        user.lists = user.views().map((view) => user.store.list(view));
        for (const list of user.lists) user.scroll(list);
      }
      for (const user of users) await equal(user);
    } catch (e) {
      t.diagnostic(`FACTEUR_SEED=${seed}`);
      throw e;
    } finally {
      for (const user of users) user.store.close();
    }
  });
}
