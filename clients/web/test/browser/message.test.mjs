/** One message's text and attachments, drawn by themselves (message/page.tsx): links, keys, pictures, quotes, colours. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { eventually, launch } from "../harness.mjs";
import { SCRIPT, STRINGS } from "./hostile/corpus.mjs";
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
  const height = () => page.locator(".message-frame").evaluate((e) => e.offsetHeight);
  await html('<div style="height:700px">x</div><details><summary>more</summary><div style="height:400px">y</div></details>');
  const before = await height();
  assert.ok(before >= 700 && before < 800, String(before));
  await frame().getByText("more").click();
  await page.waitForFunction((before) => document.querySelector("iframe").offsetHeight >= before + 400, before);
  await html("<p>short</p>");
  assert.ok((await height()) < 100);
});

test("what is too wide for the window is made smaller, and back", async () => {
  const inside = () => page.evaluate(() => {
    const { contentDocument: d } = document.querySelector("iframe");
    return { table: Math.round(d.querySelector("table").getBoundingClientRect().width), room: d.documentElement.clientWidth, scrolls: d.documentElement.scrollWidth > d.documentElement.clientWidth + 1, height: document.querySelector("iframe").offsetHeight };
  });
  await page.setViewportSize({ width: 400, height: 700 });
  await html('<table width="600"><tr><td height="300">a newsletter</table>');
  const narrow = await inside();
  assert.ok(narrow.table <= narrow.room && !narrow.scrolls, JSON.stringify(narrow));
  assert.ok(narrow.height < 260, JSON.stringify(narrow));
  await page.setViewportSize({ width: 900, height: 700 });
  await page.waitForFunction(() => Math.round(document.querySelector("iframe").contentDocument.querySelector("table").getBoundingClientRect().width) === 600);
  assert.ok((await inside()).height >= 300);
});

test("keys pressed in the frame are told; text can be selected and copied", async () => {
  await html("<p>some words</p>");
  await frame().getByText("some words").click({ clickCount: 3 });
  await page.keyboard.press("j");
  await eventually(async () => assert.deepEqual((await told()).keys, ["j"]));
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
  await eventually(async () => (await told()).opened.length === 3 && (await told()).composed.length === 1);
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
  await eventually(async () => (await told()).opened.length === 1);
  assert.deepEqual((await told()).during, ["click"]);
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

test("how many pictures from elsewhere could not be loaded is told, and what kept them", async () => {
  const answers = [PNG, 403, 403, 413, 415, 504, 502, Buffer.from("no picture"), null];
  site.proxy = (urls) => urls.map((url) => {
    const at = Number(/(\d)\.png$/.exec(url)[1]);
    if (answers[at] === null) return null;
    const path = `/proxy/signed?lost=${at}`;
    site.proxied.set(path, answers[at]);
    return path;
  });
  await html(answers.map((_, i) => `<img src="https://a.example/${i}.png">`).join(""), {}, { showRemote: true });
  await page.waitForFunction(() => globalThis.page.told.remote.some(({ lost }) => lost));
  assert.deepEqual((await told()).remote.at(-1).lost, { refused: 3, large: 1, kind: 2, late: 1, failed: 1 });
  assert.equal(await page.evaluate(() => document.querySelector("iframe").contentDocument.querySelectorAll("img[src]").length), 1);
  assert.ok(problems.splice(0).every((text) => /403|413|415|504|502/.test(text)));
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
  assert.equal(await page.locator(".message-frame").count(), 0);
  const box = page.locator(".message-text");
  assert.equal((await box.textContent()).replace("…", ""), text);
  assert.deepEqual(await box.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["https://example.org/a_(b)", "mailto:anna@example.org"]);
  await box.getByText("https://example.org/a_(b)").click();
  await eventually(async () => assert.deepEqual((await told()).opened, ["https://example.org/a_(b) _blank noopener,noreferrer"]));
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

test("HTML of which much may be a quote is drawn at once: nothing in it is looked at again and again", async () => {
  const texts = {
    "quotes beside each other": `<p>new</p>${"<blockquote type=cite>x</blockquote>".repeat(12_000)}`,
    "lines above that are no heads, one in the other": `<p>new</p>${'<div style="border-top:1px solid">'.repeat(400)}${"From nobody. ".repeat(20_000)}`,
    "heads, where answers are announced": `<p>see below</p>${'<div style="border-top:1px solid"><p>From: a</p><p>Sent: b</p></div>text '.repeat(3000)}`,
    "nothing, deeply": `<p>new</p>${"<div>".repeat(400)}${"<span> </span>".repeat(20_000)}`,
  };
  for (const [what, text] of Object.entries(texts)) {
    await html(text);
    await page.waitForFunction(() => /new|see below/.test(document.querySelector("iframe.message-frame")?.contentDocument?.querySelector("p")?.textContent), undefined, { timeout: 10_000 }).catch(() => assert.fail(what));
  }
});

test("a print has the message's head and all of its text, in light colours, without remote pictures", async () => {
  site.blobs.set("picture", PNG);
  await page.evaluate(async () => {
    // Where the browser would open its dialog: what it would print is taken.
    globalThis.printed = undefined;
    new MutationObserver(() => {
      const frame = document.querySelector(".message-print");
      if (frame?.contentWindow) frame.addEventListener("load", () => (frame.contentWindow.print = () => {
        const { body, images } = frame.contentDocument;
        globalThis.printed = { text: body.innerText, images: [...images].map(({ src, naturalWidth }) => [src.slice(0, 5), naturalWidth]), scheme: frame.contentWindow.getComputedStyle(frame.contentDocument.documentElement).colorScheme };
      }), { once: true });
    }).observe(document.body, { childList: true });
    const message = globalThis.page.messageOf({
      ...globalThis.page.ofHtml('<p>the text</p><img src="cid:p"><img src="https://a.example/x.png"><blockquote type="cite">what was quoted</blockquote>'), subject: "Lunch & more <b>",
      attachments: [{ partId: "2", blobId: "picture", cid: "p", type: "image/png", size: 70 }, { partId: "3", blobId: "b3", type: "application/pdf", name: "menu.pdf", size: 9 }],
    });
    await globalThis.page.print(message);
  });
  const printed = await page.evaluate(() => globalThis.printed);
  for (const words of ["Lunch & more <b>", "From: Anna <anna@example.org>", "Attachments: menu.pdf", "the text", "what was quoted"]) assert.ok(printed.text.includes(words), `${words} in ${printed.text}`);
  assert.deepEqual(printed.images, [["blob:", 1], ["", 0]]);
  assert.equal(printed.scheme, "light only");
});

test("attachments say what they are, are shown where that is safe, and are saved one by one", async () => {
  site.blobs.set("picture", PNG);
  site.blobs.set("text", Buffer.from("<b>plain</b> https://example.org/"));
  site.blobs.set("program", Buffer.from("MZ"));
  const part = (partId, blobId, type, name, more) => ({ partId, blobId, type, name, size: site.blobs.get(blobId).length, cid: null, disposition: "attachment", ...more });
  await html('<p>x</p><img src="cid:shown@x">', {
    attachments: [part("2", "picture", "image/png", "in the text.png", { cid: "shown@x" }), part("3", "picture", "image/png", "photo.png"), part("4", "text", "text/plain", "notes.txt"), part("5", "program", "image/png", "pic.\u202egnp.exe"),
      part("6", "program", "image/png", "no picture.png")],
  });
  const list = page.getByRole("region", { name: "4 attachments" });
  assert.deepEqual((await list.locator(".attachment-name").allInnerTexts()).map((text) => text.split(/\n+/)), [
    ["photo.png", "Picture, 70 bytes"], ["notes.txt", "Text, 33 bytes"], ["pic.gnp.exe", "Program: opened, it can do anything, 2 bytes"], ["no picture.png", "Picture, 2 bytes"]]);
  await list.locator("img.attachment-picture").waitFor();
  await list.getByRole("button", { name: "Show notes.txt" }).click();
  await list.getByText("<b>plain</b>").waitFor();
  assert.equal(await list.getByRole("link", { name: "https://example.org/" }).getAttribute("href"), "https://example.org/");
  await list.getByRole("button", { name: "Show no picture.png" }).click();
  await list.getByText("it is none that is shown here").waitFor();
  assert.equal(await list.getByRole("button", { name: "Show pic.gnp.exe" }).count(), 0);
  const [download] = await Promise.all([page.waitForEvent("download"), list.getByRole("button", { name: "Save pic.gnp.exe" }).click()]);
  assert.equal(download.suggestedFilename(), "pic.gnp.exe");
  assert.equal(readFileSync(await download.path(), "utf8"), "MZ");
});

test("all attachments are saved as one archive", async () => {
  site.blobs.set("one", Buffer.from("first"));
  site.blobs.set("two", Buffer.alloc(3_000_000, "x"));
  await html("<p>x</p>", {
    subject: "Two: files", sentAt: "2026-11-02T10:00:00Z",
    attachments: [["one", "../a.txt"], ["two", "A.txt"], ["one", null]].map(([blobId, name], i) => ({ partId: String(i + 2), blobId, name, type: "text/plain", size: site.blobs.get(blobId).length, disposition: "attachment" })),
  });
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save all as .zip" }).click()]);
  assert.equal(download.suggestedFilename(), "Two_ files.zip");
  const script = "import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps([[i.filename,i.file_size] for i in z.infolist()]))";
  assert.deepEqual(JSON.parse(execFileSync("/usr/bin/python3", ["-c", script, await download.path()], { encoding: "utf8" })), [["a.txt", 5], ["A (2).txt", 3_000_000], ["attachment 3", 5]]);
});

test("an attachment that cannot be fetched says so; a large one can be cancelled", async () => {
  await html("<p>x</p>", { attachments: [{ partId: "2", blobId: "gone", name: "gone.bin", type: "application/octet-stream", size: 9 }] });
  await page.getByRole("button", { name: "Save gone.bin" }).click();
  await page.getByRole("alert").getByText("It could not be fetched").waitFor();
  assert.ok(problems.splice(0).every((text) => /404/.test(text)));
  let release;
  site.slow = new Promise((done) => (release = done));
  site.blobs.set("large", Buffer.alloc(2_000_000));
  await html("<p>x</p>", { attachments: [{ partId: "2", blobId: "large", name: "large.bin", type: "application/octet-stream", size: 2_000_000 }] });
  await page.getByRole("button", { name: "Save large.bin" }).click();
  await page.getByRole("progressbar").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  release();
  site.slow = undefined;
  await page.getByRole("button", { name: "Save large.bin" }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("a message within a message is shown as messages are", async () => {
  site.api = (name, args) => {
    assert.equal(name, "Email/parse");
    const part = { partId: "1", blobId: "x1", type: "text/html", size: 9 };
    return { parsed: { [args.blobIds[0]]: { blobId: args.blobIds[0], from: [{ name: "Carl", email: "carl@example.org" }], to: null, cc: null, subject: "Inside", sentAt: "2026-11-01T10:00:00Z", htmlBody: [part], textBody: [part], attachments: [], bodyValues: { 1: { value: "<p>what Carl wrote</p><script>x</script>" } } } } };
  };
  await html("<p>x</p>", { attachments: [{ partId: "2", blobId: "eml", name: null, type: "message/rfc822", size: 900 }] });
  await page.getByRole("button", { name: "Show attachment 1.eml" }).click();
  const inside = page.getByRole("article", { name: "Inside" });
  await inside.getByText("Carl <carl@example.org>").waitFor();
  await inside.frameLocator("iframe").getByText("what Carl wrote").waitFor();
});

test("the source: all fields, the raw message, and a file of it", async () => {
  const raw = "Subject: Lunch\r\nX-Odd: <script>1</script>\r\n\r\nbody \xff";
  site.blobs.set("whole", Buffer.from(raw, "latin1"));
  await page.evaluate(() => globalThis.page.source({ subject: "Lunch/../x", blobId: "whole", size: 60, headers: [{ name: "Subject", value: " Lunch" }, { name: "X-Odd", value: " <script>1</script>" }] }));
  const source = page.getByRole("region", { name: "Source of the message" });
  await source.getByText("<script>1</script>").waitFor();
  await source.getByRole("button", { name: "Source", exact: true }).click();
  await source.getByText("X-Odd: <script>1</script>").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), source.getByRole("button", { name: "Save as .eml" }).click()]);
  assert.equal(download.suggestedFilename(), "x.eml");
  assert.equal(readFileSync(await download.path(), "latin1"), raw);
});

test("warnings about a sender are told in words", async () => {
  await page.evaluate(() => globalThis.page.warnings({ from: [{ name: "service@paypal.com", email: "x@evil.example" }], replyTo: [{ name: null, email: "y@other.example" }] }));
  await page.getByText("The sender calls himself service@paypal.com, but the address is x@evil.example.").waitFor();
  await page.getByText("Answers do not go to x@evil.example, but to y@other.example.").waitFor();
});

test("hostile strings in every field and every name are text", async () => {
  site.blobs.set("one", Buffer.from("x"));
  const nowhere = "http://127.0.0.1:9/x";
  for (const text of STRINGS.map((one) => one.replaceAll("@U@", nowhere).replaceAll("@J@", SCRIPT))) {
    const people = [{ name: text, email: text }];
    const fields = {
      subject: text, from: people, to: people, cc: people, replyTo: people, preview: text, headers: [{ name: text, value: text }], messageId: [text],
      attachments: [{ partId: "2", blobId: "one", name: text, type: text, size: 1, cid: text, location: text, disposition: text }, { partId: "3", blobId: "one", name: text, type: "image/png", size: 1, cid: null }],
    };
    await html(`<p>drawn</p>${text}`, fields);
    await plain(text, { name: text, charset: text }, fields);
    assert.equal((await page.locator(".message-text").textContent()), text);
    await page.evaluate((fields) => globalThis.page.source(fields), fields);
    await page.evaluate((fields) => globalThis.page.warnings(fields), fields);
    await page.locator("main").waitFor({ state: "attached" });
  }
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  assert.equal(await page.locator("img[src^='http://127.0.0.1:9'], script:not([src]), [onerror]").count(), 0);
  // The inert document in which the filter parses says so of each handler that it never has.
  problems.splice(0, Infinity, ...problems.filter((text) => !/Blocked script execution/.test(text)));
});
