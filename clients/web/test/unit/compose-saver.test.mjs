/** Drafts as they are saved: the core's side is a transcript, each call with what it is answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Saver, ConnectionLost, FacteurError } = await load("test/unit/compose-saver.ts");

/** Answers calls in their order; fails where another one comes. */
class Core {
  constructor(...script) {
    this.script = script;
    this.calls = [];
    this.most = this.now = 0;
  }
  async call(method, params) {
    this.calls.push([method, params]);
    this.most = Math.max(this.most, ++this.now);
    try {
      const [expected, answer] = this.script.shift() ?? ["nothing"];
      assert.equal(method, expected);
      const given = typeof answer === "function" ? await answer(params) : answer;
      if (given instanceof Error) throw given;
      return given;
    } finally {
      this.now--;
    }
  }
  ended() {
    assert.deepEqual(this.script, []);
  }
}

const created = (id, state = "s1") => ({ created: { draft: { id } }, newState: state, notCreated: null });
const lost = () => new ConnectionLost("gone");
const error = (type, more = {}) => new FacteurError("Email/set", { data: { type, ...more } });
const gone = { created: null, newState: "s9", notCreated: { draft: { type: "invalidProperties", properties: ["replaces"] } } };

function saver(core, more = {}) {
  let text = "";
  let n = 0;
  const made = new Saver(core, { accountId: "a1", emailId: undefined, pauseMs: 0, now: () => 42, newMessageId: () => `m${++n}`, make: (id) => ({ accountId: "a1", email: { subject: text, messageId: [id] } }), ...more });
  return { made, write: (to) => ((text = to), made.touch()) };
}
const until = async (made, is) => {
  while (made.saving.value.is !== is) await new Promise((done) => setTimeout(done, 1));
  return made.saving.value;
};

test("what an earlier window was on its way to save is looked for first: it is the draft, if it is there", async () => {
  const core = new Core(["Email/query", lost()], ["Email/query", { ids: ["e2"] }], ["Email/set", created("e3")]);
  const { made, write } = saver(core, { emailId: "e1", tried: { messageId: "m0", accountId: "a1" } });
  await made.look(); // its draft is another by now: nothing to be asked about
  write("a");
  assert.equal(await made.flush(), false);
  assert.equal(made.tried, "m0");
  assert.ok(await made.flush());
  assert.deepEqual(core.calls[1][1].filter, { header: ["Message-ID", "m0"], hasKeyword: "$draft" });
  assert.equal(core.calls[2][1].create.draft.replaces, "e2");
  assert.equal(made.tried, undefined);
  core.ended();
});

test("what an earlier window saved has files of its own, and a draft of before in another account goes", async () => {
  const core = new Core(["Email/query", { ids: ["e2"] }], ["Email/set", { destroyed: ["e1"] }], ["Email/set", created("e3")]);
  const saved = [];
  const { made, write } = saver(core, { accountId: "a0", emailId: "e1", tried: { messageId: "m0", accountId: "a1" }, onSaved: (id) => void saved.push(id) });
  write("a");
  assert.ok(await made.flush());
  assert.deepEqual(core.calls[1][1], { accountId: "a0", destroy: ["e1"], undoable: false });
  assert.equal(core.calls[2][1].create.draft.replaces, "e2");
  assert.deepEqual(saved, ["e2", "e3"]);
});

test("what is thrown away at once is what an earlier window saved", async () => {
  const core = new Core(["Email/query", { ids: ["e2"] }]);
  const { made } = saver(core, { emailId: "e1", tried: { messageId: "m0", accountId: "a1" } });
  await made.end();
  assert.equal(made.emailId, "e2");
});

test("what an earlier window was on its way to save did not come: the draft is the one before", async () => {
  const core = new Core(["Email/query", { ids: [] }], ["Email/set", created("e2")]);
  const { made, write } = saver(core, { emailId: "e1", tried: { messageId: "m0", accountId: "a1" } });
  write("a");
  assert.ok(await made.flush());
  assert.equal(core.calls[1][1].create.draft.replaces, "e1");
});

test("each state takes the place of the one before", async () => {
  const core = new Core(["Email/set", created("e1")], ["Email/set", created("e2")]);
  const { made, write } = saver(core);
  write("a");
  assert.ok(made.isUnsaved);
  assert.ok(await made.flush());
  write("ab");
  assert.ok(await made.flush());
  assert.deepEqual(made.saving.value, { is: "clean", at: 42 });
  assert.deepEqual(core.calls.map(([, p]) => [p.create.draft.subject, p.create.draft.replaces, p.undoable]), [["a", undefined, false], ["ab", "e1", false]]);
  assert.notEqual(core.calls[0][1].idempotencyKey, core.calls[1][1].idempotencyKey);
  assert.equal(made.emailId, "e2");
  core.ended();
});

test("one at a time: what is typed during a call goes with the next", async () => {
  const core = new Core(["Email/set", async () => (write("b"), write("c"), created("e1"))], ["Email/set", created("e2")]);
  const { made, write } = saver(core);
  write("a");
  while (!core.calls.length) await new Promise((done) => setTimeout(done, 1));
  assert.ok(await made.flush());
  assert.deepEqual(core.calls.map(([, p]) => p.create.draft.subject), ["a", "c"]);
  assert.equal(core.most, 1);
  core.ended();
});

test("an answer that is lost: the same call, with the same key and the same text, then what was typed since", async () => {
  const core = new Core(["Email/set", lost()], ["Email/set", created("e1")], ["Email/set", created("e2")]);
  const { made, write } = saver(core);
  write("a");
  assert.equal(await made.flush(), false);
  assert.equal(made.saving.value.is, "waiting");
  assert.match(made.saving.value.trouble, /gone/);
  write("ab");
  made.hurry();
  await until(made, "clean");
  assert.ok(await made.flush());
  const sets = core.calls.map(([, p]) => [p.create.draft.subject, p.create.draft.replaces, p.idempotencyKey]);
  assert.deepEqual(sets[0], sets[1]);
  assert.deepEqual(sets[2].slice(0, 2), ["ab", "e1"]);
  core.ended();
});

test("the core ended in the middle: its Message-ID tells whether it was saved", async () => {
  const core = new Core(["Email/set", error("outcomeUnknown")], ["Email/query", { ids: ["e1"] }]);
  const { made, write } = saver(core);
  write("a");
  assert.ok(await made.flush());
  assert.equal(made.emailId, "e1");
  assert.deepEqual(core.calls[1][1].filter, { header: ["Message-ID", "m1"], hasKeyword: "$draft" });
  const other = new Core(["Email/set", error("outcomeUnknown")], ["Email/query", { ids: [] }], ["Email/set", created("e1")]);
  const two = saver(other);
  two.write("a");
  assert.ok(await two.made.flush());
  assert.equal(other.calls[0][1].create.draft.subject, other.calls[2][1].create.draft.subject);
  assert.notEqual(other.calls[0][1].idempotencyKey, other.calls[2][1].idempotencyKey);
  core.ended();
  other.ended();
});

test("refused for good: said, and tried with what is typed next", async () => {
  const core = new Core(["Email/set", { created: null, newState: "s", notCreated: { draft: { type: "tooLarge", description: "too large" } } }], ["Email/set", created("e1")]);
  const { made, write } = saver(core);
  write("a");
  assert.equal(await made.flush(), false);
  assert.match(made.saving.value.error.message, /too large/);
  assert.ok(made.isUnsaved);
  write("b");
  assert.ok(await made.flush());
  core.ended();
});

test("changed elsewhere: theirs is found, and nothing is saved until it is decided", async () => {
  const list = [
    { id: "e7", keywords: { $draft: true }, subject: "other", inReplyTo: ["x"] },
    { id: "e8", keywords: { $draft: true }, subject: "a", inReplyTo: null },
    { id: "e9", keywords: {}, subject: "a", inReplyTo: null },
  ];
  const core = new Core(["Email/set", created("e1", "s5")], ["Email/set", gone], ["Email/changes", { created: ["e7", "e8", "e9"] }], ["Email/get", { list }], ["Email/set", created("e2")]);
  const { made, write } = saver(core);
  write("a");
  assert.ok(await made.flush());
  write("a");
  assert.equal(await made.flush(), false);
  assert.deepEqual(made.saving.value, { is: "elsewhere", theirs: "e8" });
  assert.equal(core.calls[2][1].sinceState, "s5");
  write("a, and more");
  assert.equal(await made.flush(), false);
  assert.ok(made.isUnsaved);
  made.keepMine();
  assert.ok(await made.flush());
  assert.deepEqual([core.calls[4][1].create.draft.subject, core.calls[4][1].create.draft.replaces], ["a, and more", "e8"]);
  core.ended();
});

for (const [what, mine, theirs, expected] of [
  ["another letter, which answers nothing either", { subject: "Holiday" }, { subject: "Invoice", inReplyTo: null }, undefined],
  ["another letter; neither has a subject yet", { subject: "" }, { subject: "", inReplyTo: null }, undefined],
  ["an answer of the same subject", { subject: "Holiday" }, { subject: "Holiday", inReplyTo: ["x"] }, undefined],
  ["an answer to something else", { subject: "Re: Holiday", inReplyTo: ["x"] }, { subject: "Re: Holiday", inReplyTo: ["y"] }, undefined],
  ["the same answer, under another subject", { subject: "Re: Holiday", inReplyTo: ["x"] }, { subject: "Re: In May", inReplyTo: ["x"] }, "e7"],
])
  test(`gone, and a draft is new: ${what}`, async () => {
    const list = [{ id: "e7", keywords: { $draft: true }, ...theirs }];
    const core = new Core(["Email/set", created("e1", "s5")], ["Email/set", gone], ["Email/changes", { created: ["e7"] }], ["Email/get", { list }], ["Email/set", created("e2")]);
    const { made, write } = saver(core, { make: (id) => ({ accountId: "a1", email: { ...mine, messageId: [id] } }) });
    write("a");
    assert.ok(await made.flush());
    write("b");
    assert.equal(await made.flush(), false);
    assert.deepEqual(made.saving.value, { is: "elsewhere", theirs: expected });
    made.keepMine();
    assert.ok(await made.flush());
    assert.equal(core.calls[4][1].create.draft.replaces, expected);
    core.ended();
  });

test("deleted elsewhere: seen when Emails change; theirs can be taken, too", async () => {
  const core = new Core(["Email/get", { list: [{ id: "e1", keywords: { $draft: true } }] }], ["Email/get", { list: [] }]);
  const { made } = saver(core, { emailId: "e1" });
  await made.look();
  assert.equal(made.saving.value.is, "clean");
  await made.look();
  assert.deepEqual(made.saving.value, { is: "elsewhere", theirs: undefined });
  made.tookTheirs("e5");
  assert.equal(made.saving.value.is, "clean");
  assert.equal(made.emailId, "e5");
  assert.ok(!made.isUnsaved);
  core.ended();
});

test("a draft moves to another account: made there first, then taken away here", async () => {
  const core = new Core(["Email/set", created("e1")], ["Email/set", created("e2")], ["Email/set", { destroyed: ["e1"] }]);
  let accountId = "a1";
  const { made, write } = saver(core, { make: () => ({ accountId, email: { subject: "x" } }) });
  write("a");
  assert.ok(await made.flush());
  accountId = "a2";
  write("b");
  assert.ok(await made.flush());
  assert.deepEqual(core.calls.slice(1).map(([, p]) => [p.accountId, p.create?.draft.replaces, p.destroy]), [["a2", undefined, undefined], ["a1", undefined, ["e1"]]]);
  core.ended();
});

test("what is written while a state that was saved is looked at is saved, too, however long that takes", { timeout: 5000 }, async () => {
  const core = new Core(["Email/set", created("e1")], ["Email/set", created("e2")]);
  let go;
  const looked = new Promise((done) => (go = done));
  const { made, write } = saver(core, { onSaved: (id) => (id === "e1" ? looked : undefined) });
  write("a");
  await until(made, "clean");
  write("b");
  for (let n = 0; n < 5; n++) await new Promise((done) => setTimeout(done, 1)); // its pause is over
  go();
  while (made.emailId !== "e2") await new Promise((done) => setTimeout(done, 1));
  assert.equal(core.calls[1][1].create.draft.subject, "b");
  core.ended();
});

test("after the end nothing comes, and what was under way is awaited", async () => {
  let answer;
  const core = new Core(["Email/set", () => new Promise((done) => (answer = () => done(created("e1"))))]);
  const { made, write } = saver(core);
  write("a");
  while (!answer) await new Promise((done) => setTimeout(done, 1));
  write("b");
  const ended = made.end();
  answer();
  await ended;
  write("c");
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(core.calls.length, 1);
  assert.equal(made.emailId, "e1");
  core.ended();
});
