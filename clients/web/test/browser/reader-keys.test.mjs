/** What the reader has for those who have no pointer, or read from right to left. */
import assert from "node:assert/strict";
import { accountWith } from "../compose-support.mjs";
import { eventually, site } from "../harness.mjs";
import { row, rows } from "../mail.mjs";

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
