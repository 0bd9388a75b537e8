/** The message that is likely to be opened next is drawn before: it is the right one, as it would be now, and nobody sees it until then. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { row } from "../mail.mjs";

const { test } = site();

const letter = (name, n) => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: ${name}\r\nDate: ${new Date(Date.UTC(2026, 5, 9 - n)).toUTCString()}\r\nMessage-ID: <${name}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>text of ${name}</p><img src="http://elsewhere.invalid/${name}.png">\r\n`;
/** What frames that nobody sees have in them; they are marked. */
const ahead = (page) => page.evaluate(() => [...document.querySelectorAll("body > iframe")].filter((frame) => frame.contentDocument?.querySelector("p") && !frame.checkVisibility({ visibilityProperty: true }) && frame.inert).map((frame) => ((frame.dataset.mark = "ahead"), frame.contentDocument.body.textContent.trim())));
const shown = (page) => page.evaluate(() => {
  const frame = document.querySelector(".message-frame");
  return [frame?.contentDocument?.body?.textContent.trim(), frame?.dataset.mark, frame?.clientHeight > 40, frame?.contentDocument?.adoptedStyleSheets[0]?.cssRules[0].style.colorScheme];
});
const shows = (page, text, mark, scheme) => eventually(async () => assert.deepEqual(await shown(page), [text, mark, true, scheme]));
const isAhead = (page, text) => eventually(async () => assert.deepEqual(await ahead(page), text ? [text] : []));

test("down and up, and when it is to be dark meanwhile", async ({ open, receive }) => {
  const names = ["one", "two", "three", "four"];
  for (const [n, name] of [...names.entries()].reverse()) await receive(letter(name, n));
  const page = await open("/mail/inbox?q=text+of", { preferences: { conversations: false, markReadAfter: -1, theme: "system" } });
  await row(page, "one").waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await shows(page, "text of one", undefined, "light only");
  await isAhead(page, "text of two");
  await page.keyboard.press("j");
  await shows(page, "text of two", "ahead", "light only");
  await isAhead(page, "text of three");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.keyboard.press("j");
  await shows(page, "text of three", undefined, "dark only");
  await isAhead(page, "text of four");
  // The other way: first what was expected is thrown away, then one is expected to go on.
  await page.keyboard.press("k");
  await shows(page, "text of two", undefined, "dark only");
  await isAhead(page, "text of one");
  await page.keyboard.press("k");
  await shows(page, "text of one", "ahead", "dark only");
  await page.getByText("One picture from elsewhere.invalid is not loaded").waitFor();
});

test("what is quoted is folded as in a message that is drawn when it is opened", async ({ open, receive }) => {
  const outlook = '<p>my answer</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> John<br><b>Sent:</b> Monday<br><b>To:</b> Jane<br><b>Subject:</b> before</p></div><p>the old text</p>';
  await receive(letter("second", 1).replace(/<p>.*/, outlook));
  await receive(letter("first", 0));
  const page = await open("/mail/inbox", { preferences: { conversations: false, markReadAfter: -1 } });
  await row(page, "first").first().click();
  await isAhead(page, "my answer…From: JohnSent: MondayTo: JaneSubject: beforethe old text");
  await page.keyboard.press("j");
  await page.frameLocator(".message-frame").getByRole("button").waitFor();
  assert.equal((await shown(page))[1], "ahead");
  assert.equal(await page.frameLocator(".message-frame").getByText("the old text").isVisible(), false);
});
