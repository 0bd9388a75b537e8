/** What was given to the outbox and has not gone out: known by its message, in one question, for as long as it is so. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { load } from "../load.mjs";
import { fake } from "../store-fake.mjs";
import { eventually } from "../store-support.mjs";

Object.assign(globalThis, {
  localStorage: { getItem: () => null, setItem() {}, removeItem() {} }, addEventListener() {},
  requestIdleCallback: (run) => setTimeout(run), document: { documentElement: {}, addEventListener() {}, removeEventListener() {} },
});
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"], onLine: true }, configurable: true });
const page = await load("test/outgoing-bundle.ts");
const { choicesOf, deliveries, followOutgoing, followSignIn, isThere, outgoingOf, outgoingWords, setLocale, signIn, stateWords, waiting } = page;

/** As the core has it; `at`: when it goes out. */
const submission = (id, emailId, state, more = {}) => ({
  id, accountId: "a1", emailId, state, undoStatus: ["held", "queued", "failed"].includes(state) ? "pending" : "final", sendAt: "2026-12-01T07:00:00Z", nextTryAt: null, error: null,
  needsConfirmation: false, isReport: false, ...more,
});
const row = (id, ...keywords) => ({ id, keywords: Object.fromEntries(keywords.map((name) => [name, true])) });

const { store: client, core } = fake((made) => made, page, { emails: 1 });
let there = [];
const shown = () => there.filter(({ state }) => state !== "sent" && state !== "canceled").reverse(); // the newest first
core.answers["EmailSubmission/query"] = () => ({ ids: shown().map(({ id }) => id) });
core.answers["EmailSubmission/get"] = ({ ids }) => ({ list: shown().filter(({ id }) => ids.includes(id)), notFound: [] });
/** The core has these now, and tells. */
function become(...list) {
  there = list;
  core.moved(["EmailSubmission"]);
}

await setLocale("en");
isThere();
const end = followSignIn();
signIn.value = { state: "in", client };
const endFollowing = followOutgoing();
after(() => {
  endFollowing();
  end();
});

test("held: known from when it is given to the outbox until it has gone out, or was taken back", async () => {
  await eventually(() => core.count("EmailSubmission/query") > 0);
  const [, asked] = core.heard.find(([method]) => method === "EmailSubmission/query");
  assert.equal(asked.accountId, "*");
  assert.deepEqual(asked.filter, { operator: "NOT", conditions: [{ state: "sent" }, { state: "canceled" }] });
  become(submission("s1", "e1", "held"), submission("s2", "e2", "held"));
  await eventually(() => outgoingOf(row("e1", "$seen")) && outgoingOf(row("e2", "$seen")));
  assert.equal(outgoingOf(row("e3")), undefined);
  assert.equal(waiting.value, 2);
  assert.match(outgoingWords(outgoingOf(row("e1"))), /^goes out Tue.*1 Dec.*\d\d:00$/);
  const asks = core.count("EmailSubmission/query");
  become(submission("s1", "e1", "sent"), submission("s2", "e2", "canceled"));
  await eventually(() => !outgoingOf(row("e1")) && !outgoingOf(row("e2")));
  assert.equal(core.count("EmailSubmission/query"), asks + 1, "one question for all of it");
});

test("failed: of the draft that it is again; not of what was sent once more, nor of the letter that a receipt is about", async () => {
  become(submission("s1", "e1", "failed"), submission("s2", "e2", "held", { isReport: true }), submission("s3", "e3", "failed"), submission("s4", "e3", "held"));
  await eventually(() => outgoingOf(row("e1", "$draft")));
  assert.equal(outgoingOf(row("e1", "$seen")), undefined);
  assert.equal(outgoingOf(row("e2")), undefined);
  assert.equal(outgoingOf(row("e3")).id, "s4", "the newest counts");
  assert.equal(outgoingWords(outgoingOf(row("e1", "$draft"))), "was not sent");
});

test("what can be done about it is what its state allows", () => {
  const offered = (state, more) => choicesOf(client, submission("s1", "e1", state, more)).map(({ label }) => label);
  assert.deepEqual(offered("held"), ["Send now", "Take back"]);
  assert.deepEqual(offered("queued"), ["Send now", "Take back"]);
  assert.deepEqual(offered("held", { needsConfirmation: true }), ["Send", "Take back"]);
  assert.deepEqual(offered("uncertain"), ["Send again", "It was sent", "It was not sent"]);
  assert.deepEqual(offered("failed"), ["Send again"]);
  for (const state of ["sending", "sent", "canceled"]) assert.deepEqual(offered(state), []);
  assert.match(stateWords(submission("s1", "e1", "held")), /^Goes out Tuesday,? 1 December 2026 at \d\d:00\.$/);
});

test("what was taken back is not told to be undelivered", () => {
  const deliveryStatus = { "bob@example.org": { smtpReply: "451 4.0.0 not sent yet", delivered: "no", displayed: "unknown" } };
  assert.deepEqual(deliveries({ state: "canceled", deliveryStatus }), []);
  assert.equal(stateWords(submission("s1", "e1", "canceled")), "Was taken back.");
  assert.deepEqual(deliveries({ state: "failed", deliveryStatus }).map(([address]) => address), ["bob@example.org"]);
});
