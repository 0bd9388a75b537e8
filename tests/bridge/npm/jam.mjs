// jmap-jam, as its README has it: from the session to a message that was sent and came back.
import assert from "node:assert/strict";
import JamClient from "jmap-jam";
import { address, allChanges, SignedInEventSource, States, token, url } from "./surroundings.mjs";

globalThis.EventSource = SignedInEventSource;

// ---- session

const jam = new JamClient({ sessionUrl: `${url}/.well-known/jmap`, bearerToken: token });
const session = await jam.session;
const accountId = await jam.getPrimaryAccount();
assert.ok(session.accounts[accountId].accountCapabilities["urn:ietf:params:jmap:submission"]);

// ---- push

const sse = await jam.connectEventSource({ types: ["Email", "Mailbox", "EmailSubmission"], ping: 5000, closeafter: "no" }); // seconds (RFC 8620 section 7.3), though its README says milliseconds
const states = new States(sse);
await states.opened;
await states.until("where it begins", () => states.changed[accountId]);

// ---- mailboxes

const [mailboxes, meta] = await jam.api.Mailbox.get({ accountId, ids: null });
assert.equal(meta.sessionState, session.state);
assert.equal(meta.createdIds, undefined);
const of = (role) => mailboxes.list.find((mailbox) => mailbox.role === role).id;
const inbox = of("inbox");
const [{ found, named }] = await jam.requestMany((t) => {
  const found = t.Mailbox.query({ accountId, filter: { hasAnyRole: true }, sort: [{ property: "name" }] });
  return { found, named: t.Mailbox.get({ accountId, ids: found.$ref("/ids"), properties: ["name", "role"] }) };
});
assert.deepEqual(named.list.map((mailbox) => mailbox.id).sort(), [...found.ids].sort());

// ---- query with back-references, bodies: RFC 8621 section 4.10, "first screen"

const [first] = await jam.requestMany((t) => {
  const ids = t.Email.query({ accountId, filter: { inMailbox: inbox, subject: "lighthouse" }, sort: [{ property: "receivedAt", isAscending: false }], collapseThreads: true, limit: 10, calculateTotal: true });
  const heads = t.Email.get({ accountId, ids: ids.$ref("/ids"), properties: ["threadId"] });
  const threads = t.Thread.get({ accountId, ids: heads.$ref("/list/*/threadId") });
  const emails = t.Email.get({
    accountId,
    ids: threads.$ref("/list/*/emailIds"),
    properties: ["subject", "from", "keywords", "mailboxIds", "receivedAt", "preview", "textBody", "htmlBody", "attachments", "bodyValues", "header:List-Id:asText"],
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: 4096,
  });
  const snippets = t.SearchSnippet.get({ accountId, filter: { text: "lighthouse" }, emailIds: ids.$ref("/ids") });
  return { ids, heads, threads, emails, snippets };
});
assert.equal(first.ids.total, 1);
assert.equal(first.threads.list[0].emailIds.length, 2);
const [question, answer] = first.emails.list.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
assert.deepEqual([question.subject, answer.subject], ["The lighthouse", "Re: The lighthouse"]);
assert.equal(answer.bodyValues[answer.textBody[0].partId].value.trim(), "Grüße vom Leuchtturm ❤");
assert.match(answer.bodyValues[answer.htmlBody[0].partId].value, /<b>Leuchtturm<\/b>/);
assert.match(first.snippets.list[0].subject, /<mark>lighthouse<\/mark>/);

// ---- upload, download

const picture = new Uint8Array(100_000).map((_, i) => (i * 7) % 251);
const uploaded = await jam.uploadBlob(accountId, new Blob([picture], { type: "image/png" }));
assert.deepEqual([uploaded.accountId, uploaded.type, uploaded.size], [accountId, "image/png", picture.length]);
const download = await jam.downloadBlob({ accountId, blobId: uploaded.blobId, mimeType: "image/png", fileName: "a lighthouse & more.png" });
assert.equal(download.headers.get("Content-Type"), "image/png");
assert.match(download.headers.get("Content-Disposition"), /a lighthouse/);
assert.deepEqual(new Uint8Array(await download.arrayBuffer()), picture);
const part = await jam.downloadBlob({ accountId, blobId: answer.attachments[0].blobId, mimeType: "text/plain", fileName: "tides.txt" });
assert.equal(await part.text(), "high at noon\r\n");
await assert.rejects(jam.downloadBlob({ accountId, blobId: "b" + "0".repeat(64), mimeType: "text/plain", fileName: "x" }), (e) => e.cause.status === 404);

// ---- draft and submission in one request (RFC 8621 section 7.5.1)

const [identities] = await jam.api.Identity.get({ accountId, ids: null });
const identity = identities.list.find((i) => i.email === address);
const [before] = await jam.requestMany((t) => ({
  emails: t.Email.get({ accountId, ids: [] }),
  mailboxes: t.Mailbox.get({ accountId, ids: [] }),
  submissions: t.EmailSubmission.get({ accountId, ids: [] }),
}));
const [queried] = await jam.api.Email.query({ accountId, filter: { inMailbox: inbox } });

const [, { createdIds }] = await jam.requestMany(
  (t) => ({
    draft: t.Email.set({
      accountId,
      create: {
        draft: {
          mailboxIds: { [of("drafts")]: true },
          keywords: { $draft: true, $seen: true },
          from: [{ name: "Jane Doe", email: address }],
          to: [{ name: "Jüne", email: address }],
          subject: "Sent by jmap-jam ❤",
          bodyStructure: {
            type: "multipart/mixed",
            subParts: [
              { type: "text/plain", partId: "text" },
              { type: "image/png", blobId: uploaded.blobId, name: "lighthouse.png", disposition: "attachment" },
            ],
          },
          bodyValues: { text: { value: "From the registry,\nwith greetings.\n" } },
        },
      },
    }),
    send: t.EmailSubmission.set({
      accountId,
      create: { submission: { identityId: identity.id, emailId: "#draft" } },
      onSuccessUpdateEmail: { "#submission": { [`mailboxIds/${of("drafts")}`]: null, [`mailboxIds/${of("sent")}`]: true, "keywords/$draft": null } },
    }),
  }),
  { createdIds: {} },
);
assert.deepEqual(Object.keys(createdIds).sort(), ["draft", "submission"]);

// ---- what came of it is pushed

const submission = await states.until("the submission is over", async () => {
  const [{ list }] = await jam.api.EmailSubmission.get({ accountId, ids: [createdIds.submission] });
  return list[0].undoStatus === "final" && list[0];
});
assert.match(submission.deliveryStatus[address].smtpReply, /^250 /);
assert.equal(submission.emailId, createdIds.draft);

const arrived = await states.until("the message arrives", async () => {
  const [{ list }] = await jam.requestMany((t) => {
    const ids = t.Email.query({ accountId, filter: { inMailbox: inbox, subject: "Sent by jmap-jam" } });
    return { ids, emails: t.Email.get({ accountId, ids: ids.$ref("/ids"), properties: ["subject", "attachments", "mailboxIds", "keywords"] }) };
  }).then(([r]) => [r.emails]);
  return list[0];
});
assert.equal(arrived.subject, "Sent by jmap-jam ❤");
assert.equal(arrived.attachments[0].name, "lighthouse.png");
const again = await jam.downloadBlob({ accountId, blobId: arrived.attachments[0].blobId, mimeType: "image/png", fileName: "lighthouse.png" });
assert.deepEqual(new Uint8Array(await again.arrayBuffer()), picture);

// ---- changes

const emails = await allChanges(async (sinceState) => (await jam.api.Email.changes({ accountId, sinceState, maxChanges: 1 }))[0], before.emails.state);
assert.ok(emails.created.includes(arrived.id) && emails.created.includes(createdIds.draft));
const boxes = await allChanges(async (sinceState) => (await jam.api.Mailbox.changes({ accountId, sinceState }))[0], before.mailboxes.state);
assert.ok(boxes.updated.includes(inbox) && boxes.updated.includes(of("sent")));
const submissions = await allChanges(async (sinceState) => (await jam.api.EmailSubmission.changes({ accountId, sinceState }))[0], before.submissions.state);
assert.deepEqual(submissions.created, [createdIds.submission]);
const [listed] = await jam.api.Email.queryChanges({ accountId, filter: { inMailbox: inbox }, sinceQueryState: queried.queryState });
assert.ok(listed.added.some((item) => item.id === arrived.id));
const [{ list: [sent] }] = await jam.api.Email.get({ accountId, ids: [createdIds.draft], properties: ["mailboxIds", "keywords"] });
assert.deepEqual([sent.mailboxIds, sent.keywords], [{ [of("sent")]: true }, { $seen: true }]);

// ---- import, update, destroy

const raw = await jam.uploadBlob(accountId, new Blob(["From: ines@example.org\r\nSubject: brought in\r\n\r\nHello.\r\n"], { type: "message/rfc822" }));
const [imported] = await jam.api.Email.import({ accountId, emails: { e: { blobId: raw.blobId, mailboxIds: { [of("archive")]: true }, keywords: { $flagged: true } } } });
const [updated] = await jam.api.Email.set({ accountId, ifInState: imported.newState, update: { [imported.created.e.id]: { "keywords/$seen": true, "keywords/$flagged": null } } });
assert.deepEqual(Object.keys(updated.updated), [imported.created.e.id]);
await assert.rejects(jam.api.Email.set({ accountId, ifInState: imported.newState, destroy: [imported.created.e.id] }), { type: "stateMismatch" });
const [gone] = await jam.api.Email.set({ accountId, destroy: [imported.created.e.id] });
assert.deepEqual(gone.destroyed, [imported.created.e.id]);
const [vacation] = await jam.api.VacationResponse.get({ accountId, ids: null });
assert.equal(vacation.list[0].id, "singleton");

// ---- what is refused

await assert.rejects(jam.api.Email.get({ accountId: "nobody", ids: [] }), { type: "accountNotFound" });
await assert.rejects(jam.api.Email.changes({ accountId, sinceState: "never" }), { type: "cannotCalculateChanges" });
await assert.rejects(jam.request(["Core/echo", {}], { using: ["urn:example:nobody"] }), { type: "urn:ietf:params:jmap:error:unknownCapability", status: 400 });
await assert.rejects(
  jam.requestMany((t) => {
    const ids = t.Email.query({ accountId });
    return { ids, emails: t.Email.get({ accountId, ids: ids.$ref("/nothing") }) };
  }),
  (errors) => errors.length === 1 && errors[0].type === "invalidResultReference",
);

states.close();
console.log(JSON.stringify({ accountId, subject: arrived.subject }));
