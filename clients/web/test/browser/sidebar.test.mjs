/** The sidebar: mailboxes that nobody subscribed to are a click away, and may stay. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";

const { test } = site();

test("what is not subscribed stands among the others, where one is in it by itself; from its menu it is always shown, or no more", async ({ open, raw }) => {
  const { created } = await raw.call("Mailbox/set", { accountId: "a1", create: { k: { name: "Attic", isSubscribed: false } } });
  const { id } = created.k;
  const isSubscribed = async () => (await raw.call("Mailbox/get", { accountId: "a1", ids: [id], properties: ["isSubscribed"] })).list[0].isSubscribed;
  const page = await open("/mail/inbox");
  const side = page.getByRole("navigation", { name: "Mailboxes" });
  const attic = side.getByRole("link", { name: "Attic" });
  const others = side.getByRole("button", { name: "One other mailbox" });
  await others.waitFor();
  assert.equal(await attic.count(), 0);
  await others.click();
  await attic.click();
  await others.waitFor({ state: "detached" }); // it is where one is
  const menu = side.getByRole("button", { name: "What can be done with Attic" });
  await menu.click();
  await page.getByRole("menuitem", { name: "Always show at the side" }).click();
  await eventually(isSubscribed);
  await side.getByRole("link", { name: "Inbox" }).first().click();
  await page.reload();
  await attic.click();
  assert.equal(await others.count(), 0);
  await menu.click();
  await page.getByRole("menuitem", { name: "Show among the others only" }).click();
  await eventually(async () => !(await isSubscribed()));
  await side.getByRole("link", { name: "Inbox" }).first().click();
  await others.waitFor();
  assert.equal(await attic.count(), 0);
});
