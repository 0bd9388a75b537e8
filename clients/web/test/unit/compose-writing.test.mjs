/** A message being written, without a screen: what is done with it while something else is under way. For words stand their keys. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "../load.mjs";

const kept = new Map([["facteur.token", "x"]]);
const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
Object.assign(globalThis, {
  localStorage: storage, sessionStorage: storage, location: new URL("http://localhost/mail/inbox"), window: globalThis,
  history: { state: null, replaceState() {}, pushState() {} }, addEventListener() {}, removeEventListener() {},
  matchMedia: () => ({ matches: true, addEventListener() {} }), requestIdleCallback() {},
  document: { addEventListener() {}, removeEventListener() {}, documentElement: { dataset: {} }, querySelector: () => null },
});
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"], onLine: true }, configurable: true });

/** Files on their way, in order: the test ends them. */
const uploads = [];
globalThis.XMLHttpRequest = class {
  upload = { addEventListener() {} };
  heard = {};
  constructor() { uploads.push(this); }
  addEventListener(name, run) { this.heard[name] = run; }
  open() {}
  setRequestHeader() {}
  send() {}
  abort() { this.heard.abort(); }
  arrives(blobId) { Object.assign(this, { status: 200, responseText: JSON.stringify({ blobId }) }).heard.load(); }
  isLost() { this.heard.error(); }
};

const { Writing, preferences, toasts, ConnectionLost, FacteurError } = await load("test/unit/compose-writing.ts");
beforeEach(() => {
  preferences.value = { ...preferences.value, compose: "plain", undoSend: 0 };
  toasts.value = [];
});

const PDF = { name: "report.pdf", type: "application/pdf", size: 10 };
const soon = () => new Promise((done) => setTimeout(done));
async function until(is) {
  while (!is()) await soon();
}

const submitted = (id) => ({ created: { send: { id, sendAt: new Date().toISOString() } } });
const EMPTY = {
  from: [{ name: "Me", email: "me@example.org" }], to: [], cc: [], subject: "",
  textBody: [{ partId: "text" }], bodyValues: { text: { value: "" } }, mailboxIds: { drafts: true },
};

/** The core: `answers` has what it says otherwise, by method, each a function of the arguments; one that throws is an error. */
function core(answers = {}) {
  const calls = [];
  let n = 0;
  const ordinary = {
    "Identity/get": () => ({ list: [{ id: "i1", accountId: "a1", email: "me@example.org", name: "Me" }] }),
    "Compose/new": () => ({ create: { draft: structuredClone(EMPTY) } }),
    "Email/set": (p) => (p.destroy ? { destroyed: p.destroy } : { created: { draft: { id: `e${++n}` } }, newState: `s${n}` }),
    "Email/get": () => ({ list: [] }),
    "Mailbox/query": (p) => ({ ids: [p.filter.role] }),
    "EmailSubmission/set": (p) => (p.create ? submitted("sub1") : { updated: { sub1: null } }),
    "EmailSubmission/query": () => ({ ids: [] }),
    "EmailSubmission/get": () => ({ list: [{ id: "sub1", state: "sent" }] }),
  };
  return {
    calls,
    of: (method) => calls.filter(([name]) => name === method).map(([, p]) => p),
    session: { primaryAccounts: {}, capabilities: {}, uploadUrl: "/upload/{accountId}" },
    batch() {
      const all = [];
      const send = async () => {
        for (const one of all) one.result = await this.call(one.method, one.params);
      };
      return { send, call: (method, params) => (all.push({ method, params }), all.at(-1)) };
    },
    async call(method, params) {
      calls.push([method, structuredClone(params)]);
      await soon();
      return (answers[method] ?? ordinary[method])(params);
    },
  };
}
const files = (client) => client.of("Email/set").filter((p) => p.create).map((p) => p.create.draft.attachments?.length ?? 0);

/** A letter in which nothing was written. `write` is what one does to its text. */
async function untouched(client, what = { kind: "new" }) {
  const writing = await Writing.open(client, what, `k${Math.random()}`);
  let text = "";
  const [read, nothing] = [() => text, () => undefined];
  writing.began({ read, newText: read, text: read, replace: nothing, hasFormatting: () => false, setSignature: nothing, insertPicture: nothing, focus: nothing, typed: nothing });
  return { writing, write: (now) => ((text = now), writing.touch()) };
}

/** A letter to Bob, saved as e1. */
async function begin(client) {
  const writing = await Writing.open(client, { kind: "new" }, `k${Math.random()}`);
  let text = "Hello";
  const [read, nothing] = [() => text, () => undefined];
  const replace = (other) => (text = other);
  const hasFormatting = () => false;
  writing.began({ read, newText: read, text: read, replace, hasFormatting, setSignature: nothing, insertPicture: nothing, focus: nothing, typed: nothing });
  writing.fields.to.value = [{ name: null, email: "bob@example.org" }];
  writing.subject.value = "Hi";
  text = "Hello Bob";
  await soon();
  writing.touch();
  assert.ok(await writing.saver.flush());
  return writing;
}

test("closed while it waits for a file to be sent: it goes out with the file, and is closed then", async () => {
  const client = core();
  const writing = await begin(client);
  writing.attach([PDF]);
  writing.send(undefined);
  assert.equal(await writing.close(), "sending");
  await writing.popOut();
  assert.equal(writing.ended.value, undefined);
  writing.attach([PDF]); // too late
  assert.equal(writing.uploads.value.length, 1);
  uploads.at(-1).arrives("b1");
  await until(() => writing.ended.value);
  assert.equal(writing.ended.value.how, "sent");
  assert.deepEqual(client.of("EmailSubmission/set").map((p) => p.create.send.emailId), ["e2"]);
  assert.deepEqual(files(client), [0, 1]);
});

test("closed while a file is on its way: when the file is in the draft; not when one writes on", async () => {
  const client = core();
  const writing = await begin(client);
  writing.attach([PDF]);
  assert.equal(await writing.close(), "uploading");
  assert.equal(await writing.close(), "uploading");
  uploads.at(-1).arrives("b1");
  await until(() => writing.ended.value);
  assert.equal(writing.ended.value.how, "closed");
  assert.deepEqual(files(client), [0, 1]);

  const other = await begin(client);
  other.attach([PDF]);
  assert.equal(await other.close(), "uploading");
  other.stay();
  uploads.at(-1).arrives("b2");
  await until(() => !other.uploads.value.length);
  assert.ok(await other.saver.flush());
  await soon();
  assert.equal(other.ended.value, undefined);
  assert.equal(await other.close(), "closed");
});

test("a file that does not arrive keeps open what was to be closed, and is said", async () => {
  const client = core();
  const writing = await begin(client);
  writing.attach([PDF]);
  assert.equal(await writing.close(), "uploading");
  uploads.at(-1).isLost();
  await until(() => writing.trouble.value);
  assert.equal(writing.trouble.value.text, "compose-upload-failed-first");
  assert.equal(await writing.close(), "troubled");
  assert.equal(writing.ended.value, undefined);
  writing.uploads.value[0].cancel();
  assert.equal(await writing.close(), "closed");
});

test("in a window of its own: not before its files are there", async () => {
  const client = core();
  const writing = await begin(client);
  globalThis.open = () => assert.fail("a window");
  writing.attach([PDF]);
  await writing.popOut();
  assert.equal(writing.trouble.value.text, "compose-uploads-first");
  uploads.at(-1).arrives("b1");
  await until(() => !writing.uploads.value.length);
  const windows = opens();
  await writing.popOut();
  assert.deepEqual(windows, [{ path: "/compose?draft=e2", closed: false }]);
  assert.deepEqual(files(client), [0, 1]);
});

/** The windows that are opened from now on: where they are led to, and whether they are still there. */
function opens() {
  const windows = [];
  globalThis.open = (path) => {
    const state = { path, closed: false };
    windows.push(state);
    return { location: { replace: (path) => (state.path = path) }, close: () => (state.closed = true), get closed() { return state.closed; } };
  };
  return windows;
}

test("in a window of its own: it is opened in the click itself, and is there for the draft when that is saved", async () => {
  const client = core();
  const writing = await begin(client);
  const windows = opens();
  const out = writing.popOut();
  assert.deepEqual(windows, [{ path: "", closed: false }]);
  await out;
  assert.deepEqual(windows, [{ path: "/compose?draft=e2", closed: false }]);
  assert.equal(writing.ended.value.how, "closed");

  const other = await begin(client);
  const going = other.popOut();
  windows[1].closed = true; // by hand, before the draft was there
  await going;
  assert.equal(windows[1].path, "");
  assert.equal(other.ended.value, undefined);
});

test("in a window of its own: where the draft cannot be saved there is none, and it is said", async () => {
  let isLost = false;
  const client = core({
    "Email/set": () => {
      if (isLost) return { notCreated: { draft: { type: "overQuota" } } };
      return { created: { draft: { id: "e1" } }, newState: "s1" };
    },
  });
  const writing = await begin(client);
  isLost = true;
  const windows = opens();
  writing.subject.value = "Hi again";
  await writing.popOut();
  assert.deepEqual(windows, [{ path: "", closed: true }]);
  assert.ok(writing.trouble.value);
  assert.equal(writing.ended.value, undefined);
});

test("closed while it waits for an answer: that it was refused is said", async () => {
  let tries = 0;
  const client = core({
    "EmailSubmission/set": () => {
      throw tries++ ? new FacteurError("EmailSubmission/set", { data: { type: "forbiddenToSend" } }) : new ConnectionLost("gone");
    },
  });
  const writing = await begin(client);
  writing.send(undefined);
  await until(() => writing.sending.value === "waiting");
  assert.equal(await writing.close(), "sending");
  await until(() => writing.sending.value === "no");
  assert.ok(writing.trouble.value);
  assert.equal(writing.ended.value, undefined);
  assert.equal(await writing.close(), "closed");
});

test("thrown away while it is saved, or its files come, to be sent: nothing is sent", async () => {
  for (const attach of [false, true]) {
    const client = core();
    const writing = await begin(client);
    if (attach) writing.attach([PDF]);
    else writing.touch();
    writing.send(undefined);
    await writing.discard();
    assert.equal(writing.ended.value.how, "discarded");
    if (attach) uploads.at(-1).arrives("b1");
    for (let n = 0; n < 5; n++) await soon();
    assert.deepEqual(client.of("EmailSubmission/set"), []);
    assert.deepEqual(client.calls.at(-1)[1].destroy, [writing.saver.emailId]);
  }
});

test("thrown away while it is sent: it is taken back before", async () => {
  for (const isLost of [false, true]) {
    const client = core({
      "EmailSubmission/set": (p) => {
        if (!p.create) return { updated: { sub1: null } };
        if (isLost) throw new ConnectionLost("gone");
        return submitted("sub1");
      },
      "EmailSubmission/query": () => ({ ids: ["sub1"] }),
      "EmailSubmission/get": () => ({ list: [{ id: "sub1", state: "held" }] }),
    });
    const writing = await begin(client);
    writing.send(undefined);
    await until(() => (isLost ? writing.sending.value === "waiting" : client.of("EmailSubmission/set").length));
    await writing.discard();
    assert.equal(writing.ended.value.how, "discarded");
    const [, canceled, ...more] = client.of("EmailSubmission/set");
    assert.deepEqual([canceled.update, more], [{ sub1: { undoStatus: "canceled" } }, []]);
    assert.deepEqual(client.calls.at(-1)[1].destroy, ["e1"]);
  }
});

test("thrown away too late: what went out stays in Sent, and that is said", async () => {
  const client = core({
    "EmailSubmission/set": (p) => (p.create ? submitted("sub1") : { notUpdated: { sub1: { type: "cannotUnsend" } } }),
    "EmailSubmission/query": () => ({ ids: ["sub1"] }),
  });
  const writing = await begin(client);
  writing.send(undefined);
  await until(() => client.of("EmailSubmission/set").length);
  await writing.discard();
  assert.equal(writing.ended.value.how, "sent");
  assert.equal(toasts.value.at(-1).text, "compose-too-late");
  assert.ok(!client.of("Email/set").some((p) => p.destroy));
});

test("neither sent nor thrown away, for want of an answer: sent again it is looked for first", async () => {
  let isThere = false;
  const check = (answer) => () => {
    if (isThere) return answer;
    throw new ConnectionLost("gone");
  };
  const client = core({
    "EmailSubmission/set": check(submitted("sub2")),
    "EmailSubmission/query": check({ ids: ["sub1"] }),
  });
  const writing = await begin(client);
  writing.send(undefined);
  await until(() => writing.sending.value === "waiting");
  await writing.discard();
  assert.equal(writing.trouble.value.text, "compose-not-discarded");
  assert.equal(writing.sending.value, "no");
  assert.equal(writing.ended.value, undefined);
  isThere = true;
  const tries = client.of("EmailSubmission/set").length;
  writing.send(undefined);
  await until(() => writing.ended.value);
  assert.equal(writing.ended.value.how, "sent");
  assert.equal(client.of("EmailSubmission/set").length, tries);
});

test("an address that stands unfinished in its field is saved when it is whole, and stays where it is", async () => {
  const client = core();
  const writing = await begin(client);
  const to = () => client.of("Email/set").at(-1).create.draft.to.map((one) => one.email);
  const isUnsaved = async (text) => {
    writing.unfinished.to.value = text;
    await soon();
    return writing.saver.isUnsaved;
  };
  assert.equal(await isUnsaved("anna"), false);
  assert.equal(await isUnsaved("anna@example"), false);
  assert.equal(await isUnsaved("anna@example.org"), true);
  assert.ok(await writing.saver.flush());
  assert.deepEqual(to(), ["bob@example.org", "anna@example.org"]);
  assert.equal(writing.unfinished.to.value, "anna@example.org");
  assert.equal(writing.fields.to.value.length, 1);
  await isUnsaved("Bob <bob@example.org>");
  assert.ok(await writing.saver.flush());
  assert.deepEqual(to(), ["bob@example.org"]); // he is there
});

test("a state is made of the blobs of the one before, which are kept as long as that is", async () => {
  let n = 0;
  const parts = () => [
    { blobId: `p${++n}`, type: "application/pdf", name: "other.pdf", cid: null },
    { blobId: `p${++n}`, type: "application/pdf", name: "report.pdf", cid: null },
  ];
  const htmlBody = [{ blobId: "text", type: "text/plain", name: null, cid: null }];
  const client = core({ "Email/get": () => ({ list: [{ id: "e", attachments: parts(), htmlBody }] }) });
  const writing = await begin(client);
  writing.attach([PDF]);
  uploads.at(-1).arrives("upload");
  await until(() => writing.parts.value.length);
  assert.ok(await writing.saver.flush());
  const [file] = writing.parts.value;
  await soon();
  assert.equal(writing.saver.isUnsaved, false);
  writing.touch();
  assert.ok(await writing.saver.flush());
  writing.touch();
  assert.ok(await writing.saver.flush());
  const saved = client.of("Email/set").map((p) => p.create.draft.attachments?.[0].blobId);
  assert.deepEqual(saved, [undefined, "upload", "p2", "p4"]);
  assert.equal(writing.parts.value[0], file);
});

test("who writes is of another account: the files go there, also when they have got other blobs meanwhile", async () => {
  const identities = ["a1", "a2"].map((accountId) => ({ id: "i", accountId, email: `me@${accountId}.example`, name: "Me" }));
  const client = core({
    "Identity/get": () => ({ list: identities }),
    "Email/get": () => ({ list: [{ id: "e", attachments: [{ blobId: "kept", type: "application/pdf", name: "report.pdf", cid: null }] }] }),
    "Blob/copy": async (p) => {
      writing.touch();
      assert.ok(await writing.saver.flush());
      return { copied: Object.fromEntries(p.blobIds.map((id) => [id, `${id} there`])) };
    },
  });
  const writing = await begin(client);
  writing.parts.value = [{ blobId: "old", type: "application/pdf", name: "report.pdf", disposition: "attachment" }];
  await writing.chooseIdentity(identities[1]);
  assert.equal(writing.trouble.value, undefined);
  assert.deepEqual(writing.parts.value.map((part) => part.blobId), ["old there"]);
});

test("an address that is typed when it is closed is saved before", async () => {
  const client = core();
  const writing = await begin(client);
  writing.unfinished.to.value = "anna";
  assert.equal(await writing.close(), "closed");
  assert.deepEqual(client.of("Email/set").at(-1).create.draft.to.map((one) => one.email), ["bob@example.org", "anna"]);
});

test("what is only kept back is not said to be sent; that it was is said when it is so", async () => {
  const mine = () => toasts.value.filter(({ name }) => name === "held1"); // others may be told of still
  const said = () => mine().map(({ text }) => text);
  let state = "held";
  const client = core({ "EmailSubmission/set": () => submitted("held1"), "EmailSubmission/get": () => ({ list: [{ id: "held1", state }] }) });
  for (const [undoSend, first] of [[10, "compose-goes-out"], [0, "compose-sending"]]) {
    preferences.value = { ...preferences.value, undoSend };
    toasts.value = [];
    state = "held";
    (await begin(client)).send(undefined);
    await until(() => mine().length);
    assert.deepEqual(said(), [first]);
    assert.equal(Boolean(mine()[0].action), undoSend > 0);
    const asked = client.of("EmailSubmission/get").length;
    await until(() => client.of("EmailSubmission/get").length > asked);
    assert.deepEqual(said(), [first]);
    state = "sent";
    await until(() => said()[0] !== first);
    assert.deepEqual(said(), ["compose-sent"], "in the place of what was said before");
  }
});

test("nothing was written, or it is gone again: no draft, and nothing is kept", async () => {
  const client = core();
  const { writing, write } = await untouched(client);
  const isNothing = async () => {
    await until(() => !writing.saver.isUnsaved); // half a second later
    await writing.saver.flush();
    assert.deepEqual(client.of("Email/set"), []);
    assert.equal(kept.has(`facteur.draft.${writing.key}`), false);
  };
  write("\n"); // an editor did that by itself
  await isNothing();
  write("D");
  assert.equal(writing.saver.isUnsaved, true);
  await until(() => kept.has(`facteur.draft.${writing.key}`));
  write("");
  await isNothing();
  write("Dear Bob");
  assert.ok(await writing.saver.flush());
  assert.equal(client.of("Email/set").length, 1);
  write(""); // of what is a draft, that is a state, too
  assert.ok(await writing.saver.flush());
  assert.equal(client.of("Email/set").length, 2);
  await writing.discard();
});

test("in a window of its own, when nothing was written: it begins there, without a draft", async () => {
  const opened = [];
  globalThis.open = () => ({ closed: false, location: { replace: (path) => opened.push(path) } });
  const client = core({ "Mailbox/query": (p) => ({ ids: [p.filter.role] }) });
  for (const what of [{ kind: "new" }, { kind: "mailto", url: "mailto:bob@example.org?subject=Hi" }]) {
    const { writing } = await untouched(client, what);
    await writing.popOut();
    await until(() => writing.ended.value);
  }
  assert.deepEqual(opened, ["/compose", "/compose?mailto=mailto%3Abob%40example.org%3Fsubject%3DHi"]);
  assert.deepEqual(client.of("Email/set"), []);
});

test("what was to be sent all the same is not asked again when it was taken back, or was refused", async () => {
  const client = core({ "Compose/template": () => ({ create: { draft: { ...structuredClone(EMPTY), to: [{ name: null, email: "bob@example.org" }] } } }) });
  const { writing, write } = await untouched(client);
  writing.fields.to.value = [{ name: null, email: "bob@example.org" }];
  write("It is attached.");
  writing.send(undefined);
  for (const asked of ["compose-no-subject", "compose-forgotten"]) {
    assert.equal(writing.question.value.text, asked);
    const { run } = writing.question.value;
    writing.question.value = undefined;
    run();
  }
  await until(() => writing.ended.value);
  const { emailId } = client.of("EmailSubmission/set")[0].create.send;
  const again = await untouched(client, { kind: "draft", emailId, accountId: "a1" });
  again.write("It is attached, and more.");
  again.writing.send(undefined);
  assert.equal(again.writing.question.value, undefined);
  await until(() => again.writing.ended.value);
  assert.equal(client.of("EmailSubmission/set").length, 2);
});

test("who writes is chosen before it is sent, and not while it is", async () => {
  const [me, work] = ["me@example.org", "work@example.org"].map((email, n) => ({ id: `i${n + 1}`, accountId: "a1", email, name: "" }));
  let isRefused = true;
  let go;
  const may = new Promise((done) => (go = done));
  const client = core({
    "Identity/get": () => ({ list: [me, work] }),
    "Compose/new": ({ identityId }) => {
      if (identityId === "i2" && isRefused) throw new Error("refused");
      return { create: { draft: { ...structuredClone(EMPTY), from: [{ name: null, email: identityId === "i2" ? work.email : me.email }] } } };
    },
    "EmailSubmission/set": () => may.then(() => submitted("sub1")),
  });
  const writing = await begin(client);
  const chosen = writing.chooseIdentity(work);
  writing.send(undefined);
  await chosen;
  await until(() => !writing.isHeld);
  assert.equal(writing.trouble.value.text, "compose-identity-failed");
  assert.deepEqual(client.of("EmailSubmission/set"), [], "it does not go out as somebody else");
  isRefused = false;
  void writing.chooseIdentity(work);
  writing.send(undefined);
  await until(() => client.of("EmailSubmission/set").length);
  await writing.chooseIdentity(me);
  assert.equal(writing.identity.value.id, "i2");
  go();
  await until(() => writing.ended.value);
  const [{ create }] = client.of("EmailSubmission/set");
  assert.equal(create.send.identityId, "i2");
  assert.equal(create.send.envelope.mailFrom.email, work.email);
});
