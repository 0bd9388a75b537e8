/** What the reader has for those who have no pointer, or read from right to left. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { rows } from "../mail.mjs";

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
