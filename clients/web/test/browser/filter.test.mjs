/** The filter by itself, in a browser: what it leaves of anything is of the kinds that it keeps, and stays so when it is parsed again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "../harness.mjs";
import { corpus, SCRIPT } from "./hostile/corpus.mjs";
import { openPage, serve } from "./message/serve.mjs";

let browser, site, page;
before(async () => {
  browser = await launch();
  site = await serve();
  ({ page } = await openPage(browser, site));
  await page.evaluate(() => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.src = "/message-frame";
    frame.sandbox = "allow-same-origin";
    frame.onload = () => ((globalThis.realm = frame.contentWindow), done());
    document.body.append(frame);
  }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Looks through what the filter leaves of each; what is wrong with it. */
const inspect = (documents) => page.evaluate((documents) => {
  const wrong = [];
  const unquoted = (css) => css.replace(/"(?:[^"\\]|\\[\s\S])*"/g, '""');
  const look = (root, note) => {
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (element.namespaceURI !== "http://www.w3.org/1999/xhtml") note(`<${element.nodeName}> of another namespace`);
      if (/^(script|style|svg|math|form|input|button|select|textarea|iframe|frame|object|embed|applet|video|audio|source|track|link|meta|base|template|slot|dialog|canvas|noscript|title)$/i.test(element.localName)) note(`<${element.localName}>`);
      if (element.shadowRoot) note("a shadow root");
      for (const { name, value } of element.attributes) {
        if (/^(on|srcset|src$|background$|action|form|data$|ping|popover|is$|slot|part$)/i.test(name)) note(`${name}="${value}"`);
        if (name === "href" && !/^(https?:|mailto:|tel:|#user-content-)/.test(value)) note(`href="${value}"`);
        if ((name === "id" || name === "name") && !value.startsWith("user-content-")) note(`${name}="${value}"`);
        if (name.startsWith("data-") && name !== "data-facteur-src") note(name);
        if (name === "style" && /url\(|image-set|expression|@import|position:\s*(fixed|sticky)/i.test(unquoted(value))) note(`style="${value}"`);
      }
    }
  };
  for (const html of documents) {
    const note = (what) => wrong.push(`${what}: ${html.slice(0, 300)}`);
    const { body, sheets, resources } = globalThis.page.filterHtml(html, globalThis.realm, { isDark: false });
    look(body, note);
    // Written down and read again, which is never done to be shown: what a second parser makes of it would be harmless, too (mXSS).
    look(new globalThis.realm.DOMParser().parseFromString(body.outerHTML, "text/html").body, (what) => note(`${what}, parsed again`));
    const css = unquoted(sheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).filter((text) => !text.startsWith("@namespace ")).join("\n")); // that is a name
    if (/url\(|image-set\(|@import|@font-face|@property|position:\s*(fixed|sticky)/i.test(css)) note(`style sheet ${css}`);
    for (const { kind, address } of resources) if (!(kind === "remote" ? /^https?:\/\//.test(address) : kind === "data" ? /^data:image\/(png|jpe?g|gif|webp);base64,/i.test(address) : kind === "part")) note(`${kind} ${address}`);
  }
  return wrong;
}, documents);

test("what is left of the hostile corpus is harmless, and stays so", async () => {
  const documents = corpus.map(({ html }) => html.replaceAll("@U@", "http://u.example/x").replaceAll("@H@", "u.example/x").replaceAll("@J@", SCRIPT));
  assert.deepEqual(await inspect(documents), []);
});

test("of the mouse a mail says what it is, never what it looks like", async () => {
  const cursors = await page.evaluate(() => {
    const picture = "url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)";
    const html = `<style>p{--c:${picture};cursor:var(--c),auto}b{cursor:pointer}@media all{i{cursor:${picture},wait}}</style><p style="--c:${picture};cursor:var(--c) 9 9,auto">x</p><u style="cursor:zoom-in">x</u><s style="cursor:${picture},auto">x</s>`;
    const { body, sheets } = globalThis.page.filterHtml(html, globalThis.realm, { isDark: false });
    const rules = sheets.flatMap((sheet) => [...sheet.cssRules]).flatMap((rule) => [rule, ...(rule.cssRules ?? [])]);
    return [...rules, ...body.querySelectorAll("*")].map(({ style }) => style?.cursor).filter(Boolean);
  });
  assert.deepEqual(cursors, ["pointer", "zoom-in"]);
});

test("what is left of random documents is harmless, and stays so", async () => {
  const tags = "a b p div span table tr td th caption ul li svg math mtext mi mglyph annotation-xml desc title foreignObject style script template noscript iframe img image input select option textarea form button object embed video source picture dialog details summary h1 pre xmp plaintext body head html base meta link frameset colgroup col animate set use marquee x-y font center nobr".split(" ");
  const attributes = ["href", "src", "srcset", "style", "id", "name", "class", "onclick", "onerror", "onload", "background", "xlink:href", "action", "formaction", "data-x", "is", "slot", "title", "alt", "type", "usemap", "ping", "poster", "attributeName", "values", "to", "encoding", "shadowrootmode", "popover", "autofocus", "dir", "width", "color", "bgcolor"];
  const values = ["javascript:alert(1)", "https://a.example/x", "//b.example", "data:text/html,<script>1</script>", "data:image/svg+xml,<svg/>", "data:image/png;base64,AAAA", "cid:x@y", "#a", "body", "getElementById", "html", "--><img src=x onerror=1>", "</style><img src=x onerror=1>", "background:url(http://c.example)", "--a:url(x);background:var(--a)", "position:fixed;color:red", "width:expression(1)",
    "text/html", "", "x", "\u0000", "jav\tascript:1", " vbscript:1", "background:image-set('http://d.example' 1x)"];
  const texts = ["x", "<!--", "-->", "]]>", "<![CDATA[", "</", "&lt;img src=x onerror=1&gt;", "p{background:url(http://e.example)}", "@import 'http://f.example';", "<?x", "\u0000", "</title>", "</style>", "</textarea>", "</noscript>", "&#x3c;script&#x3e;", "<!", "<a", '"', "'"];
  let seed = 20261102;
  const random = (n) => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % n;
  const pick = (list) => list[random(list.length)];
  const build = (depth) => {
    let out = "";
    for (let i = random(4) + 1; i > 0; i--) {
      if (random(4) === 0) out += pick(texts);
      const tag = pick(tags);
      let attrs = "";
      for (let k = random(3); k > 0; k--) attrs += ` ${pick(attributes)}="${pick(values).replaceAll('"', "&quot;")}"`;
      out += `<${tag}${attrs}>${depth ? build(depth - 1) : pick(texts)}${random(5) ? `</${tag}>` : ""}`;
    }
    return out;
  };
  const documents = Array.from({ length: 1500 }, () => build(random(5)));
  assert.deepEqual((await inspect(documents)).slice(0, 5), []);
});
