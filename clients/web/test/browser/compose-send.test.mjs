/** Sending: once, to all who are named; taken back, later, refused; what is on its way out. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eventually, site } from "../harness.mjs";
import { accountWith, drafts, startSink } from "../compose-support.mjs";

let sink;
before(async () => (sink = await startSink()));
after(() => sink.stop());
const { test } = site();
const now = { preferences: { undoSend: 0 } };
/** In the outbox. */
const entry = (page, about) => page.getByRole("listitem").filter({ hasText: about });
const text = (page) => page.getByRole("textbox", { name: "Message", exact: true });

async function begin(open, core, mailto, more) {
  await accountWith(core, sink.port);
  const page = await open("/mail/inbox", more);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await page.getByRole("combobox", { name: "To", exact: true }).fill(mailto.to ?? "");
  await page.getByRole("textbox", { name: "Subject", exact: true }).fill(mailto.subject ?? "");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(mailto.body ?? "");
  return page;
}
const sent = async (raw, about) => {
  const { ids } = await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "sent" } });
  const found = await raw.call("Email/query", { accountId: "a1", filter: { inMailbox: ids[0], subject: about } });
  return found.ids;
};

test("by a key: in both forms, without Bcc in it, filed in Sent, and no draft is left", async ({ open, core, raw }) => {
  const page = await begin(open, core, { to: "Bob <bob@example.org>, anna@example.org", subject: "Out", body: "Hello" }, now);
  await page.getByRole("button", { name: "Bcc" }).click();
  await page.keyboard.type("secret@example.org");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Message sent.").waitFor();
  const message = await sink.message();
  assert.equal(message.sender, "jane.doe@example.org");
  assert.deepEqual(message.recipients.sort(), ["anna@example.org", "bob@example.org", "secret@example.org"]);
  assert.doesNotMatch(message.data, /secret|Bcc/i);
  assert.match(message.data, /Content-Type: multipart\/alternative/i);
  assert.match(message.data, /text\/plain/);
  await eventually(async () => (await sent(raw, "Out")).length === 1);
  assert.deepEqual(await drafts(raw, "Out"), []);
  await page.locator(".composer").waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => !Object.keys(localStorage).some((key) => key.startsWith("facteur.draft."))));
});

test("what is to be asked: to whom, about what, and where the file is", async ({ open, core }) => {
  const page = await begin(open, core, { body: "see the attached file" }, now);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("alert").filter({ hasText: "Say whom the message goes to." }).waitFor();
  await page.getByRole("combobox", { name: "To", exact: true }).fill("nobody at home");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "no address that can be sent to: nobody at home" }).waitFor();
  await page.getByRole("button", { name: "Remove nobody at home" }).click();
  await page.keyboard.type("bob@example.org");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("alertdialog", { name: "The message has no subject." }).getByRole("button", { name: "Go on writing" }).click();
  assert.ok(await page.getByRole("textbox", { name: "Subject", exact: true }).evaluate((field) => field === document.activeElement));
  await page.keyboard.type("Asked");
  await page.keyboard.press("Control+Enter");
  const asked = page.getByRole("alertdialog", { name: "You write “attached”, but no file is attached." });
  await asked.waitFor();
  assert.ok(await asked.evaluate((box) => box === document.activeElement)); // no button that a key might press
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Send anyway");
  await page.keyboard.press("Enter");
  assert.match((await sink.message()).data, /Subject: Asked/);
});

test("what was asked about a forgotten file is asked no more when one is there", async ({ open, core }) => {
  await accountWith(core);
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await page.getByRole("combobox", { name: "To", exact: true }).fill("bob@example.org");
  await page.getByRole("textbox", { name: "Subject", exact: true }).fill("It is attached");
  await page.keyboard.press("Control+Enter");
  const asked = page.getByRole("alertdialog", { name: /no file is attached/ });
  await asked.waitFor();
  await page.locator(".composer input[type=file][multiple]:not([accept])").setInputFiles({ name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("a plan") });
  await asked.waitFor({ state: "detached" });
});

test("whoever types on after the key that sends: it is text, nothing is sent, and no letter is a command of the list", async ({ open, core, raw }) => {
  const page = await begin(open, core, { to: "bob@example.org", body: "Hello" }, now);
  await page.keyboard.press("Control+Enter");
  const asked = page.getByRole("alertdialog", { name: "The message has no subject." });
  await asked.waitFor();
  await page.keyboard.down("Enter"); // held too long
  await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await page.keyboard.type(", see you # e");
  await eventually(async () => /^Hello, see you # e/.test(await text(page).innerText()));
  await asked.waitFor({ state: "detached" });
  // Sent after all, and no answer comes: what is typed meanwhile goes nowhere.
  let go;
  const may = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    if ((route.request().postData() ?? "").includes('"EmailSubmission/set"')) await may;
    await route.continue();
  });
  const mailbox = async () => JSON.stringify((await raw.call("Email/get", { accountId: "a1", ids: (await raw.call("Email/query", { accountId: "a1", filter: { notKeyword: "$draft" } })).ids, properties: ["mailboxIds", "keywords"] })).list);
  const before = await mailbox();
  await page.keyboard.press("Control+Enter");
  await asked.waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Sending …").waitFor();
  const isInside = () => page.evaluate(() => document.activeElement.closest(".composer") !== null);
  assert.ok(await isInside());
  await page.keyboard.type("s e #");
  assert.ok(await isInside());
  assert.equal(await mailbox(), before);
  go();
  assert.doesNotMatch((await sink.message()).data, /s e #/);
});

test("sent by its button, which is pressed by a key: the focus stays in the message, also when it could not be sent", async ({ open, core }) => {
  const page = await begin(open, core, { to: "bob@example.org", subject: "By the button", body: "x" }, now);
  let isRefused = true;
  let go;
  const may = new Promise((done) => (go = done));
  await page.route("**/jmap/api", async (route) => {
    const asked = route.request().postData() ?? "";
    if (!isRefused || !asked.includes('"EmailSubmission/set"')) return route.continue();
    await may;
    const { methodCalls } = JSON.parse(asked);
    await route.fulfill({ json: { methodResponses: methodCalls.map(([, , id]) => ["error", { type: "forbidden", description: "not today" }, id]), sessionState: "1" } });
  });
  const isInside = () => page.evaluate(() => document.activeElement.closest(".composer") !== null);
  await page.getByRole("button", { name: "Send", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Sending …").waitFor();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.ok(await isInside());
  go();
  await page.getByRole("alert").filter({ hasText: "Not sent" }).waitFor();
  assert.ok(await isInside());
  isRefused = false;
  await page.getByRole("button", { name: "Send", exact: true }).press("Enter");
  assert.match((await sink.message()).data, /Subject: By the button/);
});

test("taken back within the time that one has set: the draft opens again, and nothing went out", async ({ open, core, raw }) => {
  const page = await begin(open, core, { to: "bob@example.org", subject: "Regret", body: "too early" }, { preferences: { undoSend: 60 } });
  await page.keyboard.press("Control+Enter");
  await page.getByText("The message goes out in 60 seconds.").waitFor();
  await eventually(async () => (await sent(raw, "Regret")).length === 1);
  await page.getByRole("button", { name: "Undo" }).click();
  await eventually(async () => /^too early/.test(await text(page).innerText()));
  assert.equal((await drafts(raw, "Regret")).length, 1);
  assert.deepEqual(await sent(raw, "Regret"), []);
  const { ids } = await raw.call("EmailSubmission/query", { accountId: "a1", filter: { undoStatus: "pending" } });
  assert.deepEqual(ids, []);
});

test("in a window of its own, too: it stays until one has had the time", async ({ open, core, raw }) => {
  await accountWith(core, sink.port);
  const page = await open("/compose?mailto=mailto%3Abob%40example.org%3Fsubject%3DAlone%26body%3DText%20of%20a%20link", { preferences: { undoSend: 60 } });
  await eventually(async () => /^Text of a link/.test(await text(page).innerText()));
  await text(page).press("Control+Enter");
  await page.getByText("This window is not needed any more.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await eventually(async () => /^Text of a link/.test(await text(page).innerText()));
  assert.equal((await drafts(raw, "Alone")).length, 1);
});

test("later: seen in the outbox, sent from there at once; taken back from there", async ({ open, core, raw }) => {
  const later = async (about) => {
    const page = await begin(open, core, { to: "bob@example.org", subject: about, body: "later" }, now);
    await page.keyboard.press("Control+Shift+Enter");
    await page.getByRole("dialog", { name: "Send later" }).getByRole("button", { name: /^Tomorrow/ }).click();
    await page.getByText(/^The message goes out on/).waitFor();
    return page;
  };
  await later("Later one");
  const page = await later("Later two");
  await page.goto(new URL("/settings/outbox", page.url()).href);
  await entry(page, "Later one").getByText(/^Goes out/).waitFor();
  await entry(page, "Later one").getByRole("button", { name: "Send now" }).click();
  assert.match((await sink.message()).data, /Subject: Later one/);
  await entry(page, "Later two").getByRole("button", { name: "Take back" }).click();
  await eventually(async () => (await drafts(raw, "Later two")).length === 1);
});

test("later: in Sent it says when it goes out, until it has; sent at once from there, or taken back and written on", async ({ open, core, raw }) => {
  await accountWith(core, sink.port);
  const later = async (about) => {
    const page = await begin(open, core, { to: "bob@example.org", subject: about, body: "later" }, now);
    await page.keyboard.press("Control+Shift+Enter");
    await page.getByRole("dialog", { name: "Send later" }).getByRole("button", { name: /^Tomorrow: \w+ (at )?08:00$/ }).click();
    await page.getByText(/^The message goes out on/).waitFor();
    return page;
  };
  await later("Leaves one");
  const page = await later("Leaves two");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  const row = (about) => page.getByRole("option", { name: new RegExp(about) });
  await page.getByRole("option", { name: /^goes out .* to bob@example.org, Leaves one/ }).waitFor();
  await row("Leaves one").getByTitle(/^goes out /).waitFor();
  await row("Leaves one").click();
  await page.getByText(/^Goes out .*\.$/).waitFor();
  await page.getByRole("button", { name: "Send now" }).click();
  assert.match((await sink.message()).data, /Subject: Leaves one/);
  await page.getByText(/^Goes out .*\.$/).waitFor({ state: "detached" });
  await row("Leaves one").getByTitle(/^goes out |not gone out/).waitFor({ state: "detached" });
  await row("Leaves two").click();
  await page.getByText(/^Goes out .*\.$/).waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await eventually(async () => /^later/.test(await text(page).innerText()));
  assert.equal((await drafts(raw, "Leaves two")).length, 1);
  await row("Leaves two").waitFor({ state: "detached" });
});

test("no server is there: said where one looks for it, and sent from there", async ({ open, core, raw }) => {
  await accountWith(core, sink.port);
  const [from, boxes] = [[{ email: "jane.doe@example.org" }], await raw.call("Mailbox/query", { accountId: "a1", filter: { role: "drafts" } })];
  const { list } = await raw.call("Identity/get", { accountId: "a1" });
  await raw.call("Account/set", { update: { a1: { transport: "smtp://jane@127.0.0.1:1?tls=none" } } });
  const { created } = await raw.call("Email/set", { accountId: "a1", create: { k: { mailboxIds: { [boxes.ids[0]]: true }, keywords: { $draft: true }, from, to: [{ email: "bob@example.org" }], subject: "Unreachable", textBody: [{ partId: "t" }], bodyValues: { t: { value: "x" } } } } });
  await raw.call("EmailSubmission/set", { accountId: "a1", create: { s: { identityId: list[0].id, emailId: created.k.id } } });
  const page = await open("/settings/outbox");
  await entry(page, "Unreachable").getByText(/Connection refused|cannot be reached|does not answer/i).first().waitFor();
  await raw.call("Account/set", { update: { a1: { transport: `smtp://jane@127.0.0.1:${sink.port}?tls=none`, password: "x" } } });
  await entry(page, "Unreachable").getByRole("button", { name: "Send now" }).click();
  assert.match((await sink.message()).data, /Subject: Unreachable/);
});

test("what cannot go out is said where one is, with the way to the outbox", async ({ open, core }) => {
  const page = await begin(open, core, { to: "bob@example.org", subject: "No way", body: "x" }, now);
  const raw = await core.raw();
  await raw.call("Account/set", { update: { a1: { transport: "smtp://jane@127.0.0.1:1?tls=none" } } });
  await page.getByRole("textbox", { name: "Message", exact: true }).press("Control+Enter");
  await page.getByText(/^“No way” is not sent yet, and is tried again: .*refused/i).waitFor();
  await page.getByRole("button", { name: "Outbox" }).click();
  await entry(page, "No way").first().getByRole("button", { name: "Take back" }).click();
  await eventually(async () => (await raw.call("EmailSubmission/get", { accountId: "a1" })).list.every((one) => one.undoStatus !== "pending"));
});

test("closed while a file is on its way: what is wrong is said at the edge; sent with it", { allow: [/ERR_FAILED .*upload/] }, async ({ open, core }) => {
  const page = await begin(open, core, { to: "bob@example.org", subject: "Slow file", body: "x" }, now);
  let isLost = true;
  let go;
  const may = new Promise((done) => (go = done));
  await page.route("**/jmap/upload/**", async (route) => {
    if (isLost) return route.abort();
    await may;
    await route.continue();
  });
  await page.locator("input[type=file][multiple]:not([accept])").setInputFiles([{ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("a,b") }]);
  await page.getByRole("button", { name: "Leave out a.csv" }).waitFor();
  await page.getByText(/^It did not arrive/).waitFor();
  await page.getByRole("button", { name: "Minimise" }).click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.locator(".toast").filter({ hasText: "A file did not arrive." }).getByRole("button", { name: "Open again" }).click();
  await page.getByRole("button", { name: "Minimise" }).waitFor();
  isLost = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("progressbar", { name: "a.csv is on its way" }).waitFor();
  await text(page).press("Control+Enter");
  await eventually(() => page.getByRole("button", { name: "Remove bob@example.org" }).isDisabled());
  assert.ok(await page.getByRole("combobox", { name: "From" }).isDisabled());
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByText("It is still being sent, and closes when it has gone out.").waitFor();
  go();
  const { data } = await sink.message();
  assert.match(data, /Subject: Slow file/);
  assert.match(data, /filename="?a\.csv/);
  await page.locator(".composer").waitFor({ state: "detached" });
});

test("a message that is forwarded takes its files along", async ({ open, core, receive, raw }) => {
  await accountWith(core, sink.port);
  const file = "From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: With a file\r\nMessage-ID: <file@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee it.\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\na,b\r\n--b--\r\n";
  const { id } = await receive(file);
  const page = await open(`/mail/inbox/${id}`, now);
  await page.getByRole("heading", { name: "With a file" }).first().waitFor();
  await page.keyboard.press("f");
  await page.keyboard.type("bob@example.org", { delay: 10 });
  await page.getByRole("button", { name: "Remove a.csv" }).waitFor();
  await eventually(async () => (await page.getByRole("combobox", { name: "To", exact: true }).inputValue()) === "bob@example.org");
  await page.keyboard.press("Control+Enter");
  const { data } = await sink.message();
  assert.match(data, /Subject: Fwd: With a file/);
  assert.match(data, /filename="?a\.csv/);
  assert.match(data, /See it\./);
  await eventually(async () => (await raw.call("Email/get", { accountId: "a1", ids: [id], properties: ["keywords"] })).list[0].keywords.$forwarded === true);
});

test("the page in French: what is asked is asked so", async ({ open, core }) => {
  await accountWith(core, sink.port);
  const page = await open("/mail/inbox", { lang: "fr", ...now });
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("c");
  await page.getByRole("combobox", { name: "À", exact: true }).fill("bob@example.org");
  await page.getByRole("textbox", { name: "Objet", exact: true }).fill("Devis");
  await page.getByRole("textbox", { name: "Message", exact: true }).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("Vous trouverez ci-joint le devis");
  await page.getByRole("button", { name: "Envoyer", exact: true }).click();
  await page.getByRole("alertdialog", { name: "Vous écrivez « ci-joint », mais aucun fichier n’est joint." }).getByRole("button", { name: "Envoyer quand même" }).click();
  assert.match((await sink.message()).data, /Subject: Devis/);
});
