/** One message's text and attachments, drawn by themselves (message/page.tsx): links, keys, pictures, quotes, colours. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { launch } from "../harness.mjs";
import { openPage, serve } from "./message/serve.mjs";
import { quotes } from "./message/quotes.mjs";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let browser, site, page, problems;
before(async () => {
  browser = await launch();
  site = await serve();
  ({ page, problems } = await openPage(browser, site, { permissions: ["clipboard-read", "clipboard-write"], acceptDownloads: true }));
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
async function plain(text, part = {}, more = {}) {
  await page.evaluate(([text, part, more]) => globalThis.page.show({ ...globalThis.page.ofText(text, part), ...more }), [text, part, more]);
  await page.waitForFunction(() => globalThis.page.told.remote.length > 0);
}
/** Style of an element in the frame, as it is drawn. */
const styleOf = (selector, name) => page.evaluate(([selector, name]) => {
  const { contentWindow: w, contentDocument: d } = document.querySelector("iframe");
  return w.getComputedStyle(selector ? d.querySelector(selector) : d.documentElement).getPropertyValue(name);
}, [selector, name]);

test("style sheets and attributes apply, by the names that the mail gives", async () => {
  await html('<html><head><style>#a{color:rgb(1,2,3)} .b{font-weight:700} @media (max-width:1px){p{color:red}} body{letter-spacing:3px}</style></head><body bgcolor="#ffeedd" style="padding:7px"><p id="a">A</p><p class="b" style="text-decoration:underline">B</p><font color="#00ff00">C</font>');
  assert.equal(await styleOf("p", "color"), "rgb(1, 2, 3)");
  assert.equal(await styleOf(".b", "font-weight"), "700");
  assert.equal(await styleOf(".b", "text-decoration-line"), "underline");
  assert.equal(await styleOf("body", "background-color"), "rgb(255, 238, 221)");
  assert.equal(await styleOf("body", "padding-top"), "7px");
  assert.equal(await styleOf("p", "letter-spacing"), "3px");
  assert.equal(await styleOf("font", "color"), "rgb(0, 255, 0)");
});

test("the frame is as high as its content, and follows it", async () => {
  const height = () => page.locator("iframe").evaluate((e) => e.offsetHeight);
  await html('<div style="height:700px">x</div><details><summary>more</summary><div style="height:400px">y</div></details>');
  const before = await height();
  assert.ok(before >= 700 && before < 800, String(before));
  await frame().getByText("more").click();
  await page.waitForFunction((before) => document.querySelector("iframe").offsetHeight >= before + 400, before);
  await html("<p>short</p>");
  assert.ok((await height()) < 100);
});

test("keys pressed in the frame are told; text can be selected and copied", async () => {
  await html("<p>some words</p>");
  await frame().getByText("some words").click({ clickCount: 3 });
  await page.keyboard.press("j");
  assert.deepEqual((await told()).keys, ["j"]);
  await page.keyboard.press("Control+c");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /some words/);
});

test("links are opened apart, by click, middle click and Enter; mail addresses are written to", async () => {
  await html('<p><a href="https://example.org/a">here</a></p><p><a href="mailto:anna@example.org?subject=x">write</a></p><p><a href="javascript:alert(1)">bad</a></p>');
  await frame().getByText("here").click();
  await frame().getByText("here").click({ button: "middle" });
  await frame().getByText("here").press("Enter");
  await frame().getByText("write").click();
  await frame().getByText("bad").click();
  const { opened, composed } = await told();
  assert.deepEqual(opened, Array(3).fill("https://example.org/a _blank noopener,noreferrer"));
  assert.deepEqual(composed, ["mailto:anna@example.org?subject=x"]);
});

test("where a link leads is said when it is pointed at, and when it has the focus", async () => {
  await html('<p><a href="https://shop.example.org/x?y=1">our shop</a></p><p>plain</p>');
  await frame().getByText("our shop").hover();
  await page.locator(".message-link").getByText("shop.example.org/x?y=1").waitFor();
  await frame().getByText("plain").hover();
  await page.locator(".message-link").waitFor({ state: "hidden" });
  await frame().getByText("our shop").focus();
  await page.locator(".message-link").getByText("shop.example.org/x?y=1").waitFor();
});

test("a link whose text names another site is asked about", async () => {
  await html('<p><a href="https://evil.example/login">https://www.mybank.example.com/login</a></p>');
  await frame().getByText("mybank").click();
  const dialog = page.getByRole("dialog", { name: "This link is not what it seems to be" });
  await dialog.getByText("Its text names www.mybank.example.com, but it leads to evil.example.").waitFor();
  assert.deepEqual((await told()).opened, []);
  await dialog.getByRole("button", { name: "Do not open" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual((await told()).opened, []);
  await frame().getByText("mybank").click();
  await dialog.getByRole("button", { name: "Open evil.example" }).click();
  assert.equal((await told()).opened.length, 1);
});

test("a link within the mail leads there", async () => {
  await html('<a href="#end">to the end</a><div style="height:3000px"></div><p id="end">the end</p>');
  await frame().getByText("to the end").click();
  await page.waitForFunction(() => scrollY > 1000);
  await page.evaluate(() => scrollTo(0, 0));
});

test("pictures of the message are shown where they belong, if they are pictures", async () => {
  site.blobs.set("picture", PNG);
  site.blobs.set("script", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"));
  const part = (partId, blobId, cid) => ({ partId, blobId, cid, type: "image/png", size: 70, name: `${partId}.png`, disposition: "inline" });
  await html('<img id="a" src="cid:one%40x"><img id="b" src="cid:two@x"><p style="background-image:url(cid:one@x)">x</p><img id="c" src="cid:none"><img id="d" src="data:image/png;base64,iVBORw0KGgo="><img id="e" src="data:image/svg+xml,x">',
    { attachments: [part("2", "picture", "one@x"), part("3", "script", "two@x")] });
  await page.waitForFunction(() => document.querySelector("iframe").contentDocument.querySelector("img").naturalWidth === 1);
  const sources = await page.evaluate(() => [...document.querySelector("iframe").contentDocument.images].map(({ src }) => src.slice(0, 15)));
  assert.deepEqual(sources, ["blob:http://127", "", "", "data:image/png;", ""]);
  assert.match(await styleOf("p", "background-image"), /^url\("blob:/);
});

test("what is elsewhere is counted, and loaded through the proxy when it is asked for", async () => {
  const text = '<img src="https://a.example/1.png"><img src="https://a.example/1.png"><p style="background:url(https://b.example/2.png)">x</p><table background="http://c.example/3.gif"><tr><td>y</table>';
  const asked = [];
  site.proxy = (urls) => (asked.push(...urls), urls.map((url, i) => {
    if (url.includes("c.example")) return null;
    const path = `/proxy/signed?url=${i}&until=9`;
    site.proxied.set(path, PNG);
    return path;
  }));
  await html(text);
  const { remote } = await told();
  assert.deepEqual(remote, [{ count: 3, hosts: ["b.example", "a.example", "c.example"].sort() }].map((one) => ({ ...one, hosts: remote[0].hosts })));
  assert.deepEqual([...remote[0].hosts].sort(), ["a.example", "b.example", "c.example"]);
  assert.deepEqual(asked, []);
  await page.evaluate(() => globalThis.page.change({ showRemote: true }));
  await page.waitForFunction(() => document.querySelector("iframe").contentDocument.images[1].naturalWidth === 1);
  assert.deepEqual([...asked].sort(), ["http://c.example/3.gif", "https://a.example/1.png", "https://b.example/2.png"]);
  assert.match(await styleOf("p", "background-image"), /\/proxy\/signed/);
  await page.evaluate(() => globalThis.page.change({ showRemote: false }));
  await page.waitForFunction(() => !document.querySelector("iframe").contentDocument.images[0].hasAttribute("src"));
  assert.equal(await styleOf("p", "background-image"), "none");
});

test("a bridge without a proxy is said to be one", async () => {
  site.proxy = undefined;
  await html('<img src="https://a.example/1.png">', {}, { showRemote: true });
  await page.waitForFunction(() => globalThis.page.told.remote.some(({ problem }) => problem === "noProxy"));
  assert.ok(problems.splice(0).every((text) => /404/.test(text)));
});

test("a dark page: mail without colours is dark, mail with its own scheme is its own, other mail is on paper", async () => {
  const dark = { isDark: true };
  const brightness = async () => Number(/\d+/.exec(await styleOf("", "background-color"))?.[0]);
  await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
  await html("<p>no colours</p>", {}, dark);
  assert.ok((await brightness()) < 60);
  assert.deepEqual((await told()).sheets, ["dark"]);
  await html('<p style="color:#000">black on white</p>', {}, dark);
  assert.equal(await styleOf("", "color-scheme"), "light only");
  assert.deepEqual((await told()).sheets, ["light"]);
  const own = "<meta name=color-scheme content='light dark'><style>p{color:rgb(0,0,1)}@media (prefers-color-scheme:dark){p{color:rgb(250,250,251)}}</style><p>both</p>";
  await html(own, {}, dark);
  assert.equal(await styleOf("p", "color"), "rgb(250, 250, 251)");
  assert.deepEqual((await told()).sheets, ["dark"]);
  await html(own, {}, { isDark: false });
  assert.equal(await styleOf("p", "color"), "rgb(0, 0, 1)");
  // As the user wants this one.
  await html("<p>no colours</p>", {}, { ...dark, sheet: "light" });
  assert.equal(await styleOf("", "color-scheme"), "light only");
  await html('<body bgcolor="white"><p style="color:#000;background:#fff">black on white</p>', {}, { ...dark, sheet: "dark" });
  assert.ok((await brightness()) < 60);
  assert.notEqual(await styleOf("p", "color"), "rgb(0, 0, 0)");
  await page.evaluate(() => (document.documentElement.dataset.theme = "light"));
});

test("plain text is the text, with its links; its quote is folded behind a button", async () => {
  const text = "Hello <b>you</b> & all,\n  see https://example.org/a_(b). or write to anna@example.org\n\nOn Mon, 2 Nov 2026, Anna wrote:\n> one\n>> two\n";
  await plain(text);
  assert.equal(await page.locator("iframe").count(), 0);
  const box = page.locator(".message-text");
  assert.equal((await box.textContent()).replace("…", ""), text);
  assert.deepEqual(await box.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["https://example.org/a_(b)", "mailto:anna@example.org"]);
  await box.getByText("https://example.org/a_(b)").click();
  assert.deepEqual((await told()).opened, ["https://example.org/a_(b) _blank noopener,noreferrer"]);
  await page.getByText("> one").waitFor({ state: "hidden" });
  const button = page.getByRole("button", { name: "Show quoted text" });
  await button.press("Enter");
  await page.getByText("> one").waitFor();
  assert.equal(await page.getByRole("button", { name: "Hide quoted text" }).getAttribute("aria-expanded"), "true");
});

test("lines that flow are put together again (RFC 3676)", async () => {
  await plain("a long \nline\n> quoted \n> on\n-- \nAnna", { "header:Content-Type": ' text/plain; charset=utf-8; format="flowed"' });
  assert.equal((await page.locator(".message-text").textContent()).replace("…", ""), "a long line\n> quoted on\n-- \nAnna");
});

for (const { name, html: text, subject = "Re: lunch", seen, folded } of quotes)
  test(`quotes: ${name}`, async () => {
    await html(text, { subject });
    const visible = await frame().locator("body").innerText();
    for (const words of seen) assert.ok(visible.includes(words), `${words} is not to be seen in ${visible}`);
    for (const words of folded) assert.ok(!visible.includes(words), `${words} is to be seen in ${visible}`);
    const button = frame().getByRole("button", { name: "Show quoted text" });
    assert.equal(await button.count(), folded.length ? 1 : 0);
    if (!folded.length) return;
    await button.press("Enter");
    const all = await frame().locator("body").innerText();
    for (const words of [...seen, ...folded]) assert.ok(all.includes(words), words);
    assert.equal(await frame().getByRole("button", { name: "Hide quoted text" }).getAttribute("aria-expanded"), "true");
  });
