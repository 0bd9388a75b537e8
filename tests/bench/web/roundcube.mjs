/* What a user of Roundcube waits for: the journeys of measure.mjs, in the same browser and by the same clock, each in Roundcube's own way.
 *
 *   node roundcube.mjs --url http://127.0.0.1:PORT --imap PORT --user NAME --password WORD [--runs N] [--throttle 4] [--check SECONDS]
 *
 * Prints one JSON line: [[what, unit, value, like], ...]. `what` is the name that measure.mjs or sizes.mjs gives the same; `like` is that name
 * where Roundcube has a second way to do it. What it does not do as ours does has a name of its own. Its pages have no keys for most of
 * this: where there is none, its button is clicked. */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { context, launch } from "../../../clients/web/test/harness.mjs";
import { at, firstRows, heapOf, idle, observe, timed, WHAT, WORDS } from "./clock.mjs";

const text = (preset) => ({ type: "string", default: preset });
const { values: args } = parseArgs({
  options: { url: text(), imap: text(), user: text(), password: text(), runs: text("40"), throttle: text("1"), check: text("60") },
});
const runs = Number(args.runs), throttle = Number(args.throttle);
const isSlow = throttle > 1;
const rows = [];
const row = (what, unit, value, like) => rows.push([what, unit, value, like ?? null]);
const list = `${args.url}/?_task=mail&_mbox=INBOX`;
const FIRST = "#messagelist tbody tr.message";

/** What is waited for. A row of its list is a new element whenever the list is; `old` marks those that were there before. */
function probes() {
  const frame = () => document.getElementById("messagecontframe")?.contentDocument;
  const fresh = () => [...document.querySelectorAll("#messagelist tbody tr.message")].some((e) => !e.old);
  Object.assign(globalThis.bench, {
    age: () => document.querySelectorAll("#messagelist tbody tr").forEach((e) => (e.old = true)),
    moved: () => document.querySelector("#messagelist tr.focused")?.id !== globalThis.bench.before,
    selected: () => document.getElementById(globalThis.bench.before.id)?.classList.contains("selected") !== globalThis.bench.before.isSelected,
    gone: () => !document.getElementById(globalThis.bench.before)?.offsetHeight, // it is hidden at once, and taken out later
    fresh,
    /** The message of the row that has the focus: its text, in a document whose styles are there. */
    opened: () => {
      const focused = document.querySelector("#messagelist tr.focused"), shown = frame();
      if (!focused || new URL(shown?.URL ?? "about:blank").searchParams.get("_uid") !== String(focused.uid)) return false;
      return Boolean(shown.getElementById("messagebody")?.textContent.trim()) && [...shown.querySelectorAll("link[rel=stylesheet]")].every((e) => e.sheet);
    },
    writing: () => Boolean(document.querySelector(".task-mail.action-compose") && document.activeElement?.matches("input, textarea")),
    found: () => fresh() || Boolean(document.querySelector("#messagestack .notice, #messagestack .warning")), // it says so where nothing is found
    flagged: () => document.querySelector("#messagelist tbody tr.message")?.classList.contains("flagged") !== globalThis.bench.before,
  });
  // A page that a click leads to goes on with the clock of the one before.
  if (window === top && location.protocol === "http:" && sessionStorage.began) {
    const { began, probe } = JSON.parse(sessionStorage.began);
    sessionStorage.removeItem("began");
    globalThis.bench.answer = globalThis.bench.until(globalThis.bench[probe]).then((now) => performance.timeOrigin + now - began);
    globalThis.bench.answer.catch(() => undefined);
  }
}

/* ---- a browser that is signed in ---- */

const browser = await launch();

async function signIn() {
  const made = await context(browser, args.url, null);
  const page = await made.newPage();
  await page.goto(args.url);
  await page.fill("#rcmloginuser", args.user);
  await page.fill("#rcmloginpwd", args.password);
  await page.click("#rcmloginsubmit");
  await page.locator(FIRST).first().waitFor({ timeout: 120_000 }); // Dovecot reads the first page's headers for the first time
  const cookies = await made.cookies();
  await made.close();
  return cookies;
}
const cookies = await signIn();

async function fresh() {
  const made = await context(browser, args.url, null);
  await made.addCookies(cookies);
  await made.addInitScript(observe, FIRST);
  await made.addInitScript(probes);
  const page = await made.newPage();
  const cdp = await made.newCDPSession(page);
  if (isSlow) await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  return { page, cdp, close: () => made.close() };
}
/** Its list, which does not ask for news meanwhile: that would lay the list anew under a key that is being measured. */
async function show(page) {
  await firstRows(page, () => page.goto(list));
  await page.evaluate(() => clearInterval(globalThis.rcmail._refresh));
  await settled(page);
}
/** Until it asks its server nothing any more. */
async function settled(page) {
  await page.waitForFunction(() => !globalThis.rcmail.busy && !globalThis.jQuery.active);
  await idle(page);
}
/** Its list has the keyboard's focus, and the first row is the one that the keys begin at. */
async function focusList(page) {
  await page.evaluate(() => {
    const list = globalThis.rcmail.message_list;
    list.focus();
    list.select_first();
  });
  await settled(page);
}
const press = (page, key, probe, before, patience) => timed(page, "keydown", () => page.keyboard.press(key), probe, before, patience);
const focused = (page) => page.evaluate(() => document.querySelector("#messagelist tr.focused")?.id);

/** Another page of the list; nothing is measured. */
async function turn(page, number) {
  await page.evaluate((number) => {
    globalThis.bench.age();
    globalThis.rcmail.list_page(number);
  }, number);
  await page.waitForFunction(() => globalThis.bench.fresh());
  await settled(page);
}

const pages = (page) => page.evaluate(() => {
  const { current_page: current, pagecount: count } = globalThis.rcmail.env;
  return { current, count, isLast: current >= count };
});

/* ---- the first screen ---- */

/** What a page fetches: gzip bytes by the kind of it, each address once. Its server has some files packed as well as it can be done and packs others
 * as they are asked for: the smaller of what came and of what gzip -9 makes. */
function weigh(page) {
  const seen = new Map();
  const size = async (r) => {
    const { responseBodySize } = await r.request().sizes();
    return Math.min(responseBodySize || Infinity, gzipSync(await r.body(), { level: 9 }).length);
  };
  page.on("response", (r) => {
    const kind = r.request().resourceType(), { pathname } = new URL(r.url());
    if (["script", "stylesheet"].includes(kind) && !seen.has(pathname)) seen.set(pathname, [kind, size(r)]);
  });
  return async (wanted) => {
    let total = 0;
    for (const [kind, bytes] of seen.values()) if (kind === wanted) total += await bytes;
    return total / 1000;
  };
}

const cold = [], tasks = [], shifts = [];
for (let n = 0; n < 5; n++) {
  const { page, close } = await fresh();
  const weight = n === 0 && weigh(page);
  cold.push(await firstRows(page, () => page.goto(list)));
  await settled(page);
  if (weight) {
    const first = await weight("script");
    row(WHAT.script, "KB", first);
    row(WHAT.styles, "KB", await weight("stylesheet"));
    await page.goto(`${args.url}/?_task=mail&_action=compose`);
    await page.waitForFunction(() => globalThis.bench.writing());
    await idle(page);
    row(WHAT.writing, "KB", (await weight("script")) - first);
  } else {
    const [longTasks, shift] = await page.evaluate(() => [globalThis.bench.longTasks, globalThis.bench.shift]);
    tasks.push(longTasks);
    shifts.push(shift);
  }
  await close();
}
row(WHAT.cold, "ms", at(cold, 0.5));
row(WHAT.tasks, "tasks", at(tasks, 0.5));

const { page, cdp, close } = await fresh();
{
  const warm = [];
  await show(page);
  for (let n = 0; n < 6; n++) {
    warm.push(await firstRows(page, () => page.reload()));
    await settled(page);
  }
  row(WHAT.warm, "ms", at(warm.slice(1), 0.5));
  await show(page);
}

/* ---- keys ---- */

await focusList(page);
{
  const times = [];
  for (let n = 0; n < Math.min(runs, 45); n++) times.push(await press(page, "ArrowDown", "moved", await focused(page)));
  row(WHAT.next, "ms", at(times, 0.95));
}
{
  const times = [];
  for (let n = 0; n < runs; n++) {
    const before = await page.evaluate(() => {
      const { id, classList } = document.querySelector("#messagelist tr.focused");
      return { id, isSelected: classList.contains("selected") };
    });
    times.push(await press(page, "Control+Space", "selected", before));
  }
  row(WHAT.select, "ms", at(times, 0.95));
}
await focusList(page);
{
  const times = [];
  for (let n = 0; n < runs; n++) {
    await focusList(page);
    await page.waitForFunction(() => globalThis.bench.opened()); // until then it takes no key
    await settled(page);
    times.push(await press(page, "Delete", "gone", await focused(page)));
    await settled(page); // its list is filled up
  }
  row(WHAT.archive, "ms", at(times, 0.95));
}
if ((await pages(page)).count > 1) {
  const times = [];
  for (let n = 0; n < runs; n++) {
    if ((await pages(page)).isLast) await turn(page, 1);
    await page.evaluate(() => {
      globalThis.rcmail.message_list.focus();
      globalThis.bench.age();
    });
    times.push(await press(page, "PageDown", "fresh"));
    await settled(page);
  }
  row("next page (PageDown): rows painted, p95", "ms", at(times, 0.95));
}
{
  const times = [];
  const { count } = await pages(page);
  const field = page.locator(".pagenav > input");
  for (let n = 1; n <= runs; n++) {
    await field.fill(String(1 + Math.floor(((n * 0.618) % 1) * count)));
    await page.evaluate(() => globalThis.bench.age());
    times.push(await timed(page, "keydown", () => field.press("Enter"), "fresh"));
    await settled(page);
  }
  row(WHAT.jump, "ms", at(times, 0.95));
}

/* ---- opening ---- */

await turn(page, 1);
await focusList(page);
/** The next message by key. A page of the list ends after 50: then the next one is there before the clock begins. */
async function openNext() {
  if (await page.evaluate(() => !globalThis.rcmail.message_list.get_next_row())) {
    const { current, isLast } = await pages(page);
    await turn(page, isLast ? 1 : current + 1);
    await focusList(page);
  }
  return press(page, "ArrowDown", "opened");
}
{
  const times = [];
  for (let n = 0; n < runs; n++) {
    times.push(await openNext());
    await page.waitForTimeout(450); // within 400 ms it takes the next key for one of many, and waits 400 ms instead of 60
  }
  row(WHAT.opened, "ms", at(times, 0.95));
}
{
  const times = [];
  const { count } = await pages(page);
  for (let n = 1; n <= runs; n++) {
    await turn(page, 1 + Math.floor((n / (runs + 2)) * count));
    const third = page.locator(FIRST).nth(2);
    const box = await third.boundingBox();
    times.push(await timed(page, "pointerup", () => page.mouse.click(box.x + 80, box.y + 10), "opened"));
    await page.waitForTimeout(450);
  }
  row(WHAT.openedFar, "ms", at(times, 0.95));
}

/* ---- writing: another page of it ---- */

{
  const times = [];
  for (let n = 0; n < Math.min(runs, 15); n++) {
    await show(page);
    await page.evaluate(() => addEventListener("click", (e) => {
      sessionStorage.began = JSON.stringify({ began: performance.timeOrigin + e.timeStamp, probe: "writing" });
    }, { once: true, capture: true }));
    await page.locator("#taskmenu a.compose").click();
    await page.waitForURL(/_action=compose/);
    times.push(await page.evaluate(() => globalThis.bench.answer));
  }
  row(WHAT.write, "ms", at(times, 0.95));
}

/* ---- searching: when it is submitted ---- */

/** `where`: what it looks into, which it remembers from one search to the next. */
async function search(word, where, patience) {
  await page.evaluate((where) => {
    globalThis.bench.age();
    globalThis.rcmail.env.search_mods = { "*": where, INBOX: where };
    globalThis.jQuery.ajaxSetup({ timeout: 600_000 }); // not its 180 s: Dovecot may have to read every message
  }, Object.fromEntries(where.map((name) => [name, 1])));
  await page.locator("#mailsearchform").fill(word);
  return timed(page, "keydown", () => page.keyboard.press("Enter"), "found", undefined, patience);
}
{
  const preset = ["subject", "from"];
  await show(page);
  await search("zyzzogeton", preset, 600_000); // Dovecot reads the headers of all messages, once
  const times = [];
  for (const word of WORDS) {
    await show(page);
    times.push(await search(word, preset, 60_000));
  }
  row(WHAT.search, "ms", at(times, 0.95));
}
if (!isSlow) {
  const times = [];
  for (const word of ["zyzzogeton", "meeting"]) {
    await show(page);
    times.push(await search(word, ["text"], 600_000));
  }
  row("the same, the peer in whole messages (Dovecot without full text index), slower of two", "ms", Math.max(...times), WHAT.search);
}

/* ---- somebody else: another connection to the server ---- */

async function imap() {
  const socket = connect(Number(args.imap), "127.0.0.1");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  let count = 0;
  const command = async (words) => {
    const tag = `a${(count += 1)}`;
    socket.write(`${tag} ${words}\r\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done || value.startsWith(`${tag} NO`) || value.startsWith(`${tag} BAD`)) throw new Error(`${words}: ${value}`);
      if (value.startsWith(`${tag} OK`)) return;
    }
  };
  await command(`LOGIN ${args.user} ${args.password}`);
  await command("SELECT INBOX");
  return { command, end: () => socket.destroy() };
}
{
  const times = [], every = Number(args.check), other = await imap();
  await show(page);
  await turn(page, 1);
  await page.evaluate(() => globalThis.rcmail.start_refresh());
  const first = await page.evaluate((first) => document.querySelector(first).uid, FIRST);
  // Changes that come at once after it asked, a quarter of its time later, ...
  for (const share of runs < 10 ? [0] : isSlow ? [0, 0.5] : [0, 0.25, 0.5, 0.75]) {
    const isFlagged = await page.evaluate((patience) => {
      const { bench } = globalThis;
      bench.before = document.querySelector("#messagelist tbody tr.message").classList.contains("flagged");
      bench.answer = bench.until(bench.flagged, patience).then((now) => performance.timeOrigin + now);
      bench.answer.catch(() => undefined);
      return bench.before;
    }, every * 3000);
    await page.waitForTimeout(share * every * 1000);
    const began = Date.now();
    await other.command(`UID STORE ${first} ${isFlagged ? "-" : "+"}FLAGS (\\Flagged)`);
    times.push((await page.evaluate(() => globalThis.bench.answer)) - began);
  }
  other.end();
  await page.evaluate(() => clearInterval(globalThis.rcmail._refresh));
  row(WHAT.other, "ms", at(times, 0.95));
}

/* ---- memory ---- */

if (!isSlow) {
  const opened = runs < 40 ? 50 : 500;
  await focusList(page);
  const [heap, growth] = await heapOf(cdp, async () => {
    for (let n = 0; n < opened; n++) await openNext();
  });
  row(WHAT.heap(opened), "MB", heap);
  row(WHAT.growth(opened), "%", growth);
  const slow = await page.evaluate(() => globalThis.bench.interactions);
  row(WHAT.interaction, "ms", at(slow.length ? slow : [16], 0.98));
}
row(WHAT.shift, "CLS", await page.evaluate(() => globalThis.bench.shift) + Math.max(...shifts));

console.log(JSON.stringify(rows));
await close();
await browser.close();
