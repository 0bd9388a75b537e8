/** The phone's screen: its history, its drawer, what a finger can reach, large text. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";

const { test } = site();
const PHONE = { width: 390, height: 700, touch: true, preferences: { markReadAfter: -1, conversations: false } };

const rows = (page) => page.getByRole("option");
const top = (page) => page.locator(".list").evaluate((e) => e.scrollTop);
const isAt = (page, path) => page.waitForURL((url) => url.pathname + url.search === path);

/** Scrolled so far that the first rows are out of sight; the row that is at the top then. */
async function scrolled(page, to = 1500) {
  await rows(page).first().waitFor();
  await page.locator(".list").evaluate((e, to) => (e.scrollTop = to), to);
  await eventually(async () => (await top(page)) === to);
  let name;
  await eventually(async () => (name = await firstSeen(page)) !== undefined && name !== "Loading …");
  return name;
}

/** The row in the middle of the list: its number and its name. */
async function firstSeen(page) {
  const box = await page.locator(".list").boundingBox();
  return page.evaluate(([x, y]) => document.elementFromPoint(x, y).closest("[role=option]")?.ariaLabel, [box.x + box.width / 2, box.y + box.height / 2]);
}
const stands = async (page, name, at) => {
  await eventually(async () => (await firstSeen(page)) === name);
  if (at !== undefined) assert.equal(await top(page), at);
};

test("back from a message is the list where it was, with the focus on that message; so it is after a reload", async ({ open }) => {
  const page = await open("/mail/all", PHONE);
  const name = await scrolled(page);
  await page.getByRole("option", { name, exact: true }).tap();
  await page.getByRole("article").waitFor();
  await page.waitForFunction(() => document.activeElement.closest("article") !== null);
  await page.goBack();
  await stands(page, name, 1500);
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), name);

  // And by the button of the page, after the browser had thrown the page away.
  await page.getByRole("option", { name, exact: true }).tap();
  await page.getByRole("article").waitFor();
  await page.reload();
  await page.getByRole("article").waitFor();
  await page.getByRole("article").getByRole("button", { name: /^Back/ }).tap();
  await isAt(page, "/mail/all");
  await eventually(() => page.evaluate((name) => document.activeElement.ariaLabel === name, name));
  assert.ok((await page.getByRole("option", { name, exact: true }).boundingBox()).y < 600, "it is in sight");
});

test("a reload shows the list where it was", async ({ open }) => {
  const page = await open("/mail/all", PHONE);
  const name = await scrolled(page, 2000);
  await page.reload();
  await rows(page).first().waitFor();
  await stands(page, name, 2000);
});

test("a reload shows the list where it was, also when it comes before the page has seen that it was scrolled", async ({ open }) => {
  const page = await open("/mail/all", PHONE);
  const name = await scrolled(page, 2000);
  await page.locator(".list").evaluate((e) => (e.scrollTop = 0));
  await eventually(async () => (await firstSeen(page)) !== name);
  const isHere = page.waitForEvent("load");
  await page.evaluate(() => {
    document.querySelector(".list").scrollTop = 2000;
    location.reload();
  });
  await isHere;
  await rows(page).first().waitFor();
  await stands(page, name, 2000);
});

test("back from another mailbox, and from a search, is the list where it was", async ({ open }) => {
  const page = await open("/mail/all", PHONE);
  const name = await scrolled(page);
  await page.getByRole("searchbox").fill("subject:lantern");
  await isAt(page, "/mail/all?q=subject%3Alantern");
  await eventually(async () => (await rows(page).count()) > 0 && (await rows(page).evaluateAll((all) => all.every((e) => /lantern/i.test(e.ariaLabel)))));
  assert.equal(await top(page), 0, "a search begins at its top");
  await page.goBack();
  await isAt(page, "/mail/all");
  await stands(page, name, 1500);
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  await page.goForward();
  await isAt(page, "/mail/all?q=subject%3Alantern");
  assert.equal(await page.getByRole("searchbox").inputValue(), "subject:lantern");
  await page.getByRole("button", { name: "End the search" }).tap();
  await isAt(page, "/mail/all");
});

const openDrawer = (page) => page.getByRole("button", { name: "Mailboxes" }).last().tap();
const drawer = (page) => page.getByRole("dialog", { name: "Mailboxes" });

test("the drawer: back, Escape and a tap beside it close it, and the focus is where it was", async ({ open }) => {
  const page = await open("/mail/inbox", PHONE);
  await rows(page).first().waitFor();
  const entries = await page.evaluate(() => history.length);
  const isBack = () => page.waitForFunction(() => document.activeElement.matches("nav button") && !document.querySelector("dialog"));
  for (const close of [() => page.goBack(), () => page.keyboard.press("Escape"), () => page.touchscreen.tap(385, 300)]) {
    await openDrawer(page);
    await drawer(page).waitFor();
    // In it is the focus, and nothing else can have it: a modal dialog makes the rest inert.
    assert.ok(await page.evaluate(() => document.activeElement.closest("dialog:modal") !== null));
    for (let i = 0; i < 25; i++) await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null));
    await close();
    await drawer(page).waitFor({ state: "detached" });
    await isBack();
    await isAt(page, "/mail/inbox");
  }
  assert.equal(await page.evaluate(() => history.length), entries + 1, "closed, it leaves nothing to go back to");
});

test("what is chosen in the drawer takes its place in the history", async ({ open }) => {
  const page = await open("/mail/inbox", PHONE);
  await rows(page).first().waitFor();
  await openDrawer(page);
  await drawer(page).getByRole("link", { name: /^Archive/ }).first().tap();
  await isAt(page, "/mail/archive");
  await drawer(page).waitFor({ state: "detached" });
  await page.goBack();
  await isAt(page, "/mail/inbox");
  assert.equal(await drawer(page).count(), 0);
  // The mailbox where one is: it closes, no more.
  await openDrawer(page);
  await drawer(page).getByRole("link", { name: /^Inbox/ }).first().tap();
  await drawer(page).waitFor({ state: "detached" });
  await isAt(page, "/mail/inbox");
});

/** What is too small for a finger, beyond the edge, or cut off; what may be smaller stands in a line of text (WCAG 2.5.8). */
function faults(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const e of document.querySelectorAll("button, a[href], input, select, textarea, summary")) {
      const box = e.getBoundingClientRect();
      if (!box.width || e.closest(".visually-hidden") || box.bottom < 0) continue;
      const name = `${e.ariaLabel || e.textContent || e.id} (${Math.round(box.width)} x ${Math.round(box.height)})`;
      if (box.left < -1 || box.right > innerWidth + 1) found.push(`beyond the edge: ${name}`);
      if (box.width < 24 || box.height < 24) found.push(`smaller than a finger: ${name}`);
      if (e.closest("[role=toolbar], .bottom-bar, .bar") && !e.closest(".chips") && Math.max(box.width, box.height) < 44) found.push(`a main action is small: ${name}`);
      if (e.matches("input, select, textarea") && !["checkbox", "radio"].includes(e.type) && parseFloat(getComputedStyle(e).fontSize) < 16) found.push(`phones zoom in on it: ${name}`);
    }
    return found;
  });
}

for (const [lang, width] of [["en", 320], ["fr", 320], ["pseudo", 390], ["fr", 768]]) {
  test(`nothing is cut off or too small for a finger: ${lang}, ${width} pixels, also with text of twice the size`, async ({ open }) => {
    const page = await open("/mail/inbox", { ...PHONE, width, lang });
    await rows(page).first().waitFor();
    const look = async (where) => assert.deepEqual(await faults(page), [], where);
    await look("list");
    for (const selected of [0, 1]) await rows(page).nth(selected).locator(".check").tap();
    await page.getByRole("option", { selected: true }).nth(1).waitFor();
    await look("selection");
    for (const selected of [0, 1]) await rows(page).nth(selected).locator(".check").tap();
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    await eventually(async () => (await rows(page).first().boundingBox()).height > 100);
    await look("list, large");
    // Both lines of a row are wholly in it.
    const cut = await rows(page).first().evaluate((e) => {
      const row = e.getBoundingClientRect();
      return [...e.querySelectorAll(".who, .subject")].filter((line) => line.getBoundingClientRect().top < row.top || line.getBoundingClientRect().bottom > row.bottom).length;
    });
    assert.equal(cut, 0);
    await rows(page).nth(1).tap();
    await page.getByRole("article").getByRole("heading").first().waitFor();
    await look("message, large");
    await page.evaluate(() => (document.documentElement.style.fontSize = ""));
    await look("message");
  });
}

test("who has the lines and letters of WCAG 1.4.12 loses nothing of the list", async ({ open }) => {
  const page = await open("/mail/inbox", { ...PHONE, width: 320 });
  await rows(page).first().waitFor();
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }");
    document.adoptedStyleSheets = [sheet];
  });
  for (const density of ["Compact", "Normal", "Relaxed"]) {
    await page.getByRole("button", { name: "How the list is shown" }).tap();
    await page.getByRole("menuitemradio", { name: density }).tap();
    const cut = await rows(page).first().evaluate((e) => [...e.querySelectorAll(".who, .subject")].filter((line) => line.getBoundingClientRect().top < e.getBoundingClientRect().top || line.getBoundingClientRect().bottom > e.getBoundingClientRect().bottom + 1).length);
    assert.equal(cut, 0, density);
  }
  assert.deepEqual(await faults(page), []);
});
