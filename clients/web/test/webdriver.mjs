/** WebKitGTK, the engine nearest to Safari's that Linux has, driven through WebDriver: Debian's WebKitWebDriver and MiniBrowser, on a screen of
 * Xvfb where there is no other. Not Playwright: that drives a WebKit of its own, which no distribution has.
 *
 *   const browser = await WebKit.launch();            undefined: it is not installed
 *   const page = await browser.open(url, { width, height, dark, lang });
 *   await page.evaluate((x) => document.title + x, "!"); await page.click("button"); await page.keys("gi"); await page.close(); await browser.close(); */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";

const DRIVER = process.env.FACTEUR_WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // W3C WebDriver, 12.2: the name that a reference to an element has
const PATIENCE = 40_000;

/** What keys are called in WebDriver (17.4.2): a range of private characters. */
export const KEY = { Enter: "\ue007", Escape: "\ue00c", Tab: "\ue004", Shift: "\ue008", Control: "\ue009", Alt: "\ue00a", Left: "\ue012", Up: "\ue013", Right: "\ue014", Down: "\ue015", Backspace: "\ue003" };

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export function run(program, args, options) {
  const child = spawn(program, args, options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

export async function end(child) {
  if (!child || child.exitCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill();
  await gone;
}

/** Where MiniBrowser is: beside the libraries of WebKitGTK, in a folder that has its version in its name. */
function miniBrowser() {
  for (const lib of ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/lib64", "/usr/libexec"])
    for (const name of existsSync(lib) ? readdirSync(lib) : []) if (/^webkit2?gtk-\d/.test(name) && existsSync(`${lib}/${name}/MiniBrowser`)) return `${lib}/${name}/MiniBrowser`;
  return undefined;
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Until it answers something true; with what it answered. */
export async function until(probe, what = String(probe), patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) throw new Error(`it did not become so: ${what} (${last?.message ?? last})`);
    await new Promise((done) => setTimeout(done, 40));
  }
}

/** One command of WebDriver. */
function ask(port, method, path, body) {
  return new Promise((done, failed) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const to = request({ host: "127.0.0.1", port, method, path, headers: text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) } }, async (from) => {
      let all = "";
      for await (const chunk of from.setEncoding("utf8")) all += chunk;
      try {
        const { value } = JSON.parse(all || "{}");
        if (from.statusCode === 200) done(value);
        else failed(Object.assign(new Error(`${method} ${path}: ${value?.error}: ${value?.message}`), { code: value?.error }));
      } catch (e) {
        failed(e);
      }
    });
    to.on("error", failed);
    to.setTimeout(2 * PATIENCE, () => to.destroy(new Error(`${method} ${path}: no answer`)));
    to.end(text);
  });
}

export class WebKit {
  static async launch({ verbose = Boolean(process.env.FACTEUR_VERBOSE) } = {}) {
    const binary = miniBrowser();
    if (!existsSync(DRIVER) || !binary) return undefined;
    const browser = new WebKit();
    browser.binary = binary;
    // No session bus, no graphics card: what a machine without a desktop has.
    const { DBUS_SESSION_BUS_ADDRESS: _, WAYLAND_DISPLAY: _w, ...env } = { ...process.env, GDK_BACKEND: "x11", LIBGL_ALWAYS_SOFTWARE: "1", NO_AT_BRIDGE: "1", WEBKIT_DISABLE_DMABUF_RENDERER: "1", TZ: "Europe/Paris" };
    browser.env = env;
    browser.log = verbose ? "inherit" : "ignore";
    const xvfb = ["/usr/bin/Xvfb", "/usr/local/bin/Xvfb"].find(existsSync);
    if (xvfb && !process.env.FACTEUR_WEBKIT_DISPLAY) {
      browser.screen = run(xvfb, ["-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", browser.log, "pipe"] });
      const display = await new Promise((done, failed) => {
        browser.screen.stdio[3].once("data", (data) => done(String(data).trim()));
        browser.screen.once("exit", () => failed(new Error("Xvfb did not start")));
      });
      env.DISPLAY = `:${display}`;
    } else env.DISPLAY = process.env.FACTEUR_WEBKIT_DISPLAY ?? process.env.DISPLAY;
    return browser;
  }

  /** A browser of its own for each page, with nothing kept from before: MiniBrowser has one profile. */
  async open(url, options = {}) {
    const page = new Page();
    const { dark = false, lang = "en_GB.UTF-8" } = options;
    page.port = await freePort();
    page.driver = run(DRIVER, [`--port=${page.port}`], { stdio: ["ignore", this.log, this.log], env: { ...this.env, LANGUAGE: lang.slice(0, 2), LC_ALL: "C.UTF-8", ...(dark ? { GTK_THEME: "Adwaita:dark" } : {}) } });
    await until(() => ask(page.port, "GET", "/status"), "the driver answers");
    const args = ["--automation", ...(dark ? ["--dark-mode"] : [])];
    const { sessionId, capabilities } = await ask(page.port, "POST", "/session", {
      capabilities: { alwaysMatch: { pageLoadStrategy: "none", "webkitgtk:browserOptions": { binary: this.binary, args }, timeouts: { script: PATIENCE, pageLoad: PATIENCE } } },
    });
    page.session = `/session/${sessionId}`;
    page.version = capabilities.browserVersion;
    try {
      await page.resize(options.width ?? 1280, options.height ?? 800);
      if (url) await page.go(url);
    } catch (e) {
      await page.close();
      throw e;
    }
    return page;
  }

  async close() {
    await end(this.screen);
  }
}

export class Page {
  /** One command of WebDriver: another browser's driver has its own (firefox.mjs). */
  send(method, path, body) {
    return ask(this.port, method, this.session + path, body);
  }

  #command(method, path, body) {
    return this.send(method, path, body ?? (method === "POST" ? {} : undefined));
  }

  go(url) {
    return this.#command("POST", "/url", { url });
  }

  url() {
    return this.#command("GET", "/url");
  }

  /** As large as it is asked for, as far as the window manager (there is none) lets it. */
  async resize(width, height) {
    for (let i = 0, [w, h] = [width, height]; i < 3; i++) {
      await this.#command("POST", "/window/rect", { x: 0, y: 0, width: w, height: h });
      const inner = await this.evaluate(() => [innerWidth, innerHeight]);
      if (inner[0] === width && inner[1] === height) return;
      [w, h] = [w + width - inner[0], h + height - inner[1]];
    }
  }

  /** What a function answers there; a promise is waited for. */
  async evaluate(f, ...args) {
    const script = `const done = arguments[arguments.length - 1]; Promise.resolve().then(() => (${f})(...[...arguments].slice(0, -1))).then((value) => done({ value }), (e) => done({ error: String(e && e.stack || e) }));`;
    const { value, error } = await this.#command("POST", "/execute/async", { script, args });
    if (error) throw new Error(error);
    return value;
  }

  /** Until a function answers something true there. */
  until(f, ...args) {
    return until(() => this.evaluate(f, ...args), String(f));
  }

  async find(selector) {
    return until(async () => (await this.#command("POST", "/element", { using: "css selector", value: selector }))[ELEMENT], selector);
  }

  async #act(actions) {
    await this.#command("POST", "/actions", { actions });
  }

  /** Where the middle of an element is: [x, y] in the window; `inFrame`: of one in the frame that `selector` names. */
  async middle(selector, inFrame) {
    return until(() => this.evaluate((selector, inFrame) => {
      const outer = document.querySelector(selector);
      const element = inFrame ? outer?.contentDocument?.querySelector(inFrame) : outer;
      if (!element) return undefined;
      element.scrollIntoView({ block: "nearest" });
      const box = element.getClientRects()[0];
      const at = inFrame ? outer.getBoundingClientRect() : { left: 0, top: 0 };
      return box && [Math.round(at.left + box.left + box.width / 2), Math.round(at.top + box.top + box.height / 2)];
    }, selector, inFrame ?? null), `${selector} ${inFrame ?? ""}`);
  }

  async clickAt([x, y], { button = 0, count = 1 } = {}) {
    const press = [{ type: "pointerDown", button }, { type: "pointerUp", button }];
    await this.#act([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [{ type: "pointerMove", x, y, duration: 0 }, ...Array.from({ length: count }, () => press).flat()] }]);
  }

  async click(selector, inFrame, options) {
    await this.clickAt(await this.middle(selector, inFrame), options);
  }

  async moveTo([x, y]) {
    await this.#act([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [{ type: "pointerMove", x, y, duration: 0 }] }]);
  }

  async drag([x, y], [toX, toY], steps = 8) {
    const moves = Array.from({ length: steps }, (_, i) => ({ type: "pointerMove", x: Math.round(x + ((toX - x) * (i + 1)) / steps), y: Math.round(y + ((toY - y) * (i + 1)) / steps), duration: 20 }));
    await this.#act([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [{ type: "pointerMove", x, y, duration: 0 }, { type: "pointerDown", button: 0 }, ...moves, { type: "pointerUp", button: 0 }] }]);
  }

  /** Keys, one after the other; `held` ones are down meanwhile. */
  async keys(text, ...held) {
    const press = (value) => [{ type: "keyDown", value }, { type: "keyUp", value }];
    await this.#act([{ type: "key", id: "keyboard", actions: [...held.map((value) => ({ type: "keyDown", value })), ...Array.from(text).flatMap(press), ...held.map((value) => ({ type: "keyUp", value }))] }]);
  }

  /** Opens a dialog by a key, and closes it by Escape. */
  async dialog(selector, text, ...held) {
    await this.keys(text, ...held);
    await this.until((selector) => document.querySelector(`${selector}[open]`), selector);
    await this.keys(KEY.Escape);
    await this.until((selector) => !document.querySelector(`${selector}[open]`), selector);
  }

  async windows() {
    return this.#command("GET", "/window/handles");
  }

  window() {
    return this.#command("GET", "/window");
  }

  switchTo(handle) {
    return this.#command("POST", "/window", { handle });
  }

  closeWindow() {
    return this.#command("DELETE", "/window");
  }

  async screenshot() {
    return Buffer.from(await this.#command("GET", "/screenshot"), "base64");
  }

  async close() {
    await this.#command("DELETE", "").catch(() => undefined);
    await end(this.driver);
  }
}
