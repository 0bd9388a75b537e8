/** Reading without a core, or without the code for it: what was not seen is not read, and comes by itself when it can be had again. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { message, row, rows, stands } from "../mail.mjs";

const { test } = site({ fresh: true });
const AT_ONCE = { conversations: true, markReadAfter: 0 };
const lost = (page) => page.getByRole("contentinfo").getByText(/Facteur does not answer/).first();

test("a message that could not be fetched is not marked as read; it is fetched again, and read then, when the connection is back", { allow: [/Failed to load resource/] }, async ({ open, core, receive }) => {
  const ids = {};
  // Those in between are fetched ahead.
  for (const name of ["left", "stayed with", "one", "two", "three", "flagged"]) ids[name] = (await receive(`${name} meanwhile`)).id;
  const page = await open("/mail/inbox", { preferences: AT_ONCE });
  await row(page, "left meanwhile").waitFor();
  await row(page, "flagged meanwhile").click(); // what reads messages is here then
  await message(page).getByText("Hello.").waitFor();
  await core.kill();
  await lost(page).waitFor();
  await row(page, "left meanwhile").click();
  await message(page).getByRole("alert").first().waitFor();
  await row(page, "stayed with meanwhile").click();
  await message(page).getByRole("heading", { name: "stayed with meanwhile" }).waitFor();
  await message(page).getByRole("alert").first().waitFor();
  await core.again();
  await message(page).getByText("Hello.").waitFor();
  await eventually(async () => assert.equal(await message(page).getByRole("alert").count(), 0));
  // What waited for the core is told to it in turn.
  const raw = await core.raw();
  await row(page, "flagged meanwhile").locator(".star").click();
  await stands(raw, ids["flagged"], { in: ["inbox"], keywords: ["$flagged", "$seen"] });
  await stands(raw, ids["stayed with"], { in: ["inbox"], keywords: ["$seen"] });
  await stands(raw, ids["left"], { in: ["inbox"], keywords: [] });
});

test("a message that no list has is marked as read at once, too", async ({ open, raw, receive, cli }) => {
  const { id } = await receive("linked to");
  await cli("move", id, "archive");
  await stands(raw, id, { in: ["archive"], keywords: [] });
  const page = await open(`/mail/inbox/${id}`, { preferences: AT_ONCE });
  await rows(page).first().waitFor();
  await message(page).getByText("Hello.").waitFor();
  await stands(raw, id, { in: ["archive"], keywords: ["$seen"] });
});

test("a reader whose code did not come at first is there when it comes", { allow: [/Failed to load resource/] }, async ({ open, receive }) => {
  await receive("second");
  await receive("first");
  const page = await open("/mail/inbox", { preferences: AT_ONCE });
  const code = "**/assets/conversation-*.js";
  await page.route(code, (route) => route.abort());
  await page.reload();
  await row(page, "first").click();
  await message(page).getByRole("alert").waitFor();
  await page.unroute(code);
  await row(page, "second").click();
  await message(page).getByRole("heading", { name: "second" }).waitFor();
  assert.equal(await message(page).getByRole("alert").count(), 0);
});
