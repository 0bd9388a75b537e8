/** Sending and taking back, as calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { send, takeBack, retry, confirm, settle, forget, FacteurError } = await load("test/unit/compose-saver.ts");
const { proposals, localValue, utc } = await load("src/compose/later.ts");
const { attachmentWord, newText } = await load("src/compose/forgotten.ts");
const { withSignature } = await load("src/compose/signature.ts");

function core(answers) {
  const calls = [];
  return { calls, call: async (method, params) => (calls.push([method, params]), answers[method].shift()) };
}
const letter = { accountId: "a1", emailId: "e1", identityId: "i1", sender: "jane@example.org", recipients: ["bob@example.org", "x@example.org"] };

test("a letter goes out with its envelope, kept back, and moves to Sent in the same transaction", async () => {
  const { calls, ...c } = core({ "Mailbox/query": [{ ids: ["m3"] }], "EmailSubmission/set": [{ created: { send: { id: "s1" } } }] });
  assert.equal((await send(c, letter, { seconds: 10 }, "k")).id, "s1");
  const [, p] = calls[1];
  assert.equal(p.idempotencyKey, "k");
  assert.deepEqual(p.create.send.envelope.mailFrom, { email: "jane@example.org", parameters: { HOLDFOR: "10" } });
  assert.deepEqual(p.create.send.envelope.rcptTo.map((r) => r.email), letter.recipients);
  assert.deepEqual(p.onSuccessUpdateEmail["#send"], { mailboxIds: { m3: true }, "keywords/$draft": null, "keywords/$seen": true });
});

test("until a time; without a mailbox for what is sent one is made; what is refused is said", async () => {
  const { calls, ...c } = core({
    "Mailbox/query": [{ ids: [] }],
    "Mailbox/set": [{ created: { made: { id: "m9" } } }],
    "EmailSubmission/set": [{ created: null, notCreated: { send: { type: "invalidRecipients", invalidRecipients: ["x"] } } }],
  });
  await assert.rejects(send(c, letter, { until: "2026-01-01T08:00:00Z" }, "k"), { type: "invalidRecipients" });
  assert.deepEqual(calls[2][1].create.send.envelope.mailFrom.parameters, { HOLDUNTIL: "2026-01-01T08:00:00Z" });
  assert.deepEqual(calls[2][1].onSuccessUpdateEmail["#send"].mailboxIds, { m9: true });
});

test("facteurd ended in the middle: what it has tells whether it was submitted; only if not, it is again", async () => {
  const unknown = { then: (_, failed) => failed(new FacteurError("EmailSubmission/set", { data: { type: "outcomeUnknown" } })) };
  const one = core({ "Mailbox/query": [{ ids: ["m3"] }], "EmailSubmission/set": [unknown], "EmailSubmission/query": [{ ids: ["s1", "s2"] }], "EmailSubmission/get": [{ list: [{ id: "s1", state: "canceled" }, { id: "s2", state: "held" }] }] });
  assert.equal((await send(one, letter, undefined, "k")).id, "s2");
  const two = core({ "Mailbox/query": [{ ids: ["m3"] }, { ids: ["m3"] }], "EmailSubmission/set": [unknown, { created: { send: { id: "s3" } } }], "EmailSubmission/query": [{ ids: [] }] });
  assert.equal((await send(two, letter, undefined, "k")).id, "s3");
  const keys = two.calls.filter(([method]) => method === "EmailSubmission/set").map(([, p]) => p.idempotencyKey);
  assert.equal(new Set(keys).size, 2);
  const three = core({ "Mailbox/query": [{ ids: ["m3"] }], "EmailSubmission/set": [{ notCreated: { send: { type: "forbiddenFrom" } } }] });
  await assert.rejects(send(three, letter, undefined, "k"), { type: "forbiddenFrom" });
});

test("taken back it is a draft again; a receipt's letter stays where it is; too late is said", async () => {
  const { calls, ...c } = core({
    "Mailbox/query": [{ ids: ["m2"] }, { ids: ["m2"] }],
    "EmailSubmission/set": [{ updated: { s1: null } }, { updated: { s2: null } }, { notUpdated: { s3: { type: "cannotUnsend" } } }, {}, {}, {}, {}],
  });
  await takeBack(c, { id: "s1", accountId: "a1" });
  assert.deepEqual(calls[1][1].update, { s1: { undoStatus: "canceled" } });
  assert.deepEqual(calls[1][1].onSuccessUpdateEmail, { s1: { mailboxIds: { m2: true }, "keywords/$draft": true } });
  await takeBack(c, { id: "s2", accountId: "a1", isReport: true });
  assert.equal(calls[2][1].onSuccessUpdateEmail, undefined);
  await assert.rejects(takeBack(c, { id: "s3", accountId: "a1" }), { type: "cannotUnsend" });
  await retry(c, { id: "s4", accountId: "a1" });
  assert.deepEqual(calls.at(-1)[1].update, { s4: { state: "queued" } });
  await settle(c, { id: "s4", accountId: "a1" }, "sent");
  assert.deepEqual(calls.at(-1)[1].update, { s4: { state: "sent" } });
  await confirm(c, { id: "s5", accountId: "a1", isReport: true });
  assert.deepEqual(calls.at(-1)[1].update, { s5: { needsConfirmation: false } });
  await forget(c, { id: "s6", accountId: "a1" });
  assert.deepEqual(calls.at(-1)[1].destroy, ["s6"]);
});

test("later: this evening, tomorrow, Monday, in the user's own time", () => {
  const keys = (now) => proposals(new Date(now)).map((p) => [p.key, localValue(p.at)]);
  assert.deepEqual(keys("2026-11-26T10:00"), [["evening", "2026-11-26T18:00"], ["tomorrow", "2026-11-27T08:00"], ["monday", "2026-11-30T08:00"]]);
  assert.deepEqual(keys("2026-11-29T17:30"), [["tomorrow", "2026-11-30T08:00"]]); // a Sunday
  assert.deepEqual(keys("2026-11-30T23:59"), [["tomorrow", "2026-12-01T08:00"], ["monday", "2026-12-07T08:00"]]);
  assert.equal(utc(new Date("2026-01-01T00:00:00.123Z")), "2026-01-01T00:00:00Z");
});

test("a forgotten attachment, in four languages, in the new text only", () => {
  for (const text of ["See the attached file", "I attach it? no: attachment.", "ci-joint le devis", "vous trouverez la pièce jointe", "Anbei die Rechnung", "siehe Anhang", "im Anhang", "adjunto el informe", "en annexe"]) assert.ok(attachmentWord(text), text);
  for (const text of ["Hello", "detached house", "the joint", "Joinville", "unattached"]) assert.equal(attachmentWord(text), undefined, text);
  const text = "Thanks!\n> see the attachment\n\n-- \nAnhang GmbH\n";
  assert.equal(attachmentWord(newText(text)), undefined);
  assert.equal(attachmentWord(newText("Hi\n-------- Forwarded message --------\nattached")), undefined);
  assert.equal(attachmentWord(newText("see attached\n> x")), "attached");
});

test("another signature in the place of the one there was, and nowhere else", () => {
  const [jane, work] = ["\n-- \nJane\n", "\n-- \nWork\n"];
  assert.equal(withSignature("Hi\n\n-- \nJane\n", jane, work), "Hi\n\n-- \nWork\n");
  assert.equal(withSignature("Hi\n\n-- \nJane, changed\n", jane, work), "Hi\n\n-- \nJane, changed\n");
  assert.equal(withSignature("Hi\n", "", work), "Hi\n\n-- \nWork\n");
  assert.equal(withSignature("Hi\n\n-- \nJane\n", jane, ""), "Hi\n");
  assert.equal(withSignature("Hi\n\n-- \nJane\n\n-------- Forwarded message --------\nx\n", jane, work), "Hi\n\n-- \nWork\n\n-------- Forwarded message --------\nx\n");
});
