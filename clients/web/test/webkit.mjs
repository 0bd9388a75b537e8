/** The page in WebKit, as far as Linux has it: WebKitGTK, driven by Debian's WebKitWebDriver (webdriver.mjs), in front of a real core and bridge.
 *
 *   apt-get install webkit2gtk-driver xvfb
 *   node test/webkit.mjs [a part of a journey's name]          FACTEUR_SHOTS=FOLDER: pictures of what it sees
 *
 * It is not among the tests of bootstrap: the driver is 50 MB of packages that nothing else needs. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Core, receive, startBridge } from "./servers.mjs";
import { KEY, until, WebKit } from "./webdriver.mjs";

const browser = await WebKit.launch();
if (!browser) {
  console.error("WebKitWebDriver and MiniBrowser are not here: apt-get install webkit2gtk-driver xvfb");
  process.exit(2);
}
const core = await Core.start();
const bridge = await startBridge(core);
const token = await core.token();
/** What links lead to: says who opened it, and where it was opened from. */
const elsewhere = createServer((_, to) => to.writeHead(200, { "Content-Type": "text/html" }).end("<title>there</title><script>document.title += opener ? ' opener' : ' alone'; document.title += document.referrer</script>"));
await new Promise((done) => elsewhere.listen(0, "127.0.0.1", done));
const there = `http://127.0.0.1:${elsewhere.address().port}`;

let page = await browser.open(`${bridge.url}/`);
console.log(`WebKitGTK ${page.version}`);

/** The page, signed in, at a path; what goes wrong in it from then on is in `problems`. */
async function open(path, preferences = {}) {
  await until(() => page.evaluate(([token, preferences]) => (localStorage.setItem("facteur.token", token), localStorage.setItem("facteur.preferences", JSON.stringify(preferences)), true), [token, preferences]), "storage");
  await page.evaluate(() => (window.isBefore = true)); // the page that is there still answers for a while
  await page.go(bridge.url + path);
  await page.until((path) => !window.isBefore && location.pathname + location.search === path && document.readyState === "complete" && (window.problems ??= []), path);
  await page.evaluate(() => {
    addEventListener("error", (e) => problems.push(e.message));
    addEventListener("unhandledrejection", (e) => problems.push(String(e.reason?.stack ?? e.reason)));
    addEventListener("securitypolicyviolation", (e) => problems.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
}
const seen = (selector) => page.until((selector) => [...document.querySelectorAll(selector)].some((one) => one.getClientRects().length), selector);
const says = (words) => page.until((words) => document.body.innerText.includes(words), words);
const drawn = () => page.until(() => document.querySelector("iframe.message-frame")?.contentDocument?.body?.innerText.trim());
const FRAME = "iframe.message-frame";

let count = 0;
async function html(text, head = "") {
  const subject = `Message ${++count}`;
  const { id } = await receive(core, `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <webkit${count}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n${head}\r\n${text}\r\n`);
  await open(`/mail/inbox/${id}`);
  await drawn();
  return id;
}
/** The windows that something opens: their addresses and titles; they are closed again. */
async function opensBy(act) {
  const [me, before] = [await page.window(), await page.windows()];
  await act();
  const opened = await until(async () => {
    const list = (await page.windows()).filter((one) => !before.includes(one));
    return list.length && list;
  }, "a window opens");
  const out = [];
  for (const one of opened) {
    await page.switchTo(one);
    await page.until(() => document.title.length > 5);
    out.push(await page.evaluate(() => [location.href, document.title]));
    await page.closeWindow();
  }
  await page.switchTo(me);
  return out;
}

const journeys = {
  "the first screen: mailboxes and mail; nothing is newer than what just came": async () => {
    await open("/mail/inbox");
    await page.until(() => document.querySelectorAll("[role=option]").length > 5);
    await says("Inbox");
    await page.until(() => navigator.serviceWorker.controller);
    await new Promise((done) => setTimeout(done, 1500));
    assert.equal(await page.evaluate(() => document.querySelector(".toast")?.textContent ?? ""), "");
  },
  "the service worker has the page where the bridge does not answer": async () => {
    await open("/mail/inbox");
    await page.until(() => navigator.serviceWorker.controller);
    assert.ok(await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).length > 20));
  },
  "plain text: links, a quote that is unfolded": async () => {
    const { id } = await receive(core, `From: Jane <jane@example.org>\r\nSubject: Plain\r\nMessage-ID: <plain@example.org>\r\n\r\nSee ${there}/plain\r\n\r\nOn Mon, 2 Nov 2026, Anna wrote:\r\n> one\r\n> two\r\n`);
    await open(`/mail/inbox/${id}`);
    await seen(".message-text");
    assert.deepEqual(await opensBy(() => page.click(".message-text a")), [[`${there}/plain`, "there alone"]]);
    await page.click(".message-more");
    await page.until(() => document.querySelector(".message-text").innerText.includes("> two"));
  },
  "an HTML message: its frame is as high as it is, and follows what unfolds and what loads": async () => {
    await html('<div style="block-size:700px">tall</div><details><summary>more</summary><div style="block-size:400px">yes</div></details>');
    const height = () => page.evaluate((frame) => document.querySelector(frame).offsetHeight, FRAME);
    const before = await until(async () => ((await height()) >= 700 ? height() : 0), "its height");
    await page.click(FRAME, "summary");
    await until(async () => (await height()) >= before + 400, "higher");
    assert.equal(await page.evaluate((frame) => document.querySelector(frame).sandbox.value, FRAME), "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  },
  "a link in HTML opens a window that knows nothing of us": async () => {
    await html(`<p>Go <a href="${there}/html">there</a></p>`);
    assert.deepEqual(await opensBy(() => page.click(FRAME, "a")), [[`${there}/html`, "there alone"]]);
    assert.match(await page.evaluate((frame) => document.querySelector(frame).contentWindow.location.pathname, FRAME), /^\/message-frame-links$/);
  },
  "a link that is not what it says is asked about": async () => {
    await html(`<p>Log in at <a href="${there}/evil">https://www.mybank.example.com/</a></p>`);
    await page.click(FRAME, "summary");
    await seen("dialog.message-doubt");
    assert.equal((await page.windows()).length, 1);
    await page.keys(KEY.Escape);
    await page.until(() => !document.querySelector("dialog.message-doubt"));
    await page.click(FRAME, "summary");
    await seen("dialog.message-doubt");
    assert.deepEqual(await opensBy(() => page.click("dialog.message-doubt .message-buttons button:last-child")), [[`${there}/evil`, "there alone"]]);
  },
  "the page of a mailing list that one leaves by it is opened": async () => {
    await html("<p>News</p>", `List-Unsubscribe: <${there}/leave>\r\n`);
    await page.click('.head-actions [aria-haspopup="menu"]');
    await page.until(() => [...document.querySelectorAll("[role=menuitem]")].find((one) => one.textContent.includes("Unsubscribe"))?.setAttribute("id", "leave") ?? document.querySelector("#leave"));
    await page.click("#leave");
    await seen("dialog.asking");
    assert.deepEqual(await opensBy(() => page.click("dialog.asking button[type=submit]")), [[`${there}/leave`, "there alone"]]);
  },
  "where a link leads is said": async () => {
    await html(`<p><a href="https://shop.example.org/x">our shop</a></p><p style="margin-block-start:80px">plain</p>`);
    await page.moveTo(await page.middle(FRAME, "a"));
    await page.until(() => document.querySelector(".message-link:not([hidden])")?.textContent.includes("shop.example.org/x"));
    await page.moveTo(await page.middle(FRAME, "p:last-of-type"));
    await page.until(() => document.querySelector(".message-link").hidden);
  },
  "an address of mail is written to": async () => {
    await html('<p><a href="mailto:zora@example.net?subject=Hello">write</a></p>');
    await page.click(FRAME, "summary");
    await seen(".composer");
    await says("zora@example.net");
  },
  "a link within the message leads there": async () => {
    await html('<p><a href="#end">to the end</a></p><div style="block-size:3000px"></div><p id="end">the end</p>');
    const length = await page.evaluate(() => history.length);
    await page.click(FRAME, "summary");
    await page.until(() => document.querySelector(".messages").scrollTop > 1000);
    assert.equal(await page.evaluate(() => history.length), length);
  },
  "quotes are folded, and unfold": async () => {
    await html('<p>Noon is fine.</p><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026, Anna wrote:</div><blockquote class="gmail_quote">Lunch?</blockquote></div>');
    // What is in a closed <details> has its boxes since WebKit 2.50 (::details-content), and is not seen.
    const isFolded = () => page.evaluate((frame) => !document.querySelector(frame).contentDocument.querySelector("blockquote").checkVisibility(), FRAME);
    assert.ok(await isFolded());
    await page.click(FRAME, "summary.facteur-more");
    await until(async () => !(await isFolded()), "it is unfolded");
  },
  "keys are heard after a click into the text; what is chosen there is copied": async () => {
    await html('<p style="font-size:20px">Some words to choose</p>');
    const [x, y] = await page.middle(FRAME, "p");
    const left = await page.evaluate((frame) => Math.round(document.querySelector(frame).getBoundingClientRect().left), FRAME);
    await page.drag([left + 17, y], [left + 130, y]);
    const chosen = await page.evaluate((frame) => document.querySelector(frame).contentDocument.getSelection().toString(), FRAME);
    assert.ok(chosen.length > 5, chosen);
    await page.until(() => document.activeElement.nodeName !== "IFRAME");
    await page.evaluate(() => document.addEventListener("copy", (e) => (window.copied = [e.clipboardData.getData("text/plain"), e.clipboardData.getData("text/html")])));
    await page.keys("c", KEY.Control);
    assert.equal((await page.until(() => window.copied))[0], chosen);
    await page.clickAt([x, y]);
    await page.until(() => document.activeElement.nodeName !== "IFRAME");
    const before = await page.evaluate(() => location.pathname);
    await page.keys("j");
    await page.until((before) => location.pathname !== before, before);
  },
  "pictures from elsewhere are asked about; those of the message are shown": async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await html(`<p>x</p><img src="https://a.example/1.png"><img id="own" style="inline-size:500px;block-size:auto" src="data:image/png;base64,${png}">`);
    await says("Load");
    await page.until((frame) => document.querySelector(frame).offsetHeight >= 500, FRAME);
    assert.equal(await page.evaluate((frame) => document.querySelector(frame).contentDocument.images[0].getAttribute("src"), FRAME), null);
  },
  "nothing hostile runs": async () => {
    await html('<img src=x onerror="top.ran=1"><svg onload="top.ran=1"></svg><a href="javascript:top.ran=1" id="a">x</a><script>top.ran=1</script><details ontoggle="top.ran=1" open><summary>s</summary></details>');
    // What the filter would take out, put in behind it: the policy alone.
    await page.evaluate((frame) => {
      const { contentDocument: inside } = document.querySelector(frame);
      const script = inside.createElement("script");
      script.textContent = "top.ran=2";
      inside.body.append(script);
      const link = inside.createElement("a");
      link.id = "bad";
      link.textContent = "bad";
      link.setAttribute("href", "javascript:top.ran=3");
      link.target = "_blank";
      const same = link.cloneNode(true);
      same.id = "same";
      same.removeAttribute("target");
      inside.body.append(link, same);
      inside.body.setAttribute("onclick", "top.ran=4");
    }, FRAME);
    for (const id of ["#bad", "#same"]) await page.click(FRAME, id);
    await new Promise((done) => setTimeout(done, 500));
    const me = await page.window();
    for (const one of await page.windows()) {
      if (one === me) continue;
      await page.switchTo(one);
      await page.closeWindow();
    }
    await page.switchTo(me);
    assert.equal(await page.evaluate(() => window.ran ?? null), null);
    await page.evaluate(() => problems.splice(0)); // what the policy refused
  },
  "searching": async () => {
    await open("/mail/inbox");
    await seen("[role=option]");
    await page.keys("/");
    await page.until(() => document.activeElement.id === "search");
    await page.keys(`invoice${KEY.Enter}`);
    await page.until(() => location.search.includes("invoice") && [...document.querySelectorAll("[role=option]")].some((one) => /invoice/i.test(one.textContent)));
  },
  "writing: rich text, saved": async () => {
    await open("/mail/inbox");
    await seen("[role=option]");
    await page.keys("c");
    await seen(".composer .compose-text");
    await page.click(".composer .compose-text");
    await page.keys("Hello ");
    await page.keys("b", KEY.Control);
    await page.keys("bold");
    await page.keys("b", KEY.Control);
    await page.keys(" and on");
    await page.until(() => /Hello (<\w+[^>]*>)?bold/.test(document.querySelector(".compose-text").innerHTML.replaceAll("&nbsp;", " ")) && document.querySelector(".compose-text b, .compose-text strong")?.textContent === "bold");
    await page.until(() => /Saved at/.test(document.querySelector(".composer").innerText));
  },
  "writing in a window of its own": async () => {
    await open("/mail/inbox");
    await seen("[role=option]");
    await page.keys("c");
    await seen(".composer .compose-text");
    await page.click(".composer .compose-text");
    await page.keys("Apart");
    assert.match((await opensBy(() => page.click('.composer [aria-label="In a window of its own"]')))[0][0], /\/compose\?draft=/);
    await page.until(() => !document.querySelector(".composer"));
  },
  "keys: the palette, help, the next message": async () => {
    await open("/mail/inbox");
    await seen("[role=option]");
    await page.dialog("dialog.palette", "k", KEY.Control);
    await page.dialog("dialog.help", "?");
    await page.keys("jo");
    await page.until(() => location.pathname.startsWith("/mail/inbox/"));
  },
  "French, and dark": async () => {
    await open("/mail/inbox", { language: "fr", theme: "dark" });
    await says("Boîte de réception");
    assert.equal(await page.evaluate(() => document.documentElement.lang + document.documentElement.dataset.theme), "frdark");
  },
  "a phone's width": async () => {
    await page.resize(390, 760);
    await open("/mail/inbox");
    await seen("[role=option]");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.click("[role=option]");
    await seen(".conversation");
    await drawn().catch(() => undefined);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  },
};

let failed = 0;
const wanted = process.argv[2] ?? "";
for (const [name, journey] of Object.entries(journeys).filter(([name]) => name.includes(wanted))) {
  const began = Date.now();
  try {
    await journey();
    assert.deepEqual(await page.evaluate(() => window.problems ?? []), []);
    console.log(`ok      ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failed++;
    console.log(`FAILED  ${name}\n        ${e.stack}\n        ${await page.evaluate(() => JSON.stringify([location.href, window.problems ?? []])).catch(() => "")}`);
  }
  if (process.env.FACTEUR_SHOTS) {
    // A window that another one had covered is not drawn at once: no picture of it then.
    const picture = await Promise.race([page.screenshot().catch(() => undefined), new Promise((done) => setTimeout(done, 5000))]);
    if (picture) writeFileSync(join(process.env.FACTEUR_SHOTS, `${name.replace(/\W+/g, "-").slice(0, 40)}.png`), picture);
  }
}
await page.close();
await browser.close();
elsewhere.close();
elsewhere.closeAllConnections();
await bridge.stop();
await core.stop();
console.log(failed ? `${failed} failed` : "all of them");
process.exit(failed ? 1 : 0);
