/** A list of which most is not here: the key after a long way is about what it was about before. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { eventually, site } from "../harness.mjs";
import { row, rows, stands } from "../mail.mjs";

const COUNT = 2400;
const NARROW = { conversations: false, markReadAfter: -1, pane: "none" };

/** number 1 is the newest. */
const letter = (n) => {
  const at = new Date(Date.UTC(2026, 0, 1) - n * 3_600_000);
  const [day, date, month, year, time] = at.toUTCString().replace(",", "").split(" ");
  return `From jane@example.org ${day} ${month} ${date} ${time} ${year}\nFrom: Jane <jane@example.org>\nTo: john@example.net\nSubject: number ${n}.\nDate: ${at.toUTCString()}\nMessage-ID: <n${n}@example.org>\n\nHello.\n\n`;
};
const folder = mkdtempSync(join(tmpdir(), "fct-far-"));
const mbox = join(folder, "many.mbox");
writeFileSync(mbox, Array.from({ length: COUNT }, (_, i) => letter(i + 1)).join(""));
after(() => rmSync(folder, { recursive: true }));

const { test } = site({ mail: [mbox], fresh: true });

const subjectOf = (page) => page.evaluate(() => document.querySelector(".row.cursor .subject")?.textContent.trim());
const focused = (page) => page.evaluate(() => document.activeElement.querySelector(".subject")?.textContent.trim());
const hasCursor = (page, subject) => eventually(async () => assert.deepEqual([await subjectOf(page), await focused(page)], [subject, subject]));

async function idOf(raw, subject) {
  const { ids } = await raw.call("Email/query", { accountId: "*", query: `subject:"${subject}"` });
  for (const { id, subject: is } of (await raw.call("Email/get", { ids, properties: ["subject"] })).list) if (is === subject) return id;
  throw new Error(`no ${subject}`);
}

/** By screens, so that all rows on the way are fetched. */
async function scrollThrough(page, to) {
  for (let at = 0; at < to; at += 25) {
    await page.evaluate((at) => {
      const list = document.querySelector(".list");
      list.scrollTop = at * document.querySelector(".row").offsetHeight;
    }, at);
    await rows(page).and(page.locator(`[aria-posinset="${at + 5}"]:not(.waiting)`)).waitFor();
  }
}

async function archives(page, raw, subject) {
  const id = await idOf(raw, subject);
  await page.keyboard.press("e");
  await stands(raw, id, { in: ["archive"], keywords: [] });
  const { ids } = await raw.call("Email/query", { accountId: "*", query: "in:archive" });
  assert.deepEqual(ids, [id]);
}

test("Back from a message far down: its row has the cursor and the focus, and the next key", async ({ open, raw }) => {
  const page = await open("/mail/inbox", { preferences: NARROW });
  await row(page, "number 1.").waitFor();
  await page.keyboard.press("End");
  await hasCursor(page, `number ${COUNT}.`);
  await page.keyboard.press("k");
  await hasCursor(page, `number ${COUNT - 1}.`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `number ${COUNT - 1}.` }).waitFor();
  await page.goBack();
  await hasCursor(page, `number ${COUNT - 1}.`);
  await archives(page, raw, `number ${COUNT - 1}.`);
});

test("Back to a list that is loaded only then", async ({ open, raw }) => {
  const far = await idOf(raw, "number 1500.");
  const page = await open(`/mail/inbox/${far}`, { preferences: NARROW });
  await page.getByRole("heading", { name: "number 1500." }).waitFor();
  await page.keyboard.press("Escape");
  await hasCursor(page, "number 1500.");
  await archives(page, raw, "number 1500.");
});

test("a cursor that was left a thousand rows ago is where it was", async ({ open, raw }) => {
  const page = await open("/mail/inbox", { preferences: NARROW });
  await row(page, "number 1.").waitFor();
  for (let i = 0; i < 4; i++) await page.keyboard.press("j");
  await hasCursor(page, "number 4.");
  await scrollThrough(page, 1000);
  await hasCursor(page, "number 4.");
  await page.keyboard.press("j");
  await hasCursor(page, "number 5.");
  await scrollThrough(page, 1000);
  await archives(page, raw, "number 5.");
});
