/** Labels and colours: what a message is in besides, and Thunderbird's tags; in rows, over the conversation, by keys; a mailbox's colour. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { eventually, site } from "../harness.mjs";
import { message, row, rows, stands } from "../mail.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { test } = site();
const QUIET = { markReadAfter: -1, conversations: false };

/** Made by whoever asks first. */
async function box(raw, name, color = null) {
  const { list } = await raw.call("Mailbox/get", { accountId: "a1", ids: null, properties: ["name"] });
  const known = list.find((m) => m.name === name);
  if (known) return known.id;
  const { created, notCreated } = await raw.call("Mailbox/set", { accountId: "a1", create: { k: { name, color } } });
  assert.equal(notCreated, null);
  return created.k.id;
}
const change = async (raw, id, patch) => assert.equal((await raw.call("Email/set", { accountId: "a1", update: { [id]: patch } })).notUpdated, null);
const colorOf = async (raw, id) => (await raw.call("Mailbox/get", { ids: [id], properties: ["color"] })).list[0].color;
const chips = (page, subject) => row(page, subject).locator(".labels .label");
const labels = (page) => message(page).getByRole("list", { name: "Labels" });
const nameOf = (page, subject) => row(page, subject).getAttribute("aria-label");

test("a row says and shows the other mailboxes and the tags of its message, and is no higher for it", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("labels: row");
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "labels: row").waitFor();
  const before = await row(page, "labels: row").boundingBox();
  assert.doesNotMatch(await nameOf(page, "labels: row"), /labels: (Work|Inbox)/);
  await change(raw, id, { [`mailboxIds/${work}`]: true, "keywords/$label1": true, "keywords/$label5": true, "keywords/other": true });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: row").allTextContents(), ["Work", "Important", "+1"]));
  assert.match(await nameOf(page, "labels: row"), /, labels: Work, Important, Later(,|$)/);
  assert.deepEqual(await chips(page, "labels: row").evaluateAll((all) => all.map((e) => e.dataset.color)), ["teal", "red", undefined]);
  assert.deepEqual(await row(page, "labels: row").boundingBox(), before);
  for (const preferences of [{ layout: "cards", density: "compact" }, { layout: "cards", density: "relaxed" }, { layout: "table", density: "compact" }]) {
    const other = await open("/mail/inbox", { preferences: { ...QUIET, ...preferences } });
    await chips(other, "labels: row").first().waitFor();
    const out = await other.locator(".row .label").evaluateAll((all) => all.filter((e) => {
      const [a, b] = [e.getBoundingClientRect(), e.closest(".row").getBoundingClientRect()];
      return a.top < b.top || a.bottom > b.bottom || a.right > b.right;
    }).length);
    assert.equal(out, 0, JSON.stringify(preferences));
  }
});

test("a mailbox does not name itself; elsewhere the inbox is named, the archive never", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("labels: where");
  await change(raw, id, { [`mailboxIds/${work}`]: true });
  const page = await open(`/mail/${work}`, { preferences: QUIET });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: where").allTextContents(), ["Inbox"]));
  await page.goto(new URL("/mail/all?q=subject:where", page.url()).href);
  await eventually(async () => assert.deepEqual(await chips(page, "labels: where").allTextContents(), ["Inbox", "Work"]));
  const { ids: [archive] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "archive" } });
  await change(raw, id, { mailboxIds: { [archive]: true } });
  await eventually(async () => assert.equal(await chips(page, "labels: where").count(), 0));
});

test("many labels are a number; a label of a row leads to its mailbox, a tag to a search", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("labels: many");
  await change(raw, id, { [`mailboxIds/${work}`]: true, ...Object.fromEntries([1, 2, 3, 4].map((n) => [`keywords/$label${n}`, true])) });
  const page = await open("/mail/inbox", { preferences: QUIET });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: many").allTextContents(), ["Work", "Important", "+3"]));
  assert.match(await nameOf(page, "labels: many"), /labels: Work, Important, Work, Personal, To do/);
  await chips(page, "labels: many").first().click();
  await page.waitForURL(`**/mail/${work}`);
  await row(page, "labels: many").waitFor();
  await chips(page, "labels: many").filter({ hasText: "Important" }).click();
  await page.waitForURL("**/mail/all?q=keyword*label1");
  await row(page, "labels: many").waitFor();
  assert.equal(await row(page, "labels: row").count() + await row(page, "labels: many").count(), await rows(page).count());
});

test("over a conversation: a label is taken off by its button, the focus stays, and undo puts it on again", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("labels: head");
  await change(raw, id, { [`mailboxIds/${work}`]: true, "keywords/$label3": true });
  const page = await open(`/mail/inbox/${id}`, { preferences: QUIET });
  await labels(page).getByRole("link", { name: "Personal" }).waitFor();
  assert.deepEqual(await labels(page).getByRole("link").allTextContents(), ["Work", "Personal"]);
  await labels(page).getByRole("button", { name: "Take off Work" }).focus();
  await page.keyboard.press("Enter");
  await labels(page).getByRole("link", { name: "Work" }).waitFor({ state: "detached" });
  await stands(raw, id, { in: ["inbox"], keywords: ["$label3"] });
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Take off Personal");
  await page.keyboard.press("Enter");
  await labels(page).waitFor({ state: "hidden" });
  await stands(raw, id, { in: ["inbox"], keywords: [] });
  await page.getByRole("status", { name: "Messages" }).getByText("One no longer labelled Personal").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.className), "conversation");
  await page.keyboard.press("z");
  await labels(page).getByRole("link", { name: "Personal" }).waitFor();
  await page.keyboard.press("z");
  await labels(page).getByRole("link", { name: "Work" }).waitFor();
  await stands(raw, id, { in: ["Work", "inbox"], keywords: ["$label3"] });
  await labels(page).getByRole("link", { name: "Work" }).click();
  await page.waitForURL(`**/mail/${work}`);
});

test("a conversation has the labels of all its messages; what is in no other mailbox keeps its place", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { ids: [inbox] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "inbox" } });
  const letter = (id, more) => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: labels: talk\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${id}@example.org>\r\n${more}\r\nHello.\r\n`;
  const first = await receive(letter("talk1", ""));
  const second = await receive(letter("talk2", "In-Reply-To: <talk1@example.org>\r\nReferences: <talk1@example.org>\r\n"));
  await change(raw, first.id, { [`mailboxIds/${work}`]: true });
  await change(raw, second.id, { [`mailboxIds/${work}`]: true, [`mailboxIds/${inbox}`]: null });
  const page = await open(`/mail/inbox/${first.id}`, { preferences: { markReadAfter: -1 } });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: talk").allTextContents(), ["Work"]));
  await labels(page).getByRole("button", { name: "Take off Work" }).click();
  await stands(raw, first.id, { in: ["inbox"], keywords: [] });
  await stands(raw, second.id, { in: ["Work"], keywords: [] });
  await labels(page).getByRole("link", { name: "Work" }).waitFor();
  await labels(page).getByRole("button", { name: "Take off Work" }).waitFor({ state: "detached" });
});

test("l puts a label on, and takes it off again; tags are labels, too", async ({ open, receive, raw }) => {
  await box(raw, "Work", "teal");
  const { id } = await receive("labels: key");
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "labels: key").click({ modifiers: ["Control"] });
  const choose = async (typed, option) => {
    await page.keyboard.press("l");
    await page.getByRole("combobox").fill(typed);
    await page.getByRole("option", { name: option }).first().waitFor();
    await page.keyboard.press("Enter");
  };
  await choose("Work", /^Work$/);
  await stands(raw, id, { in: ["Work", "inbox"], keywords: [] });
  await choose("To do", /^To do$/);
  await stands(raw, id, { in: ["Work", "inbox"], keywords: ["$label4"] });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: key").allTextContents(), ["Work", "To do"]));
  await choose("Work", /^Work takes it off$/);
  await stands(raw, id, { in: ["inbox"], keywords: ["$label4"] });
  await choose("To do", /^To do takes it off$/);
  await stands(raw, id, { in: ["inbox"], keywords: [] });
  await choose("Inbox", /^Inbox it is in no other mailbox$/);
  await stands(raw, id, { in: ["inbox"], keywords: [] });
});

const options = (page) => page.getByRole("dialog").getByRole("option");

test("l offers one's own mailboxes and tags before those of a role, and of these none that is no label, but what is to be taken off", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("labels: order");
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "labels: order").click({ modifiers: ["Control"] });
  await page.keyboard.press("l");
  await options(page).first().waitFor();
  const names = await options(page).locator(".name").allTextContents();
  const at = (name) => names.indexOf(name);
  assert.ok(at("Work") >= 0 && at("Work") < at("Important") && at("Important") < at("Inbox"), names.join());
  assert.deepEqual(names.filter((name) => ["Drafts", "Sent", "Junk", "Trash"].includes(name)), []);
  await page.keyboard.press("Escape");
  const { list } = await raw.call("Mailbox/get", { accountId: "a1", ids: null, properties: ["role"] });
  const trash = list.find(({ role }) => role === "trash").id;
  await change(raw, id, { mailboxIds: { [work]: true, [trash]: true } });
  await page.goto(new URL(`/mail/${work}`, page.url()).href);
  await row(page, "labels: order").click({ modifiers: ["Control"] });
  await page.keyboard.press("l");
  await page.getByRole("option", { name: /^Trash takes it off$/ }).waitFor();
});

test("l and v make the mailbox that is not there yet, and z takes back what went into it", async ({ open, receive, raw }) => {
  const { id } = await receive("labels: into new ones");
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "labels: into new ones").click({ modifiers: ["Control"] });
  const create = async (key, name) => {
    await page.keyboard.press(key);
    await page.getByRole("combobox").fill(name);
    await options(page).last().and(page.getByRole("option", { name: `Create “${name}”` })).click();
  };
  await create("l", "Brand new");
  await stands(raw, id, { in: ["Brand new", "inbox"], keywords: [] });
  await eventually(async () => assert.deepEqual(await chips(page, "labels: into new ones").allTextContents(), ["Brand new"]));
  // It is there now, whatever the case of its letters.
  await page.keyboard.press("l");
  await page.getByRole("combobox").fill("brand NEW");
  await page.getByRole("option", { name: /^Brand new takes it off$/ }).waitFor();
  assert.equal(await options(page).count(), 1);
  await page.keyboard.press("Escape");

  await create("v", "Newer still");
  await stands(raw, id, { in: ["Brand new", "Newer still"], keywords: [] });
  await page.keyboard.press("z");
  await stands(raw, id, { in: ["Brand new", "inbox"], keywords: [] });
});

test("where no mailbox may be made, none is offered", async ({ open, receive, core }) => {
  await receive("labels: may not");
  const page = await open("/mail/inbox", { preferences: QUIET, token: await core.token("reads", ["read"]) });
  await row(page, "labels: may not").click({ modifiers: ["Control"] });
  await page.keyboard.press("l");
  await page.getByRole("combobox").fill("Nowhere at all");
  await page.getByText("There is no such mailbox.").waitFor();
  assert.equal(await options(page).count(), 0);
});

test("a mailbox gets its colour from its menu by keys alone, and loses it; another front end's choice shows at once", async ({ open, cli, raw }) => {
  const id = await box(raw, "Painted");
  const page = await open(`/mail/${id}`, { preferences: QUIET });
  const link = page.getByRole("navigation", { name: "Mailboxes" }).getByRole("link", { name: "Painted" });
  const button = page.getByRole("button", { name: "What can be done with Painted" });
  const shown = () => link.evaluate((e) => e.dataset.color);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("c");
  const menu = page.getByRole("menuitem");
  await eventually(async () => assert.match(await page.evaluate(() => document.activeElement.textContent), /^(Colour|Create)/));
  await menu.filter({ hasText: "Colour" }).press("Enter");
  const list = page.getByRole("listbox", { name: "Colour of Painted" });
  await list.waitFor();
  const at = () => page.evaluate(() => document.activeElement.textContent);
  assert.equal(await at(), "None");
  assert.equal(await list.getByRole("option", { selected: true }).textContent(), "None");
  await page.keyboard.press("ArrowRight");
  assert.equal(await at(), "Red");
  await page.keyboard.press("End");
  assert.equal(await at(), "Grey");
  await page.keyboard.press("ArrowRight");
  assert.equal(await at(), "Grey");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  const below = await at();
  assert.notEqual(below, "None");
  const boxes = await list.getByRole("option").evaluateAll((all) => all.map((e) => [e.textContent, Math.round(e.getBoundingClientRect().x)]));
  assert.equal(boxes.find(([name]) => name === below)[1], boxes[0][1], "straight down");
  await page.keyboard.press("ArrowUp");
  assert.equal(await at(), "None");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await list.waitFor({ state: "detached" });
  await eventually(async () => assert.equal(await colorOf(raw, id), "orange"));
  await eventually(async () => assert.equal(await shown(), "orange"));
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "What can be done with Painted");
  await cli("mailbox", "color", "Painted", "violet");
  await eventually(async () => assert.equal(await shown(), "violet"));
  await button.click();
  await menu.filter({ hasText: "Colour" }).click();
  assert.equal(await list.getByRole("option", { selected: true }).textContent(), "Violet");
  await list.getByRole("option", { name: "None" }).click();
  await eventually(async () => assert.equal(await colorOf(raw, id), null));
  await eventually(async () => assert.equal(await shown(), undefined));
});

test("from right to left the arrows go the other way; forced colours leave the names, and a paint its colour", async ({ open, raw }) => {
  const id = await box(raw, "Painted");
  const page = await open(`/mail/${id}`, { preferences: QUIET, lang: "pseudo", forcedColors: true });
  await page.locator(".entry-line .button").click();
  await page.getByRole("menuitem").nth(3).click();
  const list = page.getByRole("dialog").getByRole("listbox");
  await list.waitFor();
  const at = () => page.evaluate(() => [...document.activeElement.parentNode.children].indexOf(document.activeElement));
  assert.equal(await at(), 0);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await at(), 1);
  await page.keyboard.press("ArrowRight");
  assert.equal(await at(), 0);
  const paints = await list.locator(".paint").evaluateAll((all) => all.map((e) => getComputedStyle(e).backgroundColor));
  assert.equal(new Set(paints).size, 11);
  assert.ok((await list.getByRole("option").allTextContents()).every((name) => name.length > 2));
});

test("in French", async ({ open, receive, raw }) => {
  const work = await box(raw, "Work", "teal");
  const { id } = await receive("étiquettes: une");
  await change(raw, id, { [`mailboxIds/${work}`]: true, "keywords/$label4": true });
  const page = await open(`/mail/inbox/${id}`, { preferences: QUIET, lang: "fr" });
  await page.getByRole("list", { name: "Étiquettes" }).getByRole("button", { name: "Retirer À faire" }).waitFor();
  // The row may be drawn before its labels are known.
  const row = page.getByRole("option").filter({ hasText: "étiquettes: une" });
  await eventually(async () => assert.match(await row.getAttribute("aria-label"), /, étiquettes\s: Work, À faire(,|$)/));
});

/** Each direction, width and theme; every pair of them with FACTEUR_LOOKS=all, as for all screens. */
const PAIRS = [["en", [["light", 1280, 800], ["dark", 320, 640]]], ["pseudo", [["dark", 1280, 800], ["light", 320, 640]]]];
for (const [lang, looks] of process.env.FACTEUR_LOOKS === "all" ? PAIRS : [["en", [["light", 1280, 800]]], ["pseudo", [["dark", 320, 640]]]])
  test(`axe and 320 pixels, ${lang}: rows and a conversation with labels, the choice of a colour`, async ({ open, receive, raw }) => {
    const work = await box(raw, "Work", "teal");
    const long = await box(raw, "A mailbox with a name that is far too long for a telephone of 320 pixels", "yellow");
    const { id } = await receive(`labels: seen ${lang}`);
    await change(raw, id, { [`mailboxIds/${work}`]: true, [`mailboxIds/${long}`]: true, ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`keywords/$label${n}`, true])) });
    const found = [];
    const page = await open("/mail/inbox", { preferences: QUIET, lang });
    await page.evaluate(axe);
    const look = async (what) => {
      for (const [colorScheme, width, height] of looks) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        // What a row is called is a sentence of its own: accessibility.test.mjs has why.
        const broken = await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], iframes: false, preload: false, resultTypes: ["violations"] });
          const small = [...document.querySelectorAll(".conversation .labels a, .labels button, .color")].map((e) => e.getBoundingClientRect()).filter((r) => r.width && (r.width < 23.5 || r.height < 23.5)).length;
          return [...violations.flatMap(({ id, nodes }) => nodes
            .filter(({ target }) => id !== "label-content-name-mismatch" || document.querySelector(target.join(" "))?.role !== "option" || document.querySelector(target.join(" ")).matches(".color"))
            .map(({ target }) => `${id}: ${target.join(" ")}`)), ...(small ? [`${small} are too small`] : []),
            ...(document.documentElement.scrollWidth > innerWidth ? ["too wide"] : [])];
        });
        for (const problem of broken) found.push([what, width, colorScheme, problem].join(" | "));
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    };
    await page.locator(".row").filter({ hasText: `labels: seen ${lang}` }).locator(".label").first().waitFor();
    await look("rows");
    await page.locator(".row").filter({ hasText: `labels: seen ${lang}` }).click();
    await page.locator(".conversation .label").nth(6).waitFor();
    await look("conversation");
    await page.locator(".conversation .label a").first().click();
    await page.locator(".entry-line .button").click();
    await page.getByRole("menuitem").nth(3).click();
    await page.getByRole("dialog").getByRole("listbox").waitFor();
    await look("colours");
    assert.deepEqual(found, []);
  });
