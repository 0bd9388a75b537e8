/** The outbox hears of what changes, and does not ask for it again and again. */
import assert from "node:assert/strict";
import { site } from "../harness.mjs";
import { accountWith } from "../compose-support.mjs";

const { test } = site();

test("what is held shows, and goes, without the page asking every few seconds", async ({ open, core, raw }) => {
  await accountWith(core, 1);
  const page = await open("/settings/outbox");
  await page.getByText("Nothing waits to be sent.").waitFor();
  let asked = 0;
  page.on("request", (r) => (r.postData() ?? "").includes('"EmailSubmission/query"') && asked++);
  await new Promise((done) => setTimeout(done, 6500)); // three times as long as it was asked for before
  assert.ok(asked <= 1, `${asked} times asked while nothing changed`);

  const { ids: [drafts] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "drafts" } });
  const { list: [identity] } = await raw.call("Identity/get", { accountId: "a1" });
  const { created } = await raw.call("Email/set", { accountId: "a1", create: { d: { mailboxIds: { [drafts]: true }, keywords: { $draft: true }, from: [{ email: "jane.doe@example.org" }], to: [{ email: "bob@example.org" }], subject: "Held", textBody: [{ partId: "t" }], bodyValues: { t: { value: "x" } } } } });
  const envelope = { mailFrom: { email: "jane.doe@example.org", parameters: { HOLDFOR: "3600" } }, rcptTo: [{ email: "bob@example.org" }] };
  const sent = await raw.call("EmailSubmission/set", { accountId: "a1", create: { s: { identityId: identity.id, emailId: created.d.id, envelope } } });
  const entry = page.getByRole("listitem").filter({ hasText: "Held" });
  await entry.getByText(/^Goes out/).waitFor();
  await raw.call("EmailSubmission/set", { accountId: "a1", update: { [sent.created.s.id]: { undoStatus: "canceled" } } });
  await entry.getByText("Was taken back.").waitFor();
});
