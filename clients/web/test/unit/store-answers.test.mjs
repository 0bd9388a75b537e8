// The store and answers that do not come by themselves: refusals, interruptions, what comes late, what cannot be calculated.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { load } from "../load.mjs";
import { fake } from "../store-fake.mjs";
import { eventually, shown } from "../store-support.mjs";

const facteur = await load("test/store-bundle.ts");
const { ConnectionLost, FacteurError, undo } = facteur;
const INBOX = { in: { role: "inbox" }, query: "", collapse: false };
let store, core;

afterEach(() => store.close());

async function begin(options = {}, view = INBOX, first = 0, last = 19) {
  ({ store, core } = fake(facteur.makeStore, facteur, { emails: 1000, ...options }));
  const list = store.list(view);
  list.show(first, last);
  await eventually(() => list.idAt(first) !== undefined && list.idAt(Math.min(last, list.total.value - 1)) !== undefined);
  await quiet();
  return list;
}

/** Until nothing is asked any more. */
async function quiet() {
  for (let before = -1; before !== core.requests; ) {
    before = core.requests;
    await new Promise((done) => setTimeout(done, 60));
  }
}

const last = (method) => core.heard.filter(([name]) => name === method).at(-1)?.[1];
const ids = (from, to) => Array.from({ length: to - from }, (_, i) => `e${from + i}`);

// ---- windows ----

test("windows of 30 are fetched as one comes near to their edge, each once", async () => {
  const list = await begin();
  assert.deepEqual(shown(list), ids(0, 60));
  assert.equal(core.count("Email/query"), 1);
  list.show(30, 45);
  await quiet();
  assert.equal(core.count("Email/query"), 1);
  for (let first = 31; first <= 34; first++) list.show(first, first + 15);
  await quiet();
  assert.equal(core.count("Email/query"), 1);
  list.show(35, 50);
  await quiet();
  assert.deepEqual([last("Email/query").position, last("Email/query").limit], [60, 30]);
  list.show(0, 20);
  await quiet();
  assert.equal(core.count("Email/query"), 2);
});

test("who scrolls fast has more fetched ahead, where it goes to; who jumps has not", async () => {
  const list = await begin({}, INBOX, 300, 319);
  const asked = async (first) => {
    const before = core.count("Email/query");
    list.show(first, first + 19);
    await quiet();
    return core.count("Email/query") === before ? undefined : [last("Email/query").position, last("Email/query").limit];
  };
  assert.deepEqual([269, 270, 329, 330].map((place) => list.idAt(place)), [undefined, "e270", "e329", undefined]);
  assert.deepEqual(await asked(305), [330, 60]); // by 5 rows: up to 374
  assert.deepEqual(await asked(300), [240, 30]);
  assert.deepEqual(await asked(600), [570, 60]);
  assert.deepEqual(await asked(603), [630, 30]);
});

test("however far one goes, what is on the screen has its rows, also when others are forgotten", async () => {
  const list = await begin({ emails: 12_000 });
  for (let first = 0; first < 10_000; first += 50) {
    list.show(first, first + 19);
    await eventually(() => list.idAt(first) !== undefined && list.idAt(first + 19) !== undefined);
    for (let i = first; i < first + 20; i++) assert.ok(store.row(list.idAt(i)).value, `row ${i}`);
  }
});

test("of many jumps what stays on the screen is fetched, and nothing in between", async () => {
  const list = await begin();
  for (let first = 20; first <= 900; first += 20) list.show(first, first + 19);
  await eventually(() => list.idAt(919) !== undefined);
  await quiet();
  assert.equal(core.count("Email/query"), 2); // one request has both windows, as they lie beside each other
  assert.equal(list.idAt(500), undefined);
});

test("what is far away is forgotten", async () => {
  const list = await begin({ emails: 10_000 });
  for (let first = 0; first <= 9900; first += 100) {
    list.show(first, first + 99);
    await eventually(() => list.idAt(first + 99) !== undefined);
  }
  assert.equal(list.idAt(0), undefined);
  assert.equal(list.total.value, 10_000);
  assert.ok(list.shown.length <= 800);
});

test("what the next key is about is not forgotten: not far away, not by what the core cannot calculate, not while nobody looks", async () => {
  const list = await begin({ emails: 10_000 });
  list.keep(["e5", "e700"]);
  for (let first = 0; first <= 4900; first += 100) {
    list.show(first, first + 99);
    await eventually(() => list.idAt(first + 99) !== undefined);
  }
  const isHere = () => assert.deepEqual([list.indexOf("e5"), list.idAt(6), list.indexOf("e700"), list.idAt(699), list.idAt(300)], [5, "e6", 700, "e699", undefined]);
  isHere();
  core.once("Email/queryChanges", () => ({ error: { type: "tooManyChanges" } }));
  core.moved();
  await quiet();
  assert.equal(core.count("Email/queryChanges"), 1);
  isHere();
  list.show(0, 19);
  core.emails.splice(300, 1); // in a gap: where those behind it are has to be asked for
  core.once("Email/queryChanges", ({ sinceQueryState }) => ({ oldQueryState: sinceQueryState, newQueryState: `s${core.state}`, removed: ["e300"], added: [], total: 9999 }));
  core.moved();
  await quiet();
  assert.equal(list.indexOf("e700"), 699);
  list.close();
  assert.equal(list.indexOf("e700"), 699);
});

test("what is kept just below the screen is not forgotten when the first row goes and nothing can be calculated", async () => {
  const list = await begin({}, INBOX, 55, 74);
  list.show(55, 94);
  await quiet();
  list.show(55, 74);
  list.keep(["e95"]);
  assert.equal(list.indexOf("e95"), 95);
  core.emails.splice(55, 1);
  core.once("Email/queryChanges", () => ({ error: { type: "tooManyChanges" } }));
  core.moved();
  await quiet();
  assert.equal(list.indexOf("e95"), 94);
});

test("what changed has not left, also when it is forgotten", async () => {
  const list = await begin({ emails: 3000 });
  core.once("Email/queryChanges", ({ sinceQueryState }) => ({ oldQueryState: sinceQueryState, newQueryState: `s${core.state}`, removed: ["e3", "e4"], added: [{ id: "e3", index: 3 }], total: 2999 }));
  core.emails.splice(4, 1);
  core.moved();
  await quiet();
  assert.deepEqual([list.isGone("e3"), list.isGone("e4")], [false, true]);
  for (let first = 0; first <= 1500; first += 100) {
    list.show(first, first + 99);
    await eventually(() => list.idAt(first + 99) !== undefined);
  }
  assert.deepEqual([list.indexOf("e3"), list.isGone("e3"), list.isGone("e4")], [-1, false, true]);
});

test("of a range of two thousand all rows are here", async () => {
  const list = await begin({ emails: 3000 });
  const all = await list.between("e0", "e1998", 2000);
  assert.equal(all.length, 1999);
  assert.deepEqual(all.filter((id) => !store.row(id).value), []);
});

test("rows that are all hidden are not fetched again and again, however many they are", async () => {
  await begin({ emails: 5000 });
  const list = store.list({ in: { mailboxId: "archive" }, query: "", collapse: true }); // by their rows they are all in the inbox
  await eventually(() => core.heard.filter(([name]) => name === "Email/query").some(([, { position }]) => position >= 4960));
  await quiet();
  assert.ok(core.count("Email/query") < 200, `${core.count("Email/query")} questions`);
  assert.deepEqual(list.shown, []);
});

test("find fetches where a message is, and says so; -1 where it is not", async () => {
  const list = await begin();
  assert.equal(await list.find("e777"), 777);
  assert.equal(list.idAt(777), "e777");
  assert.equal(await list.find("nobody"), -1);
});

// ---- ranges ----

test("all between two rows, and their rows, whatever is here of them; not what is hidden", async () => {
  const list = await begin();
  list.show(500, 519);
  await quiet();
  store.act({ do: "archive" }, { ids: ["e7", "e505"], threads: false });
  const before = core.count("Email/query");
  const expected = ids(3, 511).filter((id) => id !== "e7" && id !== "e505");
  assert.deepEqual(await list.between("e510", "e3", 5000), expected);
  assert.equal(core.count("Email/query") - before, 1);
  for (const id of expected) assert.equal(store.row(id).value?.id, id);
  assert.equal(list.idAt(300), undefined); // no place without its row
});

test("an end that was forgotten is looked for; one that is not in the list, and too many, are told apart", async () => {
  const list = await begin();
  assert.deepEqual(await list.between("e900", "e2", 5000), ids(2, 901));
  assert.equal(await list.between("e2", "e900", 500), undefined);
  assert.deepEqual(await list.between("e2", "nobody", 5000), []);
});

test("what changed while a range was asked for is taken into account", async () => {
  const list = await begin();
  list.show(500, 519);
  await quiet();
  core.once("Email/query", (args, usual) => {
    core.emails.splice(100, 1);
    core.state++;
    core.once("Email/queryChanges", ({ sinceQueryState }) => ({ oldQueryState: sinceQueryState, newQueryState: `s${core.state}`, removed: ["e100"], added: [], total: 999 }));
    return usual(args);
  });
  assert.deepEqual(await list.between("e0", "e510", 5000), ids(0, 511).filter((id) => id !== "e100"));
});

// ---- changes ----

test("what changed and was not in the list moves nothing, also behind a gap", async () => {
  const list = await begin();
  list.show(500, 519);
  await eventually(() => list.idAt(519));
  await quiet();
  const queries = core.count("Email/query");
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["x1", "x2"], added: [], total: 1000 }));
  core.moved();
  await quiet();
  assert.equal(core.count("Email/query"), queries);
  assert.equal(list.indexOf("e510"), 510);
});

test("one that went from a gap: what is on the screen stays until it is known where it is now", async () => {
  const list = await begin();
  list.show(500, 519);
  await eventually(() => list.idAt(519));
  await quiet();
  core.emails.splice(200, 1);
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["e200"], added: [], total: 999 }));
  const seen = [];
  const stop = list.version.subscribe(() => seen.push(list.indexOf("e510")));
  core.moved();
  await eventually(() => list.indexOf("e510") === 509);
  stop();
  assert.ok(!seen.includes(-1), String(seen));
  assert.equal(list.total.value, 999);
});

test("too many changes: the row at the top of the screen is found again", async () => {
  const list = await begin();
  list.show(300, 319);
  await eventually(() => list.idAt(319));
  await quiet();
  core.emails.unshift(...Array.from({ length: 400 }, (_, i) => ({ ...core.emails[0], id: `n${i}` })));
  core.once("Email/queryChanges", () => ({ error: { type: "tooManyChanges" } }));
  const seen = [];
  const stop = list.version.subscribe(() => seen.push(list.indexOf("e300")));
  core.moved();
  await eventually(() => list.total.value === 1400);
  stop();
  assert.equal(list.indexOf("e300"), 700);
  assert.ok(!seen.includes(-1), String(seen));
});

test("a window that is of another state than the list is not believed", async () => {
  const list = await begin();
  core.emails.unshift({ ...core.emails[0], id: "new" });
  core.state++; // nobody has told of it
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: [], added: [{ id: "new", index: 0 }], total: 1001 }));
  list.show(200, 219);
  await eventually(() => list.idAt(219));
  assert.equal(list.idAt(201), "e200");
  assert.equal(list.idAt(0), "new");
});

test("a row that comes late does not take back what was learned since", async () => {
  const list = await begin();
  const held = core.hold("Email/query");
  list.show(100, 119); // its answer has e100 as it is now
  await held.reached;
  core.emails[100].keywords = { $flagged: true };
  core.once("Email/changes", () => ({ newState: `s${core.state + 0}`, hasMoreChanges: false, created: [], updated: ["e100"], destroyed: [] }));
  const asked = core.count("Email/changes");
  core.moved();
  await eventually(() => core.count("Email/changes") > asked);
  await new Promise((done) => setTimeout(done, 20));
  held.go();
  await eventually(() => store.row("e100").value !== undefined);
  assert.ok("$flagged" in store.row("e100").value.keywords);
});

test("a row is shown anew when it waits another moment to come back", async () => {
  await begin({ emails: 30 });
  assert.ok(last("Email/get").properties.includes("snoozed"));
  for (const until of ["2026-11-03T07:00:00Z", "2026-11-04T07:00:00Z"]) {
    core.emails[3].snoozed = { until, moveToMailboxId: null };
    core.once("Email/changes", ({ sinceState }) => ({ oldState: sinceState, newState: `s${core.state}`, hasMoreChanges: false, created: [], updated: ["e3"], destroyed: [] }));
    core.moved(["Email"]);
    await eventually(() => store.row("e3").value.snoozed?.until === until);
  }
});

test("no place is shown before its row is here, whatever comes in between", async () => {
  const list = await begin();
  core.emails.unshift({ ...core.emails[0], id: "new" });
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: [], added: [{ id: "new", index: 0 }], total: 1001 }));
  core.once("Email/changes", () => ({ newState: `s${core.state}`, hasMoreChanges: false, created: ["new"], updated: [], destroyed: [] }));
  const held = core.hold("Email/queryChanges");
  let isWithout = false;
  const stop = list.version.subscribe(() => (isWithout ||= list.idAt(0) === "new" && !store.row("new").value));
  core.moved();
  await held.reached;
  await eventually(() => core.count("Email/changes") > 0);
  await new Promise((done) => setTimeout(done, 20)); // it is known now that it changed
  held.go();
  await eventually(() => list.idAt(0) === "new");
  stop();
  assert.ok(!isWithout);
});

test("five thousand changes are a few requests, and no long task", async () => {
  const list = await begin({ emails: 5000 });
  const before = core.requests;
  core.answers["Email/changes"] = ({ sinceState }) => {
    const at = sinceState.includes(".") ? Number(sinceState.split(".")[1]) : 0;
    const hasMoreChanges = at + 1000 < 5000;
    return { newState: hasMoreChanges ? `s1.${at + 1000}` : `s${core.state}`, hasMoreChanges, created: [], updated: ids(at, at + 1000), destroyed: [] };
  };
  core.once("Email/queryChanges", () => ({ error: { type: "tooManyChanges" } }));
  let longest = 0;
  for (const e of core.emails) e.keywords = { $flagged: true };
  core.moved();
  const end = Date.now() + 400;
  for (let at = performance.now(); Date.now() < end; ) {
    await new Promise((done) => setImmediate(done));
    const now = performance.now();
    longest = Math.max(longest, now - at);
    at = now;
  }
  await quiet();
  assert.ok(core.requests - before <= 16, `${core.requests - before} requests`);
  assert.ok("$flagged" in store.row(list.idAt(0)).value.keywords);
  assert.ok(longest < 500, `${longest} ms`); // a machine with much to do; 5 ms otherwise
});

// ---- actions ----

test("what is done to two thousand messages is sent in pieces that belong together", async () => {
  await begin({ emails: 2000 });
  const doing = store.act({ do: "archive" }, { all: INBOX });
  await doing.done;
  const sets = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args);
  assert.ok(sets.every((args) => Object.keys(args.update).length <= 500));
  assert.equal(sets.reduce((n, args) => n + Object.keys(args.update).length, 0), 2000);
  assert.equal(new Set(sets.map((args) => args.undoGroup)).size, 1);
  assert.equal(new Set(sets.map((args) => args.idempotencyKey)).size, sets.length);
  assert.deepEqual(doing.progress.value, { done: 2000, total: 2000 });
  assert.ok(core.emails.every((e) => e.mailboxIds.archive && !e.mailboxIds.inbox));
});

test("what is done to all that match can be stopped: what is done by then stays done, the rest is as it was", async () => {
  const list = await begin({ emails: 3000 });
  const held = core.hold("Email/set");
  const doing = store.act({ do: "archive" }, { all: INBOX });
  await held.reached;
  assert.deepEqual(doing.progress.value, { done: 0, total: 0 }, "how many there are is not known yet");
  held.go();
  const second = core.hold("Email/set");
  await second.reached;
  assert.deepEqual([doing.progress.value.done, doing.progress.value.total], [60, 3000]);
  doing.cancel();
  second.go();
  await doing.done;
  await quiet();
  assert.equal(core.emails.filter((e) => e.mailboxIds.archive).length, 560);
  assert.equal(core.emails.filter((e) => e.mailboxIds.inbox).length, 2440);
  assert.equal(list.indexOf("e0"), -1);
  assert.ok(store.row("e700").value === undefined || "inbox" in store.row("e700").value.mailboxIds);
  assert.equal(doing.progress.value.done, 560);
});

test("undo does not wait for what takes long and was begun before", async () => {
  await begin({ emails: 3000 });
  const held = core.hold("Email/set");
  const long = store.act({ do: "archive" }, { all: { ...INBOX, query: "" } });
  await held.reached;
  await store.act({ do: "flagged", on: true }, { ids: ["e2999"], threads: false }).done;
  core.answers["Undo/query"] = () => ({ queryState: "s1", canCalculateChanges: false, position: 0, ids: ["u1"] });
  core.answers["Undo/get"] = () => ({ state: "s1", list: [{ id: "u1", description: "1 message flagged", accountIds: ["a1"] }], notFound: [] });
  core.answers["Undo/apply"] = () => ({ id: "u1", description: "taken back: 1 message flagged", undoId: null, undone: [], restored: null, notUndone: null, notUndoneCount: 0 });
  assert.match((await undo(store)).description, /flagged/);
  held.go();
  await long.done;
});

test("one's own action needs no Email/changes", async () => {
  const list = await begin();
  core.heard.length = 0; // the beginning
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["e0"], added: [], total: 999 }));
  await store.act({ do: "archive" }, { ids: ["e0"], threads: false, view: INBOX }).done;
  core.tell({ changed: { a1: { Email: "s2", Mailbox: "s2", Thread: "s2" } } });
  await eventually(() => core.count("Email/queryChanges") > 0); // when the hand rests
  await quiet();
  assert.equal(core.count("Email/changes"), 0);
  assert.equal(core.count("Email/get"), 1, "what queryChanges added");
  assert.equal(list.idAt(0), "e1");
  assert.equal(list.total.value, 999);
});

test("the stream tells of one's own action before it is answered: nothing is asked twice", async () => {
  await begin();
  core.heard.length = 0;
  const held = core.hold("Email/set");
  const doing = store.act({ do: "archive" }, { ids: ["e0"], threads: false, view: INBOX });
  await held.reached;
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["e0"], added: [], total: 999 }));
  core.tell({ changed: { a1: { Email: "s2", Mailbox: "s2", Undo: "s2" } } });
  held.go();
  await doing.done;
  await eventually(() => core.count("Mailbox/changes") > 0);
  await quiet();
  assert.deepEqual(["Email/changes", "Email/queryChanges", "Mailbox/changes"].map((name) => core.count(name)), [0, 1, 1]);
});

test("counters are the core's once it answers that somebody had done the same, whenever the stream tells of that", async () => {
  await begin({ emails: 100 });
  const unread = () => store.mailboxes.value.get("inbox").unreadEmails;
  const tell = () => core.tell({ changed: { a1: { Email: `s${core.state}`, Mailbox: `s${core.state}` } } });
  const rest = () => new Promise((done) => setTimeout(done, 250));
  for (const order of ["fetched, answered, told", "answered, told, fetched", "told, answered, fetched"]) {
    const before = unread();
    const email = core.emails.find((e) => !("$seen" in e.keywords));
    email.keywords.$seen = true;
    core.state++;
    core.mailboxes[0].unreadEmails--;
    const set = core.hold("Email/set");
    core.once("Email/set", () => ({ oldState: `s${core.state}`, newState: `s${core.state}`, updated: { [email.id]: null }, destroyed: [] }));
    const { done } = store.act({ do: "seen", on: true }, { ids: [email.id], threads: false });
    await set.reached;
    const fetched = core.hold("Mailbox/changes", () => true);
    tell();
    await fetched.reached;
    if (order.startsWith("fetched")) fetched.go();
    await rest();
    if (order.startsWith("told")) tell();
    await rest();
    set.go();
    await done;
    if (order.endsWith("told") || order.startsWith("answered")) tell();
    await new Promise((done) => setTimeout(done, 10));
    fetched.go();
    await rest();
    await quiet();
    assert.equal(unread(), before - 1, order);
  }
});

test("what is refused is shown as it was, and said in words", async () => {
  const list = await begin();
  core.once("Email/set", () => ({ oldState: "s1", newState: "s2", notUpdated: { e1: { type: "forbidden", description: "this mailbox is somebody else's" } }, updated: { e0: null } }));
  core.emails[0].mailboxIds = { archive: true };
  const unread = store.mailboxByRole("a1", "inbox").totalEmails;
  const doing = store.act({ do: "archive" }, { ids: ["e0", "e1"], threads: false, view: INBOX });
  assert.deepEqual([list.idAt(0), list.total.value], ["e2", 998]);
  assert.equal(store.mailboxByRole("a1", "inbox").totalEmails, unread - 2);
  await assert.rejects(doing.done, (e) => e instanceof FacteurError && e.type === "forbidden" && /somebody else's/.test(e.message));
  assert.ok(list.indexOf("e1") >= 0);
  await eventually(() => store.mailboxByRole("a1", "inbox").totalEmails === unread); // as the core has it
  assert.equal(doing.changed, 1);
  core.once("Email/set", () => ({ oldState: "s1", newState: "s1", notUpdated: { e1: { type: "forbidden" } } }));
  const refused = store.act({ do: "archive" }, { ids: ["e1"], threads: false, view: INBOX });
  await assert.rejects(refused.done);
  assert.equal(refused.changed, 0); // nothing that undo could take back
});

test("interrupted, an action is sent again with its key, and the page says so meanwhile", async () => {
  const list = await begin();
  core.once("Email/set", (args, usual) => {
    usual(args); // it was done, but who knows
    return new ConnectionLost("fetch failed");
  });
  const states = [];
  const stop = store.connection.subscribe((c) => states.push(c.state));
  const { done } = store.act({ do: "flagged", on: true }, { ids: ["e5"], threads: false });
  await done;
  stop();
  const keys = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args.idempotencyKey);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.deepEqual(states, ["live", "lost", "live"]);
  assert.ok("$flagged" in store.row("e5").value.keywords);
  assert.equal(list.problem.value, undefined);
});

test("facteurd ended in the middle of it: it is done again, under another key", async () => {
  await begin();
  core.once("Email/set", () => ({ error: { type: "outcomeUnknown" } }));
  await store.act({ do: "seen", on: true }, { ids: ["e1"], threads: false }).done;
  const keys = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args.idempotencyKey);
  assert.equal(new Set(keys).size, 2);
  assert.ok("$seen" in core.emails[1].keywords);
});

/** As facteurd has it: what has a key is done once, and answered as it was. Answers what was done, by its key. */
function onceEach() {
  const known = new Map();
  core.answers["Email/set"] = (args, usual) => {
    const before = known.get(args.idempotencyKey);
    if (before) return before.asked === JSON.stringify(args) ? before.answer : { error: { type: "idempotencyKeyReused" } };
    const answer = usual(args);
    known.set(args.idempotencyKey, { asked: JSON.stringify(args), answer });
    return answer;
  };
  return known;
}

/** Answers what covers the window for a moment. */
function withDocument(t) {
  const listeners = [];
  globalThis.document = { hidden: false, addEventListener: (name, listener) => name === "visibilitychange" && listeners.push(listener), removeEventListener() {} };
  t.after(() => delete globalThis.document);
  return () => {
    document.hidden = true;
    for (const listener of listeners) listener();
    document.hidden = false;
  };
}

test("when the page goes, what waits for its turn is sent with what is on its way, in one request; if it stays, nothing is done twice", async (t) => {
  const hide = withDocument(t);
  await begin();
  const done = onceEach();
  const held = core.hold("Email/set", () => true); // it does not arrive
  const on = (...ids) => ({ ids, threads: false, view: INBOX });
  const doings = [store.act({ do: "archive" }, on("e0"))];
  await held.reached;
  doings.push(store.act({ do: "flagged", on: true }, on("e1", "e2")), store.act({ do: "flagged", on: false }, on("e2")), store.act({ do: "seen", on: true, undoable: false }, on("e3")));
  hide();
  await eventually(() => done.size === 4);
  assert.deepEqual(core.outliving.map((calls) => calls.filter(({ method }) => method === "Email/set").length), [4]);
  const stands = () => {
    assert.deepEqual(core.emails[0].mailboxIds, { archive: true });
    assert.deepEqual(core.emails.slice(1, 4).map((e) => Object.keys(e.keywords).sort().join()), ["$flagged", "$seen", "$seen"]);
  };
  stands();
  const sent = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args);
  assert.deepEqual(sent.map((args) => args.undoable), [undefined, undefined, undefined, false]);
  held.go();
  await Promise.all(doings.map((one) => one.done));
  assert.equal(done.size, 4, "the same calls, by their keys");
  assert.equal(core.count("Email/set"), 8);
  assert.deepEqual(doings.map((one) => one.changed), [1, 2, 1, 1]);
  stands();
  assert.deepEqual(["$flagged" in store.row("e1").value.keywords, "$flagged" in store.row("e2").value.keywords], [true, false]);
  core.heard.length = 0;
  hide();
  await quiet();
  assert.equal(core.count("Email/set"), 0, "nothing waits");
});

test("the page stays after all: what it did last is known by its name, whatever was done elsewhere before that was answered", async (t) => {
  const hide = withDocument(t);
  await begin();
  const undos = [];
  const done = onceEach();
  const once = core.answers["Email/set"];
  core.answers["Email/set"] = (args, usual) => {
    if (!done.has(args.idempotencyKey) && args.undoable !== false) undos.unshift(`of ${Object.keys(args.update)}`);
    return once(args, usual);
  };
  core.answers["Undo/query"] = () => ({ ids: undos.slice(0, 1) });
  core.answers["Undo/get"] = ({ ids }) => ({ list: ids.map((id) => ({ id, description: id, accountIds: ["a1"] })), notFound: [] });
  const held = core.hold("Email/set", () => true);
  const on = (id) => ({ ids: [id], threads: false, view: INBOX });
  const doings = [store.act({ do: "archive" }, on("e0"))];
  await held.reached;
  doings.push(store.act({ do: "archive" }, on("e1")), store.act({ do: "seen", on: true, undoable: false }, on("e3")));
  hide();
  await eventually(() => done.size === 3);
  await quiet();
  undos.unshift("of another window");
  held.go();
  await Promise.all(doings.map((one) => one.done));
  assert.deepEqual(doings.map((one) => one.undoId), [undefined, "of e1", undefined]);
});

test("the page stays after all: what somebody did since then is not covered by the answer that comes late", async (t) => {
  const hide = withDocument(t);
  await begin();
  const done = onceEach();
  const held = core.hold("Email/set", () => true);
  const doing = store.act({ do: "archive" }, { ids: ["e0"], threads: false, view: INBOX });
  await held.reached;
  hide();
  await eventually(() => done.size === 1);
  core.emails[0].mailboxIds = { inbox: true };
  core.once("Email/changes", ({ sinceState }) => ({ oldState: sinceState, newState: `s${core.state}`, hasMoreChanges: false, created: [], updated: ["e0"], destroyed: [] }));
  const before = core.count("Email/changes");
  core.moved();
  await eventually(() => core.count("Email/changes") > before);
  await quiet();
  held.go();
  await doing.done;
  await eventually(() => store.row("e0").value.mailboxIds.inbox);
});

test("what somebody did since is not covered by an answer that comes after it, either", async () => {
  await begin();
  const held = core.hold("Email/set"); // done, and not answered
  const doing = store.act({ do: "archive" }, { ids: ["e0"], threads: false, view: INBOX });
  await held.reached;
  core.emails[0].mailboxIds = { inbox: true };
  core.once("Email/changes", ({ sinceState }) => ({ oldState: sinceState, newState: `s${core.state}`, hasMoreChanges: false, created: [], updated: ["e0"], destroyed: [] }));
  const before = core.count("Email/changes");
  core.moved();
  await eventually(() => core.count("Email/changes") > before);
  await quiet();
  held.go();
  await doing.done;
  await eventually(() => store.row("e0").value.mailboxIds.inbox);
});

test("when the page goes, what was refused is not sent again", async (t) => {
  const hide = withDocument(t);
  const list = await begin();
  core.emails[1].accountId = store.row("e1").peek().accountId = "a2";
  core.mailboxes.push({ ...core.mailboxes[1], id: "elsewhere", accountId: "a2" });
  core.once("Email/set", () => ({ error: { type: "forbidden" } }));
  const held = core.hold("Email/set", ({ accountId }) => accountId === "a2");
  const doing = store.act({ do: "flagged", on: true }, { ids: ["e0", "e1"], threads: false, view: INBOX });
  await held.reached;
  hide();
  await quiet();
  assert.deepEqual(core.outliving.flat().flatMap(({ method, params }) => (method === "Email/set" ? params.accountId : [])), ["a2"]);
  held.go();
  await assert.rejects(doing.done, (e) => e.type === "forbidden");
  assert.ok(list);
});

test("when the page goes, no more is sent than outlives it, and nothing before what cannot be sent", async (t) => {
  const hide = withDocument(t);
  const list = await begin({ emails: 1200 });
  for (let i = 0; i < 1200; i += 100) {
    list.show(i, i + 99);
    await eventually(() => list.idAt(i + 99));
  }
  const done = onceEach();
  const held = core.hold("Email/set", () => true);
  const on = (from, to) => ({ ids: ids(from, to), threads: false, view: INBOX });
  const doings = [store.act({ do: "flagged", on: true }, on(0, 1))];
  await held.reached;
  doings.push(...[1, 401, 801].map((i) => store.act({ do: "keyword", keyword: "x".repeat(80), on: true }, on(i, i + 399))));
  hide();
  await eventually(() => done.size > 0);
  const sent = core.heard.filter(([name]) => name === "Email/set").map(([, args]) => args);
  assert.ok(JSON.stringify(sent).length < 60_000);
  assert.equal(sent.length, 2);
  held.go();
  await Promise.all(doings.map((one) => one.done));
  assert.ok(core.emails.slice(1, 1200).filter((_, i) => (i + 1) % 400).every((e) => e.keywords["x".repeat(80)]));

  const trash = core.hold("Mailbox/set", () => true); // there is none
  core.answers["Mailbox/set"] = () => ({ created: { m: { id: "made", role: null, totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 } }, notCreated: null });
  doings.push(store.act({ do: "trash" }, on(0, 1)), store.act({ do: "flagged", on: false }, on(0, 1)));
  await trash.reached;
  core.heard.length = 0;
  hide();
  await quiet();
  assert.equal(core.count("Email/set"), 0);
  trash.go();
  await Promise.all(doings.map((one) => one.done));
  assert.deepEqual([core.emails[0].mailboxIds, "$flagged" in core.emails[0].keywords], [{ made: true }, false]);
});

test("a mailbox that is missing is made, or one of that name given the role", async () => {
  const list = await begin();
  const made = [];
  core.answers["Mailbox/set"] = (args) => {
    made.push(args);
    return { created: { m: { id: "made", role: null, totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 } }, notCreated: null };
  };
  const { done } = store.act({ do: "trash" }, { ids: ["e0"], threads: false, view: INBOX });
  assert.equal(list.indexOf("e0"), -1);
  await done;
  assert.deepEqual(made[0].create, { m: { name: "Trash", role: "trash" } });
  assert.deepEqual(last("Email/set").update, { e0: { "mailboxIds/inbox": null, "mailboxIds/made": true } });
});

test("keywords are names in a pointer", async () => {
  await begin();
  await store.act({ do: "keyword", keyword: "a/b~c", on: true }, { ids: ["e0"], threads: false }).done.catch(() => undefined);
  assert.deepEqual(last("Email/set").update, { e0: { "keywords/a~1b~0c": true } });
});

test("what changes nothing is not sent", async () => {
  await begin();
  await store.act({ do: "seen", on: true }, { ids: ["e0"], threads: false }).done; // it is
  assert.equal(core.count("Email/set"), 0);
});

test("what was taken out of the trash meanwhile is not destroyed there", async () => {
  await begin();
  const view = { in: { mailboxId: "archive" }, query: "", collapse: false };
  const doing = store.act({ do: "destroy" }, { ids: ["e0"], threads: false, view });
  await doing.done;
  assert.deepEqual([core.count("Email/set"), doing.changed], [0, 0]);
  await store.act({ do: "destroy" }, { ids: ["e0"], threads: false, view: INBOX }).done;
  assert.deepEqual(last("Email/set").destroy, ["e0"]);
});

test("marking what is looked at is nothing that a user did", async () => {
  await begin();
  await store.act({ do: "seen", on: true, undoable: false }, { ids: ["e1"], threads: false }).done;
  assert.equal(last("Email/set").undoable, false);
});

// ---- unread, searches, connection ----

test("what was read while one looks at the unread stays until it is opened again", async () => {
  const view = { ...INBOX, only: "unread" };
  const list = await begin({ unread: true }, view);
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["e3"], added: [], total: 999 }));
  await store.act({ do: "seen", on: true }, { ids: ["e3"], threads: false, view }).done;
  await quiet();
  assert.equal(list.idAt(3), "e3");
  assert.equal(list.idAt(4), "e4");
  assert.equal(list.total.value, 1000);
  core.once("Email/queryChanges", () => ({ newQueryState: `s${core.state}`, removed: ["e0"], added: [], total: 998 }));
  core.emails.find((e) => e.id === "e3").mailboxIds = { archive: true };
  await store.act({ do: "archive" }, { ids: ["e0"], threads: false, view }).done;
  await quiet();
  assert.equal(list.idAt(2), "e3");
  list.close();
  core.answers["Email/query"] = ({ position, limit }) => ({ queryState: `s${core.state}`, canCalculateChanges: true, position, ids: ["e1", "e2", "e4", ...ids(5, 999)].slice(position, position + limit), total: 998 });
  const again = store.list(view);
  again.show(0, 19);
  await eventually(() => again.idAt(2) === "e4");
});

test("what was asked for before the unread were closed and opened again does not count as all that is known of them", async () => {
  const view = { ...INBOX, only: "unread" };
  const list = await begin({ unread: true }, view);
  const held = core.hold("Email/query");
  list.show(300, 319);
  await held.reached;
  list.close();
  store.list(view).show(0, 19);
  held.go();
  await quiet();
  assert.equal(list.total.value, 1000);
  assert.deepEqual(shown(list), ids(0, 60));
});

test("a malformed search says where, and is mended by another", async () => {
  await begin();
  core.once("Search/parse", () => ({ error: { type: "invalidArguments", description: "a parenthesis is open", position: 3 } }));
  const wrong = store.list({ in: "all", query: "a (b", collapse: true });
  wrong.show(0, 19);
  await eventually(() => wrong.problem.value);
  assert.equal(wrong.problem.value.data.position, 3);
  core.answers["Search/parse"] = ({ query }) => ({ filter: { text: query } });
  const right = store.list({ in: { role: "inbox" }, query: "b", collapse: true });
  right.show(0, 19);
  await eventually(() => right.total.value);
  assert.deepEqual(last("Email/query").filter, { operator: "AND", conditions: [{ inMailbox: "inbox" }, { text: "b" }] });
});

test("where accounts stand apart, nothing is looked for in all of them", async () => {
  await begin();
  core.answers["Search/parse"] = ({ query }) => ({ filter: { text: query } });
  store.unify(["a1"]);
  core.heard.length = 0;
  const list = store.list({ in: "all", query: "apples", collapse: false });
  list.show(0, 19);
  await eventually(() => list.total.value !== undefined);
  const filters = core.heard.filter(([name]) => name === "Email/query").map(([, args]) => args.filter);
  assert.ok(filters.length > 0);
  for (const filter of filters) assert.deepEqual(filter, { operator: "AND", conditions: [{ accountId: "a1" }, { text: "apples" }] });
});

test("of what is typed faster than it is answered only the last is asked for", async () => {
  await begin();
  core.answers["Search/parse"] = ({ query }) => ({ filter: { text: query } });
  const held = [1, 2, 3].map(() => core.hold("Search/parse"));
  let list;
  for (const query of ["a", "ap", "app", "appl", "apple", "apples"]) {
    list?.close();
    list = store.list({ in: "all", query, collapse: false });
    list.show(0, 19);
    await new Promise((done) => setTimeout(done, 2));
  }
  await held[2].reached;
  for (const { go } of held) go();
  await eventually(() => list.total.value !== undefined);
  assert.deepEqual(core.heard.filter(([name]) => name === "Search/parse").map(([, args]) => args.query), ["a", "ap", "app", "apples"]);
  assert.deepEqual(last("Email/query").filter, { text: "apples" });
});

/** Three actions, of which this token did the older two. */
async function beginUndo() {
  await begin();
  const undos = [{ id: "z3", client: "phone", description: "by the phone" }, { id: "z2", client: "test", description: "second" }, { id: "z1", client: "test", description: "first" }];
  const left = () => undos.filter((u) => !u.isUndone);
  core.answers["Undo/query"] = ({ filter }) => ({ ids: left().filter((u) => !filter.isOwn || u.client === "test").map((u) => u.id) });
  core.answers["Undo/get"] = ({ ids }) => ({ list: undos.filter((u) => ids.includes(u.id)).map((u) => ({ ...u, accountIds: ["a1"] })), notFound: [] });
  core.answers["Undo/apply"] = ({ id }) => {
    const u = undos.find((each) => each.id === id);
    if (u.isUndone) return { error: { type: "alreadyUndone" } };
    u.isUndone = true;
    return { description: `taken back: ${u.description}`, undone: [], notUndoneCount: 0 };
  };
  return { undos, taken: () => undos.filter((u) => u.isUndone).map((u) => u.id) };
}

test("undo: what was done last with this token, never what others did; where somebody was faster, what is left", async () => {
  const { undos, taken } = await beginUndo();
  const apply = core.answers["Undo/apply"];
  core.answers["Undo/apply"] = (args) => {
    undos[1].isUndone = true; // by the same token, elsewhere, since it was asked for
    return apply(args);
  };
  assert.deepEqual(await undo(store), { id: "z1", description: "taken back: first" });
  assert.deepEqual(taken(), ["z2", "z1"]);
  await assert.rejects(undo(store), (e) => e.type === "notFound");
});

test("facteurd ended while it took something back: that is taken back to its end, and nothing else", async () => {
  for (const isDone of [true, false]) {
    const { taken } = await beginUndo();
    core.heard.length = 0;
    core.once("Undo/apply", (args) => {
      if (isDone) core.answers["Undo/apply"](args);
      return { error: { type: "outcomeUnknown" } };
    });
    assert.equal((await undo(store)).id, "z2");
    assert.deepEqual(taken(), ["z2"]);
    const keys = core.heard.filter(([name]) => name === "Undo/apply").map(([, args]) => args.idempotencyKey);
    assert.deepEqual([keys.length, new Set(keys).size], [2, 2]);
  }
});

test("what is refused to be taken back is not made up for by something else that was done meanwhile", async () => {
  const { undos, taken } = await beginUndo();
  core.once("Undo/apply", () => {
    undos.unshift({ id: "z4", client: "test", description: "in another window" });
    return { error: { type: "forbidden" } };
  });
  await assert.rejects(undo(store), (e) => e.type === "forbidden");
  assert.deepEqual(taken(), []);
});

test("undo of something that is named: that, whatever was done since, and nothing in its place", async () => {
  const { taken } = await beginUndo();
  assert.deepEqual(await undo(store, "z1"), { id: "z1", description: "taken back: first" });
  await assert.rejects(undo(store, "z1"), (e) => e.type === "alreadyUndone");
  await assert.rejects(undo(store, "z7"), (e) => e.type === "notFound");
  assert.deepEqual(taken(), ["z1"]);
});

test("what is not kept here is told of", async () => {
  await begin();
  const count = store.newsOf("EmailSubmission");
  const before = count.value;
  core.tell({ changed: { a1: { EmailSubmission: "s77" } } });
  await eventually(() => count.value === before + 1);
  core.tell({ changed: { a1: { EmailSubmission: "s77", Quota: "s78" } } });
  await quiet();
  assert.equal(count.value, before + 1);
});

test("how accounts are doing is asked for when it is told to be another, and at no other time", async () => {
  await begin();
  await quiet();
  const before = core.count("Account/get");
  let phase = "syncing";
  const accounts = (...ids) => () => ({ state: "s1", list: ids.map((id, n) => ({ id, name: id, sortOrder: n, isLocal: n === 0, syncState: { phase } })), notFound: [] });
  core.answers["Account/get"] = accounts("a1");
  core.tell({ changed: { a1: { AccountState: "s70" } } });
  await eventually(() => store.accounts.value[0].syncState.phase === "syncing");
  assert.equal(core.count("Account/get"), before + 1);
  core.tell({ changed: { a1: { AccountState: "s70", Quota: "s5" } } }); // as it is here already
  core.moved();
  await quiet();
  assert.equal(core.count("Account/get"), before + 1);
  phase = "watching";
  core.answers["Account/get"] = accounts("a1", "a2");
  core.tell({ changed: { a1: { Account: "s71", AccountState: "s72" } } }); // one more, at once with the other's
  await eventually(() => store.accounts.value.length === 2);
  assert.equal(store.accounts.value[0].syncState.phase, "watching");
});

test("a list is there after two requests", async () => {
  ({ store, core } = fake(facteur.makeStore, facteur, { emails: 100 }));
  const list = store.list(INBOX);
  list.show(0, 19);
  await eventually(() => list.idAt(0));
  const methods = core.heard.map(([name]) => name);
  assert.deepEqual(methods.slice(0, 3), ["Account/get", "Mailbox/get", "Identity/get"]);
  assert.ok(core.requests <= 3, "and the states, at the same time");
});

test("what changes after the first list was asked for, and before the states are known, is in the list and in its rows", async () => {
  for (const view of [INBOX, { ...INBOX, in: "all" }]) {
    ({ store, core } = fake(facteur.makeStore, facteur, { emails: 100 }));
    const states = core.hold("Email/get", ({ accountId, ids }) => accountId === "a1" && ids?.length === 0);
    const list = store.list(view);
    list.show(0, 19);
    await states.reached;
    await eventually(() => list.idAt(19));
    core.state++; // nobody is told: the stream begins later, and then says what is here
    for (const e of [core.emails[1], core.emails[3]]) e.keywords.$flagged = true;
    const [gone] = core.emails.splice(4, 1);
    const changes = { created: ["e3"], updated: ["e1"], destroyed: [gone.id] }; // e3 came before the list was asked for, and changed after that
    core.answers["Email/changes"] = ({ sinceState }, usual) => ({ ...usual({ sinceState }), ...(sinceState === "s1" ? changes : {}) });
    core.once("Email/queryChanges", ({ sinceQueryState }, usual) => ({ ...usual({ sinceQueryState }), removed: [gone.id] }));
    states.go();
    await eventually(() => list.indexOf(gone.id) === -1 && list.total.value === 99 && ["e1", "e3"].every((id) => "$flagged" in store.row(id).value.keywords));
    store.close();
  }
});

test("what happens between a list's question and that for all changes is in the list, though the stream tells what is known by then", async () => {
  const list = await begin();
  const changes = core.hold("Email/changes", () => true);
  core.moved();
  await changes.reached; // the list has asked, or does so now
  await eventually(() => core.count("Email/queryChanges") === 1);
  await new Promise((done) => setTimeout(done, 20));
  core.emails.unshift({ ...core.emails[0], id: "new", threadId: "tnew" });
  core.state++; // and then something happens
  core.answers["Email/changes"] = ({ sinceState }, usual) => ({ ...usual({ sinceState }), created: ["new"] });
  core.once("Email/queryChanges", ({ sinceQueryState }, usual) => ({ ...usual({ sinceQueryState }), added: [{ id: "new", index: 0 }] }));
  changes.go();
  await quiet();
  core.tell({ changed: { a1: { Email: `s${core.state}` } } });
  await eventually(() => list.total.value === 1001 && list.idAt(0) === "new");
});

test("what came is here as it is, though it changed after a list and its conversation had brought it, and all of that is told as new", async () => {
  const list = await begin({ emails: 100 });
  const changes = core.hold("Email/changes", () => true);
  const came = { ...core.emails[0], id: "new", threadId: "tnew", keywords: {} };
  core.emails.unshift(came);
  core.once("Email/queryChanges", ({ sinceQueryState }, usual) => ({ ...usual({ sinceQueryState }), added: [{ id: "new", index: 0 }] }));
  core.moved();
  await changes.reached;
  await eventually(() => list.idAt(0) === "new");
  const thread = store.thread("tnew");
  await eventually(() => thread.value);
  came.keywords = { $seen: true };
  core.emails.push({ ...came, id: "answer", mailboxIds: { archive: true } });
  core.state++; // the stream tells of it when it is known already
  core.once("Email/changes", ({ sinceState }, usual) => ({ ...usual({ sinceState }), created: ["new", "answer"] }));
  core.once("Thread/changes", ({ sinceState }, usual) => ({ ...usual({ sinceState }), created: ["tnew"] }));
  changes.go();
  await quiet();
  core.tell({ changed: { a1: { Email: `s${core.state}`, Thread: `s${core.state}` } } });
  await quiet();
  assert.deepEqual(store.row("new").value.keywords, { $seen: true });
  assert.deepEqual(thread.value, ["new", "answer"]);
  assert.deepEqual(store.row("answer").value?.mailboxIds, { archive: true });
});

test("what is refused from the beginning on is said, and is there when it is not any more", async () => {
  const forbidden = () => ({ error: { type: "forbidden", description: "not for you" } });
  ({ store, core } = fake(facteur.makeStore, facteur, { emails: 100 }));
  for (const method of ["Account/get", "Email/query"]) core.answers[method] = forbidden;
  const list = store.list({ in: "all", query: "", collapse: false });
  list.show(0, 19);
  await eventually(() => list.problem.value);
  assert.match(list.problem.value.message, /not for you/);
  core.answers = {};
  core.state = 5;
  core.tell({ changed: { a1: { Email: "s5" } } });
  await eventually(() => list.idAt(0) && store.mailboxes.value.size === 2 && !list.problem.value);
});

test("a stream that is interrupted is said, and a list without anything says why", async () => {
  await begin();
  core.streamIs(new ConnectionLost("the stream ended"));
  assert.equal(store.connection.value.state, "lost");
  assert.match(store.connection.value.why, /ended/);
  core.streamIs(undefined);
  assert.equal(store.connection.value.state, "live");
  core.failing = new ConnectionLost("503 facteurd does not answer now");
  const list = store.list({ in: { mailboxId: "archive" }, query: "", collapse: true });
  list.show(0, 19);
  await eventually(() => list.problem.value);
  assert.match(list.problem.value.message, /does not answer/);
  core.failing = undefined;
  await eventually(() => list.total.value !== undefined);
  assert.equal(list.problem.value, undefined);
  assert.equal(store.connection.value.state, "live");
});

test("a message is fetched once, and a failure is tried again when asked again", async () => {
  await begin();
  core.once("Email/get", () => ({ error: { type: "serverUnavailable", description: "the server cannot be asked now" } }));
  await assert.rejects(store.message("e7"), (e) => e instanceof FacteurError && e.type === "serverUnavailable");
  core.once("Email/get", () => ({ list: [{ ...core.emails[7], bodyValues: { 1: { value: "text" } } }], notFound: [] }));
  const gets = core.count("Email/get");
  const [a, b] = await Promise.all([store.message("e7"), store.message("e7")]);
  assert.equal(a.bodyValues[1].value, "text");
  assert.equal(b.id, "e7");
  assert.equal(core.count("Email/get"), gets + 1);
  await assert.rejects(store.message("nobody"), (e) => e.type === "notFound");
});

// ---- labels ----

test("a label is taken off what has another place, at once and at the core; what is in no other mailbox stays where it is", async () => {
  await begin();
  core.emails[0].mailboxIds.archive = true;
  core.moved();
  core.once("Email/changes", ({ sinceState }) => ({ oldState: sinceState, newState: `s${core.state}`, hasMoreChanges: false, created: [], updated: ["e0"], destroyed: [] }));
  await eventually(() => store.row("e0").value.mailboxIds.archive);
  await quiet();
  const doing = store.act({ do: "unlabel", mailboxId: "inbox" }, { ids: ["e0", "e1"], threads: false });
  assert.deepEqual(Object.keys(store.row("e0").value.mailboxIds), ["archive"]);
  assert.deepEqual(Object.keys(store.row("e1").value.mailboxIds), ["inbox"]);
  await doing.done;
  assert.deepEqual(last("Email/set").update, { e0: { "mailboxIds/inbox": null } });
  assert.deepEqual(Object.keys(store.row("e0").value.mailboxIds), ["archive"]);
  const nothing = store.act({ do: "unlabel", mailboxId: "inbox" }, { ids: ["e1"], threads: false });
  await nothing.done;
  assert.deepEqual([doing.changed, nothing.changed], [1, 0]);
});

test("the colour of a mailbox is asked for, and what is told of it shows", async () => {
  await begin();
  const asked = core.heard.filter(([name]) => name === "Mailbox/get").map(([, args]) => args);
  assert.ok(asked.length >= 2 && asked.every(({ accountId, properties }) => (properties ? properties.includes("color") : accountId === "*")), JSON.stringify(asked));
  for (const color of ["teal", null]) {
    core.heard.length = 0;
    core.mailboxes[1] = { ...core.mailboxes[1], color };
    core.moved(["Mailbox"]);
    await eventually(() => store.mailboxes.value.get("archive").color === color);
    assert.ok(core.heard.some(([name, args]) => name === "Mailbox/get" && args.accountId === "*"));
  }
});

test("names and subjects do not turn what stands beside them, in a row and in a message", async () => {
  const list = await begin({ emails: 5 });
  const turned = { name: "\u202eelpmaxe.knab@troppus", email: "x@evil.example\u2066" };
  core.emails[0] = { ...core.emails[0], subject: "a\u202eb", preview: "c\u2067d\u2069", from: [turned], cc: [turned], to: [{ name: "Jane", email: "jane@example.org" }] };
  core.answers["Email/changes"] = ({ sinceState }, usual) => ({ ...usual({ sinceState }), updated: ["e0"] });
  core.moved();
  await eventually(() => store.row("e0").value.subject === "ab");
  const plain = { name: "elpmaxe.knab@troppus", email: "x@evil.example" };
  assert.deepEqual([store.row("e0").value.preview, store.row("e0").value.from], ["cd", [plain]]);
  core.emails[0].bodyValues = {};
  const message = await store.message("e0");
  assert.deepEqual([message.subject, message.from, message.cc, message.to[0].name], ["ab", [plain], [plain], "Jane"]);
  assert.equal(list.idAt(0), "e0");
});
