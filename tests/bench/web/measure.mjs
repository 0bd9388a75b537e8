/* What a user of the web application waits for, in Debian's headless Chromium, in front of a facteurd that runs.
 *
 *   node measure.mjs --profile DIR --mailbox NAME [--runs N] [--throttle 4]
 *
 * Prints one JSON line: [[what, unit, value, at most], ...]. Programs are those of FACTEUR_BUILD. `throttle`: the page's processor is so many
 * times slower (Emulation.setCPUThrottlingRate); what facteurd and the bridge do is not. How time is taken: clock.mjs. */
import { parseArgs } from "node:util";
import { context, launch } from "../../../clients/web/test/harness.mjs";
import { Core, startBridge } from "../../../clients/web/test/servers.mjs";
import { at, firstRows, heapOf, idle, observe, timed as measured, WHAT, WORDS } from "./clock.mjs";

const { values: args } = parseArgs({ options: { profile: { type: "string" }, mailbox: { type: "string" }, runs: { type: "string", default: "40" }, throttle: { type: "string", default: "1" } } });
const runs = Number(args.runs), throttle = Number(args.throttle);
const isSlow = throttle > 1;
const rows = [];
/** The first target is for full speed, the second for a slowed page. */
const row = (what, unit, value, full, slow) => rows.push([what, unit, value, isSlow ? slow ?? null : full ?? null]);

const core = new Core();
core.profile = args.profile;
const raw = await core.raw();
const [bridge, browser] = [await startBridge(core), await launch()];
const { list: mailboxes } = await raw.call("Mailbox/get", { accountId: "*", properties: ["name", "totalEmails"] });
const mailbox = mailboxes.find((m) => m.name === args.mailbox);
const path = `${bridge.url}/mail/${mailbox.id}`;
const token = await core.token(`bench ${process.pid}`);
const QUIET = { conversations: true, markReadAfter: -1 };

async function fresh(options = {}) {
  const made = await context(browser, bridge.url, token, { preferences: QUIET, ...options });
  await made.addInitScript(observe, "[role=option]:not(.waiting)");
  await made.addInitScript(probes);
  const page = await made.newPage();
  const cdp = await made.newCDPSession(page);
  if (isSlow) await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  return { page, cdp, close: () => made.close() };
}

/** What is waited for after a key. They are part of the page from its beginning: its policy lets no text become a script later. */
function probes() {
  const cursor = () => document.querySelector(".row.cursor");
  Object.assign(globalThis.bench, {
    moved: () => cursor()?.ariaPosInSet !== globalThis.bench.before,
    selected: () => cursor()?.getAttribute("aria-selected") !== globalThis.bench.before,
    gone: () => cursor()?.ariaLabel !== globalThis.bench.before,
    opened: () => {
      if (document.querySelector(".conversation-subject")?.textContent.trim() !== cursor()?.querySelector(".subject")?.textContent.trim()) return false;
      const frame = document.querySelector(".message-frame");
      return Boolean(document.querySelector(".message-text") ?? (frame?.contentDocument?.body?.childElementCount && frame.clientHeight > 50));
    },
    writing: () => document.activeElement?.closest("dialog, .composer, [role=dialog]") && document.activeElement.matches("input, textarea, [contenteditable], iframe"),
    found: () => location.search.includes(encodeURIComponent(globalThis.bench.before)) && document.querySelector("[role=option]:not(.waiting), .list .empty") && document.querySelector("h1")?.textContent.includes(globalThis.bench.before),
    there: () => {
      const box = document.querySelector(".list").getBoundingClientRect();
      const isSeen = (r) => r.bottom > box.top && r.top < box.bottom;
      const rows = [...document.querySelectorAll(".list .row")].filter((e) => isSeen(e.getBoundingClientRect()));
      return rows.length > 2 && !rows.some((e) => e.classList.contains("waiting"));
    },
    flagged: () => document.querySelector('[role=option][aria-posinset="1"]')?.ariaLabel !== globalThis.bench.before,
  });
}
const now = (page, what) => page.evaluate((what) => {
  const cursor = document.querySelector(".row.cursor");
  return what === "moved" ? cursor?.ariaPosInSet : what === "selected" ? cursor?.getAttribute("aria-selected") : what === "gone" ? cursor?.ariaLabel : what === "flagged" ? document.querySelector('[role=option][aria-posinset="1"]').ariaLabel : undefined;
}, what);

/** Milliseconds from a key until `probe` holds and has been drawn. */
async function timed(page, key, probe, before) {
  return measured(page, "keydown", () => page.keyboard.press(key), probe, before ?? (await now(page, probe)));
}
const PAUSE_MS = 120;
/** As fast as a key repeats; or `pause` milliseconds apart, as a hand presses it that looks at what it does. */
async function many(page, keys, probe, pause = 0, count = runs) {
  const times = [];
  for (let n = 0; n < count; n++) {
    times.push(await timed(page, keys[n % keys.length], probe));
    if (pause) await page.waitForTimeout(pause);
  }
  return times;
}

/* ---- the first screen ---- */

const cold = [], tasks = [], shifts = [];
for (let n = 0; n < 5; n++) {
  const { page, close } = await fresh();
  cold.push(await firstRows(page, () => page.goto(path)));
  await idle(page);
  const [longTasks, shift] = await page.evaluate(() => [globalThis.bench.longTasks, globalThis.bench.shift]);
  tasks.push(longTasks);
  shifts.push(shift);
  await close();
}
row(WHAT.cold, "ms", at(cold, 0.5), 400, 1200);
row(WHAT.tasks, "tasks", at(tasks, 0.5), 0, 3);
{
  const warm = [];
  const { page, close } = await fresh({ worker: true });
  await page.goto(path);
  await page.waitForFunction(() => navigator.serviceWorker.controller || navigator.serviceWorker.ready);
  for (let n = 0; n < 6; n++) {
    warm.push(await firstRows(page, () => page.reload()));
  }
  row(WHAT.warm, "ms", at(warm.slice(1), 0.5), 200, 600);
  await close();
}

/* ---- keys ---- */

const { page, cdp, close } = await fresh();
await firstRows(page, () => page.goto(path));
await page.keyboard.press("j");
await idle(page);
{
  const { page, close } = await fresh({ preferences: { ...QUIET, pane: "none" } });
  await firstRows(page, () => page.goto(path));
  await page.keyboard.press("j");
  await idle(page);
  row(WHAT.next, "ms", at(await many(page, ["j"], "moved"), 0.95), 32, 80);
  row(WHAT.select, "ms", at(await many(page, ["x"], "selected", PAUSE_MS), 0.95), 32, 80);
  row(WHAT.archive, "ms", at(await many(page, ["e"], "gone", PAUSE_MS), 0.95), 32, 80);
  await close();
}

/* ---- opening ---- */

await page.keyboard.press("Home");
await page.keyboard.press("Enter");
await page.waitForFunction(() => globalThis.bench.opened());
await idle(page);
const prefetched = [];
for (let n = 0; n < runs; n++) {
  prefetched.push(await timed(page, "j", "opened"));
  await page.waitForTimeout(150); // a user reads; the next one is fetched meanwhile
}
row(WHAT.opened, "ms", at(prefetched, 0.95), 50, 150);
const far = [];
for (let n = 1; n <= runs; n++) {
  await page.locator(".list").evaluate((e, share) => (e.scrollTop = e.scrollHeight * share), n / (runs + 2));
  await page.waitForFunction(() => !document.querySelector(".row.waiting"));
  await idle(page);
  const box = await page.waitForFunction(() => {
    const list = document.querySelector(".list").getBoundingClientRect();
    const option = [...document.querySelectorAll("[role=option]")].map((e) => e.getBoundingClientRect()).find((r) => r.top > list.top + 100);
    return option && [option.left + 80, option.top + 10];
  });
  far.push(await measured(page, "pointerup", async () => page.mouse.click(...(await box.jsonValue())), "opened"));
}
row(WHAT.openedFar, "ms", at(far, 0.95), 120, 300);

/* ---- writing ---- */

{
  const times = [];
  for (let n = 0; n < Math.min(runs, 15); n++) {
    times.push(await timed(page, "c", "writing"));
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("dialog", { name: "New message" }).waitFor({ state: "detached" });
    await page.evaluate(() => document.querySelector('[role=option][tabindex="0"]').focus());
  }
  row(WHAT.write, "ms", at(times, 0.95), 50, 120);
}

/* ---- searching ---- */

{
  const times = [];
  for (const word of WORDS) {
    await firstRows(page, () => page.goto(path));
    await page.keyboard.press("/");
    await page.keyboard.type(word.slice(0, -1), { delay: 30 });
    times.push(await timed(page, word.at(-1), "found", word));
  }
  row(WHAT.search, "ms", at(times, 0.95), 100, 200);
}

/* ---- scrolling ---- */

await firstRows(page, () => page.goto(path));
const scrolled = await page.evaluate(async () => {
  const list = document.querySelector(".list");
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  for (let n = 1; n <= 240; n++) {
    list.scrollTop = (list.scrollHeight * n) / 240;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  // A hand that flings: 6,000 pixels a second, for five seconds.
  list.scrollTop = 0;
  await new Promise((done) => setTimeout(done, 500));
  let blank = 0, since = 0, began = await new Promise(requestAnimationFrame), before = began;
  for (let now = began; now - began < 5000; before = now) {
    now = await new Promise(requestAnimationFrame);
    list.scrollTop += ((now - before) / 1000) * 6000;
    const box = list.getBoundingClientRect();
    const isBlank = [...list.querySelectorAll(".row.waiting")].some((e) => { const r = e.getBoundingClientRect(); return r.bottom > box.top && r.top < box.bottom; });
    since = isBlank ? since + (now - before) : 0;
    if (since > 100) blank += now - before;
  }
  return { frames, blank: (blank / 5000) * 100 };
});
row("scroll all of it in 240 steps: frame, p95", "ms", at(scrolled.frames, 0.95), 20, 50);
row("flung at 6,000 px/s: time with rows blank for more than 100 ms", "%", scrolled.blank, 0, 2);

{
  const times = [];
  for (let n = 1; n <= runs; n++) {
    times.push(await page.evaluate(async (share) => {
      const list = document.querySelector(".list");
      const began = performance.now();
      list.scrollTop = list.scrollHeight * share;
      return (await globalThis.bench.until(globalThis.bench.there)) - began;
    }, (n * 0.618) % 1));
  }
  row(WHAT.jump, "ms", at(times, 0.95));
}

/* ---- somebody else ---- */

await firstRows(page, () => page.goto(path));
await page.locator(".list").evaluate((e) => (e.scrollTop = 0)); // where a list was is kept
await page.locator('[role=option][aria-posinset="1"]').waitFor();
await idle(page);
{
  const { ids } = await raw.call("Email/query", { accountId: "*", filter: { inMailbox: mailbox.id }, sort: [{ property: "receivedAt", isAscending: false }], limit: 1 });
  const { list: [{ accountId, keywords }] } = await raw.call("Email/get", { accountId: "*", ids, properties: ["accountId", "keywords"] });
  let isFlagged = Boolean(keywords.$flagged);
  const times = [];
  for (let n = 0; n < Math.min(runs, 20); n++) {
    await page.evaluate((before) => {
      const { bench } = globalThis;
      bench.before = before;
      bench.answer = bench.until(bench.flagged).then((now) => performance.timeOrigin + now);
    }, await now(page, "flagged"));
    const began = Date.now();
    await raw.call("Email/set", { accountId, update: { [ids[0]]: { "keywords/$flagged": (isFlagged = !isFlagged) || null } } });
    times.push((await page.evaluate(() => globalThis.bench.answer)) - began);
  }
  row(WHAT.other, "ms", at(times, 0.95), 150, 300);
}

/* ---- memory ---- */

if (!isSlow) {
  const opened = Number(args.runs) < 40 ? 50 : 500;
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const [heap, growth] = await heapOf(cdp, async () => {
    for (let n = 0; n < opened; n++) await timed(page, "j", "opened");
  });
  row(WHAT.heap(opened), "MB", heap, 40);
  row(WHAT.growth(opened), "%", growth, 5);
}
// Interactions that took less than 16 ms are not told of: they are those that are missing.
const slow = await page.evaluate(() => globalThis.bench.interactions);
if (!isSlow) row(WHAT.interaction, "ms", at(slow.length ? slow : [16], 0.98), 64, 150);
row(WHAT.shift, "CLS", await page.evaluate(() => globalThis.bench.shift) + Math.max(...shifts), 0, 0);

console.log(JSON.stringify(rows));
await close();
await browser.close();
await bridge.stop();
raw.close();
