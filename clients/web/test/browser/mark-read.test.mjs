/** When a message is read: when somebody has looked at it, and not again after it was marked as unread. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { message, row, stands } from "../mail.mjs";

const { test } = site();
const AT_ONCE = { conversations: true, markReadAfter: 0 };
const letter = (subject, n, text = "Hello.") =>
  `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nMessage-ID: <${n}.${subject.replaceAll(" ", "-")}@read>\r\n${n ? `References: <0.${subject.replaceAll(" ", "-")}@read>\r\n` : ""}\r\n${text}\r\n`;
/** Another front end flags it. When the page has that, it has heard of all that was done before. */
async function flagged(page, cli, subject, id) {
  await cli("flag", id, "+$flagged");
  await row(page, subject).locator(".star.on").waitFor();
}

test("what was marked as unread stays so when one comes back to its window", async ({ open, raw, receive }) => {
  const { id } = await receive("kept for later");
  const page = await open("/mail/inbox", { preferences: AT_ONCE });
  await row(page, "kept for later").click();
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
  await page.keyboard.press("Shift+U");
  await stands(raw, id, { in: ["inbox"], keywords: [] });
  await page.evaluate(() => {
    for (const state of ["hidden", "visible"]) {
      Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
      document.dispatchEvent(new Event("visibilitychange"));
    }
    for (const name of ["blur", "focus"]) dispatchEvent(new Event(name));
  });
  await page.mouse.move(700, 300);
  await page.keyboard.press("s");
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged"] });
});

test("in a window that is to be seen but has not the focus nothing is read, until somebody is there", async ({ open, cli, raw, receive }) => {
  const { id } = await receive("on the other screen");
  const page = await open(`/mail/inbox/${id}`, { preferences: AT_ONCE, first: () => (document.hasFocus = () => window.isThere === true) });
  await message(page).getByText("Hello.").waitFor();
  await flagged(page, cli, "on the other screen", id);
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged"] });
  await page.evaluate(() => {
    window.isThere = true;
    dispatchEvent(new Event("focus"));
  });
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged", "$seen"] });
});

test("an answer that comes while its conversation is open is read when it is on the screen and somebody does something", async ({ open, cli, raw, receive }) => {
  const first = await receive(letter("left open", 0));
  const page = await open("/mail/inbox", { preferences: AT_ONCE });
  await row(page, "left open").click();
  await stands(raw, first.id, { in: ["inbox"], keywords: ["$seen"] });
  await page.mouse.move(640, 400);
  const second = await receive(letter("left open", 1, "It is on the screen."));
  await message(page).getByText("It is on the screen.").waitFor();
  await flagged(page, cli, "left open", second.id);
  await stands(raw, second.id, { in: ["inbox"], keywords: ["$flagged"] });
  await page.mouse.move(660, 410);
  await stands(raw, second.id, { in: ["inbox"], keywords: ["$flagged", "$seen"] });
  // One that is below what is on the screen is not read by that.
  const third = await receive(letter("left open", 2, "It is long.\r\n".repeat(100)));
  await message(page).getByText("It is long.").waitFor();
  await page.mouse.wheel(0, 300);
  await stands(raw, third.id, { in: ["inbox"], keywords: ["$seen"] });
  const messages = page.locator(".messages");
  await messages.evaluate((e) => (e.scrollTop = 0));
  const fourth = await receive(letter("left open", 3, "It is far below."));
  await message(page).getByText("It is far below.").waitFor();
  assert.equal(await messages.evaluate((e) => e.scrollTop), 0);
  await page.mouse.move(680, 420);
  await page.keyboard.press("Control");
  await flagged(page, cli, "left open", fourth.id);
  await stands(raw, fourth.id, { in: ["inbox"], keywords: ["$flagged"] });
  await message(page).getByText("It is far below.").scrollIntoViewIfNeeded();
  await stands(raw, fourth.id, { in: ["inbox"], keywords: ["$flagged", "$seen"] });
});

test("so is the first answer to a message that was opened by its address", async ({ open, cli, raw, receive }) => {
  const first = await receive(letter("by its address", 0, "It is long.\r\n".repeat(100)));
  const page = await open(`/mail/inbox/${first.id}`, { preferences: AT_ONCE });
  await message(page).getByText("It is long.").waitFor();
  await stands(raw, first.id, { in: ["inbox"], keywords: ["$seen"] });
  const second = await receive(letter("by its address", 1, "Nobody has seen it."));
  await message(page).getByText("Nobody has seen it.").waitFor();
  await flagged(page, cli, "by its address", second.id);
  await stands(raw, second.id, { in: ["inbox"], keywords: ["$flagged"] });
});

test("what one reads is not moved by the answer that comes to it", async ({ open, receive }) => {
  await receive(letter("read on", 0, "It is long.\r\n".repeat(100)));
  const page = await open("/mail/inbox", { preferences: AT_ONCE });
  await row(page, "read on").click();
  await message(page).getByText("It is long.").waitFor();
  const messages = page.locator(".messages");
  await messages.evaluate((e) => (e.scrollTop = 400));
  await receive(letter("read on", 1, "It is an answer."));
  await message(page).getByText("It is an answer.").waitFor();
  await eventually(async () => assert.equal(await messages.locator(".message").count(), 2));
  assert.equal(await messages.evaluate((e) => e.scrollTop) >= 400, true);
});
