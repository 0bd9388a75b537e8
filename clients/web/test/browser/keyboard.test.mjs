/** The mailbox without a mouse: each key does in the store what it says. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { accountWith } from "../compose-support.mjs";
import { gone, message, row, rows, stands, subjects } from "../mail.mjs";

const { test } = site();

/** The inbox with the cursor at its first message. */
async function inbox(open, options) {
  const page = await open("/mail/inbox", options);
  await rows(page).first().waitFor();
  return page;
}
const focused = (page) => page.evaluate(() => document.activeElement?.querySelector(".subject")?.textContent.trim() ?? document.activeElement?.ariaLabel ?? document.activeElement?.tagName);
const at = (page, subject) => eventually(async () => assert.match(String(await focused(page)), new RegExp(subject)));

test("j and k go through the list, o opens, u closes, and what was open is read", async ({ open, receive, raw }) => {
  const [older, newer] = [await receive("key: older"), await receive("key: newer")];
  const page = await inbox(open, { preferences: { pane: "none" } });
  await row(page, "key: newer").waitFor();
  await page.keyboard.press("j");
  await at(page, "key: newer");
  await page.keyboard.press("j");
  await at(page, "key: older");
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowDown");
  await at(page, "key: older");
  await page.keyboard.press("o");
  await message(page).getByRole("heading", { name: "key: older" }).waitFor();
  assert.match(page.url(), new RegExp(`/mail/inbox/${older.id}$`));
  await stands(raw, older.id, { in: ["inbox"], keywords: ["$seen"] });
  await page.keyboard.press("u");
  await row(page, "key: older").waitFor();
  await at(page, "key: older");
  await stands(raw, newer.id, { in: ["inbox"], keywords: [] });
});

test("e archives, z takes it back; #, ! and s and Shift+U do what they say", async ({ open, receive, raw }) => {
  const { id } = await receive("key: triage");
  const page = await inbox(open, { preferences: { markReadAfter: -1 } });
  await row(page, "key: triage").waitFor();
  await page.keyboard.press("j");
  await at(page, "key: triage");
  for (const [key, role] of [["e", "archive"], ["y", "archive"], ["#", "trash"], ["Delete", "trash"], ["!", "junk"]]) {
    await page.keyboard.press(key);
    await gone(row(page, "key: triage"));
    await stands(raw, id, { in: [role], keywords: role === "junk" ? ["$junk"] : [] });
    await page.keyboard.press("z");
    await row(page, "key: triage").waitFor();
    await stands(raw, id, { in: ["inbox"], keywords: [] });
    await page.keyboard.press("Home");
    await at(page, "key: triage");
  }
  await page.keyboard.press("s");
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged"] });
  await page.keyboard.press("s");
  await page.keyboard.press("Shift+I");
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
  await page.keyboard.press("Shift+U");
  await stands(raw, id, { in: ["inbox"], keywords: [] });
});

test("x selects, Shift+J goes on selecting, and what is done is done to all of them, and taken back as one", async ({ open, receive, raw }) => {
  const ids = [];
  for (const n of [1, 2, 3]) ids.push((await receive(`key: many ${n}`)).id);
  const page = await inbox(open, { preferences: { markReadAfter: -1 } });
  await row(page, "key: many 3").waitFor();
  await page.keyboard.press("j");
  await at(page, "key: many 3");
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+J");
  await page.keyboard.press("Shift+J");
  await eventually(async () => assert.equal(await page.locator('[role=option][aria-selected="true"]').count(), 3));
  await page.keyboard.press("e");
  for (const n of [1, 2, 3]) await gone(row(page, `key: many ${n}`));
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: [] });
  await page.keyboard.press("z");
  for (const id of ids) await stands(raw, id, { in: ["inbox"], keywords: [] });
  await row(page, "key: many 1").waitFor();
});

test("all that match, more than are shown: * a in a search, and z for all of them", async ({ open, raw }) => {
  const count = async (query) => (await raw.call("Email/query", { accountId: "*", query, limit: 0, calculateTotal: true })).total;
  const page = await open("/mail/all?q=before%3A2026-01-01");
  await rows(page).first().waitFor();
  const [total, flagged] = [await count("before:2026-01-01"), await count("before:2026-01-01 is:flagged")];
  assert.ok(total > 150 && (await rows(page).count()) < 50 && flagged < total);
  await page.keyboard.press("j");
  await page.keyboard.press("*");
  await page.keyboard.press("a");
  await page.getByText(/^all \d+ selected$/).first().waitFor();
  const isCut = (other) => other.locator(".bar-part:not(.off) .count").evaluate((e) => e.scrollWidth > e.clientWidth);
  assert.equal(await isCut(page), false);
  for (const width of [1280, 390]) {
    const french = await open("/mail/all?q=before%3A2026-01-01", { lang: "fr", width });
    await french.getByRole("option").first().waitFor();
    await french.keyboard.press("*");
    await french.keyboard.press("a");
    await french.getByText(/^les \d+ sélectionnés$/).first().waitFor();
    assert.equal(await isCut(french), false, `${width}`);
  }
  await page.keyboard.press("s");
  await eventually(async () => assert.equal(await count("before:2026-01-01 is:flagged"), total));
  await page.keyboard.press("z");
  await eventually(async () => assert.equal(await count("before:2026-01-01 is:flagged"), flagged));
});

test("v moves: the mailbox is named by its letters", async ({ open, receive, raw }) => {
  await raw.call("Mailbox/set", { accountId: "a1", create: { m: { name: "Lighthouse" } } });
  const { id } = await receive("key: to be moved");
  const page = await inbox(open, { preferences: { markReadAfter: -1 } });
  await row(page, "key: to be moved").waitFor();
  await page.keyboard.press("j");
  await at(page, "key: to be moved");
  await page.keyboard.press("v");
  await page.getByRole("dialog").getByRole("combobox").waitFor();
  await page.keyboard.type("lighth");
  await page.keyboard.press("Enter");
  await gone(row(page, "key: to be moved"));
  await stands(raw, id, { in: ["Lighthouse"], keywords: [] });
});

test("b takes out of sight; where it waits, the list and the message say when it comes back", async ({ open, receive, raw }) => {
  const { id } = await receive("key: to be snoozed");
  const page = await inbox(open, { preferences: { markReadAfter: -1 } });
  await row(page, "key: to be snoozed").waitFor();
  await page.keyboard.press("j");
  await at(page, "key: to be snoozed");
  await page.keyboard.press("b");
  await page.getByRole("dialog").getByRole("button", { name: "Tomorrow morning" }).click();
  await gone(row(page, "key: to be snoozed"));
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  const { list: [{ snoozed }] } = await raw.call("Email/get", { ids: [id], properties: ["snoozed"] });
  await row(page, "key: to be snoozed").waitFor();
  const time = row(page, "key: to be snoozed").locator("time");
  assert.equal(await time.getAttribute("datetime"), snoozed.until);
  assert.match(await time.textContent(), /8:00/);
  const when = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "short" }).format(new Date(snoozed.until)).split(",")[0];
  assert.match(await row(page, "key: to be snoozed").getAttribute("aria-label"), new RegExp(`, comes back ${when},`));
  await row(page, "key: to be snoozed").click();
  await message(page).getByText(`This comes back ${when},`).waitFor();
});

test("another time for what waits already is taken back; the same time again is nothing, and what was done before it is not taken back in its place", async ({ open, receive, raw }) => {
  const before = await receive("key: done in between");
  const { id } = await receive("key: waiting somewhere");
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString().replace(/\.\d+/, "");
  await raw.call("Email/snooze", { accountId: "a1", ids: [id], until });
  const waitsUntil = async () => (await raw.call("Email/get", { ids: [id], properties: ["snoozed"] })).list[0].snoozed.until;
  const page = await inbox(open, { preferences: { markReadAfter: -1 } });
  const told = page.locator(".toast").filter({ hasText: "Comes back" });
  const undo = told.getByRole("button", { name: "Undo" });
  const go = async (key) => {
    for (const one of ["g", key]) await page.keyboard.press(one);
  };
  const untilTomorrow = async () => {
    await row(page, "key: waiting somewhere").click({ modifiers: ["Control"] });
    await page.keyboard.press("b");
    await page.getByRole("dialog").getByRole("button", { name: "Tomorrow morning" }).click();
    await told.waitFor();
  };
  await go("b");
  await untilTomorrow();
  const tomorrow = await waitsUntil();
  await undo.click();
  await eventually(async () => assert.equal(await waitsUntil(), until));
  await untilTomorrow();
  assert.equal(await waitsUntil(), tomorrow);
  await go("i");
  await row(page, "key: done in between").click({ modifiers: ["Control"] });
  await page.keyboard.press("e");
  await gone(row(page, "key: done in between"));
  await stands(raw, before.id, { in: ["archive"], keywords: [] });
  await go("a");
  await untilTomorrow();
  assert.equal(await undo.count(), 0);
});

test("g and a letter go there; / searches; Escape comes back to the list", async ({ open }) => {
  const page = await inbox(open);
  for (const [key, part] of [["a", "all"], ["t", "sent"], ["d", "drafts"], ["s", "flagged"], ["i", "inbox"]]) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL(`**/mail/${part}`);
  }
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "search"));
  await page.keyboard.type("subject:lantern");
  await eventually(async () => {
    const found = await subjects(page);
    assert.ok(found.length > 5);
    assert.ok(found.every((subject) => /lantern/i.test(subject)));
  });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await eventually(async () => assert.notEqual(await page.evaluate(() => document.activeElement.id), "search"));
  // Out of its rows one comes back to where it began, too.
  await page.waitForURL("**/mail/inbox");
  await page.keyboard.press("/");
  await page.keyboard.type("subject:lantern");
  await page.waitForURL((url) => url.pathname === "/mail/all" && url.searchParams.get("q") === "subject:lantern");
  await eventually(async () => (await subjects(page)).every((subject) => /lantern/i.test(subject)));
  await page.keyboard.press("ArrowDown");
  await eventually(() => page.evaluate(() => document.activeElement.role === "option"));
  await page.keyboard.press("Escape");
  await page.waitForURL("**/mail/inbox");
});

test("what is offered below the search: all of it to who comes there, then what goes on with the word, and nothing over the rows", async ({ open }) => {
  const page = await inbox(open);
  const offers = page.getByRole("group", { name: "What can be asked for" }).getByRole("button");
  await page.keyboard.press("/");
  await eventually(async () => (await offers.count()) > 8);
  await page.keyboard.type("lantern");
  await eventually(async () => (await offers.count()) === 0 && (await subjects(page)).length > 0);
  await page.keyboard.type(" ha");
  await offers.filter({ hasText: "has:attachment" }).click();
  await page.waitForURL((url) => url.searchParams.get("q") === "lantern has:attachment");
  await eventually(async () => (await offers.count()) > 8); // another one, perhaps
  await page.keyboard.type('"with ha'); // in quotes it is no operator
  await eventually(async () => (await offers.count()) === 0);
});

test("into the rows while the last letter is looked for: one stays there", async ({ open }) => {
  const page = await inbox(open);
  await page.keyboard.press("/");
  await page.keyboard.type("lantern subject:");
  await page.waitForURL((url) => url.searchParams.get("q") === "lantern subject:");
  await page.keyboard.type("lantern");
  await eventually(async () => {
    const found = await subjects(page);
    assert.ok(found.length > 5 && found.every((subject) => /lantern/i.test(subject)));
  });
  let go;
  const held = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.type(" lantern");
  await page.waitForURL((url) => url.searchParams.get("q") === "lantern subject:lantern lantern");
  await page.keyboard.press("ArrowDown");
  go();
  await rows(page).first().waitFor();
  await eventually(() => page.evaluate(() => document.activeElement.role === "option" && document.activeElement.ariaPosInSet === "1"));
});

test("? lists the keys, Ctrl+K finds a command by its name and says its key", async ({ open }) => {
  const page = await inbox(open);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog");
  await help.getByText("Archive").first().waitFor();
  await help.getByText("Ctrl+Enter").waitFor();
  const groups = help.locator(".help-groups");
  for (const [width, height] of [[1280, 800], [1280, 500], [390, 800]]) {
    await page.setViewportSize({ width, height });
    const seen = await groups.evaluate((e) => ({ isWide: e.scrollWidth > e.clientWidth, isAll: e.scrollHeight <= e.clientHeight, isIn: e.getBoundingClientRect().bottom <= innerHeight }));
    assert.deepEqual(seen, { isWide: false, isAll: width > 1000 && height > 700, isIn: true }, `${width} ${height}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog");
  await palette.getByRole("combobox").waitFor();
  await page.keyboard.type("settings");
  await palette.getByRole("option", { name: /Settings/ }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/settings**");
});

test("what is typed right after Escape is for the page again", async ({ open }) => {
  const page = await inbox(open);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  // Two keys in one go: nothing is waited for in between, not even that the browser tells of the dialog's end.
  await Promise.all([page.keyboard.press("Escape"), page.keyboard.press("Control+k")]);
  await page.getByRole("dialog").getByRole("combobox").waitFor();
});

test("no single keys where they are switched off; others where another program's are chosen", async ({ open, receive, raw }) => {
  const { id } = await receive("key: preset");
  const none = await inbox(open, { preferences: { keys: "none", markReadAfter: -1 } });
  await row(none, "key: preset").waitFor();
  await none.keyboard.press("ArrowDown");
  await at(none, "key: preset");
  for (const key of ["e", "#", "s", "!"]) await none.keyboard.press(key);
  await none.keyboard.press("Control+k");
  await none.getByRole("dialog").waitFor();
  await stands(raw, id, { in: ["inbox"], keywords: [] });
  const mutt = await inbox(open, { preferences: { keys: "mutt", markReadAfter: -1 } });
  await row(mutt, "key: preset").waitFor();
  await mutt.keyboard.press("j");
  await at(mutt, "key: preset");
  await mutt.keyboard.press("d");
  await stands(raw, id, { in: ["trash"], keywords: [] });
});

test("beside the mail, too: c writes, / leads to the search; in a window of its own neither is there", async ({ open, core }) => {
  await accountWith(core);
  /** A command in the palette; behind its name stands at most its key: "New message in a window of its own" is another. */
  const command = (page, name) => page.getByRole("dialog", { name: "All commands" }).getByRole("option", { name: new RegExp(`^${name}( \\S)?$`) });
  for (const path of ["/settings/reading", "/statistics"]) {
    const page = await open(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    for (const name of ["New message", "Search"]) await command(page, name).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await page.getByRole("combobox", { name: "To", exact: true }).waitFor();
    await page.locator(".composer.opening").waitFor({ state: "detached" }); // until then Escape gives up what nobody has written
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Open again" }).waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("/");
    await page.waitForURL((url) => url.pathname === "/mail/inbox");
    await eventually(() => page.evaluate(() => document.activeElement.id === "search"));
  }
  const alone = await open("/compose");
  await alone.getByRole("combobox", { name: "To", exact: true }).waitFor();
  await alone.evaluate(() => document.activeElement.blur());
  await alone.keyboard.press("/");
  await alone.keyboard.press("c");
  assert.equal(await alone.locator(".composer").count(), 1);
  assert.equal(new URL(alone.url()).pathname, "/compose");
  await alone.keyboard.press("Control+k");
  await alone.getByRole("option", { name: /^New message in a window of its own/ }).waitFor();
  for (const name of ["New message", "Search"]) assert.equal(await command(alone, name).count(), 0, name);
});

test("on a Cyrillic keyboard letters do what they do beside it; a key that is held throws away one message, and goes through many", async ({ open, receive, raw }) => {
  const ids = [];
  for (const n of [4, 3, 2, 1]) ids.unshift((await receive(`key: held ${n}`)).id);
  const page = await inbox(open, { preferences: { markReadAfter: -1, pane: "none" } });
  await row(page, "key: held 1").waitFor();
  const cyrillic = (key, code, more = {}) => page.evaluate((init) => void document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { ...init, bubbles: true, cancelable: true })), { key, code, ...more });
  await page.keyboard.press("Home");
  await at(page, "key: held 1");
  await cyrillic("о", "KeyJ");
  await at(page, "key: held 2");
  await cyrillic("ы", "KeyS");
  await stands(raw, ids[1], { in: ["inbox"], keywords: ["$flagged"] });
  for (let i = 0; i < 3; i++) await page.keyboard.down("Delete");
  await page.keyboard.up("Delete");
  await gone(row(page, "key: held 2"));
  await at(page, "key: held 3");
  await page.keyboard.down("k");
  await page.keyboard.up("k");
  for (let i = 0; i < 3; i++) await page.keyboard.down("j");
  await page.keyboard.up("j");
  for (const n of [1, 3, 4]) await stands(raw, ids[n - 1], { in: ["inbox"], keywords: [] });
  await stands(raw, ids[1], { in: ["trash"], keywords: ["$flagged"] });
});
