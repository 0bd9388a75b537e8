/** Settings: what is changed in them is changed in the core, and what is said about accounts is so. With a real Dovecot. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eventually, site, startDovecot } from "../harness.mjs";

const { test } = site({ mail: [] });
let dovecot;
before(async () => (dovecot = await startDovecot()));
after(() => dovecot?.stop());

async function addAccount(raw, name, more = {}) {
  const source = `imaps://${name}@localhost:${dovecot.imaps_port}`;
  const { created, notCreated } = await raw.call("Account/set", { create: { new: { name, address: `${name}@example.org`, source, password: "pass", ...more, settings: { caFile: dovecot.ca } } } });
  assert.ok(created?.new, JSON.stringify(notCreated));
  return created.new.id;
}
const accountOf = async (raw, id) => (await raw.call("Account/get", { ids: [id] })).list[0];
const section = (page, name) => page.getByRole("region", { name, exact: true });
const card = (page, name) => page.getByRole("listitem", { name, exact: true });

test("an account that is refused says so and what to do, and goes on when the password is right", async ({ open, raw }) => {
  const id = await addAccount(raw, "carol", { password: "wrong" });
  const page = await open("/settings/accounts");
  await card(page, "carol").getByText("The server refused the user name or the password.").waitFor();
  await card(page, "carol").getByText("Stopped: something has to be done first.").waitFor();
  await card(page, "carol").getByRole("link", { name: "Sign in again" }).click();
  await page.getByRole("textbox", { name: "Password" }).fill("pass");
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByText("In touch: the server tells of news in every mailbox.").waitFor();

  await page.getByRole("textbox", { name: "Name of the account" }).fill("Work");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { name: "Work" }).waitFor();
  await page.getByRole("combobox", { name: "Kept on this computer" }).selectOption("messages of the last 90 days");
  await eventually(async () => (await accountOf(raw, id)).settings.keep?.bodies?.days === 90);
  assert.equal((await accountOf(raw, id)).name, "Work");

  await page.getByRole("button", { name: "Remove account" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Remove Work?" });
  await dialog.waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Cancel" }).evaluate((b) => b === document.activeElement), "the harmless answer has the focus");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await accountOf(raw, id), "Escape removes nothing");
  await page.getByRole("button", { name: "Remove account" }).click();
  await dialog.getByRole("button", { name: "Remove account" }).click();
  await card(page, "On this computer").waitFor();
  assert.equal(await accountOf(raw, id), undefined);
});

test("accounts are switched off and on, and put in another order; another front end's change shows", async ({ open, raw }) => {
  const [first, second] = [await addAccount(raw, "ann"), await addAccount(raw, "ben")];
  const page = await open("/settings/accounts");
  await card(page, "ann").getByRole("button", { name: "Switch off" }).click();
  await card(page, "ann").getByText("Switched off.").waitFor();
  assert.equal((await accountOf(raw, first)).isEnabled, false);
  await raw.call("Account/set", { update: { [first]: { isEnabled: true } } });
  await card(page, "ann").getByText(/^In touch/).waitFor();
  await card(page, "ben").getByRole("button", { name: "Move ben up" }).click();
  await eventually(async () => (await page.getByRole("heading", { level: 3 }).allTextContents()).join().startsWith("ben,ann"));
  assert.ok((await accountOf(raw, second)).sortOrder < (await accountOf(raw, first)).sortOrder);
});

test("passwords that are locked are unlocked here; a notice is read and dismissed", async ({ open, raw }) => {
  const id = await addAccount(raw, "lena");
  await raw.call("Secrets/unlock", { passphrase: "a long passphrase", isNew: true });
  const moved = await raw.call("Account/set", { update: { [id]: { "settings/secrets": "encrypted" } } });
  assert.equal(moved.notUpdated, null);
  await raw.call("Secrets/lock", {});
  const page = await open("/settings/accounts");
  const form = page.getByRole("form", { name: "The passwords are locked" });
  await form.getByLabel("Passphrase").fill("not that one");
  await form.getByRole("button", { name: "Unlock" }).click();
  await form.getByRole("alert").waitFor();
  await form.getByLabel("Passphrase").fill("a long passphrase");
  await form.getByRole("button", { name: "Unlock" }).click();
  await form.waitFor({ state: "detached" });
  const { stores } = await raw.call("Secrets/get", {});
  assert.equal(stores.find((store) => store.name === "encrypted").isLocked, false);

  await card(page, "lena").getByText(/^In touch/).waitFor();
  const { created } = await raw.call("Mailbox/set", { accountId: id, create: { m: { name: "~lena" } } }); // Dovecot takes no such name
  assert.ok(created?.m);
  await card(page, "lena").getByRole("heading", { name: "Notices" }).waitFor();
  assert.equal((await accountOf(raw, id)).notices.length, 1);
  const french = await open("/settings/accounts", { lang: "fr" });
  await french.getByText("Le serveur ne crée pas une boîte.").waitFor(); // what it is about; the sentence of the core is English
  await card(page, "lena").getByRole("button", { name: "Dismiss this notice" }).click();
  await card(page, "lena").getByRole("heading", { name: "Notices" }).waitFor({ state: "detached" });
  assert.deepEqual((await accountOf(raw, id)).notices, []);
});

test("identities with their signatures", async ({ open, raw }) => {
  const accountId = await addAccount(raw, "ida");
  const page = await open("/settings/identities");
  await page.getByRole("link", { name: "ida@example.org" }).click();
  await page.getByRole("textbox", { name: "Your name" }).fill("Ida Öst");
  await page.getByRole("textbox", { name: "Answers go to" }).fill("Office <office@example.org>, ida@example.net");
  await page.getByRole("textbox", { name: "Signature", exact: true }).fill("Ida\nÖst");
  const rich = page.getByRole("textbox", { name: "Signature with formatting" });
  await rich.click();
  await page.getByRole("button", { name: /^Bold/ }).click();
  await page.keyboard.type("Ida");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Ida Öst <ida@example.org>" }).waitFor();
  const own = async () => (await raw.call("Identity/get", { accountId, ids: null })).list;
  const [identity] = await own();
  assert.deepEqual([identity.name, identity.textSignature], ["Ida Öst", "Ida\nÖst"]);
  assert.match(identity.htmlSignature, /<b>Ida<\/b>/);
  assert.deepEqual(identity.replyTo, [{ name: "Office", email: "office@example.org" }, { name: null, email: "ida@example.net" }]);

  // What another program wrote stays as it is, where only something else was changed.
  const foreign = '<table width="300"><tr><td>Ida</td></tr></table><!-- as it was -->';
  await raw.call("Identity/set", { accountId, update: { [identity.id]: { htmlSignature: foreign } } });
  await page.reload();
  await page.getByRole("link", { name: "Ida Öst <ida@example.org>" }).click();
  await rich.getByText("Ida").waitFor();
  await page.getByRole("textbox", { name: "Your name" }).fill("Ida");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Ida <ida@example.org>" }).waitFor();
  assert.deepEqual((await own()).map((i) => [i.name, i.htmlSignature]), [["Ida", foreign]]);

  const ofIda = page.locator("section.card", { hasText: "ida@example.org" });
  await ofIda.getByRole("link", { name: "Add an identity" }).click();
  await page.getByRole("textbox", { name: "Mail address" }).fill("*@ida.example");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "*@ida.example" }).click();
  await page.getByRole("button", { name: "Remove identity" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove identity" }).click();
  await page.getByRole("link", { name: "*@ida.example" }).waitFor({ state: "detached" });
  await eventually(async () => (await own()).length === 1);
});

test("an identity: names with a comma stay one; what nobody touched here stays as another program has it by now", async ({ open, raw }) => {
  const accountId = await addAccount(raw, "nora");
  const replyTo = [{ name: "Smith, John", email: "john@x.example" }, { name: null, email: "office@x.example" }];
  const bcc = [{ name: 'Nora "No" Day; archive', email: "kept@x.example" }];
  const { created } = await raw.call("Identity/set", { accountId, create: { k: { email: "nora@example.org", name: "Nora", replyTo, bcc } } });
  const own = async () => (await raw.call("Identity/get", { accountId, ids: [created.k.id] })).list[0];
  const page = await open(`/settings/identities/${created.k.id}`);
  const field = page.getByRole("textbox", { name: "Answers go to" });
  await field.waitFor();
  await raw.call("Identity/set", { accountId, update: { [created.k.id]: { name: "Nora Day" } } });
  await page.getByRole("textbox", { name: "Signature", exact: true }).fill("N.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Nora Day <nora@example.org>" }).click();
  const { name, textSignature, ...now } = await own();
  assert.deepEqual([name, textSignature, now.replyTo, now.bcc], ["Nora Day", "N.", replyTo, bcc]);
  await field.fill(`${await field.inputValue()}, "Day, Nora" <nora@x.example>`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Nora Day <nora@example.org>" }).waitFor();
  assert.deepEqual((await own()).replyTo, [...replyTo, { name: "Day, Nora", email: "nora@x.example" }]);
});

test("an answer for somebody who is away", async ({ open, raw }) => {
  const accountId = await addAccount(raw, "vera", { transport: "smtp://vera@localhost:9" });
  const page = await open("/settings/vacation");
  await page.getByRole("combobox", { name: "Account" }).selectOption("vera");
  const region = section(page, "Away");
  await region.getByRole("checkbox", { name: "Answer new mail by itself" }).check();
  await region.getByLabel("From").fill("2026-12-24T08:00");
  await region.getByLabel("Until").fill("2026-12-20T08:00");
  await region.getByText("The end is before the beginning.").waitFor();
  await region.getByLabel("Until").fill("2027-01-02T08:00");
  await region.getByRole("textbox", { name: "Subject" }).fill("Away");
  await region.getByRole("textbox", { name: "Answer" }).fill("Until January.");
  await region.getByRole("button", { name: "Save" }).click();
  await region.getByText("Saved.").waitFor();
  const { list } = await raw.call("VacationResponse/get", { accountId, ids: null });
  const { isEnabled, fromDate, toDate, subject, textBody } = list[0];
  // The tests' browsers are in Paris.
  assert.deepEqual([isEnabled, fromDate, toDate, subject, textBody], [true, "2026-12-24T07:00:00Z", "2027-01-02T07:00:00Z", "Away", "Until January."]);
});

// 503: what is on its way when its connection is taken away.
test("a device is paired by its code, and is out when it is revoked", { allow: [/status of (40[13]|503)/, /ERR_/] }, async ({ open, raw, url }) => {
  const page = await open("/settings/devices");
  const region = section(page, "Devices");
  await region.getByText("this browser").waitFor();
  await region.getByRole("textbox", { name: "Name of the device" }).fill("kitchen");
  await region.getByRole("radio", { name: "only read" }).check();
  await region.getByRole("button", { name: "Show a code" }).click();
  const address = await region.getByText(/#pair=/).textContent();
  assert.ok(address.startsWith(`${url}/#pair=`));
  const device = await open(address.slice(url.length), { token: null });
  await eventually(async () => (await device.evaluate(() => localStorage.getItem("facteur.token"))) !== null);
  await page.reload();
  await region.getByRole("button", { name: "Revoke kitchen" }).click();
  await page.getByRole("alertdialog", { name: "Revoke kitchen?" }).getByRole("button", { name: "Revoke" }).click();
  await region.getByText("kitchen").waitFor({ state: "detached" });
  assert.ok(!(await raw.call("Token/get", { ids: null })).list.some((token) => token.name === "kitchen"));
  await device.getByText("That was not accepted.").waitFor(); // by itself
  await device.reload();
  await device.getByText("That was not accepted.").waitFor();
});

test("what waits to be sent is shown, and taken back", async ({ open, raw }) => {
  const accountId = await addAccount(raw, "olga", { transport: "smtp://olga@localhost:9" });
  const [identity] = (await raw.call("Identity/get", { accountId, ids: null })).list;
  let drafts;
  await eventually(async () => ([drafts] = (await raw.call("Mailbox/query", { accountId, filter: { role: "drafts" } })).ids) && drafts !== undefined);
  const { created } = await raw.call("Email/set", { accountId, create: { d: { mailboxIds: { [drafts]: true }, keywords: { $draft: true, $seen: true }, from: [{ email: "olga@example.org" }], to: [{ email: "jane@example.org" }], subject: "Later",
    textBody: [{ partId: "1", type: "text/plain" }], bodyValues: { 1: { value: "x" } } } } });
  const sent = await raw.call("EmailSubmission/set", { accountId, create: { s: { identityId: identity.id, emailId: created.d.id,
    envelope: { mailFrom: { email: "olga@example.org", parameters: { HOLDFOR: "3600" } }, rcptTo: [{ email: "jane@example.org" }] } } } });
  assert.ok(sent.created?.s, JSON.stringify(sent.notCreated));
  const page = await open("/settings/outbox");
  const region = section(page, "Outbox");
  await region.getByRole("link", { name: "Later" }).waitFor();
  await region.getByText("To jane@example.org").waitFor();
  await region.getByText(/^Goes out /).waitFor();
  await region.getByRole("button", { name: "Take back" }).click();
  await region.getByText("Was taken back.").waitFor();
  await region.getByText("Nothing waits to be sent.").waitFor();
  const { list } = await raw.call("EmailSubmission/get", { accountId, ids: null });
  assert.equal(list[0].undoStatus, "canceled");
});

test("what one likes: colours, language, keys, kept in this browser", async ({ open }) => {
  const page = await open("/settings/appearance");
  await page.getByRole("radio", { name: "dark", exact: true }).check();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.getByRole("radio", { name: "a table, one line each" }).check();
  await page.getByRole("combobox", { name: "Language" }).selectOption("Français");
  await page.getByRole("heading", { name: "Réglages" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "fr");
  await page.getByRole("link", { name: "Clavier" }).click();
  await page.getByRole("heading", { level: 2, name: "Clavier" }).waitFor();
  assert.ok(await page.getByRole("heading", { level: 2, name: "Clavier" }).evaluate((h) => h === document.activeElement));
  await page.getByText("g i", { exact: true }).waitFor();
  await page.getByRole("radio", { name: "comme dans mutt" }).check();
  await page.getByText("c i", { exact: true }).waitFor();
  await page.getByRole("radio", { name: "aucune : pas de touches seules" }).check();
  await page.getByText("c i", { exact: true }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("heading", { name: "Réglages" }).waitFor();
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("facteur.preferences")));
  assert.deepEqual([kept.theme, kept.layout, kept.language, kept.keys], ["dark", "table", "fr", "none"]);
});

test("senders whose pictures are loaded can be taken off the list", async ({ open }) => {
  const page = await open("/settings/reading", { preferences: { picturesFrom: ["news@example.org", "shop@example.org"] } });
  await page.getByRole("button", { name: "No more pictures of news@example.org" }).click();
  await page.getByText("news@example.org").waitFor({ state: "detached" });
  assert.deepEqual(await page.evaluate(() => JSON.parse(localStorage.getItem("facteur.preferences")).picturesFrom), ["shop@example.org"]);
  const mark = page.getByRole("combobox", { name: "An open message counts as read" });
  await mark.selectOption("only when I mark it");
  await eventually(() => page.evaluate(() => JSON.parse(localStorage.getItem("facteur.preferences")).markReadAfter === -1));
});

test("a device that may not manage others is told so, and can still be signed out", { allow: [/status of 403/] }, async ({ open, core }) => {
  const page = await open("/settings/devices", { token: await core.token("mail only", ["read", "triage", "draft", "send"]) });
  await page.getByText(/not allowed/).waitFor();
  await page.getByRole("button", { name: "Sign out here" }).click();
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await eventually(async () => (await page.evaluate(() => localStorage.getItem("facteur.token"))) === null);
});
