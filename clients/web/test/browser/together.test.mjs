/** One mailbox, several front ends: two browsers, the command line and a program at the socket, all at once; and the core that is killed and
 * comes back. In the end every screen shows what the store has. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { gone, row, rows, stands, stored } from "../mail.mjs";

const { test } = site();
const { test: alone } = site({ fresh: true });
const SINGLE = { conversations: false, markReadAfter: -1 };

/** The first rows, as the store has them and as a screen has them: [subject, unread, flagged]. */
async function inStore(raw, n, part = "inbox") {
  const { ids: [mailbox] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: part } });
  const { ids } = await raw.call("Email/query", { accountId: "a1", filter: { inMailbox: mailbox }, sort: [{ property: "receivedAt", isAscending: false }], limit: n });
  const { list } = await raw.call("Email/get", { ids, properties: ["subject", "keywords"] });
  return list.map((e) => [e.subject, !e.keywords["$seen"], Boolean(e.keywords["$flagged"])]);
}
const onScreen = (page, n) => rows(page).evaluateAll((all, n) => all
  .sort((a, b) => a.ariaPosInSet - b.ariaPosInSet).slice(0, n)
  .map((e) => [e.querySelector(".subject").textContent.trim(), e.ariaLabel.startsWith("unread"), /(^|, )flagged, /.test(e.ariaLabel)]), n);
const agrees = (page, raw, part, n = 10) => eventually(async () => assert.deepEqual(await onScreen(page, n), await inStore(raw, n, part)));

test("what each of four front ends does, the others show", async ({ open, core, cli, raw, receive }) => {
  const ids = {};
  for (const who of ["first", "second", "command line", "socket"]) ids[who] = (await receive(`by the ${who}`)).id;
  const [one, two] = [await open("/mail/inbox", { preferences: SINGLE }), await open("/mail/inbox", { preferences: SINGLE, token: await core.token("a second browser") })];
  for (const page of [one, two]) await row(page, "by the first").waitFor();
  const { ids: [archive] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "archive" } });
  const byKey = async (page, subject, key) => {
    await row(page, subject).click();
    await page.keyboard.press(key);
  };
  const last = await receive("taken back");
  await row(one, "taken back").waitFor();
  await Promise.all([
    byKey(one, "by the first", "e"),
    byKey(two, "by the second", "e"),
    cli("move", ids["command line"], "archive"),
    raw.call("Email/set", { accountId: "a1", update: { [ids.socket]: { mailboxIds: { [archive]: true } } } }),
  ]);
  for (const page of [one, two]) for (const who of Object.keys(ids)) await gone(row(page, `by the ${who}`));
  for (const id of Object.values(ids)) await stands(raw, id, { in: ["archive"], keywords: [] });
  for (const page of [one, two]) await agrees(page, raw, "inbox");
  await byKey(one, "taken back", "#");
  await gone(row(two, "taken back"));
  await one.keyboard.press("z");
  await stands(raw, last.id, { in: ["inbox"], keywords: [] });
  await row(two, "taken back").waitFor();
  for (const who of Object.keys(ids)) assert.deepEqual((await stored(raw, ids[who])).in, ["archive"]);
});

test("all of them at once, a hundred times: every screen has what the store has", async ({ open, core, cli, raw, receive }) => {
  for (let n = 0; n < 12; n++) await receive(`together ${n}`);
  const pages = [await open("/mail/inbox", { preferences: SINGLE }), await open("/mail/inbox", { preferences: SINGLE, token: await core.token("another browser") })];
  for (const page of pages) await row(page, "together 11").waitFor();
  let seed = 6;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n; // the same each time
  const { ids: [inbox] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "inbox" } });
  const top = async () => (await raw.call("Email/query", { accountId: "a1", filter: { inMailbox: inbox }, sort: [{ property: "receivedAt", isAscending: false }], limit: 10 })).ids;
  const keys = ["s", "Shift+I", "Shift+U", "e", "z", "s", "Shift+I"];
  async function browser(page) {
    await page.keyboard.press("Home");
    for (let n = 0; n < 30; n++) await page.keyboard.press(random(3) ? (random(2) ? "j" : "k") : keys[random(keys.length)]);
  }
  async function socket() {
    for (let n = 0; n < 30; n++) {
      const ids = await top();
      const id = ids[random(ids.length)];
      await raw.call("Email/set", { accountId: "a1", update: { [id]: { [`keywords/${random(2) ? "$seen" : "$flagged"}`]: random(2) ? true : null } } });
      if (n % 10 === 0) await receive(`while they work ${n}`);
    }
  }
  async function commandLine() {
    for (let n = 0; n < 10; n++) {
      const ids = await top();
      const id = ids[random(ids.length)];
      await cli(...(random(3) ? ["flag", id, random(2) ? "+seen" : "-flagged"] : ["move", id, random(2) ? "archive" : "inbox"]));
    }
  }
  await Promise.all([browser(pages[0]), browser(pages[1]), socket(), commandLine()]);
  for (const page of pages) {
    await page.keyboard.press("Home");
    await agrees(page, raw, "inbox");
    // What the other page has still to say may come in between.
    await eventually(async () => {
      const { list: [mailbox] } = await raw.call("Mailbox/get", { ids: [inbox], properties: ["unreadEmails", "totalEmails"] });
      assert.ok(await page.getByRole("navigation", { name: "Mailboxes" }).getByRole("link", { name: `Inbox ${mailbox.unreadEmails} unread` }).count());
      assert.equal(Number(await rows(page).first().getAttribute("aria-setsize")), mailbox.totalEmails);
    });
    await page.goto(`${new URL(page.url()).origin}/mail/archive`);
    await rows(page).first().waitFor();
    await agrees(page, raw, "archive");
  }
});

test("what comes in above does not move what one looks at", async ({ open, receive }) => {
  const page = await open("/mail/inbox", { preferences: SINGLE });
  await rows(page).first().waitFor();
  const list = page.locator(".list");
  await list.evaluate((e) => (e.scrollTop = 3000));
  const seen = () => list.evaluate((e) => {
    const { top } = e.getBoundingClientRect();
    const first = [...e.querySelectorAll('[role="option"]:not(.waiting)')].map((one) => [one.getBoundingClientRect().top - top, one.ariaLabel, Number(one.ariaPosInSet)]).filter(([y]) => y >= 0).sort((a, b) => a[0] - b[0])[0];
    return first && [Math.round(first[0]), first[1], first[2]];
  });
  await eventually(async () => assert.ok((await seen())?.[2] > 30));
  const before = await seen();
  for (let n = 0; n < 3; n++) await receive(`above ${n}`);
  await eventually(async () => assert.equal((await seen())[2], before[2] + 3));
  assert.deepEqual((await seen()).slice(0, 2), before.slice(0, 2));
});

alone("the core is killed: it is said, what is done waits, and is done when it is back", { allow: [/Failed to load resource/] }, async ({ open, core, receive }) => {
  const { id } = await receive("before it fell");
  const page = await open("/mail/inbox", { preferences: SINGLE });
  await row(page, "before it fell").waitFor();
  await page.keyboard.press("j");
  await core.kill();
  const status = page.getByRole("contentinfo");
  await status.getByText(/Facteur does not answer/).first().waitFor();
  await page.keyboard.press("e"); // shown at once all the same
  await gone(row(page, "before it fell"));
  await core.again();
  await status.getByText(/Facteur does not answer/).first().waitFor({ state: "detached" });
  const raw = await core.raw();
  await stands(raw, id, { in: ["archive"], keywords: [] });
  await agrees(page, raw, "inbox");
});

alone("the bridge is killed in the middle of an action, and comes back", { allow: [/Failed to load resource/] }, async (servers) => {
  const { open, core, raw, receive, bridge } = servers;
  const ids = [];
  for (let n = 0; n < 5; n++) ids.push((await receive(`in the middle ${n}`)).id);
  const page = await open("/mail/inbox", { preferences: SINGLE });
  await row(page, "in the middle 4").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  for (let n = 0; n < 4; n++) await page.keyboard.press("Shift+J");
  await page.keyboard.press("e");
  await bridge.stop("SIGKILL");
  await servers.restartBridge();
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: [] });
  await agrees(page, raw, "inbox");
  assert.ok(core.pid > 0);
});
