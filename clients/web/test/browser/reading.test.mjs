/** Messages as they are read: a real core takes them apart, a real bridge fetches their pictures. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before } from "node:test";
import { PNG as Png } from "pngjs";
import { accountWith } from "../compose-support.mjs";
import { context, eventually, site } from "../harness.mjs";
import { row, stands } from "../mail.mjs";
import { startBridge } from "../servers.mjs";
import { corpus, SCRIPT, STRINGS } from "./hostile/corpus.mjs";

const { test } = site();
const QUIET = { conversations: false, markReadAfter: -1 };
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let elsewhere;
before(async () => {
  const seen = [];
  const server = createServer((from, to) => {
    seen.push({ url: from.url, headers: from.headers });
    to.writeHead(200, { "Content-Type": "image/png" }).end(Buffer.from(PNG, "base64"));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  elsewhere = { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.close(), server.closeAllConnections()) };
});
after(() => elsewhere.close());

/** A message of these parts: [header lines, content]. */
function mixed(subject, type, parts, more = []) {
  const head = ["From: Jane Doe <jane@example.org>", "To: john@example.net", `Subject: ${subject}`, "Date: Mon, 2 Nov 2026 10:00:00 +0100", `Message-ID: <${Math.random()}@example.org>`, "MIME-Version: 1.0", `Content-Type: ${type}; boundary=b`];
  return [...more, ...head, "", ...parts.flatMap(([fields, content]) => ["--b", ...fields, "", content]), "--b--", ""].join("\r\n");
}
const picture = ["Content-Type: image/png; name=in.png", "Content-Disposition: inline", "Content-ID: <p@x>", "Content-Transfer-Encoding: base64"];
const frame = (page) => page.frameLocator("iframe.message-frame");

test("HTML with its own pictures, one from elsewhere, a quote and attachments", async ({ core, receive, raw, browser }) => {
  const html = `<p>Noon is fine.</p><img src="cid:p@x" alt="ours"><img src="${elsewhere.url}/remote.png" alt="theirs"><blockquote type="cite">When is lunch?</blockquote>`;
  const { id } = await receive(mixed("with everything", "multipart/mixed", [
    [["Content-Type: text/html; charset=utf-8"], html], [picture, PNG], [["Content-Type: application/pdf; name=menu.pdf", "Content-Disposition: attachment; filename=menu.pdf"], "%PDF-1.4"],
    [["Content-Type: message/rfc822"], "From: Carl <carl@example.org>\r\nSubject: inside\r\n\r\nwhat Carl wrote"],
  ]));
  // A bridge that may fetch from this machine, as the one of the other tests may not.
  const bridge = await startBridge(core, 0, "--proxy-allow", "127.0.0.0/8");
  const made = await context(browser, bridge.url, await core.token("reads"), { preferences: QUIET });
  const requests = [];
  made.on("request", (r) => requests.push(r.url()));
  const page = await made.newPage();
  await page.goto(`${bridge.url}/mail/inbox`);
  await row(page, "with everything").click();
  await frame(page).getByText("Noon is fine.").waitFor();
  assert.equal(await frame(page).getByText("When is lunch?").isVisible(), false);
  await eventually(() => frame(page).getByAltText("ours").evaluate((e) => e.naturalWidth === 1));
  assert.deepEqual(elsewhere.seen, []);

  await page.getByRole("button", { name: "Load them" }).click();
  await eventually(() => frame(page).getByAltText("theirs").evaluate((e) => e.naturalWidth === 1));
  assert.deepEqual(elsewhere.seen.map(({ url }) => url), ["/remote.png"]);
  const { headers } = elsewhere.seen[0];
  for (const name of ["cookie", "referer", "authorization"]) assert.equal(headers[name], undefined, name);
  assert.deepEqual(requests.filter((url) => !url.startsWith(bridge.url) && !url.startsWith("blob:") && !url.startsWith("data:")), []);

  await page.getByRole("region", { name: "2 attachments" }).getByText("menu.pdf").waitFor();
  await page.getByRole("button", { name: /^Show attachment 2/ }).click();
  await page.getByRole("article", { name: "inside" }).getByText("what Carl wrote").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save menu.pdf" }).click()]);
  assert.equal(download.suggestedFilename(), "menu.pdf");

  // With the focus in the frame, keys are the page's.
  await frame(page).getByText("Noon is fine.").click();
  await page.keyboard.press("e");
  await stands(raw, id, { in: ["archive"], keywords: [] });
  await made.close();
  await bridge.stop();
});

test("pictures that the proxy refuses are not there, which is said", async ({ open, receive }) => {
  await receive(mixed("refused picture", "multipart/mixed", [[["Content-Type: text/html"], `<p>text</p><img src="${elsewhere.url}/private.png" alt="a private one">`]]));
  const before = elsewhere.seen.length;
  const page = await open("/mail/inbox", { preferences: { ...QUIET, picturesFrom: ["jane@example.org"] } });
  const [answer] = await Promise.all([page.waitForResponse((one) => one.url().endsWith("/jmap/proxy")), row(page, "refused picture").click()]);
  assert.deepEqual((await answer.json()).paths, [null]);
  await frame(page).getByText("text", { exact: true }).waitFor();
  assert.equal(await frame(page).getByAltText("a private one").evaluate((e) => e.naturalWidth), 0);
  assert.equal(elsewhere.seen.length, before);
  await page.getByText("One picture could not be loaded: an address that is never asked, such as one in a private network.").waitFor();
});

test("an SVG that is not drawn is an attachment, wherever it stands; so is a picture of a text without markup", async ({ open, receive }) => {
  const svg = (id) => [["Content-Type: image/svg+xml; name=drawing.svg", "Content-Disposition: inline", ...id], "<svg xmlns='http://www.w3.org/2000/svg'/>"];
  await receive(mixed("drawing named", "multipart/related", [[["Content-Type: text/html"], '<p>named</p><img src="cid:d@x">'], svg(["Content-ID: <d@x>"])]));
  await receive(mixed("drawing below", "multipart/mixed", [[["Content-Type: text/html"], "<p>below</p>"], svg([])]));
  await receive(mixed("drawing in text", "multipart/mixed", [[["Content-Type: text/plain"], "plain"], svg([]), [picture, PNG]]));
  const page = await open("/mail/inbox", { preferences: QUIET });
  for (const [subject, count] of [["drawing named", "1 attachment"], ["drawing below", "1 attachment"], ["drawing in text", "2 attachments"]]) {
    await row(page, subject).click();
    await page.getByRole("heading", { name: subject }).waitFor();
    await page.getByRole("region", { name: count }).getByText("drawing.svg").waitFor();
  }
  await row(page, "drawing below").click();
  await frame(page).getByText("below").waitFor();
  assert.equal(await frame(page).locator("img").count(), 0);
});

test("a message that is open is called by the date that its head shows", async ({ open, receive }) => {
  await receive(mixed("written before it came", "multipart/mixed", [[["Content-Type: text/plain"], "late"]]));
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "written before it came").click();
  const card = page.getByRole("region", { name: /^From Jane Doe, .*(2 November|November 2),? 2026/ });
  assert.match(await card.locator(".head time").textContent(), /(2 November|November 2),? 2026/);
});

test("flowed lines of a part are put together", async ({ open, receive }) => {
  await receive(mixed("flowed", "multipart/mixed", [[["Content-Type: text/plain; charset=utf-8; format=flowed"], "one long \r\nline.\r\nanother"]]));
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "flowed").click();
  await page.locator(".message-text").getByText("one long line.").waitFor();
});

test("what the receiving server found out is told", async ({ open, receive }) => {
  await receive(mixed("disowned", "multipart/mixed", [[["Content-Type: text/plain"], "pay me"]], ["Authentication-Results: mx.example.net; dmarc=fail header.from=example.org", "Received: from evil by mx.example.net; Mon, 2 Nov 2026 10:00:00 +0100"]));
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "disowned").click();
  await page.getByText("mx.example.net has checked where this came from: it is not from example.org").waitFor();
});

test("one's own name with another address is told, but not of what one has sent", async ({ open, receive, raw }) => {
  await raw.call("Identity/set", { accountId: "a1", create: { k: { email: "nora@example.org", name: "Nora Quill" } } });
  const { list } = await raw.call("Mailbox/get", { accountId: "a1", ids: null, properties: ["role"] });
  const sent = list.find(({ role }) => role === "sent").id;
  const letter = (subject) => `From: Nora Quill <nora@old.example>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\n\r\nText of ${subject}.\r\n`;
  const known = (page) => page.getByText(/You know .*Nora Quill.* by the address/);
  const { id } = await receive(letter("own but sent"));
  await receive(letter("own but received"));
  assert.equal((await raw.call("Email/set", { accountId: "a1", update: { [id]: { mailboxIds: { [sent]: true } } } })).notUpdated, null);
  const page = await open("/mail/all", { preferences: QUIET });
  await row(page, "own but received").click();
  await known(page).waitFor();
  await row(page, "own but sent").click();
  await page.getByText("Text of own but sent.").last().waitFor();
  await known(page).waitFor({ state: "detached" });
  // The warning's code is here: it would stand there by now.
  assert.equal(await known(page).count(), 0);
});

test("hostile strings in the fields of real messages are text everywhere", async ({ open, raw, receive }) => {
  const encoded = (text) => `=?utf-8?B?${Buffer.from(text.slice(0, 40)).toString("base64")}?=`;
  const strings = STRINGS.map((one) => one.replaceAll("@U@", `${elsewhere.url}/field`).replaceAll("@J@", SCRIPT)).filter((one) => !/[\u0000\ud800]/.test(one));
  const ids = [];
  for (const [i, text] of strings.entries()) {
    const { id } = await receive([`From: ${encoded(text)} <x${i}@evil.example>`, `To: ${encoded(text)} <john@example.net>`, `Reply-To: ${encoded(text)} <y@other.example>`, `Subject: h${i} ${encoded(text)}`, "Date: Mon, 2 Nov 2026 10:00:00 +0100", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
      "--b", "Content-Type: text/plain", "", text.replace(/\r\n/g, "\n").slice(0, 900), "--b", `Content-Type: application/octet-stream; name="${encoded(text)}"`, `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(text.slice(0, 60))}`, "", "x", "--b--", ""].join("\r\n"));
    ids.push(id);
  }
  const before = elsewhere.seen.length;
  const page = await open(`/mail/inbox/${ids[0]}`, { preferences: QUIET });
  for (const id of ids) {
    await page.evaluate((path) => (history.pushState({ ours: true }, "", path), dispatchEvent(new PopStateEvent("popstate"))), `/mail/inbox/${id}`);
    await page.locator(`section.message[data-id="${id}"] .message-text`).waitFor();
    await page.locator(`section.message[data-id="${id}"] .attachment`).waitFor();
  }
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  assert.equal(elsewhere.seen.length, before);
  assert.equal(await page.locator("#app img, #app script, #app [onerror], #app [onload], #app iframe").count(), 0);
});

test("signs that are put over others by the hundred stay where their text is", async ({ open, receive }) => {
  const high = "Z\u0337\u0321\u035a".repeat(3) + "\u030d\u030e\u0304".repeat(90) + "\u0323\u0324\u0325".repeat(90);
  const encoded = (text) => text.match(/.{1,12}/gu).map((piece) => `=?utf-8?B?${Buffer.from(piece).toString("base64")}?=`).join("\r\n ");
  await receive([`From: ${encoded(high)} <high@example.org>`, `To: ${encoded(high)} <john@example.net>`, `Subject: signs ${encoded(high)}`, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
    "--b", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", Buffer.from(high).toString("base64").replace(/.{76}/g, "$&\r\n"), "--b", `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(high)}`, "", "x", "--b--", ""].join("\r\n"));
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "signs").click();
  await page.locator(".attachment").waitFor();
  const { x, y, width, height } = await page.locator("section.message").boundingBox();
  /** How many points are not as the first one. */
  const drawn = async (clip) => {
    const { data } = Png.sync.read(await page.screenshot({ clip }));
    return data.filter((value, i) => value !== data[i % 4]).length;
  };
  assert.equal(await drawn({ x, y: y + height + 2, width, height: 60 }), 0, "below it");
  const bar = await page.locator(".conversation-bar").boundingBox();
  assert.equal(await drawn({ x, y: bar.y + bar.height + 1, width, height: 7 }), 0, "above its subject");
});

test("HTML is read as plain text when one asks for it, and back", async ({ open, receive }) => {
  await receive(mixed("markup alone", "multipart/mixed", [[["Content-Type: text/html"], "<style>p{color:red}</style><p>Hello <b>you</b></p><ul><li>one</ul>"]]));
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "markup alone").click();
  await frame(page).getByText("Hello you").waitFor();
  await page.getByRole("button", { name: "More", exact: true }).last().click();
  await page.getByRole("menuitem", { name: "Show as plain text" }).click();
  await page.locator(".message-text").getByText("Hello you").waitFor();
  assert.doesNotMatch(await page.locator(".message-text").textContent(), /[<>]|color/);
  await page.getByRole("button", { name: "More", exact: true }).last().click();
  await page.getByRole("menuitem", { name: "Show with its markup" }).click();
  await frame(page).getByText("Hello you").waitFor();
});

test("a message with colours of its own is white on a dark page; who wants it dark has it so, and back", async ({ open, receive }) => {
  await receive("From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: In black and white\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\nMessage-ID: <bw@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<body bgcolor=\"white\"><p style=\"color:#000;background:#fff\">black on white</p>\r\n");
  const page = await open("/mail/inbox", { preferences: { theme: "dark", markReadAfter: -1 } });
  await row(page, "In black and white").click();
  const scheme = () => page.evaluate(() => document.querySelector(".message-frame")?.contentDocument?.adoptedStyleSheets[0]?.cssRules[0].style.colorScheme);
  const is = (expected) => eventually(async () => assert.equal(await scheme(), expected));
  await is("light only");
  for (const [item, expected] of [["On a dark page", "dark only"], ["On a light page", "light only"]]) {
    await page.getByRole("button", { name: "More", exact: true }).last().click();
    await page.getByRole("menuitem", { name: item }).click();
    await is(expected);
  }
});

test("hostile names of mailboxes, labels, accounts, identities, rules and tokens are text wherever they are", { allow: [/Blocked script execution in .*message-frame/, /Loading media from .*message-frame/, /Setting the document's base URI to/] }, async ({ open, core, raw, receive }) => {
  await accountWith(core);
  const hostile = (text) => text.replaceAll("@U@", `${elsewhere.url}/name`).replaceAll("@J@", SCRIPT);
  const names = [...STRINGS.filter((one) => !/[\u0000-\u001f\ud800]/.test(one) && one.length < 100), "<mark><img src=@U@ onerror=@J@></mark>", "__proto__", "constructor"].map(hostile);
  const all = (make) => Object.fromEntries(names.map((name, i) => [`k${i}`, make(name, i)]));
  const html = corpus.filter(({ html }) => !/[\u0000\ud800-\udfff]|plaintext|<!--|<noscript|<xmp|<textarea|<title|<style|<select|<template|<frameset/i.test(html)).map(({ html }) => hostile(html).replaceAll("@H@", "127.0.0.1:9/x")).join("");
  const set = async (method, accountId, make) => Object.keys((await raw.call(method, { ...(accountId ? { accountId: "a1" } : {}), create: all(make) })).created ?? {}).length;
  const made = [
    await set("Mailbox/set", true, (name) => ({ name })), await set("Identity/set", true, (name) => ({ name, email: "jane.doe@example.org", textSignature: name, htmlSignature: html.slice(0, 60_000) })),
    await set("Rule/set", true, (name) => ({ name, query: "subject:nothing", addKeywords: { $flagged: true } })), await set("Token/set", false, (name) => ({ name, scopes: ["read"] })),
    await set("Account/set", false, (name, i) => ({ name, address: `a${i}@example.org`, source: `pop3s://a${i}@pop.example.org`, isEnabled: false })),
  ];
  assert.ok(made.every((n) => n > 5), `${made}`);
  const keywords = Object.fromEntries(["__proto__", "constructor", "<img/src=x>", "&lt;b&gt;"].map((name) => [name, true]));
  const subject = hostile("needle <mark><img src=@U@ onerror=@J@></mark> &lt;img src=@U@&gt;");
  const { id } = await receive([`From: "${hostile("needle <img src=@U@ onerror=@J@>")}" <x@evil.example>`, "To: john@example.net", `Subject: ${subject}`, `List-Id: "<b>" <${"<svg>".replace(/[<>]/g, "")}.example.org>`, "MIME-Version: 1.0", "Content-Type: text/html", "", `<p>needle</p>${html}`].join("\r\n"), { keywords });
  const wrong = [];
  const page = await open(`/mail/inbox/${id}`, { preferences: QUIET });
  const look = async (where) => {
    const found = await page.evaluate(() => [...document.querySelectorAll("script:not([src]), [onerror], [onload], [onfocus], svg image, svg script, object, embed, form[action], iframe:not([src^='/message-frame']), img:not([src^='blob:']):not([src^='data:image/']):not([data-src])")].map((element) => element.outerHTML.slice(0, 100)).concat(globalThis.ran ?? []));
    wrong.push(...found.map((what) => `${where}: ${what}`));
  };
  await page.frameLocator("iframe.message-frame").getByText("needle").waitFor();
  await look("reader");
  for (const section of ["accounts", "identities", "rules", "devices", "writing", "vacation", "outbox", "reading"]) {
    await page.goto(new URL(`/settings/${section}`, page.url()).href);
    await page.locator("main h2, main h1").first().waitFor();
    await look(section);
  }
  await page.goto(new URL("/statistics", page.url()).href);
  await page.getByText("needle").first().waitFor();
  await look("statistics");
  await page.goto(new URL("/mail/all?q=needle", page.url()).href);
  await row(page, "needle").first().locator("mark").first().waitFor();
  await look("search");
  await row(page, "needle").first().click();
  await page.frameLocator("iframe.message-frame").getByText("needle").waitFor();
  for (const key of ["v", "l"]) {
    await page.keyboard.press(key);
    await page.getByRole("dialog").first().waitFor();
    await look(`dialog of ${key}`);
    await page.keyboard.press("Escape");
  }
  for (const key of ["r", "f"]) {
    await page.keyboard.press(key);
    await page.locator(".composer .compose-text").last().waitFor();
    await look(`composer of ${key}`);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(elsewhere.seen.filter(({ url }) => url.includes("name")), []);
});
