/** What is selected, and where the cursor is, while other front ends take messages out of the list. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { gone, row, rows, stands } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1 };
const count = (page) => page.getByRole("toolbar", { name: "This list" }).locator(".count");

test("what another front end takes out of the list leaves the selection; what is done then is done to the rest", async ({ open, cli, raw, receive }) => {
  const ids = [];
  for (const n of [1, 2, 3]) ids.push((await receive(`chosen ${n}`)).id);
  const page = await open("/mail/inbox", { preferences: SINGLE });
  for (const n of [1, 2, 3]) await row(page, `chosen ${n}`).locator(".check").click();
  await count(page).getByText("3 selected").waitFor();
  await cli("move", ids[1], "archive");
  await gone(row(page, "chosen 2"));
  await count(page).getByText("2 selected").waitFor();
  await page.keyboard.press("#");
  for (const n of [1, 3]) await gone(row(page, `chosen ${n}`));
  await stands(raw, ids[0], { in: ["trash"], keywords: [] });
  await stands(raw, ids[1], { in: ["archive"], keywords: [] });
  await stands(raw, ids[2], { in: ["trash"], keywords: [] });
});

test("what a search finds no more leaves the selection", async ({ open, cli, receive }) => {
  const ids = [];
  for (const n of [1, 2, 3]) ids.push((await receive(`sought ${n}`)).id);
  const page = await open("/mail/all?q=subject%3Asought%20keyword%3Akeep", { preferences: SINGLE });
  for (const id of ids) await cli("flag", id, "+keep");
  for (const n of [1, 2, 3]) await row(page, `sought ${n}`).locator(".check").click();
  await cli("flag", ids[0], "-keep");
  await gone(row(page, "sought 1"));
  await count(page).getByText("2 selected").waitFor();
});

test("a conversation stays selected when a new message stands for it", async ({ open, receive }) => {
  const message = (name, more = "") => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: long talk\r\nMessage-ID: <${name}@selection>\r\n${more}\r\nHello.\r\n`;
  await receive(message("first"));
  await receive("besides");
  const page = await open("/mail/inbox", { preferences: { ...SINGLE, conversations: true } });
  for (const subject of ["long talk", "besides"]) await row(page, subject).locator(".check").click();
  await receive(message("second", "References: <first@selection>\r\n"));
  await eventually(async () => assert.match(await row(page, "long talk").getAttribute("aria-label"), /conversation of 2 messages/));
  await count(page).getByText("2 selected").waitFor();
  assert.equal(await row(page, "long talk").getAttribute("aria-selected"), "true");
});

test("the cursor goes on where it was when its row is taken away by another front end", async ({ open, cli, receive }) => {
  const ids = {};
  for (const n of [4, 3, 2, 1, 0]) ids[n] = (await receive(`in a row ${n}`)).id;
  const page = await open("/mail/inbox", { preferences: { ...SINGLE, pane: "none" } });
  await row(page, "in a row 0").waitFor();
  const isAt = (n) => eventually(() => page.evaluate((n) => document.activeElement.ariaLabel?.includes(`in a row ${n}`) ?? false, n));
  await page.keyboard.press("Home");
  await isAt(0);
  for (const n of [1, 2]) {
    await page.keyboard.press("j");
    await isAt(n);
  }
  await cli("move", ids[2], "archive");
  await gone(row(page, "in a row 2"));
  await page.keyboard.press("j");
  await isAt(3);
  await cli("move", ids[3], "archive");
  await gone(row(page, "in a row 3"));
  await page.keyboard.press("k");
  await isAt(1);
});
