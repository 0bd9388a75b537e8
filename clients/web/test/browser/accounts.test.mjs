/** Several accounts in one list: what is done to all of it. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { row, rows, stands } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1 };

/** Another account, with a message, whose server is never asked. */
async function another(raw, receive, name) {
  const { created } = await raw.call("Account/set", { create: { k: { name, address: `${name}@example.org`, source: `pop3s://${name}@pop.example.org`, isEnabled: false } } });
  const accountId = created.k.id;
  return { accountId, id: (await receive(`of ${name}`, { accountId })).id };
}

async function choose(page, typed, option) {
  await page.keyboard.press("l");
  await page.getByRole("combobox").fill(typed);
  await page.getByRole("option", { name: option }).first().waitFor();
  await page.keyboard.press("Enter");
}

test("a label goes on what is of its own account, of several rows and of all that match; a tag on everything", async ({ open, raw, receive }) => {
  const away = await another(raw, receive, "away");
  const here = await receive("of here");
  const { created } = await raw.call("Mailbox/set", { accountId: "a1", create: { k: { name: "Projects" } } });
  const projects = async () => (await raw.call("Mailbox/get", { ids: [created.k.id], properties: ["totalEmails"] })).list[0].totalEmails;
  const total = async (accountId) => (await raw.call("Email/query", { accountId, calculateTotal: true, limit: 0 })).total;
  const [inAway, inHere] = [await total(away.accountId), await total("a1")];

  const page = await open("/mail/inbox", { preferences: SINGLE });
  await row(page, "of away").waitFor();
  await row(page, "of here").click({ modifiers: ["Control"] });
  await row(page, "of away").click({ modifiers: ["Control"] });
  await choose(page, "Projects", /^Projects/);
  await page.getByText("One is in Projects, too").waitFor();
  await stands(raw, here.id, { in: ["Projects", "inbox"], keywords: [] });
  assert.equal(await projects(), 1);

  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+a");
  await choose(page, "Projects", /^Projects/);
  const inInbox = (await raw.call("Mailbox/get", { accountId: "a1", properties: ["role", "totalEmails"] })).list.find((m) => m.role === "inbox").totalEmails;
  await page.getByText(`${inInbox} are in Projects, too`).waitFor();
  await eventually(async () => assert.equal(await projects(), inInbox));
  await stands(raw, away.id, { in: ["inbox"], keywords: [] });
  assert.deepEqual([await total(away.accountId), await total("a1")], [inAway, inHere], "nothing was copied");

  // All of it can be taken back.
  await page.keyboard.press("z");
  await eventually(async () => assert.equal(await projects(), 1));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+a");
  await choose(page, "To do", /^To do/);
  await stands(raw, away.id, { in: ["inbox"], keywords: ["$label4"] });
  await stands(raw, here.id, { in: ["Projects", "inbox"], keywords: ["$label4"] });
  assert.ok((await rows(page).count()) > 1);
});
