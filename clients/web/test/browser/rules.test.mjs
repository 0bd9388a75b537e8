/** Rules: written in rows or in the query language, out of a message, put in order, applied and taken back; what they do is seen in the core. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { message, row, rows, stands } from "../mail.mjs";

const { test } = site({ mail: [] });
const ACCOUNT = "a1";

const rulesOf = async (raw) => (await raw.call("Rule/get", { accountId: ACCOUNT, ids: null })).list;
/** Nothing of what another test made. */
async function begin(raw, ...rules) {
  await raw.call("Rule/set", { accountId: ACCOUNT, destroy: (await rulesOf(raw)).map((rule) => rule.id) });
  const ids = [];
  for (const rule of rules) {
    const { created, notCreated } = await raw.call("Rule/set", { accountId: ACCOUNT, create: { r: { query: "", addKeywords: { $flagged: true }, ...rule } } });
    assert.ok(created?.r, JSON.stringify(notCreated));
    ids.push(created.r.id);
  }
  return ids;
}
async function mailbox(raw, name) {
  const { created, notCreated } = await raw.call("Mailbox/set", { accountId: ACCOUNT, create: { m: { name } } });
  assert.ok(created?.m, JSON.stringify(notCreated));
  return created.m.id;
}
const card = (page, name) => page.getByRole("listitem", { name, exact: true });
const section = (page) => page.getByRole("region", { name: "Rules", exact: true });
const said = (page, text) => section(page).getByRole("status").filter({ hasText: text }).waitFor();
const focused = (page, name) => eventually(async () => assert.match(await page.evaluate(() => `${document.activeElement.ariaLabel ?? ""} ${document.activeElement.title} ${document.activeElement.textContent}`), name));

test("a rule is made in rows: what it fits is counted, it is saved, applied to what is here, and that is taken back", async ({ open, raw, receive }) => {
  await begin(raw);
  const lists = await mailbox(raw, "Reports");
  const { id } = await receive("rule: annual report 1");
  const other = await receive("rule: something else");
  await receive("rule: annual report 2");
  const page = await open("/settings/rules");
  await section(page).getByText("There is no rule yet.").waitFor();
  await section(page).getByRole("link", { name: "Make a rule" }).click();
  const form = page.getByRole("form", { name: "New rule" });
  const first = form.getByRole("group", { name: "Condition 1" });
  await first.getByRole("combobox", { name: "What" }).selectOption("Subject");
  await first.getByRole("textbox", { name: "Subject" }).fill("annual report");
  await said(page, /^Fits 2 messages that are here, 2 in the inbox\. The newest: “rule: annual report 2” from Jane, /);
  await form.getByRole("button", { name: "Add a condition" }).click();
  const second = form.getByRole("group", { name: "Condition 2" });
  await eventually(() => second.evaluate((group) => group.contains(document.activeElement)));
  await second.getByRole("combobox", { name: "What" }).selectOption("Anywhere");
  await second.getByRole("combobox", { name: "How" }).selectOption("does not contain");
  await second.getByRole("textbox", { name: "Anywhere" }).fill("2");
  await said(page, /^Fits one message that is here, 1 in the inbox/);

  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Say what is to be done with it.").waitFor();
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent), "Move it to"));
  await form.getByRole("combobox", { name: "Move it to" }).selectOption("Reports");
  await form.getByRole("checkbox", { name: "Mark as read" }).check();
  await form.getByRole("checkbox", { name: "Stop there" }).check();
  await form.getByRole("checkbox", { name: "Apply it to the message in the inbox that fits, too" }).check();
  await form.getByRole("button", { name: "Save" }).click();

  const name = 'Subject contains “annual report” and Anywhere does not contain “2”';
  await card(page, name).getByText("Then: move to Reports · mark as read · stop").waitFor();
  const [rule] = await rulesOf(raw);
  const { query, moveTo, copyTo, addKeywords, isLast, isEnabled } = rule;
  assert.deepEqual({ query, moveTo, copyTo, addKeywords, isLast, isEnabled, name: rule.name },
    { query: 'subject:"annual report" -2', moveTo: lists, copyTo: [], addKeywords: { $seen: true }, isLast: true, isEnabled: true, name });
  await stands(raw, id, { in: ["Reports"], keywords: ["$seen"] });
  await stands(raw, other.id, { in: ["inbox"], keywords: [] });
  const told = page.getByRole("status", { name: "Messages" });
  await told.getByText(`“${name}” has handled one message.`).waitFor();
  await told.getByRole("button", { name: "Undo" }).click();
  await stands(raw, id, { in: ["inbox"], keywords: [] });
});

test("the query language for who knows it; what is not understood is said where it stands, and not saved", async ({ open, raw }) => {
  const [id] = await begin(raw, { name: "by hand", query: "(from:jane OR from:joe) subject:x" });
  const page = await open(`/settings/rules/${id}`);
  const field = page.getByRole("textbox", { name: "Query" });
  assert.equal(await field.inputValue(), "(from:jane OR from:joe) subject:x", "more than rows can say is shown as it is");
  assert.ok(await page.getByRole("button", { name: "Show it as conditions" }).isDisabled());
  await field.fill("larger:many from:jane");
  await page.getByText(/^Not understood at “many from:jane”: this is no size/).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await eventually(() => field.evaluate((one) => one === document.activeElement && one.getAttribute("aria-invalid") === "true"));
  assert.equal((await rulesOf(raw))[0].query, "(from:jane OR from:joe) subject:x");
  await field.fill("larger:5M OR has:attachment");
  await page.getByRole("button", { name: "Show it as conditions" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Size of at least" }).inputValue(), "5");
  await page.getByRole("checkbox", { name: "One of these is enough" }).uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await card(page, "by hand").getByText("If: Size of at least 5 MB and an attachment").waitFor();
  assert.equal((await rulesOf(raw))[0].query, "larger:5M has:attachment");
});

test("a condition without a value would be every message: it is not saved", async ({ open, raw }) => {
  await begin(raw);
  const page = await open("/settings/rules/new");
  await page.getByRole("combobox", { name: "Move it to" }).selectOption("the trash: delete it");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Write what is looked for here, or remove this condition.").waitFor();
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Sender"));
  assert.deepEqual(await rulesOf(raw), []);
});

test("rules are switched off and on, and put in another order by keys and buttons; the focus stays", async ({ open, raw }) => {
  const ids = await begin(raw, { name: "one" }, { name: "two" }, { name: "three" });
  const page = await open("/settings/rules");
  const order = () => section(page).getByRole("heading", { level: 4 }).allTextContents();
  const asked = async () => (await rulesOf(raw)).sort((a, b) => a.sortOrder - b.sortOrder).map((rule) => rule.name);
  await card(page, "three").getByRole("link", { name: "Edit three" }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await said(page, "three is at place 2 of 3 now.");
  await focused(page, /^ +Edit three/);
  await page.keyboard.press("Alt+ArrowUp");
  await said(page, "three is at place 1 of 3 now.");
  assert.deepEqual(await order(), ["three", "one", "two"]);
  assert.deepEqual(await asked(), ["three", "one", "two"]);
  await card(page, "three").getByRole("button", { name: "Move three down" }).focus();
  await page.keyboard.press("Enter");
  await said(page, "three is at place 2 of 3 now.");
  await focused(page, /Move three down/);
  assert.deepEqual(await asked(), ["one", "three", "two"]);

  const on = card(page, "two").getByRole("switch", { name: "two is switched on" });
  await on.focus();
  await page.keyboard.press("Space");
  await eventually(async () => assert.equal((await rulesOf(raw)).find((rule) => rule.name === "two").isEnabled, false));
  await raw.call("Rule/set", { accountId: ACCOUNT, update: { [ids[1]]: { isEnabled: true, name: "the second" } } });
  await card(page, "the second").getByRole("switch", { checked: true }).waitFor();
});

test("out of a message: its list, or whom it is from; by the menu and by the palette", async ({ open, raw, receive }) => {
  await begin(raw);
  const text = (more) => `From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: rule: from the list\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <list.${Math.random()}@example.org>\r\n${more}\r\nHello.\r\n`;
  const listed = await receive(text("List-Id: The developers <dev.lists.example.org>\r\n"));
  const page = await open(`/mail/inbox/${listed.id}`);
  await message(page).getByRole("button", { name: "Reply", exact: true }).waitFor();
  await message(page).getByRole("button", { name: "More" }).last().click();
  await page.getByRole("menuitem", { name: /^Make a rule from this message/ }).click();
  await page.waitForURL(`**/settings/rules/new?message=${listed.id}`);
  assert.equal(await page.getByRole("textbox", { name: "Mailing list" }).inputValue(), "dev.lists.example.org");
  await said(page, /^Fits one message that is here, 1 in the inbox/);
  assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "dev.lists.example.org");
  await page.getByRole("combobox", { name: "Move it to" }).selectOption("junk");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(`**/mail/inbox/${listed.id}`);
  const [rule] = await rulesOf(raw);
  assert.deepEqual([rule.query, rule.addKeywords], ["list:dev.lists.example.org", { $junk: true }]);

  const plain = await receive("rule: from jane");
  await row(page, "rule: from jane").waitFor();
  await page.goto(new URL(`/mail/inbox/${plain.id}`, page.url()).href);
  await rows(page).first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").waitFor();
  await page.keyboard.type("make a rule");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/settings/rules/new?message=${plain.id}`);
  assert.equal(await page.getByRole("textbox", { name: "Sender" }).inputValue(), "jane@example.org");
});

test("a rule whose mailbox is gone says so, and works again with another one; it is removed", async ({ open, raw }) => {
  const [first, second] = [await mailbox(raw, "Old place"), await mailbox(raw, "New place")];
  const [id] = await begin(raw, { name: "moves", query: "subject:nothing", moveTo: first, addKeywords: {} });
  await raw.call("Mailbox/set", { accountId: ACCOUNT, destroy: [first], onDestroyRemoveEmails: true });
  const page = await open("/settings/rules", { lang: "fr" });
  await card(page, "moves").getByText("Une boîte où cette règle range des messages n’existe plus.").waitFor();
  await card(page, "moves").getByText("N’a encore rien traité.").waitFor();
  await card(page, "moves").getByRole("link", { name: "Modifier moves" }).click();
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent), "Le déplacer vers"));
  await page.getByRole("combobox", { name: "Le déplacer vers" }).selectOption("New place");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await card(page, "moves").getByText("Alors : déplacer vers New place").waitFor();
  const [rule] = await rulesOf(raw);
  assert.deepEqual([rule.id, rule.moveTo, rule.problem], [id, second, null]);
  await card(page, "moves").getByRole("link", { name: "Modifier moves" }).click();
  await page.getByRole("button", { name: "Supprimer la règle" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Supprimer la règle" }).click();
  await page.getByText("Il n’y a pas encore de règle.").waitFor();
  assert.deepEqual(await rulesOf(raw), []);
});

test("what others have set in a rule stays: keywords that the form does not know", async ({ open, raw }) => {
  const [id] = await begin(raw, { name: "foreign", query: "subject:x", addKeywords: { todo: true, $seen: true }, removeKeywords: { $notjunk: true } });
  const page = await open(`/settings/rules/${id}`);
  await page.getByText("And keywords: +todo -$notjunk").waitFor();
  await page.getByRole("checkbox", { name: "Mark as read" }).uncheck();
  await page.getByRole("checkbox", { name: "Flag", exact: true }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await card(page, "foreign").waitFor();
  const [{ addKeywords, removeKeywords, query }] = await rulesOf(raw);
  assert.deepEqual({ addKeywords, removeKeywords, query }, { addKeywords: { todo: true, $flagged: true }, removeKeywords: { $notjunk: true }, query: "subject:x" });
});
