/** Hostile messages, with each of the two protections alone and with both. What is expected of either alone is 0 requests and no script; the
 * corpus is shown to bite by showing it without any. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { PNG } from "pngjs";
import { launch } from "../harness.mjs";
import { corpus, SCRIPT } from "./hostile/corpus.mjs";
import { openPage, serve } from "./message/serve.mjs";

let browser;
/** Counts: the addresses that were asked for. */
let elsewhere;

before(async () => {
  browser = await launch(["--site-per-process"]);
  const seen = [];
  const server = createServer((from, to) => {
    seen.push(from.url);
    to.writeHead(200, { "Content-Type": from.url.endsWith("sentinel") ? "text/html" : "image/png", "Access-Control-Allow-Origin": "*" }).end("x");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  elsewhere = { seen, host: `127.0.0.1:${server.address().port}`, close: () => (server.close(), server.closeAllConnections()) };
});
after(async () => {
  elsewhere.close();
  await browser.close();
});

/** A script leaves its number, which needs no quotes. */
const written = (html, name, number = 0) => html.replaceAll("@U@", `http://${elsewhere.host}/${name}`).replaceAll("@H@", `${elsewhere.host}/${name}`).replaceAll("@J@", SCRIPT.replace("location.href", number));
const nameOf = (i) => `n${String(i).padStart(3, "0")}`;

/** As WebKit has it (docs/decisions/0045): a frame with another policy, whose links open by themselves. */
const where = (deaf) => (deaf ? ", where links open by themselves" : "");

/** Shows all of them, and waits until nothing more can come: everything was drawn, and a request that was made afterwards has arrived. */
async function showAll(mode) {
  const site = await serve(mode);
  const { page, context } = await openPage(browser, site);
  elsewhere.seen.length = 0;
  await page.evaluate((list) => globalThis.page.showMany(list.map(globalThis.page.ofHtml)), corpus.map(({ html }, i) => written(html, nameOf(i), i)));
  // Without the filter, what takes the names of the document's own methods is not drawn.
  await page.waitForFunction((n) => globalThis.page.told.remote.length + globalThis.page.told.failed.length >= n, corpus.length, { timeout: 200_000 });
  const failed = await page.evaluate(() => globalThis.page.told.failed);
  // Everything into the window: what is not to be seen is not drawn, and loads nothing.
  await page.setViewportSize({ width: 900, height: 9000 });
  for (let i = 0; i < 3; i++) {
    await page.evaluate((i) => new Promise((done) => {
      scrollTo(0, (i * document.documentElement.scrollHeight) / 3);
      requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done, { timeout: 1000 })));
    }), i);
  }
  const sentinel = await context.newPage();
  await sentinel.goto(`http://${elsewhere.host}/sentinel`);
  assert.ok(elsewhere.seen.includes("/sentinel"));
  const ran = await page.evaluate(() => [...new Set(globalThis.ran)]);
  const leaks = new Set(elsewhere.seen.map((url) => /n\d{3}/.exec(url)?.[0]).filter(Boolean));
  const left = page.url();
  await context.close();
  await site.close();
  return { ran: ran.map((i) => corpus[i].name), failed, left, site, leaks: corpus.filter((_, i) => leaks.has(nameOf(i))).map(({ name }) => name) };
}

test("without any protection the corpus bites", { timeout: 300_000 }, async (t) => {
  const { leaks, ran } = await showAll({ filter: false, policy: false, sandbox: false });
  t.diagnostic(`${corpus.length} messages; ${leaks.length} load something, ${ran.length} scripts run`);
  assert.ok(leaks.length >= 140, `${leaks.length}: ${leaks.join(", ")}`);
  assert.ok(ran.length >= 30, `${ran.length}: ${ran.join(", ")}`);
  assert.deepEqual(corpus.filter(({ name, bites }) => bites && !leaks.includes(name) && !ran.includes(name)).map(({ name }) => name), []);
});

/** The filter knows nothing of the frame: where links open by themselves only the policy is another one. */
test("the filter alone: no request, no script", { timeout: 300_000 }, async () => {
  const { leaks, ran, left, site } = await showAll({ filter: true, policy: false, sandbox: false });
  assert.deepEqual(leaks, []);
  assert.deepEqual(ran, []);
  assert.equal(left, `${site.url}/`);
});

for (const deaf of [false, true]) test(`the policy alone${where(deaf)}: no request, no script`, { timeout: 300_000 }, async () => {
  const { leaks, ran, left, site } = await showAll({ filter: false, deaf });
  assert.deepEqual(leaks, []);
  assert.deepEqual(ran, []);
  assert.equal(left, `${site.url}/`);
});

for (const deaf of [false, true]) test(`both${where(deaf)}: no request, no script, and all of them are drawn`, { timeout: 300_000 }, async () => {
  const { leaks, ran, failed, left, site } = await showAll({ deaf });
  assert.deepEqual(leaks, []);
  assert.deepEqual(ran, []);
  assert.deepEqual(failed, []);
  assert.equal(left, `${site.url}/`);
});

const HEIGHT = 300;

/** The page around the frame, which has one height; the frame's own pixels are left out. */
async function around(page) {
  const { x, y, width, height } = await page.locator(".message-frame").boundingBox();
  const png = PNG.sync.read(await page.screenshot());
  for (let row = Math.floor(y); row < Math.min(Math.ceil(y + height), png.height); row++)
    png.data.fill(0, (row * png.width + Math.floor(x)) * 4, (row * png.width + Math.min(Math.ceil(x + width), png.width)) * 4);
  return png.data;
}

for (const [title, mode] of [["with the policy alone", { filter: false }], ["with both", {}], ["where links open by themselves", { deaf: true }]])
  test(`nothing is drawn outside of the frame, ${title}`, { timeout: 300_000 }, async () => {
    const site = await serve(mode);
    const { page, context } = await openPage(browser, site);
    await page.evaluate((height) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`.message-frame { block-size: ${height}px !important; }`);
      document.adoptedStyleSheets = [sheet];
    }, HEIGHT);
    const draw = async (html) => {
      await page.evaluate((html) => globalThis.page.show(globalThis.page.ofHtml(html)), html);
      await page.waitForFunction(() => globalThis.page.told.remote.length > 0);
      return around(page);
    };
    const plain = await draw("<p>nothing of note</p>");
    assert.ok(plain.some((value) => value !== 0));
    const different = [];
    for (const { name, html } of corpus.filter(({ kind }) => kind === "draws")) if (!plain.equals(await draw(written(html, "draws")))) different.push(name);
    assert.deepEqual(different, []);
    await context.close(); // what moves in it would be drawn until the last test
    await site.close();
  });

test("a frame grows no further than its bound, and its page does not move", { timeout: 300_000 }, async () => {
  const site = await serve({});
  const { page, context } = await openPage(browser, site);
  for (const name of ["vh without end", "html of 100 percent and more", "a very long one"]) {
    const { html } = corpus.find((one) => one.name === name);
    await page.evaluate((html) => globalThis.page.show(globalThis.page.ofHtml(html)), html);
    await page.waitForFunction(() => globalThis.page.told.remote.length > 0);
    const heights = [];
    for (let i = 0; i < 5; i++) heights.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector("iframe").offsetHeight))))));
    assert.ok(heights[4] <= 30_000, `${name}: ${heights}`);
    assert.equal(heights[4], heights[3], `${name} grows: ${heights}`);
  }
  await context.close();
  await site.close();
});
