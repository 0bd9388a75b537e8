/** Writing: what is typed arrives, whoever else writes, and whatever ends in between. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { context, eventually, root, site } from "../harness.mjs";
import { corpus, SCRIPT, STRINGS } from "./hostile/corpus.mjs";
import { accountWith, drafts, paste, PNG } from "../compose-support.mjs";
import { startBridge } from "../servers.mjs";

const { test } = site();
const text = (page) => page.getByRole("textbox", { name: "Message", exact: true });
const field = (page, name) => page.getByRole("combobox", { name, exact: true });
const subject = (page) => page.getByRole("textbox", { name: "Subject", exact: true });
const saved = (page) => page.getByText(/^Saved at/).waitFor();

/** A new message of this subject, saved once. */
async function begin(open, core, about, more) {
  await accountWith(core);
  const page = await open("/mail/inbox", more);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await field(page, "To").waitFor();
  await subject(page).fill(about);
  return page;
}
const draftOf = async (raw, about) => {
  let found;
  await eventually(async () => (found = await drafts(raw, about)).length === 1);
  return found[0];
};

test("a key, and one writes: nothing of it is taken for a command (typed at once)", async ({ open, core, receive, raw }) => {
  await accountWith(core);
  const { id } = await receive("Lunch on Friday");
  const page = await open(`/mail/inbox/${id}`);
  await page.getByRole("heading", { name: "Lunch on Friday" }).first().waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("archive e # y z, and more", { delay: 20 });
  await text(page).waitFor();
  await eventually(async () => (await text(page).innerText()).startsWith("archive e # y z, and more"));
  assert.match(await text(page).innerText(), /Jane wrote:/);
  await saved(page);
  const draft = await draftOf(raw, "Re: Lunch on Friday");
  assert.equal(draft.to[0].email, "jane@example.org");
  assert.ok(draft.inReplyTo.length);
  assert.match(draft.text, /^archive e # y z, and more\n/);
  assert.match(draft.text, /\n-- \n+Jane Doe, Paris/);
});

test("all of it typed before the editor is there: it is saved, though nothing is typed any more", async ({ open, core, receive, raw }) => {
  await accountWith(core);
  const { id } = await receive("Typed early");
  const page = await open(`/mail/inbox/${id}`);
  await page.getByRole("heading", { name: "Typed early" }).first().waitFor();
  let go;
  const typed = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes('"Compose/reply"')) await typed;
    await route.continue();
  });
  await page.keyboard.press("r");
  await page.keyboard.type("Well before it");
  go();
  await saved(page);
  assert.match((await draftOf(raw, "Re: Typed early")).text, /^Well before it\n/);
});

/** Each Compose/new waits until the function that it returns is called. */
async function holdUp(page) {
  let go;
  const may = new Promise((done) => (go = done));
  await page.context().route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes('"Compose/new"')) await may;
    await route.continue().catch(() => undefined); // the page that has asked may be gone
  });
  return go;
}
const early = (page) => page.locator(".composer.opening");
const isWriting = (page) => page.evaluate(async () => (await navigator.locks.query()).held.some(({ name }) => name.startsWith("facteur.writing.")));
const keptHere = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("facteur.draft.")).map((key) => localStorage.getItem(key)));

test("what is typed before it can be written: kept, asked about, there again after a reload, and in the message then", async ({ open, core, raw }) => {
  await accountWith(core);
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  const go = await holdUp(page);
  await page.keyboard.press("c");
  await early(page).getByRole("button", { name: "Close" }).waitFor();
  await eventually(() => isWriting(page)); // no other version of the application takes over
  await page.keyboard.type("Dear Bob,\nwritten early");
  await eventually(async () => /written early/.test((await keptHere(page)).join()));
  const asked = page.waitForEvent("dialog");
  const reloaded = page.reload();
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.accept();
  await reloaded;
  await eventually(async () => (await early(page).getByRole("textbox").inputValue()) === "Dear Bob,\nwritten early");
  go();
  await eventually(async () => /^Dear Bob,\n+written early/.test(await text(page).innerText()));
  await subject(page).fill("Written early");
  await saved(page);
  assert.match((await draftOf(raw, "Written early")).text, /^Dear Bob,\nwritten early/);
  assert.equal(await field(page, "To").inputValue(), "");
  await eventually(async () => (await keptHere(page)).length === 0);
});

test("what belongs to the field that was there before comes when that is gone: nothing of what was typed comes back", async ({ browser, url, token, core, raw }) => {
  await accountWith(core);
  const made = await context(browser, url, token);
  try {
    let go;
    const may = new Promise((done) => (go = done));
    await made.route("**/assets/waiting-*.js", async (route) => (await may, route.continue()));
    const page = await made.newPage();
    await page.goto(`${url}/mail/inbox`);
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("c");
    await page.keyboard.type("Dear Bob,\nwritten early");
    await eventually(async () => /^Dear Bob,\n+written early/.test(await text(page).innerText()));
    await subject(page).fill("Too late");
    await saved(page);
    await draftOf(raw, "Too late");
    await eventually(async () => (await keptHere(page)).length === 0);
    const isHere = page.waitForResponse(/waiting-/);
    go();
    await (await isHere).finished();
    await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
    assert.deepEqual(await keptHere(page), []);
  } finally {
    await made.close();
  }
});

test("given up before it can be written: asked where something stands, and it does not open any more", async ({ open, core }) => {
  await accountWith(core);
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  const go = await holdUp(page);
  await page.keyboard.press("c");
  await early(page).getByRole("button", { name: "Close" }).waitFor();
  await page.keyboard.type("not this");
  await page.keyboard.press("Escape");
  const asked = early(page).getByRole("alert").filter({ hasText: "Throw this draft away?" });
  await asked.waitFor();
  await page.keyboard.type(", or perhaps");
  assert.equal(await early(page).getByRole("textbox").inputValue(), "not this, or perhaps");
  await early(page).getByRole("button", { name: "Go on writing" }).click();
  await asked.waitFor({ state: "detached" });
  await page.keyboard.type("?");
  assert.equal(await early(page).getByRole("textbox").inputValue(), "not this, or perhaps?");
  await page.keyboard.press("Escape");
  await early(page).getByRole("button", { name: "Discard" }).click();
  await early(page).waitFor({ state: "detached" });
  assert.deepEqual(await keptHere(page), []);
  await eventually(async () => !(await isWriting(page)));
  const isAnswered = page.waitForResponse((response) => (response.request().postData() ?? "").includes('"Compose/new"'));
  go();
  await isAnswered; // the page that gave it up need not read it to its end
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  assert.equal(await page.locator(".composer").count(), 0);
  await page.keyboard.press("c");
  await field(page, "To").waitFor();
});

test("the core is not to be reached when one begins: it opens by itself when it is, with what was typed", { allow: [/ERR_|Failed to load resource/] }, async ({ open, core, bridge }) => {
  await accountWith(core);
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await field(page, "To").waitFor(); // all of it is loaded
  await page.keyboard.press("Escape");
  await bridge.stop();
  await page.keyboard.press("c");
  await early(page).getByRole("alert").filter({ hasText: "cannot be written yet" }).waitFor();
  await page.keyboard.type("bob@example.org");
  bridge.stop = (await startBridge(core, bridge.port)).stop;
  await eventually(async () => (await page.locator(".composer.front").getByRole("combobox", { name: "To", exact: true }).inputValue()) === "bob@example.org");
  await page.keyboard.press("Escape");
  await page.locator(".composer.front:not(.minimised)").waitFor({ state: "detached" });
  await bridge.stop();
  await page.keyboard.press("c");
  await early(page).getByRole("alert").filter({ hasText: "will be its text" }).waitFor();
  await page.keyboard.type("Dear Bob, I am on the train");
  bridge.stop = (await startBridge(core, bridge.port)).stop;
  const written = page.locator(".composer:not(.minimised)").filter({ hasText: "I am on the train" });
  await eventually(async () => /^Dear Bob, I am on the train/.test(await written.getByRole("textbox", { name: "Message", exact: true }).innerText()));
  assert.equal(await written.getByRole("combobox", { name: "To", exact: true }).inputValue(), "");
});

test("addresses: typed, pasted, suggested, wrong ones said in words", async ({ open, core, receive, raw }) => {
  await receive("From: Zora Neale <zora@example.net>\r\nTo: john@example.net\r\nSubject: Her\r\nMessage-ID: <zora@example.net>\r\n\r\nHello\r\n");
  const page = await begin(open, core, "Addresses");
  // Whom one knows is counted anew after one's own addresses have changed, and nobody asks twice for what was typed once.
  await eventually(async () => (await raw.call("Address/suggest", { accountId: "*", text: "zor" })).list.length === 1);
  const to = field(page, "To");
  await to.focus();
  await page.keyboard.type('"Smith, John" <john@example.net>, nobody@@x,');
  await page.getByRole("button", { name: "Smith, John", exact: true }).waitFor();
  await page.getByText("(no address)").waitFor();
  await page.keyboard.press("Backspace");
  await page.getByText("(no address)").waitFor({ state: "detached" });
  await page.keyboard.type("zor");
  const option = page.getByRole("option", { name: /Zora Neale/ }).and(page.locator("[aria-selected=true]"));
  await option.waitFor();
  assert.equal(await to.getAttribute("aria-activedescendant"), await option.getAttribute("id"));
  await page.keyboard.press("Enter");
  await paste(to, { "text/plain": "anna@example.org; Bob <bob@example.org>\ncarl@example.org" });
  await saved(page);
  await eventually(async () => (await draftOf(raw, "Addresses")).to.length === 5);
  assert.deepEqual((await draftOf(raw, "Addresses")).to.map((a) => [a.name, a.email]), [["Smith, John", "john@example.net"], ["Zora Neale", "zora@example.net"], [null, "anna@example.org"], ["Bob", "bob@example.org"], [null, "carl@example.org"]]);
  // A name that is an address, and is not this one; one that is read from its end.
  await paste(to, { "text/plain": '"info@bank.example" <x@evil.example>; "\u202egro.knab" <y@evil.example>; "z@example.org" <z@example.org>' });
  for (const name of ["\"info@bank.example\" <x@evil.example>", "gro.knab", "z@example.org"]) await page.getByRole("button", { name, exact: true }).waitFor();
});

test("addresses: who is meant is suggested also where the first letters came before the field", async ({ open, core, receive, raw }) => {
  await accountWith(core);
  await receive("From: Zelda Fitz <zelda@example.net>\r\nTo: john@example.net\r\nSubject: Hers\r\nMessage-ID: <zelda@example.net>\r\n\r\nHello\r\n");
  await eventually(async () => (await raw.call("Address/suggest", { accountId: "*", text: "zel" })).list.length === 1);
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  const go = await holdUp(page);
  await page.keyboard.press("c");
  await early(page).waitFor();
  await page.keyboard.type("zel");
  go();
  await page.getByRole("option", { name: /Zelda Fitz/ }).waitFor();
});

test("addresses: typed on faster than others are suggested, what is typed is meant", async ({ open, core, receive, raw }) => {
  await receive("From: Zora Neale <zora@example.net>\r\nTo: john@example.net\r\nSubject: Her\r\nMessage-ID: <zora2@example.net>\r\n\r\nHello\r\n");
  const page = await begin(open, core, "Typed on");
  await eventually(async () => (await raw.call("Address/suggest", { accountId: "*", text: "zor" })).list.length === 1);
  await field(page, "To").focus();
  await page.keyboard.type("zor");
  await page.getByRole("option", { name: /Zora Neale/ }).and(page.locator("[aria-selected=true]")).waitFor();
  let go;
  const answered = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes('"Address/suggest"')) await answered;
    await route.continue();
  });
  await page.keyboard.insertText("aida@new.example"); // asked once: who waits for many answers has no connection left
  // It stands unfinished in the field, and is in the draft.
  await eventually(async () => (await draftOf(raw, "Typed on")).to?.[0]?.email === "zoraida@new.example");
  assert.equal(await field(page, "To").inputValue(), "zoraida@new.example");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "zoraida@new.example", exact: true }).waitFor();
  go();
});

test("formatting by keys and by the toolbar, which is one stop; taken back under the page's policy", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Formatted");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+b");
  await page.keyboard.type("bold");
  await page.keyboard.press("Control+b");
  await page.keyboard.type(" plain");
  await page.getByRole("button", { name: "Bold" }).and(page.locator("[aria-pressed=false]")).waitFor();
  await page.keyboard.press("Shift+Home");
  await page.evaluate(() => new Promise((done) => setTimeout(done))); // the editor looks at what is selected a task after the key
  const stops = await page.getByRole("toolbar", { name: "Formatting" }).locator("button[tabindex='0']").count();
  assert.equal(stops, 1);
  await page.getByRole("button", { name: "Bold" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter"); // italic
  await page.getByRole("button", { name: "Italic" }).and(page.locator("[aria-pressed=true]")).waitFor();
  await eventually(async () => /<i>/.test(await text(page).innerHTML()));
  await page.keyboard.press("Control+z");
  await eventually(async () => !/<i>/.test(await text(page).innerHTML()));
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Address of the link" }).fill("example.org/x");
  await page.keyboard.press("Enter");
  await eventually(async () => /href="https:\/\/example\.org\/x"/.test((await draftOf(raw, "Formatted")).html));
  const { html, text: plain } = await draftOf(raw, "Formatted");
  assert.match(html, /<b><a href="https:\/\/example\.org\/x">bold<\/a><\/b>/);
  assert.match(plain, /^bold <https:\/\/example\.org\/x> plain/); // made by the core
});

// The frame in which it is parsed says that it runs nothing: that is what it is for.
test("what is pasted: the words of Word, Gmail and a table; nothing that runs, loads, or leaves its place", { allow: [/Blocked script execution in .*message-frame/] }, async ({ open, core }) => {
  const page = await begin(open, core, "Pasted");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  const hostile = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{mso-style-parent:"";color:red}</style><!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]--></head><body>
    <p class=MsoNormal style='mso-margin-top-alt:auto;margin-bottom:12pt;color:#1F497D'><b>Word</b><o:p></o:p></p>
    <div dir="ltr" class="gmail_default" id="main" style="font-family:arial;position:fixed;top:0;left:0;z-index:9999;background:url(http://192.0.2.1/a)">Gmail <a href="javascript:alert(1)" onclick="alert(2)">link</a> <a href="https://example.org/">good</a></div>
    <table border=0 cellpadding=0 style='border-collapse:collapse;width:96pt'><col width=64><tr height=20><td class=xl65 align=right width=64>1</td><td>2</td></tr></table>
    <script>document.title = "hacked"</script><img src=x onerror="document.title='hacked'"><svg onload="document.title='hacked'"><p>in svg</p></svg><img src="http://192.0.2.1/pixel.png" alt="remote">
    <form action="http://192.0.2.1/"><input name=q value=typed><button>go</button></form><iframe srcdoc="<script>parent.document.title='hacked'</script>"></iframe><style>*{display:none}</style><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)></style></mglyph></form></mtext></math>
    <input id="squire-selection-start" type="hidden"></body></html>`;
  await paste(text(page), { "text/html": hostile, "text/plain": "plain" });
  await eventually(async () => /Word/.test(await text(page).innerText()));
  const html = await text(page).innerHTML();
  for (const wrong of [/script/i, /onerror|onclick|onload/i, /javascript:/i, /position|z-index|url\(/i, /mso|MsoNormal|gmail_default|xl65/i, /<(svg|math|form|input|iframe|style|button|o:p)/i, /id=/i, / src="http/i]) assert.doesNotMatch(html, wrong);
  for (const right of [/<b>Word<\/b>/, /color: rgb\(31, 73, 125\)/, /href="https:\/\/example\.org\/"/, /<td[^>]*>1<\/td>/, /data-src="http:\/\/192\.0\.2\.1\/pixel\.png"/]) assert.match(html, right);
  assert.notEqual(await page.title(), "hacked");
  // Taken back, and done again, it is the same.
  await page.keyboard.press("Control+z");
  await eventually(async () => !/Word/.test(await text(page).innerText()));
  await page.keyboard.press("Control+y");
  await eventually(async () => /Word/.test(await text(page).innerText()));
  assert.doesNotMatch(await text(page).innerHTML(), /onerror|<input/);
});

/** What the frame, in which it is parsed, says that it does not do. */
const REFUSED = [/Blocked script execution in .*message-frame/, /Loading media from .*message-frame/, /Setting the document's base URI to/];
/** Nothing is asked for there: a request to it fails the test. */
const hostile = (text) => text.replaceAll("@U@", "http://192.0.2.1/x").replaceAll("@H@", "192.0.2.1/x").replaceAll("@J@", SCRIPT);

/** In the page: what of the editor's content could load, run, or leave its place. */
function wrongIn(root) {
  const wrong = [];
  for (const element of root.querySelectorAll("*")) {
    if (!/^(A|ABBR|ACRONYM|ADDRESS|ARTICLE|ASIDE|B|BDI|BDO|BIG|BLOCKQUOTE|BR|CAPTION|CENTER|CITE|CODE|COL|COLGROUP|DD|DEL|DFN|DIV|DL|DT|EM|FIGCAPTION|FIGURE|FONT|FOOTER|H[1-6]|HEADER|HR|I|IMG|INS|KBD|LI|MAIN|MARK|OL|P|PRE|Q|RP|RT|RUBY|S|SAMP|SECTION|SMALL|SPAN|STRIKE|STRONG|SUB|SUP|TABLE|TBODY|TD|TFOOT|TH|THEAD|TIME|TR|TT|U|UL|VAR|WBR)$/.test(element.tagName) || element.namespaceURI !== "http://www.w3.org/1999/xhtml") wrong.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (/^on|^(id|name|srcset|poster|background|action|formaction|srcdoc|is|slot|part|popover|contenteditable|autofocus|tabindex)$/i.test(name)) wrong.push(`${element.tagName} ${name}`);
      if (name === "src" && !/^(data:image\/(png|jpe?g|gif|webp|avif);base64,|blob:)/.test(value)) wrong.push(`${name}=${value}`);
      if (name === "href" && !/^(https?|mailto|tel):/i.test(value)) wrong.push(`${name}=${value}`);
      if (name === "style" && /url|image|position|z-index|transform|filter|shadow|outline|animation|content:|var\(|expression|-moz-binding|inset/i.test(value)) wrong.push(`${name}=${value}`);
      if (name === "class" && !/^(signature|color|font|size|highlight| )+$/.test(value)) wrong.push(`${name}=${value}`);
    }
    if (element.shadowRoot) wrong.push("a shadow");
  }
  return wrong;
}

test("hostile HTML, pasted: nothing of it runs, loads, or leaves its place", { allow: REFUSED }, async ({ open, core }) => {
  const page = await begin(open, core, "Hostile");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.evaluate(`globalThis.wrongIn = ${wrongIn}`); // by the browser's own tools: the page could not
  const found = await text(page).evaluate(async (root, list) => {
    const found = [];
    const key = (key) => root.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true }));
    const look = (name) => found.push(...globalThis.wrongIn(root).map((what) => `${name}: ${what}`), ...(globalThis.ran ? [`${name}: ran`] : []));
    for (const [name, html] of list) {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/html", `<p>before ${name}</p>${html}<p>after</p>`);
      root.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
      for (let i = 0; i < 50 && !root.textContent.includes(name); i++) await new Promise((done) => setTimeout(done)); // the clipboard answers by and by
      if (!root.textContent.includes(name)) found.push(`${name}: not pasted`);
      look(name);
      if (found.length === 0 && Number(/\d+/.exec(name)[0]) % 8) continue; // the undo of each would take long, and is one filter for all
      key("z");
      look(`${name}, taken back`);
      key("y");
      look(`${name}, done again`);
      root.replaceChildren(document.createElement("div"));
    }
    return found;
  }, corpus.map(({ html }, i) => [`number ${i};`, hostile(html)]));
  assert.deepEqual(found.map((what) => what.replace(/number (\d+);/, (_, i) => corpus[i].name)), []);
  assert.equal(await page.locator("dialog[open], [popover]:popover-open").count(), 0);
});

test("a draft that is clicked on twice is opened once", async ({ open, core, raw }) => {
  await accountWith(core);
  const { ids } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "drafts" } });
  const create = { d: { mailboxIds: { [ids[0]]: true }, keywords: { $draft: true }, subject: "Twice", textBody: [{ partId: "t" }], bodyValues: { t: { value: "x" } } } };
  await raw.call("Email/set", { accountId: "a1", create });
  const page = await open(`/mail/${ids[0]}`);
  let go;
  const may = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes('"Compose/template"')) await may;
    await route.continue();
  });
  await page.getByRole("option", { name: "Twice" }).dblclick();
  await page.locator(".composer.opening").first().waitFor();
  go();
  await text(page).first().waitFor();
  await page.locator(".composer.opening").first().waitFor({ state: "detached" });
  assert.equal(await page.locator(".composer").count(), 1);
});

test("a hostile draft, as another program may have left it: in its text, its subject, and each name", { allow: REFUSED }, async ({ open, core, raw }) => {
  await accountWith(core);
  const strings = STRINGS.filter((one) => !/[\u0000\ud800\r\n]/.test(one) && one.length < 200).map(hostile);
  const { ids } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "drafts" } });
  const blob = await raw.call("Blob/upload", { accountId: "a1", create: { b: { data: [{ "data:asText": "x" }], type: "text/plain" } } });
  const html = corpus.filter(({ html }) => !/[\u0000\ud800-\udfff]|plaintext|<!--|<noscript|<xmp|<textarea|<title|<style|<select|<template|<frameset/i.test(html)).map(({ html }) => `<div>${hostile(html)}</div>`).join("");
  const { created, notCreated } = await raw.call("Email/set", {
    accountId: "a1",
    create: {
      d: {
        mailboxIds: { [ids[0]]: true }, keywords: { $draft: true }, from: [{ email: "jane.doe@example.org" }], subject: strings[0],
        to: strings.map((name, i) => ({ name, email: `n${i}@example.org` })), htmlBody: [{ partId: "h", type: "text/html" }], bodyValues: { h: { value: html } },
        attachments: strings.map((name) => ({ blobId: blob.created.b.id, type: "text/plain", name, disposition: "attachment" })),
      },
    },
  });
  assert.ok(created?.d, JSON.stringify(notCreated));
  const page = await open(`/compose?draft=${created.d.id}`);
  await text(page).waitFor();
  assert.deepEqual(await text(page).evaluate(wrongIn), []);
  assert.equal(await page.getByRole("textbox", { name: "Subject", exact: true }).inputValue(), strings[0]);
  assert.equal(await page.getByRole("list", { name: "Attached files" }).getByRole("listitem").count(), strings.length);
  await subject(page).fill("Hostile, saved");
  await saved(page);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
});

test("a picture is pasted: a part of the message, shown again when the draft is opened; its size and words", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Picture");
  await text(page).click();
  await paste(text(page), {}, [["cat.png", "image/png", PNG]]);
  await text(page).getByRole("img").waitFor();
  await eventually(async () => {
    const { html, attachments } = await draftOf(raw, "Picture");
    return attachments.length === 1 && attachments[0].cid && html.includes(`cid:${attachments[0].cid}`);
  });
  await text(page).getByRole("img").click();
  await page.getByRole("textbox", { name: "What it shows, in words" }).fill("a cat");
  await page.getByRole("textbox", { name: "What it shows, in words" }).blur();
  await eventually(async () => /alt="a cat"/.test((await draftOf(raw, "Picture")).html));
  const { id } = await draftOf(raw, "Picture");
  const again = await open(`/compose?draft=${id}`);
  await again.getByRole("img", { name: "a cat" }).waitFor();
  await eventually(() => again.getByRole("img", { name: "a cat" }).evaluate((image) => image.src.startsWith("blob:") && image.naturalWidth > 0));
});

test("files: several, left out again, too large said before they are sent", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Files");
  await page.locator("input[type=file][multiple]:not([accept])").setInputFiles([
    { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("one") },
    { name: 'hostile"<b>\u202e.exe', mimeType: "application/x-msdownload", buffer: Buffer.from("two") },
  ]);
  await eventually(async () => (await draftOf(raw, "Files")).attachments.length === 2);
  await page.getByRole("button", { name: "Remove a.txt" }).click();
  await eventually(async () => (await draftOf(raw, "Files")).attachments.map((a) => a.name).join() === 'hostile"<b>\u202e.exe');
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    const file = new File(["x"], "huge.iso");
    Object.defineProperty(file, "size", { value: 5e11 });
    transfer.items.add(file);
    const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
    Object.defineProperty(event.dataTransfer, "files", { value: [file] });
    document.querySelector(".composer").dispatchEvent(event);
  });
  await page.getByRole("alert").filter({ hasText: /huge\.iso has .* at most/ }).waitFor();
});

test("who writes takes the signature along; plain text and back, asked where something is lost", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Who");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("Hello");
  await page.getByRole("combobox", { name: "From" }).selectOption({ label: "Jane at work <jane@work.example>" });
  await eventually(async () => {
    const { from, html } = await draftOf(raw, "Who");
    return from[0].email === "jane@work.example" && /The <i>Office<\/i>/.test(html) && !/Paris/.test(html);
  });
  await page.getByRole("button", { name: "Plain text" }).click();
  const area = text(page);
  await eventually(async () => (await area.inputValue()).startsWith("Hello\n"));
  assert.match(await area.inputValue(), /\n-- \n+The Office\n/);
  await page.getByRole("combobox", { name: "From" }).selectOption({ label: "Jane Doe <jane.doe@example.org>" });
  await eventually(async () => /-- \nJane Doe, Paris\n/.test(await area.inputValue()) && !/Office/.test(await area.inputValue()));
  await eventually(async () => {
    const { text: plain, html, from } = await draftOf(raw, "Who");
    return from[0].email === "jane.doe@example.org" && plain.startsWith("Hello\n") && plain === html; // RFC 8621: without HTML both are the text
  });
  await page.getByRole("button", { name: "Formatted text" }).click();
  await page.getByRole("toolbar", { name: "Formatting" }).waitFor();
  await text(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+b");
  await page.getByRole("button", { name: "Plain text" }).click();
  await page.getByRole("alertdialog", { name: /loses its formatting/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("toolbar", { name: "Formatting" }).waitFor();
});

test("as plain text: lists, quotes, links and code in lines; and back", async ({ open, core }) => {
  const page = await begin(open, core, "Lines");
  await text(page).click();
  await page.keyboard.press("Control+a");
  const html = '<div>Dear <b>Bob</b>,</div><div><br></div><ul><li>one</li><li>two<ol start="3"><li>deep</li></ol></li></ul><p>See <a href="https://example.org/long">here</a>, or <a href="https://example.org/">https://example.org/</a></p><pre>  a\n    b</pre><blockquote type="cite"><div>said</div><blockquote type="cite"><div>before</div></blockquote></blockquote><table><tr><td>1</td><td>2</td></tr></table><h2>End</h2>';
  await paste(text(page), { "text/html": html });
  await eventually(async () => /End/.test(await text(page).innerText()));
  await page.getByRole("button", { name: "Plain text" }).click();
  await page.getByRole("button", { name: "Use plain text" }).click();
  await eventually(async () => /End/.test(await text(page).inputValue()));
  const lines = "Dear Bob,\n\n* one\n* two\n  3. deep\nSee here <https://example.org/long>, or https://example.org/\n\n  a\n    b\n\n> said\n>> before\n\n1 2\n\nEnd\n";
  assert.equal((await text(page).inputValue()).trimEnd(), lines.trimEnd());
  // As often as one likes, and nothing is lost.
  for (let n = 0; n < 3; n++) {
    await page.getByRole("button", { name: "Formatted text" }).click();
    await eventually(async () => /<blockquote type="cite"><div>said<\/div><blockquote type="cite"><div>before<\/div><\/blockquote><\/blockquote>/.test(await text(page).innerHTML()));
    await page.getByRole("button", { name: "Plain text" }).click(); // nothing that is lost, nothing to ask
    await eventually(async () => /End/.test(await text(page).inputValue()));
  }
});

test("who writes may be of another account: the draft and its files move there, and are here no more", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Moves");
  await page.locator("input[type=file][multiple]:not([accept])").setInputFiles([{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("one") }]);
  await eventually(async () => (await draftOf(raw, "Moves")).attachments.length === 1);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  const { created } = await raw.call("Account/set", { create: { k: { address: "joe@other.example", source: "imap://joe@127.0.0.1:1?tls=none", transport: "smtp://joe@127.0.0.1:1?tls=none", password: "x" } } });
  const accountId = created.k.id;
  const { id } = await draftOf(raw, "Moves");
  const again = await open(`/compose?draft=${id}`);
  await again.getByRole("combobox", { name: "From" }).selectOption({ label: "joe@other.example" });
  await eventually(async () => (await drafts(raw, "Moves", accountId)).length === 1 && (await drafts(raw, "Moves")).length === 0);
  const [moved] = await drafts(raw, "Moves", accountId);
  assert.equal(moved.from[0].email, "joe@other.example");
  assert.deepEqual(moved.attachments.map((a) => a.name), ["a.txt"]);
  assert.doesNotMatch(moved.text, /Paris/);
  await again.getByRole("button", { name: "Discard" }).click();
  await again.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
  await eventually(async () => (await drafts(raw, "Moves", accountId)).length === 0);
  await raw.call("Account/set", { destroy: [accountId] });
});

test("an input method writes letters before they are there", async ({ open, core, raw }) => {
  const page = await begin(open, core, "IME");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  const session = await page.context().newCDPSession(page);
  for (const part of ["に", "にほ", "にほん", "日本"]) await session.send("Input.imeSetComposition", { text: part, selectionStart: part.length, selectionEnd: part.length });
  await session.send("Input.insertText", { text: "日本" });
  await page.keyboard.press("Enter");
  await page.keyboard.type("e#");
  await eventually(async () => /^日本\ne#/.test((await draftOf(raw, "IME")).text));
});

test("another front end changes the draft: said at once, and the user decides; deleted: said, too", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Conflict");
  await saved(page);
  const theirs = async (words) => {
    const { id } = await draftOf(raw, "Conflict");
    const template = await raw.call("Compose/template", { accountId: "a1", emailId: id });
    const { htmlBody: _, embedImages: __, ...draft } = template.create.draft;
    await raw.call("Email/set", { accountId: "a1", create: { k: { ...draft, textBody: [{ partId: "t", type: "text/plain" }], bodyValues: { t: { value: words } }, replaces: id } } });
  };
  await theirs("written by the command line\n");
  await page.getByRole("alert").filter({ hasText: "This draft was changed elsewhere." }).waitFor();
  await page.getByRole("button", { name: "Take the other one" }).click();
  await eventually(async () => /written by the command line/.test(await text(page).inputValue()));
  await theirs("once more\n");
  await page.getByRole("alert").waitFor();
  await text(page).fill("mine");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await saved(page);
  await eventually(async () => (await draftOf(raw, "Conflict")).text.trim() === "mine");
  const { id } = await draftOf(raw, "Conflict");
  await raw.call("Email/set", { accountId: "a1", destroy: [id] });
  await page.getByRole("alert").filter({ hasText: "deleted or sent elsewhere" }).waitFor();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await eventually(async () => (await draftOf(raw, "Conflict")).text.trim() === "mine");
});

test("a draft that the core does not let go of stays, here and there, and it is said", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Stays after all");
  await eventually(async () => (await drafts(raw, "Stays after all")).length === 1);
  let isRefused = true;
  await page.route("**/*", (route) => {
    const asked = route.request().postData() ?? "";
    if (!isRefused || !/"destroy":\["/.test(asked)) return route.continue();
    const { methodCalls } = JSON.parse(asked);
    const methodResponses = methodCalls.map(([name, { accountId, destroy }, id]) => [name, { accountId, oldState: "1", newState: "1", notDestroyed: Object.fromEntries((destroy ?? []).map((one) => [one, { type: "forbidden", description: "the server keeps it" }])) }, id]);
    return route.fulfill({ json: { methodResponses, sessionState: "1" } });
  });
  const discard = async () => {
    await page.locator(".composer").getByRole("button", { name: "Discard" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
  };
  await discard();
  await page.getByRole("alert").filter({ hasText: "Not thrown away" }).waitFor();
  await page.getByRole("textbox", { name: "Subject", exact: true }).fill("Stays, and is written on");
  await eventually(async () => (await drafts(raw, "Stays, and is written on")).length === 1);
  isRefused = false;
  await discard();
  await page.getByText("Draft discarded.").waitFor();
  await eventually(async () => (await drafts(raw, "Stays, and is written on")).length === 0);
});

test("Escape puts it away with its text, and the focus where it was; three are wide at once; discarded, and back", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Away");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("kept");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Away", exact: true }).waitFor();
  await eventually(() => page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest(".composer")));
  await eventually(async () => /^kept/.test((await draftOf(raw, "Away")).text)); // at once when it is left
  for (const [i, about] of ["Second", "Third", "Fourth"].entries()) {
    await page.getByRole("button", { name: "New message", exact: true }).first().click();
    await eventually(async () => (await page.locator(".composer:not(.opening)").count()) === i + 2);
    await page.locator(".composer.front").getByRole("textbox", { name: "Subject", exact: true }).fill(about);
    await page.keyboard.press("Control+s");
  }
  assert.equal(await page.locator(".composer:not(.minimised)").count(), 3);
  await page.getByRole("button", { name: "Away", exact: true }).click();
  await page.locator(".composer.front").getByRole("button", { name: "Discard" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
  await eventually(async () => (await drafts(raw, "Away")).length === 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await eventually(async () => (await drafts(raw, "Away")).length === 1);
  assert.match((await draftOf(raw, "Away")).text, /^kept/);
});

test("the core is not to be reached: said, kept in the browser, and saved by whoever opens the page next", { allow: [/Failed to load resource/] }, async ({ open, core, raw }) => {
  const page = await begin(open, core, "Kept");
  await saved(page);
  await page.context().setOffline(true);
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("not lost");
  await page.getByText(/^Not saved: Facteur does not answer/).waitFor();
  await eventually(() => page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("facteur.draft.") && localStorage.getItem(key).includes("not lost"))));
  const [other, address] = [await page.context().newPage(), page.url()];
  const [asked, closed] = [page.waitForEvent("dialog"), page.waitForEvent("close")];
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.accept();
  await closed; // to the network's state each page of the context is asked, also one that is going
  await other.context().setOffline(false);
  await other.goto(address);
  await other.getByText("A message that was not saved is open again.").waitFor();
  await eventually(async () => /^not lost/.test((await draftOf(raw, "Kept")).text));
});

test("Tab leads from the subject into the text, and back by what it looks like", async ({ open, core, raw }) => {
  const page = await begin(open, core, "By Tab");
  await subject(page).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.type("Dear all");
  await page.keyboard.press("Shift+Tab");
  assert.ok(await page.getByRole("toolbar", { name: "Formatting" }).evaluate((bar) => bar.contains(document.activeElement)));
  await page.keyboard.press("Shift+Tab");
  assert.ok(await subject(page).evaluate((it) => it === document.activeElement));
  await eventually(async () => /^Dear all\n/.test((await draftOf(raw, "By Tab")).text));
});

test("a window ends before it is told that its draft is there: it is the draft of who opens it again, and stays one", async ({ open, core, raw }) => {
  await accountWith(core);
  const page = await open("/mail/inbox");
  let isTold = false;
  await page.context().route("**/jmap/api", async (route) => {
    if (isTold || !route.request().postData().includes('"Email/set"')) return route.continue();
    await route.fetch().catch(() => undefined); // the core does it
  });
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await field(page, "To").waitFor();
  await subject(page).fill("Cut short");
  const { id } = await draftOf(raw, "Cut short");
  await page.keyboard.type(", and more"); // when there is no answer to what went before
  await eventually(async () => /and more/.test((await keptHere(page)).join()));
  isTold = true;
  await page.reload();
  await page.getByText("A message that was not saved is open again.").waitFor();
  await eventually(async () => (await keptHere(page)).length === 0);
  assert.deepEqual(await drafts(raw, "Cut short"), []);
  assert.notEqual((await draftOf(raw, "Cut short, and more")).id, id);
});

// 503: what is on its way when its connection is taken away.
test("the token is revoked: who is there is asked, and what was written is open again for who comes in", { allow: [/status of (401|503)/, /ERR_/] }, async ({ open, core, raw, token }) => {
  const { created } = await raw.call("Token/set", { create: { k: { name: "for a while", scopes: ["read", "triage", "draft", "send"] } } });
  const page = await begin(open, core, "Revoked", { token: created.k.secret });
  await saved(page);
  let isHeld = true;
  await page.route("**/jmap/api", async (route) => {
    if (!isHeld || !route.request().postData().includes('"Email/set"')) await route.continue();
  });
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("not lost either");
  await raw.call("Token/set", { destroy: [created.k.id] });
  await page.getByText("That was not accepted.").waitFor();
  isHeld = false;
  await page.getByRole("textbox", { name: "Code or token" }).fill(token);
  await page.keyboard.press("Enter");
  await page.getByText("A message that was not saved is open again.").waitFor();
  await eventually(async () => /^not lost either/.test((await draftOf(raw, "Revoked")).text));
});

test("what was not saved opens again in one window, however many begin at once", { allow: [/ERR_INTERNET_DISCONNECTED/] }, async ({ open, core, raw }) => {
  const page = await begin(open, core, "Once");
  await saved(page);
  const made = page.context();
  await made.setOffline(true);
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("only once");
  await eventually(() => page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("facteur.draft.") && localStorage.getItem(key).includes("only once"))));
  const address = page.url();
  await page.close({ runBeforeUnload: false });
  await made.setOffline(false);
  // Each window stops where it has seen that nobody holds it, and before the composer is there.
  const waiting = [];
  let isOver = false;
  const isComposers = (asked) => /"methodCalls":\[\["Identity\/get",\{"accountId":"\*"\},"[^"]*"\]\]/.test(asked ?? "");
  await made.route("**/*", async (route) => {
    if (!isOver && isComposers(route.request().postData())) await new Promise((go) => waiting.push(go));
    await route.continue();
  });
  const windows = [await made.newPage(), await made.newPage()];
  await Promise.all(windows.map((one) => one.goto(address)));
  for (const one of windows) await one.getByRole("option").first().waitFor();
  await eventually(() => waiting.length >= 1);
  await new Promise((done) => setTimeout(done, 1500)); // as long as the other one may take to get there
  isOver = true;
  for (const go of waiting) go();
  await eventually(async () => /^only once/.test((await draftOf(raw, "Once")).text));
  const there = await Promise.all(windows.map((one) => one.locator(".composer").count()));
  assert.equal(there[0] + there[1], 1, String(there));
  assert.equal((await drafts(raw, "Once")).length, 1);
});

test("in a window of its own: the same draft, and none beside it", async ({ open, core, raw }) => {
  const page = await begin(open, core, "Apart");
  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "In a window of its own" }).click();
  const apart = await opening;
  await eventually(async () => (await apart.getByRole("textbox", { name: "Subject", exact: true }).inputValue()) === "Apart");
  await page.locator(".composer").waitFor({ state: "detached" });
  await text(apart).click();
  await apart.keyboard.type("there");
  await eventually(async () => /there/.test((await draftOf(raw, "Apart")).text));
});

test("in a window of its own, loaded anew: the same draft, with what was not saved; where it is gone, the way to the others", { allow: [/ERR_INTERNET_DISCONNECTED/] }, async ({ open, core, receive, raw }) => {
  await accountWith(core);
  const { id } = await receive("Loaded anew");
  const page = await open(`/compose?reply=${id}&account=a1`);
  await text(page).waitFor();
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("first");
  await saved(page);
  await eventually(() => /draft=/.test(page.url()));
  await page.reload();
  await eventually(async () => /^first/.test(await text(page).innerText()));
  // What the core has not got is in the browser.
  let letGo;
  const may = new Promise((done) => (letGo = done));
  await page.context().route("**/jmap/api", async (route) => {
    if (route.request().postData().includes('"Email/set"')) await may;
    await route.continue().catch(() => undefined); // the page that has asked is gone
  });
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("second, ");
  await eventually(async () => /second, first/.test((await keptHere(page)).join()));
  await page.reload();
  await eventually(async () => /^second, first/.test(await text(page).innerText()));
  await page.reload();
  letGo(); // not before: what a page that goes has sent may be done, and be somebody else's for the next one
  await eventually(async () => /^second, first/.test(await text(page).innerText()));
  await saved(page);
  await eventually(async () => (await keptHere(page)).length === 0);
  const there = await draftOf(raw, "Re: Loaded anew"); // one
  assert.match(there.text, /^second, first/);
  await eventually(() => page.url().includes(`draft=${there.id}&`));
  await raw.call("Email/set", { accountId: "a1", destroy: [there.id] });
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "There is no such message any more" }).getByRole("button", { name: "Drafts" }).click();
  await eventually(() => page.url().endsWith("/mail/drafts"));
});

test("an answer in a window of its own: the keys are the letter's before anything is asked of the core", async ({ open, core, receive }) => {
  await accountWith(core);
  const { id } = await receive("Answered apart");
  let go;
  const may = new Promise((done) => (go = done));
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  await page.route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes(`"ids":["${id}"]`)) await may;
    await route.continue().catch(() => undefined);
  });
  await page.goto(page.url().replace("/mail/inbox", `/compose?reply=${id}&account=a1`));
  await early(page).waitFor();
  await page.keyboard.type("gi");
  go();
  await eventually(async () => /^gi/.test(await text(page).innerText()));
});

test("in a window of its own, done: a reload begins nothing new", async ({ open, core }) => {
  await accountWith(core);
  const page = await open("/compose");
  await subject(page).fill("Away with it");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
  await page.getByText("This window is not needed any more.").waitFor();
  await page.reload();
  await page.getByText("This window is not needed any more.").waitFor();
  assert.equal(await page.locator(".composer").count(), 0);
});

test("nothing for axe to find: light, dark, from right to left, on a phone", async ({ open, core }) => {
  const axe = readFileSync(join(root, "clients/web/node_modules/axe-core/axe.min.js"), "utf8");
  for (const more of [{}, { dark: true, width: 320, height: 640, touch: true, lang: "pseudo" }]) {
    await accountWith(core);
    const page = await open("/compose?mailto=mailto%3Aanna%40example.org%2Cnobody%3Fsubject%3DHello%26body%3DText", more);
    await page.getByRole("toolbar").waitFor();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join("\n")}`), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide`);
  }
});
