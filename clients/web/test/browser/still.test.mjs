/** The page stands still: nothing that is to be seen is pushed away by what comes after it (layout shifts that no key and no click explains). */
import assert from "node:assert/strict";
import { site } from "../harness.mjs";
import { screens, shown } from "../screens.mjs";

const { test } = site();

function watchShifts() {
  globalThis.shifts = [];
  new PerformanceObserver((list) => list.getEntries().forEach((e) => {
    if (!e.hadRecentInput && e.value > 0.001) globalThis.shifts.push(`${e.value.toFixed(4)}: ${e.sources.map((s) => s.node?.className || s.node?.nodeName).join(", ")}`);
  })).observe({ type: "layout-shift", buffered: true });
}

test("nothing moves while a screen fills", async ({ open, json }) => {
  const found = [];
  const messages = await shown(json);
  for (const name of ["list", "list, a line each", "conversation", "search", "settings: appearance"]) {
    const screen = screens(messages).find((one) => one.name === name);
    const page = await open(screen.path, { preferences: screen.preferences, first: watchShifts });
    await screen.ready(page).waitFor();
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 1000 })));
    found.push(...(await page.evaluate(() => globalThis.shifts)).map((shift) => `${name}: ${shift}`));
    await page.context().close();
  }
  assert.deepEqual(found, []);
});
