/** The clock by which ours and its peer are measured alike, and the names of what both do.
 *
 * Times begin with the event that the user causes (Event.timeStamp) and end when the frame that shows its effect has been drawn: the first
 * task after the animation frame in which it was in the document (`painted`). */

/** What is measured of both has one name: by it the two stand beside each other in a row. */
export const WHAT = {
  script: "script before the first screen",
  styles: "styles",
  writing: "writing",
  cold: "list painted, cold (median)",
  tasks: "long tasks at start (> 50 ms)",
  warm: "list painted, warm, by the service worker (median)",
  next: "j: key to paint, p95",
  select: "select (x): key to paint, p95",
  archive: "archive (e): key to paint, p95",
  opened: "open, prefetched: key to text, p95",
  openedFar: "open, not prefetched: click to text, p95",
  write: "write (c): key to a field that takes letters, p95",
  search: "search as one types: last key to first rows, p95",
  jump: "jump to a far place of the list: rows painted, p95",
  other: "a change by another front end, from its call, p95",
  heap: (opened) => `heap after ${opened} opened messages`,
  growth: (opened) => `its growth over the next ${opened}`,
  interaction: "interaction to next paint, p98 of the last page",
  shift: "layout shift while all of this was done",
};

/** What is looked for: words that the generated mail has, and one that only one message has. */
export const WORDS = ["meeting", "quarterly", "budget", "review", "anna", "viktor", "zyzzogeton", "report", "hiro", "claire"];

/** The smallest value that so large a share of them does not exceed (nearest rank). */
export const at = (values, q) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * q) - 1)];

/** In every page, from its beginning: when the first of its `rows` (a selector) is to be seen, what the browser itself complains of, and the clock. */
export function observe(rows) {
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
  const seen = (globalThis.bench = { longTasks: 0, shift: 0, interactions: [], painted, until });
  const watch = new MutationObserver(() => {
    if (!document.querySelector(rows)) return;
    watch.disconnect();
    void painted().then((now) => console.debug(`bench: rows ${now}`));
  });
  watch.observe(document, { childList: true, subtree: true });
  const watched = (type, each, more) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true, ...more });
  watched("longtask", () => (seen.longTasks += 1));
  watched("event", (e) => e.interactionId && seen.interactions.push(e.duration), { durationThreshold: 16 });
  watched("layout-shift", (e) => (seen.shift += e.hadRecentInput ? 0 : e.value));
}

/** What the page says of itself is waited for, and not asked for: a question is a script that runs in it, which takes of the time that is measured. */
async function said(page, what, patience = 30_000) {
  const message = await page.waitForEvent("console", { predicate: (m) => m.text().startsWith(`bench: ${what} `), timeout: patience });
  const text = message.text().slice(`bench: ${what} `.length);
  if (text.startsWith("Error")) throw new Error(text);
  return Number(text);
}

/** Goes there (`go`), and answers when the first rows were to be seen. */
export async function firstRows(page, go) {
  const [at] = await Promise.all([said(page, "rows"), go()]);
  return at;
}

export const idle = (page) => page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 2000 })));

/** Milliseconds from the next `event` ("keydown"), which `act` causes, until `probe` of the page's `bench` holds and has been drawn. `before`:
 * what the probe compares with. */
export async function timed(page, event, act, probe, before, patience = 10_000) {
  await page.evaluate(([event, probe, before, patience]) => {
    const { bench } = globalThis;
    bench.before = before;
    const begin = (e) => void bench.until(bench[probe], patience).then((now) => console.debug(`bench: took ${now - e.timeStamp}`), (why) => console.debug(`bench: took ${why}`));
    addEventListener(event, begin, { once: true, capture: true });
  }, [event, probe, before, patience]);
  const [took] = await Promise.all([said(page, "took", patience + 20_000), act()]);
  return took;
}

/** The heap in MB after `opened` messages, and by how many per cent more of them make it larger. `open` opens that many. */
export async function heapOf(cdp, open) {
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  await open();
  const before = await heap();
  await open();
  return [before, ((await heap()) / before - 1) * 100];
}
