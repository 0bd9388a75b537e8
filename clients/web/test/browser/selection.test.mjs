/** What is selected, and where the cursor is, while other front ends take messages out of the list. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { accountWith, drafts } from "../compose-support.mjs";
import { gone, message, row, rows, stands, subjects } from "../mail.mjs";

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

test("a button of the bar that goes with the selection does not keep the focus: the next keys are the list's", async ({ open, raw, receive }) => {
  const ids = [];
  for (const n of [3, 2, 1]) ids.unshift((await receive(`barred ${n}`)).id);
  const page = await open("/mail/inbox", { preferences: { ...SINGLE, pane: "none" } });
  await row(page, "barred 1").locator(".check").click();
  await page.getByRole("toolbar", { name: "This list" }).getByRole("button", { name: "Archive" }).click();
  await gone(row(page, "barred 1"));
  const at = (n) => eventually(() => page.evaluate((n) => document.activeElement.ariaLabel?.includes(`barred ${n}`) ?? false, n));
  await at(2);
  await page.keyboard.press("j");
  await at(3);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "barred 3" }).waitFor();
  await stands(raw, ids[2], { in: ["inbox"], keywords: [] });
});

test("what is told, and its undo, is whole on a screen of 320 by 256 pixels", async ({ open, receive }) => {
  await receive("told low");
  const page = await open("/mail/inbox", { preferences: SINGLE, width: 320, height: 256 });
  await row(page, "told low").waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("e");
  const undo = page.getByRole("button", { name: /^Undo/ });
  await undo.waitFor();
  // What is cut off is not what a finger hits there.
  assert.ok(await undo.evaluate((e) => { const { left, top, width, height } = e.getBoundingClientRect(); return [top + 1, top + height - 1].every((y) => e.contains(document.elementFromPoint(left + width / 2, y))); }));
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

/** The inbox without a reading pane, `n` messages of this subject in it, the cursor at the first; isAt: the row that has the focus. */
async function standing(open, receive, subject, n) {
  const ids = {};
  for (let i = n; i > 0; i--) ids[i] = (await receive(`${subject} ${i}`)).id;
  const page = await open("/mail/inbox", { preferences: { ...SINGLE, pane: "none" } });
  await row(page, `${subject} 1`).waitFor();
  const isAt = (i) => eventually(() => page.evaluate((name) => document.activeElement.ariaLabel?.includes(name) ?? false, `${subject} ${i}`));
  await page.keyboard.press("Home");
  await isAt(1);
  return { page, ids, isAt };
}

test("the cursor stands on what is in the place of its row when another front end takes that away: keys mean what has the focus", async ({ open, cli, raw, receive }) => {
  const { page, ids, isAt } = await standing(open, receive, "in a row", 5);
  await page.keyboard.press("j");
  await isAt(2);
  // What comes above at the same time is not in its place.
  await Promise.all([cli("move", ids[2], "archive"), receive("above the row")]);
  await gone(row(page, "in a row 2"));
  await isAt(3);
  await row(page, "above the row").waitFor();
  await isAt(3);
  await page.keyboard.press("#");
  await gone(row(page, "in a row 3"));
  await isAt(4);
  await cli("move", ids[4], "archive");
  await gone(row(page, "in a row 4"));
  await isAt(5);
  await page.keyboard.press("k");
  await isAt(1);
  await stands(raw, ids[3], { in: ["trash"], keywords: [] });
  for (const i of [2, 4]) await stands(raw, ids[i], { in: ["archive"], keywords: [] });
});

test("a cursor whose row has gone is nowhere while its place is not on the screen: keys do nothing, and j goes on from there", async ({ open, cli, raw, receive }) => {
  const { page, ids, isAt } = await standing(open, receive, "far up", 3);
  await page.keyboard.press("j");
  await isAt(2);
  const list = page.locator(".list");
  await list.evaluate((e) => (e.scrollTop = 1500));
  await gone(row(page, "far up 1"));
  const height = (await rows(page).first().boundingBox()).height;
  await cli("move", ids[2], "archive");
  await gone(row(page, "far up 2"));
  await page.waitForFunction(() => document.activeElement.role === "listbox");
  await page.keyboard.press("#");
  await page.keyboard.press("x");
  assert.equal(await list.evaluate((e) => e.scrollTop), 1500 - height); // what is on the screen has not moved
  await page.keyboard.press("j");
  await isAt(3);
  await page.keyboard.press("s");
  await stands(raw, ids[3], { in: ["inbox"], keywords: ["$flagged"] });
  await stands(raw, ids[2], { in: ["archive"], keywords: [] });
  assert.equal(await page.locator('[role=option][aria-selected="true"]').count(), 0);
});

test("back in a list, what was taken out of it meanwhile is not what keys mean", async ({ open, cli, raw, receive }) => {
  const { page, ids, isAt } = await standing(open, receive, "meanwhile", 3);
  await page.keyboard.press("j");
  await isAt(2);
  await page.reload(); // its spot is kept, its row is not
  await page.locator(".row.cursor", { hasText: "meanwhile 2" }).waitFor();
  await page.goto("about:blank");
  await cli("move", ids[2], "archive");
  await page.goBack();
  await row(page, "meanwhile 1").waitFor();
  await isAt(3);
  await page.keyboard.press("#");
  await gone(row(page, "meanwhile 3"));
  await stands(raw, ids[3], { in: ["trash"], keywords: [] });
  await stands(raw, ids[2], { in: ["archive"], keywords: [] });
});

test("what is open when another front end takes it away stays, and is what keys mean; the focus stays in the list", async ({ open, cli, raw, receive }) => {
  const { page, ids, isAt } = await reading(open, receive, "read on", 4);
  await page.keyboard.press("j");
  await isAt(2);
  await cli("move", ids[2], "archive");
  await gone(row(page, "read on 2"));
  await page.waitForFunction(() => document.activeElement.role === "listbox");
  await message(page).getByRole("heading", { name: "read on 2" }).waitFor();
  await page.keyboard.press("s");
  await stands(raw, ids[2], { in: ["archive"], keywords: ["$flagged"] });
  await page.keyboard.press("ArrowDown");
  await isAt(3);
  await cli("move", ids[3], "archive");
  await gone(row(page, "read on 3"));
  await page.keyboard.press("u");
  await isAt(4);
  await stands(raw, ids[4], { in: ["inbox"], keywords: [] });
});

test("an answer to the conversation of the cursor: its row has the focus, where it is now; and is that of what is open", async ({ open, receive }) => {
  const letter = (n) => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: followed\r\nMessage-ID: <followed${n}@selection>\r\n${n ? "References: <followed0@selection>\r\n" : ""}\r\nHello.\r\n`;
  await receive(letter(0));
  await receive("above it");
  const page = await open("/mail/inbox", { preferences: { ...SINGLE, conversations: true, pane: "none" } });
  await row(page, "above it").waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("j");
  const isAt = (place) => eventually(() => page.evaluate((place) => document.activeElement.ariaPosInSet === String(place) && /followed/.test(document.activeElement.ariaLabel), place));
  await isAt(2);
  await receive(letter(1));
  await isAt(1);
  const wide = await open("/mail/inbox", { preferences: { ...SINGLE, conversations: true } });
  await row(wide, "followed").click();
  await message(wide).getByRole("heading", { name: "followed" }).waitFor();
  await receive("above it again");
  await receive(letter(2));
  await eventually(async () => assert.match(await row(wide, "followed").getAttribute("aria-label"), /conversation of 3 messages/));
  await eventually(async () => assert.equal(await row(wide, "followed").getAttribute("aria-current"), "true"));
});

test("a message that is open in the trash and was taken out of it meanwhile goes back into it; it is not destroyed", async ({ open, cli, raw, receive }) => {
  const { id } = await receive("rescued");
  await cli("move", id, "trash");
  const page = await open("/mail/trash", { preferences: SINGLE });
  await row(page, "rescued").click();
  await message(page).getByRole("heading", { name: "rescued" }).waitFor();
  await cli("move", id, "inbox");
  await gone(row(page, "rescued"));
  await page.keyboard.press("#");
  await stands(raw, id, { in: ["trash"], keywords: [] });
});

/** With the reading pane, `n` messages of this subject, the newest of them open and with the focus in its row. */
async function reading(open, receive, subject, n) {
  const ids = {};
  for (let i = n; i > 0; i--) ids[i] = (await receive(`${subject} ${i}`)).id;
  const page = await open("/mail/inbox", { preferences: SINGLE });
  await row(page, `${subject} 1`).click();
  await message(page).getByRole("heading", { name: `${subject} 1` }).waitFor();
  return { page, ids, isAt: (i) => eventually(() => page.evaluate((name) => document.activeElement.ariaLabel?.includes(name) ?? false, `${subject} ${i}`)) };
}

test("what was selected and is not any more: keys mean the row that has the focus, and the buttons of what is open mean that", async ({ open, raw, receive }) => {
  const { page, ids, isAt } = await reading(open, receive, "given up", 5);
  for (const i of [2, 3, 4]) {
    await page.keyboard.press("Shift+J");
    await isAt(i);
  }
  await page.keyboard.press("Escape");
  await eventually(async () => assert.equal(await page.locator('[role=option][aria-selected="true"]').count(), 0));
  assert.match(page.url(), new RegExp(`/${ids[1]}$`));
  await message(page).getByRole("button", { name: /^Flag/ }).click();
  await stands(raw, ids[1], { in: ["inbox"], keywords: ["$flagged"] });
  await row(page, "given up 4").click({ modifiers: ["Control"] });
  await row(page, "given up 4").click({ modifiers: ["Control"] });
  await page.keyboard.press("s");
  await stands(raw, ids[4], { in: ["inbox"], keywords: ["$flagged"] });
  await row(page, "given up 3").locator(".check").click();
  await row(page, "given up 3").locator(".check").click();
  await page.keyboard.press("Delete");
  await gone(row(page, "given up 3"));
  await stands(raw, ids[3], { in: ["trash"], keywords: [] });
  await stands(raw, ids[1], { in: ["inbox"], keywords: ["$flagged"] });
});

test("who goes back to what is open means that by the keys, and a selection grows from there as well", async ({ open, raw, receive }) => {
  const { page, ids, isAt } = await reading(open, receive, "turned to", 4);
  await row(page, "turned to 4").click({ modifiers: ["Control"] });
  await row(page, "turned to 4").click({ modifiers: ["Control"] });
  await isAt(4);
  await page.locator(`[data-id="${ids[1]}"]`).focus();
  await page.keyboard.press("Shift+J");
  await page.keyboard.press("Shift+J");
  await count(page).getByText("3 selected").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await stands(raw, ids[1], { in: ["inbox"], keywords: ["$flagged"] });
  await stands(raw, ids[3], { in: ["inbox"], keywords: [] });
  await page.keyboard.press("Enter");
  assert.match(page.url(), new RegExp(`/${ids[1]}$`));
});

test("a draft that was written on is what keys mean when its composer is closed, not the one that is open", async ({ open, core, raw }) => {
  await accountWith(core);
  const { ids: [box] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "drafts" } });
  const { created } = await raw.call("Email/set", { accountId: "a1", create: Object.fromEntries(["first", "third", "second"].map((name, i) => [name, {
    mailboxIds: { [box]: true }, keywords: { $draft: true, $seen: true }, subject: `draft ${name}`, receivedAt: `2026-11-02T10:00:0${i}Z`, textBody: [{ partId: "1", type: "text/plain" }], bodyValues: { 1: { value: "Hello." } },
  }])) });
  const page = await open("/mail/drafts", { preferences: SINGLE });
  await row(page, "draft second").waitFor();
  await page.keyboard.press("j");
  await message(page).getByRole("heading", { name: "draft second" }).waitFor();
  await row(page, "draft first").click();
  await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  await page.locator(".composer").getByRole("button", { name: "Close" }).click();
  await gone(page.locator(".composer"));
  await eventually(() => page.evaluate(() => document.activeElement.ariaLabel?.includes("draft first") ?? false));
  await page.keyboard.press("Delete");
  await stands(raw, created.first.id, { in: ["trash"], keywords: ["$draft", "$seen"] });
  await stands(raw, created.second.id, { in: ["drafts"], keywords: ["$draft", "$seen"] });
  // Written on, it is another message, in another row: the first one, to which Tab leads.
  await row(page, "draft third").click();
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("Hello again.");
  await page.locator(".composer").getByRole("button", { name: "Close" }).click();
  await gone(page.locator(".composer"));
  let id;
  await eventually(async () => {
    const [draft] = await drafts(raw, "draft third");
    id = draft.id;
    return draft.text.startsWith("Hello again.") && id !== created.third.id;
  });
  await eventually(async () => /draft third/.test((await subjects(page))[0]) && (await rows(page).count()) === 2);
  await rows(page).first().focus();
  await page.keyboard.press("Delete");
  await stands(raw, id, { in: ["trash"], keywords: ["$draft", "$seen"] });
  await stands(raw, created.second.id, { in: ["drafts"], keywords: ["$draft", "$seen"] });
});

test("Shift and a click far below selects all in between, also what was never here", async ({ open, raw }) => {
  const page = await open("/mail/all", { preferences: { ...SINGLE, density: "compact", layout: "table" } });
  await rows(page).first().click({ modifiers: ["Control"] });
  const total = Number(await rows(page).first().getAttribute("aria-setsize"));
  assert.ok(total > 150, `${total}`);
  await page.locator(".list").evaluate((e) => (e.scrollTop = e.scrollHeight));
  const last = page.locator(`[role=option][aria-posinset="${total}"]:not(.waiting)`);
  await last.click({ modifiers: ["Shift"] });
  await count(page).getByText(`${total} selected`).waitFor();
  await page.keyboard.press("s");
  await eventually(async () => assert.equal((await raw.call("Email/query", { accountId: "*", query: "is:flagged", limit: 0, calculateTotal: true })).total, total));
});
