/** What is done to all that match and takes long: how far it is, how it is stopped, and what undo does meanwhile. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { row, rows } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1 };

const flagged = async (raw) => (await raw.call("Email/query", { accountId: "*", filter: { hasKeyword: "$flagged" }, calculateTotal: true, limit: 0 })).total;

/** Each Email/set waits until it is let go. */
async function hold(page) {
  const held = [];
  let isOver = false;
  await page.route("**/*", async (route) => {
    if (!isOver && (route.request().postData() ?? "").includes('"Email/set"')) await new Promise((go) => held.push(go));
    await route.continue().catch(() => undefined);
  });
  return {
    reached: (n) => eventually(() => held.length >= n),
    go: (n) => held[n - 1](),
    end() {
      isOver = true;
      for (const go of held) go();
    },
  };
}

async function begin(open, raw) {
  const page = await open("/mail/all", { preferences: SINGLE });
  await rows(page).first().waitFor();
  const before = await flagged(raw);
  const sets = await hold(page);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("s");
  await sets.reached(1);
  await page.getByText("Being done").waitFor();
  return { page, before, sets };
}

test("it says how far it is, and can be stopped", async ({ open, raw }) => {
  const { page, before, sets } = await begin(open, raw);
  const bar = page.getByRole("progressbar", { name: "Being done" });
  await bar.waitFor();
  sets.go(1);
  await sets.reached(2);
  await eventually(async () => (await bar.getAttribute("max")) !== null);
  const [done, total] = [Number(await bar.getAttribute("value")), Number(await bar.getAttribute("max"))];
  assert.ok(done > 0 && done < total, `${done} of ${total}`);
  await page.getByRole("button", { name: "Stop" }).click();
  sets.end();
  await page.getByText(/^Stopped after/).waitFor();
  await eventually(async () => (await flagged(raw)) > before);
  await page.getByRole("button", { name: /^Undo/ }).click();
  await eventually(async () => (await flagged(raw)) === before);
});

test("z stops it, and takes back what was done of it", async ({ open, raw }) => {
  const { page, before, sets } = await begin(open, raw);
  sets.go(1);
  await sets.reached(2);
  await page.keyboard.press("z");
  await page.getByText("Taking it back").waitFor();
  sets.end();
  await page.getByText(/^Taken back/).waitFor();
  await eventually(async () => (await flagged(raw)) === before);
  assert.equal(await page.getByRole("progressbar").count(), 0);
});

test("z stops it also after something else was done, which is taken back first", async ({ open, raw, receive }) => {
  await receive("Read before", { keywords: { $seen: true } });
  const page = await open("/mail/all", { preferences: SINGLE });
  await row(page, "Read before").waitFor();
  const before = await flagged(raw);
  const read = async () => (await raw.call("Email/query", { accountId: "*", filter: { hasKeyword: "$seen" }, calculateTotal: true, limit: 0 })).total;
  const wasRead = await read();
  const sets = await hold(page);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("s");
  await sets.reached(1);
  sets.go(1);
  await sets.reached(2); // some are flagged, and some are not yet
  await page.keyboard.press("Escape");
  await page.keyboard.press("j"); // nothing is at the cursor until one has moved it
  await eventually(() => row(page, "Read before").evaluate((element) => element === document.activeElement));
  await page.keyboard.press("Shift+U");
  await sets.reached(3);
  sets.go(3);
  await eventually(async () => assert.notEqual(await read(), wasRead));
  await page.keyboard.press("z");
  await eventually(async () => assert.equal(await read(), wasRead));
  await page.keyboard.press("z");
  await page.getByText("Taking it back").waitFor();
  sets.end();
  await page.getByText(/^Taken back.*flag/i).waitFor();
  await eventually(async () => assert.equal(await flagged(raw), before));
  // Nothing of it goes on.
  await page.waitForTimeout(1000);
  assert.equal(await flagged(raw), before);
});
