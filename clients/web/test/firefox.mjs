/** The page in Firefox, as Debian has it, driven through Marionette, which it has in itself: one walk through signing in, the list, a message and a
 * letter, in front of a real core and bridge. Playwright drives a Firefox of its own, which no distribution has.
 *
 *   apt-get install firefox-esr
 *   node test/firefox.mjs                                      FACTEUR_SHOTS=FOLDER: pictures of what it sees
 *
 * It is not among the tests of bootstrap: it is 250 MB that nothing else needs. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Core, receive, startBridge } from "./servers.mjs";
import { end, freePort, KEY, Page, run, until } from "./webdriver.mjs";

const FIREFOX = process.env.FACTEUR_FIREFOX ?? "/usr/bin/firefox-esr";
/** What Marionette calls the commands of WebDriver. */
const COMMANDS = {
  "POST /url": "Navigate", "POST /execute/async": "ExecuteAsyncScript", "POST /actions": "PerformActions", "POST /window/rect": "SetWindowRect", "GET /screenshot": "TakeScreenshot",
};

class Firefox extends Page {
  #waiting = new Map();
  #count = 0;
  #bytes = Buffer.alloc(0);

  static async launch() {
    const page = new Firefox();
    const port = await freePort();
    page.profile = mkdtempSync(join(tmpdir(), "facteur-firefox-"));
    const preferences = { "marionette.port": port, "intl.accept_languages": "en", "app.update.enabled": false, "datareporting.policy.dataSubmissionEnabled": false, "toolkit.telemetry.enabled": false };
    writeFileSync(join(page.profile, "user.js"), Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`).join("\n"));
    const log = process.env.FACTEUR_VERBOSE ? "inherit" : "ignore";
    page.driver = run(FIREFOX, ["--headless", "--marionette", "--no-remote", "--profile", page.profile], { stdio: ["ignore", log, log], env: { ...process.env, HOME: page.profile } });
    page.socket = await until(() => new Promise((done, failed) => {
      const socket = connect(port, "127.0.0.1", () => done(socket));
      socket.once("error", failed);
    }), "Firefox answers");
    page.socket.on("data", (data) => page.#read(data));
    const { capabilities } = await page.command("NewSession", { strictFileInteractability: true, pageLoadStrategy: "none" });
    page.version = capabilities.browserVersion;
    await page.resize(1280, 800);
    return page;
  }

  /** LENGTH:[1, id, error, result]; the first thing that comes is a greeting. */
  #read(data) {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    for (let colon; (colon = this.#bytes.indexOf(":")) > 0;) {
      const length = Number(this.#bytes.subarray(0, colon));
      if (this.#bytes.length < colon + 1 + length) return;
      const said = JSON.parse(this.#bytes.subarray(colon + 1, colon + 1 + length));
      this.#bytes = this.#bytes.subarray(colon + 1 + length);
      if (!Array.isArray(said)) continue;
      const [, id, error, result] = said;
      const { done, failed } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) failed(new Error(`${error.error}: ${error.message}`));
      else done(result);
    }
  }

  command(name, params, of = "WebDriver") {
    const id = ++this.#count;
    const text = JSON.stringify([0, id, `${of}:${name}`, params]);
    this.socket.write(`${Buffer.byteLength(text)}:${text}`);
    return new Promise((done, failed) => this.#waiting.set(id, { done, failed }));
  }

  async send(method, path, body) {
    const result = await this.command(COMMANDS[`${method} ${path}`], path === "/screenshot" ? { full: false } : body);
    return result && "value" in result ? result.value : result;
  }

  async close() {
    await this.command("Quit", { flags: ["eForceQuit"] }, "Marionette").catch(() => undefined);
    this.socket.destroy();
    await end(this.driver);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (!existsSync(FIREFOX)) {
  console.error("Firefox is not here: apt-get install firefox-esr");
  process.exit(2);
}
const core = await Core.start();
const bridge = await startBridge(core);
const token = await core.token();
const page = await Firefox.launch();
console.log(`Firefox ${page.version}`);
const seen = (selector) => page.until((selector) => [...document.querySelectorAll(selector)].some((one) => one.getClientRects().length), selector);
const says = (words) => page.until((words) => document.body.innerText.includes(words), words);
/** What went wrong in the page since it was asked for. */
const watch = () => page.evaluate(() => {
  window.problems = [];
  // That what a frame's height changes is measured in the next frame is none: Firefox tells of it here.
  addEventListener("error", (e) => e.message.startsWith("ResizeObserver loop") || problems.push(e.message));
  addEventListener("unhandledrejection", (e) => problems.push(String(e.reason?.stack ?? e.reason)));
  addEventListener("securitypolicyviolation", (e) => problems.push(`${e.violatedDirective} ${e.blockedURI}`));
});

const walk = {
  "signing in": async () => {
    await page.go(`${bridge.url}/`);
    await seen("form input");
    await watch();
    await page.click("form input");
    await page.keys(token + KEY.Enter);
  },
  "the list": async () => {
    await page.until(() => document.querySelectorAll("[role=option]").length > 5);
    await says("Inbox");
  },
  "a message: its frame, a quote, a link": async () => {
    const { id } = await receive(core, 'From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: Walk\r\nMessage-ID: <walk@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' +
      '<p>Noon is fine, <a href="mailto:zora@example.net">Zora</a>.</p><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026, Anna wrote:</div><blockquote class="gmail_quote">Lunch?</blockquote></div>\r\n');
    await page.until((id) => document.querySelector("[role=option]")?.innerText.includes("Walk") && id, id);
    await page.click("[role=option]");
    await page.until((id) => location.pathname === `/mail/inbox/${id}`, id);
    const inside = (f) => page.until(`() => { const inside = document.querySelector("iframe.message-frame")?.contentDocument; return inside?.body && (${f})(inside); }`);
    await inside((inside) => inside.body.innerText.includes("Noon is fine") && !inside.querySelector("blockquote")?.checkVisibility());
    await page.click("iframe.message-frame", ".facteur-more");
    await inside((inside) => inside.querySelector("blockquote").checkVisibility());
    await page.click("iframe.message-frame", "a");
    await seen(".composer");
    await says("zora@example.net");
  },
  "writing: rich text, saved": async () => {
    await seen(".composer .compose-text");
    await page.click(".composer .compose-text");
    await page.keys("Hello ");
    await page.keys("b", KEY.Control);
    await page.keys("bold");
    await page.until(() => document.querySelector(".compose-text b, .compose-text strong")?.textContent === "bold");
    await page.until(() => /Saved at/.test(document.querySelector(".composer").innerText));
    await page.keys(KEY.Escape);
  },
  "keys: the palette, help, the next message": async () => {
    await page.dialog("dialog.palette", "k", KEY.Control);
    await page.dialog("dialog.help", "?");
    const before = await page.evaluate(() => location.pathname);
    await page.keys("j");
    await page.until((before) => location.pathname !== before, before);
  },
};

let failed = 0;
for (const [name, step] of Object.entries(walk)) {
  const began = Date.now();
  try {
    await step();
    assert.deepEqual(await page.evaluate(() => window.problems ?? []), []);
    console.log(`ok      ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failed++;
    console.log(`FAILED  ${name}\n        ${e.stack}\n        ${await page.evaluate(() => JSON.stringify([location.href, window.problems ?? []])).catch(() => "")}`);
  }
  if (process.env.FACTEUR_SHOTS) writeFileSync(join(process.env.FACTEUR_SHOTS, `firefox-${name.replace(/\W+/g, "-").slice(0, 40)}.png`), await page.screenshot());
  if (failed) break; // the next step begins where this one ends
}
await page.close();
await bridge.stop();
await core.stop();
console.log(failed ? "failed" : "all of it");
process.exit(failed ? 1 : 0);
