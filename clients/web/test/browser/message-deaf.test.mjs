/** A message as it is drawn where none of our listeners is called in its frame (WebKit, docs/decisions/0045): here in Chromium, which is made to be so.
 * WebKit itself is driven by ../webkit.mjs. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { eventually, launch } from "../harness.mjs";
import { quotes } from "./message/quotes.mjs";
import { openPage, serve } from "./message/serve.mjs";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let browser, site, page, context, problems;
before(async () => {
  browser = await launch();
  site = await serve({ deaf: true });
  ({ page, context, problems } = await openPage(browser, site, { permissions: ["clipboard-read", "clipboard-write"] }));
  await context.route(/example/, (route) => route.fulfill({ contentType: "text/html", body: "<title>there</title><script>document.title += opener ? ' opener' : ' alone'; document.title += document.referrer</script>" }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});
afterEach(() => assert.deepEqual(problems.splice(0), []));

const frame = () => page.frameLocator("iframe.message-frame");
const told = () => page.evaluate(() => structuredClone(globalThis.page.told));
async function html(text, more = {}, options = {}) {
  await page.evaluate(([text, more, options]) => globalThis.page.show({ ...globalThis.page.ofHtml(text), ...more }, options), [text, more, options]);
  await page.waitForFunction(() => globalThis.page.told.remote.length > 0);
}

/** Onto the first link, from the top of the page. */
async function tabAndEnter() {
  await page.locator("#before").click();
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.activeElement?.contentDocument?.activeElement?.matches("a, summary"));
  await page.keyboard.press("Enter");
}

test("its frame may open windows, which are free of its sandbox, and nothing else", async () => {
  await html("<p>x</p>");
  const { sandbox, src, policy } = await page.evaluate(async () => {
    const { sandbox, src } = document.querySelector("iframe");
    return { sandbox: sandbox.value, src: new URL(src).pathname, policy: (await fetch(src)).headers.get("content-security-policy") };
  });
  assert.equal(sandbox, "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  assert.equal(src, "/message-frame-links");
  assert.match(policy, /; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox$/);
});

test("a link opens a window of its own by itself, which knows nothing of us", async () => {
  await html('<p><a href="https://example.org/a" rel="opener" target="_self">here</a></p>');
  for (const press of [() => frame().getByText("here").click(), tabAndEnter]) {
    const [opened] = await Promise.all([context.waitForEvent("page"), press()]);
    await opened.waitForFunction(() => document.title.length > 5);
    assert.deepEqual([opened.url(), await opened.title()], ["https://example.org/a", "there alone"]);
    await opened.close();
  }
  assert.equal(page.url(), `${site.url}/`);
});

test("a link whose text names another site is asked about, by the mouse and by the keyboard", async () => {
  await html('<style>a { color: rgb(1, 2, 3) }</style><p>Go to <a href="https://evil.example/login"><b>https://www.mybank.example.com/login</b></a> now</p>');
  const opened = [];
  context.on("page", (other) => opened.push(other.url()));
  const dialog = page.getByRole("dialog", { name: "This link is not what it seems to be" });
  await frame().getByText("mybank").click();
  await dialog.getByText("Its text names www.mybank.example.com, but it leads to evil.example.").waitFor();
  await dialog.getByRole("button", { name: "Do not open" }).click();
  await dialog.waitFor({ state: "detached" });
  await tabAndEnter();
  await dialog.getByRole("button", { name: "Open evil.example" }).click();
  await eventually(async () => (await told()).opened.length === 1);
  assert.deepEqual((await told()).opened, ["https://evil.example/login _blank noopener,noreferrer"]);
  assert.deepEqual((await told()).during, ["click"]);
  assert.deepEqual(opened, []);
  // In its line, and looking as the mail wants its links to.
  assert.equal((await frame().locator("p").evaluate((p) => p.getClientRects()[0].height)) < 40, true);
  assert.equal(await frame().locator("p a").evaluate((a) => getComputedStyle(a).color), "rgb(1, 2, 3)");
});

test("a link is asked about by what one sees of it and by what is read out, too", async () => {
  await html(`<p><a href="https://evil.example/1"><span style="display:none">https://evil.example/ </span>https://mybank.example.com</a></p>
    <p><a href="https://evil.example/2">mybank.example.com<span style="display:none"> x</span></a></p><p><a href="https://evil.example/3" aria-label="https://mybank.example.com">here</a></p>`);
  const dialog = page.getByRole("dialog", { name: "This link is not what it seems to be" });
  for (const link of await frame().locator("p a").all()) {
    await link.click();
    await dialog.getByText("Its text names mybank.example.com, but it leads to evil.example.").waitFor();
    await dialog.getByRole("button", { name: "Do not open" }).click();
    await dialog.waitFor({ state: "detached" });
  }
  assert.deepEqual((await told()).opened, []);
});

test("mail addresses are written to; a link within the mail leads there; what leads nowhere does nothing", async () => {
  await html('<p><a href="mailto:anna@example.org?subject=x">write</a> <a href="#end">to the end</a> <a href="javascript:top.ran=1">bad</a> <a href="java\nscript:top.ran=1">worse</a></p><div style="height:3000px"></div><p id="end">the end</p>');
  const steps = () => page.evaluate(() => history.length);
  const before = await steps();
  for (const words of ["bad", "worse"]) await frame().getByText(words).click();
  await frame().getByText("write").click();
  await eventually(async () => assert.deepEqual((await told()).composed, ["mailto:anna@example.org?subject=x"]));
  await frame().getByText("to the end").click();
  await page.waitForFunction(() => scrollY > 1000);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  assert.equal(await steps(), before);
});

test("where a link leads is said when it is pointed at, and when it has the focus", async () => {
  await html('<p><a href="https://shop.example.org/x?y=1">our shop</a></p><p><a href="https://evil.example/">www.bank.example.com</a></p><p>plain</p>');
  for (const [words, said] of [["our shop", "shop.example.org/x?y=1"], ["bank", "evil.example"]]) {
    await frame().getByText(words).hover();
    await page.locator(".message-link").getByText(said).waitFor();
    await frame().getByText("plain").hover();
    await page.locator(".message-link").waitFor({ state: "hidden" });
  }
  await page.locator("#before").click();
  await page.keyboard.press("Tab");
  await page.locator(".message-link").getByText("shop.example.org/x?y=1").waitFor();
  await page.keyboard.press("Tab");
  await page.locator(".message-link").getByText("evil.example").waitFor();
});

test("after a click into the text, keys are the page's; what is chosen stays so and is copied", async () => {
  await html('<p>some words</p><p>see <a href="https://evil.example/">www.bank.example.com</a></p>');
  await page.evaluate(() => ((globalThis.heard = []), addEventListener("keydown", (e) => globalThis.heard.push(e.key))));
  await frame().getByText("some words").click({ clickCount: 3 });
  await page.waitForFunction(() => document.activeElement === document.body);
  await page.keyboard.press("j");
  assert.deepEqual(await page.evaluate(() => globalThis.heard), ["j"]);
  assert.match(await page.evaluate(() => document.querySelector("iframe").contentDocument.getSelection().toString()), /some words/);
  await page.keyboard.press("Control+c");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^some words\s*$/);
  await page.evaluate(() => document.querySelector("iframe").contentDocument.getSelection().selectAllChildren(document.querySelector("iframe").contentDocument.body));
  await page.keyboard.press("Control+c");
  const copied = await page.evaluate(async () => (await (await navigator.clipboard.read())[0].getType("text/html")).text());
  assert.ok(copied.includes("www.bank.example.com") && !/details|summary/.test(copied), copied);
});

test("the frame is as high as its content, also when a picture comes late, and when something in it is unfolded", async () => {
  const height = () => page.locator(".message-frame").evaluate((e) => e.offsetHeight);
  let come;
  site.slow = new Promise((done) => (come = done));
  site.blobs.set("picture", Buffer.concat([PNG, Buffer.alloc(2000)])); // the server keeps back what is behind the first 1000
  await html('<div style="position:relative">x<img style="position:absolute;inset-inline-start:0;inline-size:500px;block-size:auto" src="cid:p"></div>', {
    attachments: [{ partId: "2", blobId: "picture", cid: "p", type: "image/png", size: 70 }],
  });
  const before = await height();
  assert.ok(before < 200, String(before));
  come();
  site.slow = undefined;
  await page.waitForFunction(() => document.querySelector("iframe").offsetHeight >= 500);
  await html('<details><summary>more</summary><div style="height:400px">y</div></details>');
  await frame().getByText("more").click();
  await page.waitForFunction(() => document.querySelector("iframe").offsetHeight >= 400);
});

for (const { name, html: text, subject = "Re: lunch", seen, folded } of quotes)
  test(`quotes: ${name}`, async () => {
    await html(text, { subject });
    const visible = () => frame().locator("body").evaluate((body) => {
      const all = [];
      const walk = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) if (walk.currentNode.parentElement.checkVisibility({ contentVisibilityAuto: true })) all.push(walk.currentNode.data);
      return all.join(" ").replace(/\s+/g, " ");
    });
    const plain = (words) => words.replace(/\s+/g, " ");
    const first = await visible();
    for (const words of seen) assert.ok(first.includes(plain(words)), `${words} is not to be seen in ${first}`);
    for (const words of folded) assert.ok(!first.includes(plain(words)), `${words} is to be seen in ${first}`);
    const more = frame().locator("summary.facteur-more");
    assert.equal(await more.count(), folded.length ? 1 : 0);
    if (!folded.length) return;
    assert.equal(await more.getAttribute("aria-label"), "Show quoted text");
    await more.press("Enter");
    const all = await visible();
    for (const words of [...seen, ...folded]) assert.ok(all.includes(plain(words)), words);
    await eventually(async () => (await more.getAttribute("aria-label")) === "Hide quoted text");
  });
