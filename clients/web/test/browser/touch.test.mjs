/** Fingers on the list: drawing rows aside, pulling the list down, holding a row. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";

const { test } = site();
const PHONE = { width: 390, height: 700, touch: true };
const MINUS = { en: 1, pseudo: -1 };

/** A finger, as the browser hears of it from the system. */
async function finger(page) {
  const devtools = await page.context().newCDPSession(page);
  let at;
  const send = (type, points) => devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  return {
    async down(x, y) {
      at = { x, y };
      await send("touchStart", [at]);
    },
    /** In steps, as fingers move. */
    async by(x, y, steps = 6) {
      const from = at;
      for (let i = 1; i <= steps; i++) {
        at = { x: from.x + (x * i) / steps, y: from.y + (y * i) / steps };
        await send("touchMove", [at]);
      }
    },
    up: () => send("touchEnd", []),
    cancel: () => send("touchCancel", []),
  };
}

const row = (page, subject) => page.getByRole("option", { name: subject });

/** A message of the test's own, the phone's page with it, and a finger in the middle of its row. */
async function begin({ open, receive }, subject, more = {}) {
  const { id } = await receive(subject);
  const page = await open("/mail/inbox", { ...PHONE, ...more });
  await row(page, subject).waitFor();
  const box = await row(page, subject).boundingBox();
  const touch = await finger(page);
  const down = async () => {
    const box = await row(page, subject).boundingBox();
    await touch.down(box.x + box.width / 2, box.y + box.height / 2);
  };
  return { id, page, touch, down, box, behind: page.locator(".behind"), toBegin: (touchX) => touchX * MINUS[more.lang ?? "en"] };
}

async function emailOf(raw, id) {
  const { list } = await raw.call("Email/get", { accountId: "a1", ids: [id], properties: ["keywords", "mailboxIds"] });
  const roles = await raw.call("Mailbox/get", { accountId: "a1", ids: Object.keys(list[0].mailboxIds), properties: ["role"] });
  return { isRead: Boolean(list[0].keywords.$seen), roles: roles.list.map((one) => one.role) };
}

for (const lang of ["en", "pseudo"]) {
  const words = (en) => (lang === "en" ? en : /./);
  test(`a row drawn to the end of the line is read, to its beginning it is archived: ${lang}`, async (site) => {
    const { id, page, touch, down, behind, toBegin } = await begin(site, `Swiped in ${lang}`, { lang });
    await site.receive(`Above it, ${lang}`);
    await row(page, `Above it, ${lang}`).waitFor();
    await down();
    await touch.by(toBegin(60), 0);
    await behind.getByText(words("Mark as read")).waitFor();
    assert.equal((await behind.boundingBox()).y, (await row(page, `Swiped in ${lang}`).boundingBox()).y, "it stands behind its row");
    assert.equal(await page.locator(".behind.enough").count(), 0);
    await touch.by(toBegin(60), 0);
    await page.locator(".behind.enough").waitFor();
    await touch.up();
    await eventually(async () => (await emailOf(site.raw, id)).isRead);
    await behind.waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).pathname, "/mail/inbox", "that was no tap");

    await down();
    await touch.by(toBegin(-130), 0);
    await behind.getByText(words("Archive")).waitFor();
    await touch.up();
    await eventually(async () => (await emailOf(site.raw, id)).roles.join() === "archive");
    await row(page, `Swiped in ${lang}`).waitFor({ state: "detached" });
    await behind.waitFor({ state: "detached" });
  });
}

test("a row that is drawn back, not far enough, or by a touch that the system takes away, is where it was and as it was", async (site) => {
  const subject = "Not swiped";
  const { id, page, touch, down, box, behind } = await begin(site, subject);
  for (const end of [async () => { await touch.by(130, 0); await touch.by(-110, 0); await touch.up(); }, async () => { await touch.by(-70, 0); await touch.up(); },
    async () => { await touch.by(-200, 0); await touch.cancel(); }]) {
    await down();
    await end();
    await behind.waitFor({ state: "detached" });
    await eventually(async () => (await row(page, subject).boundingBox()).x === box.x);
    assert.deepEqual(await emailOf(site.raw, id), { isRead: false, roles: ["inbox"] });
  }
});

test("who scrolls the list does not swipe, however crooked", async (site) => {
  const { id, page, touch, down, behind } = await begin(site, "Scrolled over", { preferences: { swipeEnd: "trash", swipeStart: "trash" } });
  const list = page.locator(".list");
  await page.evaluate(() => (window.seen = []) && new MutationObserver(() => document.querySelector(".behind") && window.seen.push(1)).observe(document.body, { childList: true, subtree: true }));
  await down();
  await touch.by(60, -90);
  await touch.by(160, -200);
  await touch.up();
  await eventually(async () => (await list.evaluate((e) => e.scrollTop)) > 100);
  assert.equal(await behind.count(), 0);
  assert.deepEqual(await page.evaluate(() => window.seen), []);
  assert.deepEqual(await emailOf(site.raw, id), { isRead: false, roles: ["inbox"] });
});

test("each side does what was chosen for it, or nothing", async (site) => {
  const subject = "By choice";
  const { id, page, touch, down, box, behind } = await begin(site, subject, { preferences: { swipeEnd: "none", swipeStart: "trash" } });
  await down();
  await touch.by(150, 0);
  assert.equal(await behind.count(), 0);
  assert.equal((await row(page, subject).boundingBox()).x, box.x);
  await touch.up();
  await down();
  await touch.by(-150, 0);
  await behind.getByText("Delete").waitFor();
  await touch.up();
  await eventually(async () => (await emailOf(site.raw, id)).roles.join() === "trash");
  // Where it is by now the same swipe says what it does there.
  await page.goto(new URL("/mail/trash", page.url()).href);
  await row(page, subject).waitFor();
  await down();
  await touch.by(-150, 0);
  await behind.getByText("Delete for good").waitFor();
  await touch.by(150, 0);
  await touch.up();
});

test("a finger that rests on a row selects it; taps select from then on, and open again when nothing is selected", async (site) => {
  const subject = "Held";
  const { page, touch, down } = await begin(site, subject);
  await site.receive("Tapped then");
  const isSelected = (name) => page.getByRole("option", { name, selected: true }).waitFor();
  await row(page, "Tapped then").waitFor();
  const box = await row(page, subject).boundingBox();
  await touch.down(box.x + 150, box.y + 20);
  await isSelected(subject);
  await touch.up();
  await page.getByText("one selected").first().waitFor();
  await row(page, "Tapped then").tap();
  await isSelected("Tapped then");
  assert.equal(new URL(page.url()).pathname, "/mail/inbox");
  await row(page, subject).tap();
  await row(page, "Tapped then").tap();
  await page.getByRole("option", { selected: true }).first().waitFor({ state: "detached" });
  await row(page, subject).tap();
  await page.getByRole("heading", { name: subject }).waitFor();
});

test("pulled down at its top, the list looks for new mail and says so; not from elsewhere", async (site) => {
  const page = await site.open("/mail/inbox", PHONE);
  await page.getByRole("option").first().waitFor();
  await page.locator(".pull").waitFor({ state: "attached" }); // it comes after the rows
  const asked = [];
  page.on("request", (r) => r.postData()?.includes('"Account/sync"') && asked.push(1));
  const touch = await finger(page);
  const words = page.getByRole("status").filter({ hasText: /mail/ });
  // Not far enough.
  await touch.down(200, 300);
  await touch.by(0, 60);
  await page.getByText("Pull further to look for new mail").waitFor();
  await touch.up();
  await page.getByText("Pull further").waitFor({ state: "detached" });
  assert.equal(asked.length, 0);
  await touch.down(200, 300);
  await touch.by(0, 160);
  await page.getByText("Let go to look for new mail").waitFor();
  await touch.up();
  await words.getByText(/Look(ing|ed) for new mail/).or(page.getByText(/Look(ing|ed) for new mail/)).first().waitFor();
  await eventually(() => asked.length === 1);
  assert.equal(await page.locator(".list").evaluate((e) => e.scrollTop), 0);
  // In the middle of the list it is scrolling.
  await page.locator(".list").evaluate((e) => (e.scrollTop = 900));
  await touch.down(200, 300);
  await touch.by(0, 160);
  assert.equal(await page.getByText("Let go").count(), 0);
  await touch.up();
  await eventually(async () => (await page.locator(".list").evaluate((e) => e.scrollTop)) < 900);
  assert.equal(asked.length, 1);
});
