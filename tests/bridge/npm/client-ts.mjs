// jmap-client-ts, as its README has it. What it has no method for (uploads, several calls in one request) goes through what it is open
// at: its transport, and the addresses of its session.
import assert from "node:assert/strict";
import jmap from "jmap-client-ts";
import transports from "jmap-client-ts/lib/utils/fetch-transport.js";
import { address, allChanges, SignedInEventSource, States, token, url } from "./surroundings.mjs";

/** Sends what is asked for at the same time as one request; "#name" for arguments goes through as it is. */
class TogetherTransport extends transports.FetchTransport {
  #waiting = [];

  post(url, content, headers) {
    return new Promise((done, failed) => {
      if (this.#waiting.push({ content, done, failed }) === 1) queueMicrotask(() => this.#send(url, headers));
    });
  }

  async #send(url, headers) {
    const waiting = this.#waiting.splice(0);
    try {
      const methodCalls = waiting.map(({ content }, i) => [...content.methodCalls[0].slice(0, 2), String(i)]);
      const response = await super.post(url, { using: waiting[0].content.using, methodCalls }, headers);
      waiting.forEach(({ done }, i) => done({ ...response, methodResponses: response.methodResponses.filter(([, , id]) => id === String(i)) }));
    } catch (e) {
      waiting.forEach(({ failed }) => failed(e));
    }
  }
}

// ---- session

const options = { accessToken: token, sessionUrl: `${url}/jmap/session` };
// With fetch it gives its requests no type, and fetch then says text/plain: RFC 8620 section 3.6.1 has that refused.
const untyped = new jmap.Client({ ...options, transport: new transports.FetchTransport(fetch) });
await untyped.fetchSession();
await assert.rejects(untyped.mailbox_get({ accountId: null, ids: null }), /got http status code 400/);

const client = new jmap.Client({ ...options, transport: new TogetherTransport(fetch), httpHeaders: { "Content-Type": "application/json" } });
assert.throws(() => client.getSession(), /Undefined session/);
await client.fetchSession();
const session = client.getSession();
const accountId = client.getFirstAccountId();
assert.equal(accountId, session.primaryAccounts["urn:ietf:params:jmap:mail"]);

// ---- push

const expand = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
const states = new States(new SignedInEventSource(expand(session.eventSourceUrl, { types: "*", closeafter: "no", ping: 0 })));
await states.opened;
await states.until("where it begins", () => states.changed[accountId]);

// ---- mailboxes

const boxes = await client.mailbox_get({ accountId: null, ids: null });
const of = (role) => boxes.list.find((mailbox) => mailbox.role === role).id;
const inbox = of("inbox");
const made = await client.mailbox_set({ accountId, create: { k: { name: "Lighthouses" } } });
const folder = made.created.k.id;
const renamed = await client.mailbox_set({ accountId, ifInState: made.newState, update: { [folder]: { name: "Leuchttürme" } } });
assert.deepEqual(renamed.updated, { [folder]: null });
const { created } = await client.mailbox_changes({ accountId, sinceState: made.oldState });
assert.deepEqual(created, [folder]);

// ---- query, bodies; with a back-reference when asked together

const [found, read] = await Promise.all([
  client.email_query({ accountId, filter: { operator: "AND", conditions: [{ inMailbox: inbox }, { subject: "Re: The lighthouse" }] }, sort: [{ property: "receivedAt" }], calculateTotal: true }),
  client.email_get({
    accountId,
    "#ids": { resultOf: "0", name: "Email/query", path: "/ids" },
    properties: ["id", "blobId", "threadId", "mailboxIds", "keywords", "from", "subject", "size", "receivedAt", "bodyValues", "textBody", "htmlBody", "attachments", "preview"],
    bodyProperties: ["partId", "blobId", "size", "name", "type", "charset"],
    fetchAllBodyValues: true,
  }),
]);
assert.equal(found.total, 1);
const [email] = read.list;
assert.equal(email.id, found.ids[0]);
assert.equal(email.bodyValues[email.textBody[0].partId].value.trim(), "Grüße vom Leuchtturm ❤");
assert.equal(email.bodyValues[email.attachments[0].partId].value, "high at noon\n");
assert.deepEqual(Object.keys(email.textBody[0]).sort(), ["blobId", "charset", "name", "partId", "size", "type"]);

// ---- upload, download

const authorized = (more) => ({ headers: { Authorization: `Bearer ${token}`, ...more } });
const picture = new Uint8Array(50_000).map((_, i) => (i * 11) % 251);
const upload = await fetch(expand(session.uploadUrl, { accountId }), { method: "POST", body: picture, ...authorized({ "Content-Type": "image/png" }) });
const uploaded = await upload.json();
assert.deepEqual([uploaded.accountId, uploaded.type, uploaded.size], [accountId, "image/png", picture.length]);
const link = (blobId, name, type) => expand(session.downloadUrl, { accountId, blobId, name, type });
const bytes = async (...what) => new Uint8Array(await (await fetch(link(...what), authorized())).arrayBuffer());
assert.deepEqual(await bytes(uploaded.blobId, "picture.png", "image/png"), picture);

// ---- draft

const state = (await client.email_get({ accountId, ids: [] })).state;
const before = (await client.emailSubmission_get({ accountId, ids: [] })).state;
const { created: { draft } } = await client.email_set({
  accountId,
  create: {
    draft: {
      mailboxIds: { [of("drafts")]: true },
      keywords: { $draft: true, $seen: true },
      from: [{ name: "Jane Doe", email: address }],
      to: [{ name: "Jane Doe", email: address }],
      subject: "Sent by jmap-client-ts",
      htmlBody: [{ partId: "h", type: "text/html" }],
      bodyValues: { h: { value: "<p>From the <b>registry</b>.</p>" } },
      attachments: [{ blobId: uploaded.blobId, type: "image/png", name: "picture.png" }],
    },
  },
});

// ---- submit

const identity = (await (await fetch(session.apiUrl, {
  method: "POST",
  body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls: [["Identity/get", { accountId }, "i"]] }),
  ...authorized({ "Content-Type": "application/json" }),
})).json()).methodResponses[0][1].list[0];
const submitted = await client.emailSubmission_set({
  accountId,
  create: { s: { identityId: identity.id, emailId: draft.id, envelope: { mailFrom: { email: address }, rcptTo: [{ email: address, parameters: null }] } } },
  onSuccessUpdateEmail: { "#s": { mailboxIds: { [of("sent")]: true }, "keywords/$draft": null } },
});
const submission = await states.until("the submission is over", async () => {
  const { list } = await client.emailSubmission_get({ accountId, ids: [submitted.created.s.id] });
  return list[0].undoStatus === "final" && list[0];
});
assert.match(submission.deliveryStatus[address].smtpReply, /^250 /);
assert.deepEqual((await client.emailSubmission_changes({ accountId, sinceState: before })).created, [submission.id]);

// ---- changes, pushed

const arrived = await states.until("the message arrives", async () => {
  const { created } = await allChanges((sinceState) => client.email_changes({ accountId, sinceState, maxChanges: 50 }), state);
  const { list } = await client.email_get({ accountId, ids: created, properties: ["subject", "mailboxIds", "attachments", "keywords"] });
  return list.find((e) => e.mailboxIds[inbox] && e.subject === "Sent by jmap-client-ts");
});
assert.deepEqual(await bytes(arrived.attachments[0].blobId, "picture.png", "image/png"), picture);

// ---- update, destroy

const moved = await client.email_set({ accountId, update: { [arrived.id]: { [`mailboxIds/${inbox}`]: null, [`mailboxIds/${folder}`]: true, "keywords/$flagged": true } } });
assert.deepEqual(moved.updated, { [arrived.id]: null });
const { list: [now] } = await client.email_get({ accountId, ids: [arrived.id], properties: ["mailboxIds", "keywords"] });
assert.deepEqual([now.mailboxIds, now.keywords.$flagged], [{ [folder]: true }, true]);
assert.equal((await client.mailbox_set({ accountId, destroy: [folder] })).notDestroyed[folder].type, "mailboxHasEmail");
assert.deepEqual((await client.email_set({ accountId, destroy: [arrived.id] })).destroyed, [arrived.id]);
assert.deepEqual((await client.mailbox_set({ accountId, destroy: [folder] })).destroyed, [folder]);
await states.until("the mailbox is gone", async () => (await client.mailbox_get({ accountId, ids: [folder] })).notFound.length === 1);

// ---- what is refused

await assert.rejects(client.email_get({ accountId, ids: "all" }), { type: "invalidArguments" });
await assert.rejects(client.email_query({ accountId, filter: { colour: "red" } }), { type: "unsupportedFilter" });

states.close();
console.log(JSON.stringify({ accountId, subject: arrived.subject }));
