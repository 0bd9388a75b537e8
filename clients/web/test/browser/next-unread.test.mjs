/** `]` in a list that is longer than what is here of it. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { row } from "../mail.mjs";

const { test } = site();
const SINGLE = { conversations: false, markReadAfter: -1, pane: "none" };
const N = 400;

/** Read messages under a subject of their own, so that a search has them and nothing else; of some it is said which are unread. */
async function fill(raw, word, unread, more = () => "", name = (k) => `${word} ${String(k).padStart(3, "0")}`) {
  const { ids: [archive] } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "archive" } });
  for (let i = 0; i < N; i += 50) {
    const create = {}, emails = {};
    for (let k = i; k < i + 50; k++)
      create[`b${k}`] = { data: [{ "data:asText": `From: jane@example.org\r\nTo: me@example.net\r\nSubject: ${name(k)}\r\nMessage-ID: <${word}${k}@example.org>\r\n${more(k)}\r\nHello.\r\n` }] };
    const { created } = await raw.call("Blob/upload", { accountId: "a1", create });
    for (let k = i; k < i + 50; k++) {
      const receivedAt = new Date(Date.UTC(2025, 0, 1) - k * 3_600_000).toISOString().replace(".000", "");
      emails[`e${k}`] = { blobId: created[`b${k}`].id, mailboxIds: { [archive]: true }, keywords: unread.includes(k) ? {} : { $seen: true }, receivedAt };
    }
    const { notCreated } = await raw.call("Email/import", { accountId: "a1", emails });
    assert.equal(notCreated ?? null, null);
  }
}
const at = (page, what) => eventually(() => page.evaluate((what) => document.activeElement.ariaLabel?.includes(what) ?? false, what));
/** What the page asked for: the most Emails in one answer, and how many in all. */
function watch(page) {
  const seen = { most: 0, all: 0 };
  page.on("request", (r) => {
    for (const [method, args] of JSON.parse(r.postData() ?? "{}").methodCalls ?? []) if (method === "Email/query" && args.limit) {
      seen.most = Math.max(seen.most, args.limit);
      seen.all += args.limit;
    }
  });
  return seen;
}

test("] finds the next unread beyond what is here, then the one after it, then begins again at the top", async ({ open, raw }) => {
  await fill(raw, "zorilla", [250, 370]);
  const page = await open("/mail/all?q=subject%3Azorilla", { preferences: SINGLE });
  await row(page, "zorilla 000").waitFor();
  const asked = watch(page);
  await page.keyboard.press("Home");
  await at(page, "zorilla 000");
  await page.keyboard.press("]");
  await at(page, "zorilla 250");
  await page.keyboard.press("]");
  await at(page, "zorilla 370");
  await page.keyboard.press("]");
  await at(page, "zorilla 250");
  assert.ok(asked.most <= 90 && asked.all < N, JSON.stringify(asked));
});

test("] in another order of the list, and where nothing is unread", async ({ open, raw }) => {
  await fill(raw, "quokka", [300]);
  const page = await open("/mail/all?q=subject%3Aquokka&sort=subject", { preferences: SINGLE });
  await row(page, "quokka 000").waitFor();
  await page.keyboard.press("Home");
  await at(page, "quokka 000");
  await page.keyboard.press("]");
  await at(page, "quokka 300");
  const { ids } = await raw.call("Email/query", { accountId: "a1", filter: { subject: "quokka", notKeyword: "$seen" } });
  await raw.call("Email/set", { accountId: "a1", update: { [ids[0]]: { "keywords/$seen": true } } });
  await page.keyboard.press("Home");
  await at(page, "quokka 000");
  await page.keyboard.press("]");
  await page.getByText("Everything is read.").waitFor();
  await at(page, "quokka 000");
});

test("] finds a conversation that is unread by one of its older messages", async ({ open, raw }) => {
  // Messages 200 and 210 are one conversation: the newer one is read, the older one is not.
  const name = (k) => (k === 200 || k === 210 ? "wombat talk" : `wombat ${String(k).padStart(3, "0")}`);
  await fill(raw, "wombat", [210], (k) => (k === 200 ? "References: <wombat210@example.org>\r\n" : ""), name);
  const page = await open("/mail/all?q=subject%3Awombat", { preferences: { ...SINGLE, conversations: true } });
  await row(page, "wombat 000").waitFor();
  await page.keyboard.press("Home");
  await at(page, "wombat 000");
  await page.keyboard.press("]");
  await at(page, "wombat talk");
  await eventually(async () => /^unread, conversation of 2 messages/.test(await row(page, "wombat talk").getAttribute("aria-label")));
  assert.equal(await row(page, "wombat talk").getAttribute("aria-posinset"), "201");
});
