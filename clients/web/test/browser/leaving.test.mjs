/** Who goes at once after a key: what was to be seen as done is done. */
import { site } from "../harness.mjs";
import { gone, row, stands } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1 };

/** A network on which no action arrives, but what outlives the page. */
function stuck() {
  const { fetch } = globalThis;
  globalThis.fetch = (url, init) => (!init?.keepalive && String(init?.body).includes('"Email/set"') ? ((globalThis.isStuck = true), new Promise(() => undefined)) : fetch(url, init));
}

for (const [how, leave] of [["goes to another page", (page) => page.goto("about:blank")], ["closes the tab", (page) => page.close({ runBeforeUnload: true })]])
  test(`who ${how} while actions wait has done them`, async ({ open, receive, raw }) => {
    const letters = [];
    for (const n of [1, 2, 3]) letters.push({ subject: `${how} ${n}`, ...(await receive(`${how} ${n}`)) });
    const page = await open("/mail/inbox", { preferences: SINGLE, first: stuck });
    for (const { subject } of letters) {
      await row(page, subject).click({ modifiers: ["Control"] });
      await page.keyboard.press("e");
      await gone(row(page, subject));
    }
    await page.waitForFunction(() => globalThis.isStuck); // the first is on its way, the others wait
    await leave(page);
    for (const { id } of letters) await stands(raw, id, { in: ["archive"], keywords: [] });
  });
