/** Tests in a browser:
 *
 *   const { test } = site();                      a core with the sample mail and a bridge, shared by the tests of this file
 *   test("a message is archived", async ({ open, cli, raw }) => {
 *     const page = await open("/mail/inbox");     a browser context of its own, signed in
 *     await page.getByRole("option").first().click();
 *     ...
 *   });
 *
 * Rules: things are found by role and name; one waits for what is to be seen (expect), never for time. When a test ends, its pages may
 * have had no uncaught error, nothing in the console's errors, and no request to anywhere but the bridge; what a test provokes on purpose
 * it names: test("...", { allow: [/403/] }, ...).
 *
 * A file has one browser, one core and one bridge, which begin with its first test and end with its last. What a test does to the mailbox
 * the next one sees: it has a message of its own (`receive`), or a file of its own. */
import assert from "node:assert/strict";
import { after, before, test as nodeTest } from "node:test";
import { chromium } from "playwright-core";
import { Core, receive, startBridge } from "./servers.mjs";

export { receive, startDovecot, root } from "./servers.mjs";

const BROWSER = process.env.FACTEUR_CHROMIUM ?? "/usr/bin/chromium-headless-shell";
/** How long a state is waited for. Long, for a machine with much to do: a test that passes does not wait. */
export const PATIENCE = 15_000;

/** Debian's. Without its own sandbox, which root has not; /dev/shm of a container is small. */
export function launch(args = []) {
  return chromium.launch({ executablePath: BROWSER, args: ["--disable-dev-shm-usage", ...args] });
}

/** Until `probe` (a function, perhaps async) passes or answers true: for what is no locator's, such as what the store has. */
export async function eventually(probe, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      if ((await probe()) !== false) return;
      if (Date.now() > end) assert.fail("it did not become so");
    } catch (e) {
      if (Date.now() > end) throw e;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** What went wrong in a context that nobody asserted. */
export class Watch {
  problems = [];

  constructor(context, url, allow) {
    const note = (text) => allow.some((pattern) => pattern.test(text)) || this.problems.push(text);
    context.on("weberror", (e) => note(`error in the page: ${e.error().stack ?? e.error()}`));
    context.on("console", (m) => m.type() === "error" && note(`console: ${m.text()} (${m.location().url})`));
    context.on("request", (r) => {
      const { protocol, origin } = new URL(r.url());
      if (origin !== url && protocol !== "data:" && protocol !== "blob:") note(`a request to elsewhere: ${r.url()}`);
    });
    context.on("page", (page) => page.on("crash", () => note("the page crashed")));
  }
}

/** A browser context in which `token` is signed in.
 *
 *   width, height   1280 x 800            dark            the system's colours
 *   touch           a phone's screen      reducedMotion, forcedColors
 *   lang            "en", "fr", "pseudo"  now             what the clock says (a date)
 *   preferences     as app/preferences.ts keeps them      worker          with the service worker (otherwise there is none)
 *   token           null: nobody is signed in             first           (open) a function that each page runs before its own scripts */
export async function context(browser, url, token, options = {}) {
  const { width = 1280, height = 800, dark, touch, reducedMotion = true, forcedColors, lang = "en", preferences, worker, scale, now } = options;
  const kept = {};
  if (token) kept["facteur.token"] = token;
  if (preferences) kept["facteur.preferences"] = JSON.stringify(preferences);
  const made = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    hasTouch: Boolean(touch),
    isMobile: Boolean(touch),
    reducedMotion: reducedMotion ? "reduce" : "no-preference",
    forcedColors: forcedColors ? "active" : "none",
    locale: lang === "fr" ? "fr-FR" : "en-GB",
    timezoneId: "Europe/Paris",
    serviceWorkers: worker ? "allow" : "block",
    ...(scale ? { deviceScaleFactor: scale } : {}),
  });
  made.setDefaultTimeout(PATIENCE);
  if (Object.keys(kept).length) await made.addInitScript(keep, { origin: new URL(url).origin, kept });
  if (now) await made.clock.setFixedTime(new Date(now));
  return made;
}

/** In the first page of a context, before its scripts: what its browser has kept. Once: what is changed or signed out of stays so. Playwright's own way
 * (storageState) opens a page for it, which costs as much as half of a test. */
function keep({ origin, kept }) {
  if (window !== top || location.origin !== origin || localStorage.getItem("test.kept")) return;
  for (const [name, value] of Object.entries({ ...kept, "test.kept": "yes" })) localStorage.setItem(name, value);
}

/** The tests of a file. `mail`: what is in the mailbox. `fresh`: each test has a core and a bridge of its own. `web`: the folder that is served,
 * if it is another than what was built. */
export function site({ mail, fresh = false, web } = {}) {
  let browser, shared;

  async function begin() {
    const core = await Core.start(mail ? { mail } : {});
    const bridge = await startBridge(core, 0, ...(web ? ["--web", web] : []));
    return { core, bridge, url: bridge.url, token: await core.token() };
  }
  async function end(servers) {
    await servers.bridge.stop();
    await servers.core.stop();
  }

  before(async () => {
    browser = await launch();
    if (!fresh) shared = await begin();
  });
  after(async () => {
    await browser?.close();
    if (shared) await end(shared);
  });

  function test(name, options, body) {
    if (!body) [options, body] = [{}, options];
    const { allow = [], ...rest } = options;
    nodeTest(name, { timeout: 60_000, ...rest }, async (t) => {
      const servers = shared ?? (await begin());
      const contexts = [], watches = [];
      /** A page in a context of its own; `browsers` of one test know nothing of each other. */
      async function open(path = "/", more = {}) {
        const made = await context(browser, servers.url, more.token === undefined ? servers.token : more.token, more);
        if (more.first) await made.addInitScript(more.first);
        contexts.push(made);
        watches.push(new Watch(made, servers.url, allow));
        const page = await made.newPage();
        const address = new URL(path, servers.url);
        if (more.lang === "pseudo") address.searchParams.set("lang", "pseudo");
        await page.goto(address.href);
        return page;
      }
      try {
        const { core } = servers;
        await body({
          ...servers,
          /** After bridge.stop(): at the same address. Only where each test has its own (`fresh`). */
          restartBridge: async () => (servers.bridge = await startBridge(core, servers.bridge.port)),
          t,
          browser,
          open,
          raw: await core.raw(),
          cli: (...args) => core.cli(...args),
          json: (...args) => core.json(...args),
          receive: (message, more) => receive(core, message, more),
        });
        assert.deepEqual(watches.flatMap((watch) => watch.problems), [], "what nobody expected");
      } catch (e) {
        const unexpected = watches.flatMap((watch) => watch.problems);
        if (unexpected.length) t.diagnostic(`besides: ${unexpected.join("\n")}`);
        throw plain(e);
      } finally {
        for (const made of contexts) await made.close();
        if (!shared) await end(servers);
      }
    });
  }
  return { test };
}

/** Without the colours that Playwright gives its errors: they are no XML. */
function plain(error) {
  const strip = (text) => text?.replace(/\x1b\[[0-9;]*m/g, "");
  if (error instanceof Error) {
    error.message = strip(error.message);
    error.stack = strip(error.stack);
  }
  return error;
}
