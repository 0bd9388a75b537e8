/** Conversations that are muted; answers in a window of their own; going to any mailbox by its name. All by keys. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { gone, message, row, rows, stands, stored } from "../mail.mjs";

const { test } = site();

/** A conversation of two: [the older one's id, the newer one's]. */
async function talk(receive, subject) {
  const id = encodeURIComponent(subject);
  const text = (name, more) => `From: ${name} <${name}@example.org>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${id}.${name}@example.org>\r\n${more}\r\nHello.\r\n`;
  const first = await receive(text("anna", ""));
  const second = await receive(text("ben", `In-Reply-To: <${id}.anna@example.org>\r\nReferences: <${id}.anna@example.org>\r\n`));
  return [first.id, second.id];
}

async function inbox(open, options = {}) {
  const page = await open("/mail/inbox", { ...options, preferences: { markReadAfter: -1, ...options.preferences } });
  await rows(page).first().waitFor();
  return page;
}
/** The cursor at the newest message. */
async function first(page, subject) {
  await row(page, subject).waitFor();
  await page.keyboard.press("Home");
  await eventually(() => page.evaluate((text) => document.activeElement?.textContent.includes(text), subject));
}
const archiveOf = async (raw) => {
  const { ids } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "archive" } });
  if (!ids.length) await raw.call("Mailbox/set", { accountId: "a1", create: { m: { name: "Archive", role: "archive" } } });
};

test("m mutes all of a conversation and puts it away, z takes that back; m again, and it is heard again", async ({ open, receive, raw }) => {
  await archiveOf(raw);
  const ids = await talk(receive, "mute: a long talk");
  const page = await inbox(open);
  await first(page, "mute: a long talk");
  await page.keyboard.press("m");
  await gone(row(page, "mute: a long talk"));
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: ["$muted"] });
  await page.getByText("One muted: what comes is read and archived").waitFor();
  await page.keyboard.press("z");
  await row(page, "mute: a long talk").waitFor();
  for (const id of ids) await stands(raw, id, { in: ["inbox"], keywords: [] });

  await first(page, "mute: a long talk");
  await page.keyboard.press("m");
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: ["$muted"] });
  const all = await open(`/mail/archive/${ids[1]}`, { preferences: { markReadAfter: -1 } });
  await all.getByRole("option", { name: /^unread, muted, conversation of 2 messages between .*mute: a long talk/ }).waitFor();
  await message(all).getByText("This conversation is muted: what comes to it is marked as read and archived.").waitFor();
  await all.keyboard.press("m");
  await message(all).getByText("This conversation is muted").waitFor({ state: "detached" });
  await all.getByRole("option", { name: /^unread, conversation of 2 .*mute: a long talk/ }).waitFor();
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: [] });
});

test("the menu and the palette mute, too; a message alone stands for its conversation", async ({ open, receive, raw }) => {
  await archiveOf(raw);
  const ids = await talk(receive, "mute: alone");
  const page = await inbox(open, { preferences: { conversations: false } });
  await row(page, "mute: alone").first().waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").waitFor();
  await page.keyboard.type("mute");
  await page.getByRole("option", { name: /^Mute/ }).waitFor();
  await page.keyboard.press("Enter");
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: ["$muted"] });
  await page.goto(new URL(`/mail/archive/${ids[0]}`, page.url()).href);
  await message(page).getByText("This conversation is muted").waitFor();
  await page.getByRole("toolbar", { name: "This conversation" }).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Unmute" }).click();
  for (const id of ids) await stands(raw, id, { in: ["archive"], keywords: [] });
});

test("m is what another program has it for, where its keys are chosen", async ({ open, receive, raw }) => {
  const [, id] = await talk(receive, "mute: thunderbird");
  const page = await inbox(open, { preferences: { keys: "thunderbird" } });
  await first(page, "mute: thunderbird");
  await page.keyboard.press("m");
  await eventually(async () => assert.ok((await stored(raw, id)).keywords.includes("$seen")));
  await page.keyboard.press("k");
  await eventually(async () => assert.ok((await stored(raw, id)).keywords.includes("$muted")));
});

/** The window that a key opens. */
async function opens(page, key) {
  const [window] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press(key)]);
  return window;
}

test("Shift+R answers in a window of its own, in which one writes at once", async ({ open, receive }) => {
  await receive("window: question");
  const page = await inbox(open);
  await first(page, "window: question");
  const window = await opens(page, "Shift+R");
  await eventually(async () => assert.equal(await window.getByRole("textbox", { name: "Subject" }).inputValue(), "Re: window: question"));
  await eventually(() => window.evaluate(() => document.activeElement?.isContentEditable));
  await window.keyboard.type("In a window.");
  await window.getByText("In a window.").waitFor();
  assert.equal(await page.locator(".composer").count(), 0, "nothing is written here");
});

test("Shift+A, Shift+F and Shift+C have windows, too; Shift+I and Shift+U are what they were", async ({ open, receive, raw }) => {
  const { id } = await receive("window: keys");
  const page = await inbox(open);
  await first(page, "window: keys");
  for (const [key, address] of [["Shift+A", `/compose?reply-all=${id}&account=a1`], ["Shift+F", `/compose?forward=${id}&account=a1`], ["Shift+C", "/compose"]]) {
    const window = await opens(page, key);
    await window.waitForURL((url) => url.pathname + url.search === address, { waitUntil: "commit" });
    await window.close();
  }
  await page.keyboard.press("Shift+I");
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
  await page.keyboard.press("Shift+U");
  await stands(raw, id, { in: ["inbox"], keywords: [] });
});

test("a click with Shift opens a window, too", async ({ open, receive }) => {
  const { id } = await receive("window: clicked");
  const page = await open(`/mail/inbox/${id}`);
  const [composing] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "New message" }).click({ modifiers: ["Shift"] })]);
  await composing.getByRole("textbox", { name: "Subject" }).waitFor();
  const reply = message(page).getByRole("button", { name: "Reply", exact: true });
  const [answering] = await Promise.all([page.waitForEvent("popup"), reply.click({ modifiers: ["Shift"] })]);
  await eventually(async () => assert.equal(await answering.getByRole("textbox", { name: "Subject" }).inputValue(), "Re: window: clicked"));
});

test("mutt's Shift+A and Shift+F do what they do in mutt", async ({ open, receive, raw }) => {
  await archiveOf(raw);
  const { id } = await receive("window: mutt");
  const page = await inbox(open, { preferences: { keys: "mutt" } });
  await first(page, "window: mutt");
  await page.keyboard.press("Shift+F");
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged"] });
  await page.keyboard.press("Shift+A");
  await stands(raw, id, { in: ["archive"], keywords: ["$flagged"] });
});

test("g g goes to any mailbox by its letters, those of all accounts among them", async ({ open, raw }) => {
  const { created } = await raw.call("Mailbox/set", { accountId: "a1", create: { m: { name: "Harbour" } } });
  const page = await inbox(open, { lang: "fr" });
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  const dialog = page.getByRole("dialog", { name: "Aller à une boîte" });
  await dialog.getByRole("combobox", { name: /^Aller à quelle boîte/ }).waitFor();
  await page.keyboard.type("harb");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/mail/${created.m.id}`);
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  await dialog.getByRole("combobox").waitFor();
  await page.keyboard.type("tous");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/mail/all");
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  await page.keyboard.press("Escape");
  await gone(dialog);
});
