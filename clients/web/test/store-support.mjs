/** What tests of the store have in common. */
import assert from "node:assert/strict";

/** Until it is so; what it was last is in the error. */
export async function eventually(probe, what = String(probe)) {
  for (const end = Date.now() + 15_000; ; ) {
    if (await probe()) return;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The ids of the rows that are here, from the first on. */
export function shown(list) {
  const ids = [];
  for (let i = 0; list.idAt(i) !== undefined; i++) ids.push(list.idAt(i));
  return ids;
}
