// What a user is told of what was done, and what z takes back of it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { load } from "../load.mjs";
import { fake } from "../store-fake.mjs";
import { eventually } from "../store-support.mjs";

const listeners = new Map();
Object.assign(globalThis, {
  localStorage: { getItem: () => null, setItem() {}, removeItem() {} },
  addEventListener: (name, listener) => listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
  removeEventListener: (name, listener) => listeners.get(name)?.delete(listener),
  location: new URL("http://localhost/mail/inbox"),
  history: { state: null, replaceState() {}, pushState() {} },
  matchMedia: () => ({ matches: true, addEventListener() {} }),
  document: { documentElement: { dataset: {} }, addEventListener() {}, removeEventListener() {}, querySelector: () => null },
});
const facteur = await load("test/triage-bundle.ts");
const { remember, setLocale, signIn, store, toasts, triage, undo } = facteur;
await setLocale("en");
const INBOX = { in: { role: "inbox" }, query: "", collapse: false };
const text = () => toasts.value.at(-1)?.text;
let core, end;

/** What the core has of it: each Email/set is an action. */
let undos;
function act(args, usual) {
  undos.unshift({ id: `z${undos.length + 1}`, description: `${Object.keys(args.update ?? {}).length} done`, accountIds: ["a1"] });
  return usual(args);
}

beforeEach(async () => {
  const { store: client, core: made } = fake((of) => of, facteur, { emails: 100 });
  core = made;
  undos = [{ id: "z1", description: "3 messages moved to Trash", accountIds: ["a1"] }];
  core.mailboxes.push({ ...core.mailboxes[1], id: "other", name: "Other", role: null, accountId: "a2" });
  core.answers["Mailbox/get"] = ({ accountId, ids }, usual) => ({ ...usual({ ids }), list: usual({ ids }).list.filter((m) => accountId === "*" || m.accountId === accountId) });
  core.answers["Email/set"] = act;
  core.answers["Undo/query"] = () => ({ queryState: "s", canCalculateChanges: false, position: 0, ids: undos.slice(0, 1).map((one) => one.id) });
  core.answers["Undo/get"] = ({ ids }) => ({ state: "s", list: undos.filter((one) => ids.includes(one.id)), notFound: [] });
  core.answers["Undo/apply"] = ({ id }) => {
    const taken = undos.find((one) => one.id === id);
    undos = undos.filter((one) => one !== taken);
    return { id, description: `taken back: ${taken.description}`, undoId: null, undone: [], restored: null, notUndone: null, notUndoneCount: 0 };
  };
  core.answers["Email/copy"] = ({ create }) => ({
    oldState: "s1", newState: "s2", created: Object.fromEntries(Object.keys(create).map((id) => [id, { id: `copy of ${id}` }])), notCreated: null,
    implicit: [["Email/set", { destroyed: Object.keys(create) }]],
  });
  end = facteur.followSignIn();
  signIn.value = { state: "in", client };
  const list = store().list(INBOX);
  list.show(0, 9);
  await eventually(() => list.idAt(9) && store().mailboxes.value.has("other"));
});

afterEach(() => {
  signIn.value = { state: "out", refused: false };
  end();
});

const on = (...ids) => ({ ids, threads: false, view: INBOX });
const applied = () => core.heard.filter(([name]) => name === "Undo/apply").map(([, { id }]) => id);

test("each is said in the words that it was said in when it was done, the newest first", async () => {
  triage({ do: "archive" }, on("e0"));
  triage({ do: "archive" }, on("e1", "e2"));
  await undo();
  assert.equal(text(), "Taken back: 2 archived");
  await undo();
  assert.equal(text(), "Taken back: One archived");
  await undo();
  assert.equal(text(), "Taken back: 3 messages moved to Trash", "done elsewhere: the core's own words");
  assert.deepEqual(applied(), ["z3", "z2", "z1"]);
});

test("what went into another account is not taken back, and nothing else is in its place; who asks again means what was done before it", async () => {
  triage({ do: "archive" }, on("e0"));
  triage({ do: "move", mailboxId: "other" }, on("e1"));
  assert.equal(text(), "One moved to Other");
  assert.equal(toasts.value.at(-1).action, undefined);
  await undo();
  assert.equal(text(), "Cannot be taken back, as messages went into another account: One moved to Other");
  assert.deepEqual(applied(), []);
  await undo();
  assert.equal(text(), "Taken back: One archived");
  assert.equal(core.count("Email/copy"), 1);
});

test("of all that match, it is found out while it is done that some go into another account", async () => {
  core.emails[90].accountId = "a2";
  triage({ do: "move", mailboxId: "archive" }, { all: INBOX });
  assert.equal(toasts.value.at(-1).action.label, "Undo");
  await eventually(() => core.count("Email/copy") === 1);
  await undo();
  assert.match(text(), /^Cannot be taken back/);
  assert.deepEqual(applied(), []);
});

test("something was done since by another way, and nobody told yet: that is taken back, in the core's words or those it was remembered by", async () => {
  triage({ do: "archive" }, on("e0"));
  await eventually(() => undos.length === 2);
  undos.unshift({ id: "z8", description: "one message snoozed", accountIds: ["a1"] });
  remember("Snoozed until tomorrow", "z8");
  await undo();
  assert.equal(text(), "Taken back: Snoozed until tomorrow");
  undos.unshift({ id: "z9", description: "5 messages moved to Archive", accountIds: ["a1"] }); // by another window of this browser
  await undo();
  assert.equal(text(), "Taken back: 5 messages moved to Archive");
  await undo();
  assert.equal(text(), "Taken back: One archived");
});

test("the Undo of what is told takes that back, whatever was done since", async () => {
  triage({ do: "archive" }, on("e0"));
  const { action } = toasts.value.at(-1);
  triage({ do: "flagged", on: true }, on("e1"));
  assert.equal(toasts.value.at(-1).action, action, "one flag is not told");
  await eventually(() => undos.length === 3);
  action.run();
  await eventually(() => text() === "Taken back: One archived");
  assert.deepEqual(applied(), ["z2"]);
  action.run();
  await eventually(() => text() === "There is nothing to be taken back.");
  await undo();
  assert.equal(text(), "Taken back: One flagged");
  assert.deepEqual(applied(), ["z2", "z3"]);
});

test("what changed nothing, as somebody else had done it, is not taken back, and nothing else is", async () => {
  triage({ do: "archive" }, on("e0"));
  await eventually(() => undos.length === 2);
  core.once("Email/set", (args, usual) => usual(args)); // the core has written down nothing
  triage({ do: "archive" }, on("e1"));
  const { action } = toasts.value.at(-1);
  action.run();
  await eventually(() => text() === "There is nothing to be taken back.");
  assert.deepEqual(applied(), []);
});

test("nor is what was done before this page was there", async () => {
  core.once("Email/set", (args, usual) => {
    const answer = usual(args);
    return { ...answer, newState: answer.oldState };
  });
  triage({ do: "archive" }, on("e0"));
  const { action } = toasts.value.at(-1);
  action.run();
  await eventually(() => text() === "There is nothing to be taken back.");
  assert.deepEqual(applied(), []);
});

test("who leaves while something is not done, as the connection is lost, is asked; nobody otherwise", async () => {
  const isAsked = () => {
    let is = false;
    for (const listener of listeners.get("beforeunload") ?? []) listener({ preventDefault: () => (is = true) });
    return is;
  };
  const held = core.hold("Email/set");
  triage({ do: "archive" }, on("e0"));
  await held.reached;
  assert.equal(isAsked(), false, "it is on its way");
  held.go();
  await eventually(() => undos.length === 2);
  core.failing = new facteur.ConnectionLost("offline");
  assert.equal(isAsked(), false);
  triage({ do: "archive" }, on("e1"));
  await eventually(() => store().connection.value.state === "lost");
  assert.equal(isAsked(), true);
  core.failing = undefined;
  await eventually(() => undos.length === 3 && store().connection.value.state === "live" && !listeners.get("beforeunload").size);
  core.failing = new facteur.ConnectionLost("offline");
  triage({ do: "archive" }, on("e2"));
  await eventually(() => isAsked());
  signIn.value = { state: "out", refused: false }; // it is given up: there is nothing to be asked about
  await eventually(() => !isAsked());
});

test("what is refused in the end is not taken back, and nothing else is", async () => {
  core.answers["Email/set"] = ({ update }) => ({ oldState: "s1", newState: "s1", updated: {}, notUpdated: Object.fromEntries(Object.keys(update).map((id) => [id, { type: "forbidden" }])) });
  triage({ do: "archive" }, on("e0"));
  await undo();
  assert.ok(toasts.value.some((one) => one.text === "There is nothing to be taken back."));
  assert.deepEqual(applied(), []);
});
