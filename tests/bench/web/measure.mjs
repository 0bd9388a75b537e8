/* What a user of the web application waits for, in Debian's headless Chromium, in front of a facteurd that runs.
 *
 *   node measure.mjs --profile DIR --mailbox NAME [--runs N] [--throttle 4]
 *
 * Prints one JSON line: [[what, unit, value, at most], ...]. Programs are those of FACTEUR_BUILD. `throttle`: the page's processor is so many
 * times slower (Emulation.setCPUThrottlingRate); what facteurd and the bridge do is not.
 *
 * Times begin with the event that the user causes (Event.timeStamp) and end when the frame that shows its effect has been drawn: the first
 * task after the animation frame in which it was in the document (`painted`). */
import { parseArgs } from "node:util";
import { context, launch } from "../../../clients/web/test/harness.mjs";
import { Core, startBridge } from "../../../clients/web/test/servers.mjs";

const { values: args } = parseArgs({ options: { profile: { type: "string" }, mailbox: { type: "string" }, runs: { type: "string", default: "40" }, throttle: { type: "string", default: "1" } } });
const runs = Number(args.runs), throttle = Number(args.throttle);
const isSlow = throttle > 1;
const rows = [];
/** The first target is for full speed, the second for a slowed page. */
const row = (what, unit, value, full, slow) => rows.push([what, unit, value, isSlow ? slow ?? null : full ?? null]);
const at = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

const core = new Core();
core.profile = args.profile;
const raw = await core.raw();
const [bridge, browser] = [await startBridge(core), await launch()];
const { list: mailboxes } = await raw.call("Mailbox/get", { accountId: "*", properties: ["name", "totalEmails"] });
const mailbox = mailboxes.find((m) => m.name === args.mailbox);
const path = `${bridge.url}/mail/${mailbox.id}`;
const token = await core.token(`bench ${process.pid}`);
const QUIET = { conversations: true, markReadAfter: -1 };

/** In every page: when the first rows are to be seen, what the browser itself complains of, and a clock. */
function observe() {
  /** The first task after an animation frame: what was in the document when its callbacks ran has been drawn. */
  const drawn = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
  });
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () => frame().then(drawn);
  /** The time at which what `probe` looks for was drawn. */
  async function until(probe, patience = 10_000) {
    for (const end = performance.now() + patience; performance.now() < end;) {
      await frame();
      if (probe()) return drawn();
    }
    throw new Error(`it is not to be seen: ${probe}`);
  }
  const seen = (globalThis.bench = { rowsAt: 0, longTasks: 0, shift: 0, interactions: [], painted, until });
  const watch = new MutationObserver(() => {
    if (!document.querySelector("[role=option]:not(.waiting)")) return;
    watch.disconnect();
    void painted().then((now) => (seen.rowsAt = now));
  });
  watch.observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => list.getEntries().forEach((e) => (seen.longTasks += 1))).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((e) => e.interactionId && seen.interactions.push(e.duration))).observe({ type: "event", buffered: true, durationThreshold: 16 });
  new PerformanceObserver((list) => list.getEntries().forEach((e) => (seen.shift += e.hadRecentInput ? 0 : e.value))).observe({ type: "layout-shift", buffered: true });
}

async function fresh(options = {}) {
  const made = await context(browser, bridge.url, token, { preferences: QUIET, ...options });
  await made.addInitScript(observe);
  await made.addInitScript(probes);
  const page = await made.newPage();
  const cdp = await made.newCDPSession(page);
  if (isSlow) await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  return { page, cdp, close: () => made.close() };
}
const firstRows = async (page) => {
  await page.waitForFunction(() => globalThis.bench.rowsAt > 0);
  return page.evaluate(() => globalThis.bench.rowsAt);
};

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
    flagged: () => document.querySelector('[role=option][aria-posinset="1"]')?.ariaLabel !== globalThis.bench.before,
  });
}
const now = (page, what) => page.evaluate((what) => {
  const cursor = document.querySelector(".row.cursor");
  return what === "moved" ? cursor?.ariaPosInSet : what === "selected" ? cursor?.getAttribute("aria-selected") : what === "gone" ? cursor?.ariaLabel : what === "flagged" ? document.querySelector('[role=option][aria-posinset="1"]').ariaLabel : undefined;
}, what);

/** Milliseconds from a key until `probe` holds and has been drawn. */
async function timed(page, key, probe, before) {
  await page.evaluate(([probe, before]) => {
    const { bench } = globalThis;
    bench.before = before;
    bench.answer = new Promise((done, failed) => addEventListener("keydown", (e) => void bench.until(bench[probe]).then((now) => done(now - e.timeStamp), failed), { once: true, capture: true }));
    bench.answer.catch(() => undefined);
  }, [probe, before ?? (await now(page, probe))]);
  await page.keyboard.press(key);
  return page.evaluate(() => globalThis.bench.answer);
}
async function many(page, keys, probe, count = runs) {
  const times = [];
  for (let n = 0; n < count; n++) times.push(await timed(page, keys[n % keys.length], probe));
  return times;
}
const idle = (page) => page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 2000 })));

/* ---- the first screen ---- */

const cold = [], tasks = [], shifts = [];
for (let n = 0; n < 5; n++) {
  const { page, close } = await fresh();
  await page.goto(path);
  cold.push(await firstRows(page));
  await idle(page);
  const [longTasks, shift] = await page.evaluate(() => [globalThis.bench.longTasks, globalThis.bench.shift]);
  tasks.push(longTasks);
  shifts.push(shift);
  await close();
}
row("list painted, cold (median)", "ms", at(cold, 0.5), 400, 1200);
row("long tasks at start (> 50 ms)", "tasks", at(tasks, 0.5), 0, 3);
{
  const warm = [];
  const { page, close } = await fresh({ worker: true });
  await page.goto(path);
  await page.waitForFunction(() => navigator.serviceWorker.controller || navigator.serviceWorker.ready);
  for (let n = 0; n < 6; n++) {
    await page.reload();
    warm.push(await firstRows(page));
  }
  row("list painted, warm, by the service worker (median)", "ms", at(warm.slice(1), 0.5), 200, 600);
  await close();
}

/* ---- keys ---- */

const { page, cdp, close } = await fresh();
await page.goto(path);
await firstRows(page);
await page.keyboard.press("j");
await idle(page);
{
  const { page, close } = await fresh({ preferences: { ...QUIET, pane: "none" } });
  await page.goto(path);
  await firstRows(page);
  await page.keyboard.press("j");
  await idle(page);
  row("j: key to paint, p95", "ms", at(await many(page, ["j"], "moved"), 0.95), 32, 80);
  row("select (x): key to paint, p95", "ms", at(await many(page, ["x"], "selected"), 0.95), 32, 80);
  row("archive (e): key to paint, p95", "ms", at(await many(page, ["e"], "gone"), 0.95), 32, 80);
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
row("open, prefetched: key to text, p95", "ms", at(prefetched, 0.95), 50, 150);
const far = [];
for (let n = 1; n <= runs; n++) {
  await page.locator(".list").evaluate((e, share) => (e.scrollTop = e.scrollHeight * share), n / (runs + 2));
  await page.waitForFunction(() => !document.querySelector(".row.waiting"));
  await idle(page);
  const box = await page.evaluate(() => {
    const { bench } = globalThis;
    const list = document.querySelector(".list").getBoundingClientRect();
    const option = [...document.querySelectorAll("[role=option]")].map((e) => [e, e.getBoundingClientRect()]).find(([, r]) => r.top > list.top + 100);
    bench.answer = new Promise((done, failed) => addEventListener("pointerup", (e) => void bench.until(bench.opened).then((now) => done(now - e.timeStamp), failed), { once: true, capture: true }));
    bench.answer.catch(() => undefined);
    return [option[1].left + 80, option[1].top + 10];
  });
  await page.mouse.click(...box);
  far.push(await page.evaluate(() => globalThis.bench.answer));
}
row("open, not prefetched: click to text, p95", "ms", at(far, 0.95), 120, 300);

/* ---- writing ---- */

{
  const times = [];
  for (let n = 0; n < Math.min(runs, 15); n++) {
    times.push(await timed(page, "c", "writing"));
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("dialog", { name: "New message" }).waitFor({ state: "detached" });
    await page.evaluate(() => document.querySelector('[role=option][tabindex="0"]').focus());
  }
  row("write (c): key to a field that takes letters, p95", "ms", at(times, 0.95), 50, 120);
}

/* ---- searching ---- */

{
  const words = ["meeting", "quarterly", "budget", "review", "anna", "viktor", "zyzzogeton", "report", "hiro", "claire"];
  const times = [];
  for (const word of words) {
    await page.goto(path);
    await firstRows(page);
    await page.keyboard.press("/");
    await page.keyboard.type(word.slice(0, -1), { delay: 30 });
    times.push(await timed(page, word.at(-1), "found", word));
  }
  row("search as one types: last key to first rows, p95", "ms", at(times, 0.95), 100, 200);
}

/* ---- scrolling ---- */

await page.goto(path);
await firstRows(page);
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

/* ---- somebody else ---- */

await page.goto(path);
await firstRows(page);
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
  row("a change by another front end, from its call, p95", "ms", at(times, 0.95), 150, 300);
}

/* ---- memory ---- */

if (!isSlow) {
  const opened = Number(args.runs) < 40 ? 50 : 500;
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  const open = async () => {
    for (let n = 0; n < opened; n++) await timed(page, "j", "opened");
  };
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await open();
  const before = await heap();
  await open();
  const after = await heap();
  row(`heap after ${opened} opened messages`, "MB", before, 40);
  row(`its growth over the next ${opened}`, "%", (after / before - 1) * 100, 5);
}
// Interactions that took less than 16 ms are not told of: they are those that are missing.
const slow = await page.evaluate(() => globalThis.bench.interactions);
if (!isSlow) row("interaction to next paint, p98 of the last page", "ms", at(slow.length ? slow : [16], 0.98), 64, 150);
row("layout shift while all of this was done", "CLS", await page.evaluate(() => globalThis.bench.shift) + Math.max(...shifts), 0, 0);

console.log(JSON.stringify(rows));
await close();
await browser.close();
await bridge.stop();
raw.close();
