/** What the reader has for those who have no pointer, or read from right to left. */
import assert from "node:assert/strict";
import { accountWith } from "../compose-support.mjs";
import { eventually, site } from "../harness.mjs";
import { row, rows, stands } from "../mail.mjs";

const { test } = site();
const QUIET = { markReadAfter: -1 };

test("the splitter goes where its arrow keys point, also from right to left", async ({ open }) => {
  for (const [lang, right] of [["en", 2], ["pseudo", -2]]) {
    const page = await open("/mail/inbox", { lang, preferences: { ...QUIET, paneShare: 40 } });
    await rows(page).or(page.getByRole("option")).first().waitFor();
    const splitter = page.getByRole("separator");
    await splitter.focus();
    await page.keyboard.press("ArrowRight");
    await eventually(async () => assert.equal(await splitter.getAttribute("aria-valuenow"), String(40 + right)));
    const before = (await splitter.boundingBox()).x;
    await page.keyboard.press("ArrowRight");
    await eventually(async () => (await splitter.boundingBox()).x > before);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => (await splitter.boundingBox()).x < before);
  }
});

test("in Thunderbird's keys the space bar reads on where a message is open, then goes to the next unread one; it selects where none is", async ({ open, receive }) => {
  await receive("space: unread one");
  const { id } = await receive(`From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: space: long\r\nMessage-ID: <space@long>\r\n\r\n${"A line.\r\n".repeat(60)}`);
  const page = await open(`/mail/inbox/${id}`, { preferences: { ...QUIET, keys: "thunderbird" } });
  await page.locator(".message-text").getByText("A line.").waitFor();
  const top = () => page.locator(".messages").evaluate((e) => e.scrollTop);
  const chosen = page.getByRole("option", { selected: true });
  await row(page, "space: long").focus();
  await page.keyboard.press("Space");
  await eventually(async () => assert.ok((await top()) > 0));
  assert.equal(await chosen.count(), 0);
  await page.locator(".messages").evaluate((e) => (e.scrollTop = e.scrollHeight));
  await page.keyboard.press("Space");
  await page.waitForURL((url) => url.pathname.startsWith("/mail/inbox/") && !url.pathname.endsWith(id));
  await page.keyboard.press("Escape");
  await page.waitForURL("**/mail/inbox");
  await page.keyboard.press("Space");
  await chosen.waitFor();
});

test("an address in an enclosed message is written to here", async ({ open, core, receive }) => {
  await accountWith(core);
  const { id } = await receive(["From: Jane <jane@example.org>", "To: john@example.net", "Subject: with one in it", "Message-ID: <enclosed@x>", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
    "--b", "Content-Type: text/plain", "", "See it.", "--b", "Content-Type: message/rfc822", "", "From: Carl <carl@example.org>\r\nSubject: inside\r\n\r\nWrite to mailto:anna@example.org soon.", "--b--", ""].join("\r\n"));
  const page = await open(`/mail/inbox/${id}`, { preferences: QUIET });
  await page.getByRole("button", { name: /^Show attachment/ }).click();
  await page.getByRole("article", { name: "inside" }).getByRole("link").click();
  await page.getByRole("button", { name: "Remove anna@example.org" }).waitFor();
  assert.equal(await page.locator(".composer").count(), 1);
  assert.equal(await row(page, "with one in it").count(), 1);
});

test("Ctrl+U and Ctrl+P unfold a message that is folded, and then do what they say", async ({ open, receive, raw }) => {
  const message = (name, more = "") => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: folded talk\r\nMessage-ID: <${name}@folded>\r\n${more}\r\nHello ${name}.\r\n`;
  const ids = [(await receive(message("one"))).id, (await receive(message("two", "References: <one@folded>\r\n"))).id];
  await raw.call("Email/set", { accountId: "a1", update: Object.fromEntries(ids.map((id) => [id, { "keywords/$seen": true }])) });
  for (const key of ["Control+u", "Control+p"]) {
    const page = await open(`/mail/inbox/${ids[1]}`, { preferences: QUIET });
    const first = page.locator(`[data-id="${ids[0]}"]`);
    await first.locator(".folded-line").focus();
    await page.evaluate(() => new MutationObserver(() => document.querySelector(".message-print") && (document.body.dataset.printed = "yes")).observe(document.body, { childList: true, subtree: true }));
    await page.keyboard.press(key);
    if (key === "Control+u") await first.getByRole("region", { name: "Source of the message" }).waitFor();
    else await eventually(() => page.evaluate(() => document.body.dataset.printed === "yes"));
    assert.equal(await first.locator(".folded-line").count(), 0);
  }
});

test("the keys of the reader are those of the conversation that is open, also after going from one to the other", async ({ open, receive }) => {
  const ids = [];
  for (const name of ["first", "second"]) ids.push((await receive(`From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: keys of the ${name}\r\nMessage-ID: <${name}@keys>\r\n\r\nHello.\r\n`)).id);
  const page = await open(`/mail/inbox/${ids[1]}`, { preferences: QUIET });
  for (const name of ["second", "first", "second"]) {
    await page.getByRole("heading", { name: `keys of the ${name}` }).first().waitFor();
    await page.locator(`[data-id="${ids[name === "second" ? 1 : 0]}"] .message-text`).waitFor();
    await page.keyboard.press("Control+u");
    await page.getByRole("region", { name: "Source of the message" }).getByText(`<${name}@keys>`).first().waitFor();
    await page.keyboard.press(name === "second" ? "j" : "k");
    await page.keyboard.press("Enter");
  }
});

test("the details have the addresses of all recipients, by the keyboard alone", async ({ open, receive }) => {
  const { id } = await receive("From: Jane <jane@example.org>\r\nTo: Anna <anna@example.org>, Bob <bob@example.org>\r\nCc: Carl <carl@example.org>\r\nSubject: to many\r\nMessage-ID: <many@x>\r\n\r\nHello.\r\n");
  const page = await open(`/mail/inbox/${id}`, { preferences: QUIET });
  const details = page.getByRole("button", { name: "Details" });
  await details.focus();
  await page.keyboard.press("Enter");
  for (const address of ["anna@example.org", "bob@example.org", "carl@example.org"]) await page.locator(".details").getByText(`<${address}>`).waitFor();
});

const LONG = Array.from({ length: 200 }, (_, i) => `line ${i}`);

for (const pane of ["right", "none"])
  for (const [kind, type, text] of [["plain", "text/plain", LONG.join("\r\n")], ["html", "text/html", LONG.map((line) => `<p>${line}</p>`).join("\r\n")]])
    test(`arrows, PageDown, End and their like scroll what is read, and Ctrl+A is its text: ${kind}, pane ${pane}`, async ({ open, receive, raw }) => {
      const subject = `long ${kind} ${pane}`;
      const { id: after } = await receive(`${subject}, after it`);
      const { id } = await receive(`From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n${text}`);
      const page = await open("/mail/inbox", { preferences: { ...QUIET, pane, conversations: false } });
      await row(page, subject).first().waitFor();
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      const inside = kind === "html" ? page.frameLocator("iframe.message-frame") : page.locator(".message-text");
      await inside.getByText("line 199", { exact: kind === "html" }).waitFor();
      const top = () => page.locator(".messages").evaluate((e) => e.scrollTop);
      const scrolls = async (key, isSo) => {
        await page.keyboard.press(key);
        await eventually(async () => isSo(await top()));
      };
      const scrollsAll = async () => {
        await scrolls("ArrowDown", (at) => at > 0);
        const little = await top();
        await scrolls("PageDown", (at) => at > little + 200);
        await scrolls("End", (at) => at > 3000);
        await scrolls("PageUp", (at) => at < 10_000 && at > 2000);
        await scrolls("Home", (at) => at === 0);
      };
      // Where the keyboard brings one (in the pane by Enter), and where the mouse does.
      if (pane === "right") await page.keyboard.press("Enter");
      await eventually(() => page.evaluate(() => document.activeElement.closest(".conversation") !== null));
      await scrollsAll();
      await (kind === "html" ? inside.getByText("line 1", { exact: true }) : inside).click({ position: { x: 5, y: 5 } });
      await scrollsAll();
      assert.match(page.url(), new RegExp(`/${id}$`));
      const chosen = () => page.evaluate(() => [window, ...[...document.querySelectorAll("iframe.message-frame")].map((frame) => frame.contentWindow)].map((one) => String(one.getSelection())).join(""));
      for (const isInFrame of kind === "html" ? [true, false] : [false]) {
        if (!isInFrame) await page.locator(`[data-id="${id}"]`).focus();
        await page.evaluate(() => document.querySelectorAll("iframe.message-frame").forEach((frame) => frame.contentWindow.getSelection().empty()));
        await page.keyboard.press("Control+a");
        await eventually(async () => /^line 0\s[^]*line 199\s*$/.test(await chosen()));
      }
      await page.keyboard.press("Shift+ArrowUp");
      assert.equal(await page.locator('[role=option][aria-selected="true"]').count(), 0);
      await page.keyboard.press("Delete");
      await stands(raw, id, { in: ["trash"], keywords: [] });
      await stands(raw, after, { in: ["inbox"], keywords: [] });
    });

test("on other pages these keys are the browser's, however narrow they are", async ({ open }) => {
  const page = await open("/settings/rules/new", { width: 600 });
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const key of ["PageDown", "End", "ArrowDown"]) assert.ok(await page.evaluate((key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })), key), key);
});
