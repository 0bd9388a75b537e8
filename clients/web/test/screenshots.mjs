/* The two pictures of README.md, from the sample mail and with a clock that stands still: node test/screenshots.mjs [--out DIR]
 *
 *   web-desk.png   1280 x 800, a conversation beside the list       web-phone.png   390 x 844 twice as fine, the inbox */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { context, launch } from "./harness.mjs";
import { Core, root, startBridge } from "./servers.mjs";

const { values: args } = parseArgs({ options: { out: { type: "string", default: join(root, "docs/images") } } });
const NOW = "2025-10-23T09:41:00+02:00";
mkdirSync(resolve(args.out), { recursive: true });

const core = await Core.start();
const bridge = await startBridge(core);
const token = await core.token();
const browser = await launch();

async function shoot(name, path, options, arrange) {
  const made = await context(browser, bridge.url, token, { now: NOW, preferences: { markReadAfter: -1 }, ...options });
  const page = await made.newPage();
  await page.goto(bridge.url + path);
  await page.getByRole("option").first().waitFor();
  await arrange?.(page);
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestIdleCallback(done, { timeout: 2000 }))));
  await page.screenshot({ path: join(resolve(args.out), name), animations: "disabled", caret: "hide" });
  await made.close();
}

const { id } = await core.json("search", "in:inbox subject:baking from:sigrid", "-n", "1");
await shoot("web-desk.png", `/mail/inbox/${id}`, { width: 1280, height: 800 }, async (page) => {
  await page.locator(".message-text, .message-frame").first().waitFor();
});
await shoot("web-phone.png", "/mail/inbox", { width: 390, height: 844, touch: true, scale: 2 });

await browser.close();
await bridge.stop();
await core.stop();
