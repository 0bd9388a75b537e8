/** An account is added in the page, as somebody does who has never seen it: against a real Dovecot, by keyboard alone, with every mistake. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eventually, root, site, startDovecot } from "../harness.mjs";
import { append, message } from "../imap.mjs";
import { startConsent } from "../consent.mjs";

const { test } = site({ mail: [] });
let dovecot;
before(async () => (dovecot = await startDovecot()));
after(() => dovecot?.stop());

/** As a server's line has it: its name stands apart (FSI, PDI), whichever way it is written. */
const encrypted = (server, port) => `\u2068${server}\u2069, port ${port}, encrypted (TLS)`;
const heading = (page, name) => page.getByRole("heading", { level: 2, name });

/** Tab, until it has the focus. */
async function tabTo(page, locator) {
  for (let i = 0; i < 40; i++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to ${locator}`);
}

async function fillByHand(page, { port, user }) {
  const receiving = page.getByRole("group", { name: "Receiving" });
  await receiving.getByRole("textbox", { name: "Server" }).fill("localhost");
  await receiving.getByRole("textbox", { name: "Port" }).fill(String(port));
  await receiving.getByRole("textbox", { name: "User name" }).fill(user);
  await page.getByRole("checkbox", { name: "This account sends, too" }).uncheck();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("by keyboard alone: an address, servers by hand, a certificate, a wrong password, the first mail", async ({ open, raw }) => {
  await append(dovecot, "alice", [message("The first one"), message("The second one")]);
  const page = await open("/setup");
  await heading(page, "Which mail address?").waitFor();
  const step = page.getByRole("region", { name: "Which mail address?" }); // what a screen reader says when the focus comes into it
  await eventually(() => step.getByRole("textbox", { name: "Your name" }).evaluate((field) => field === document.activeElement));
  await page.keyboard.type("Alice Ärmel");
  await page.keyboard.press("Tab");
  await page.keyboard.type("alice");
  await tabTo(page, page.getByRole("button", { name: "Fill in by hand" }));
  await page.keyboard.press("Enter");
  const address = page.getByRole("textbox", { name: "Mail address" });
  await page.getByText("That is no mail address").waitFor();
  assert.equal(await address.getAttribute("aria-invalid"), "true");
  assert.match(await address.evaluate((input) => document.getElementById(input.getAttribute("aria-describedby").split(" ")[0]).textContent), /no mail address/);
  await address.focus();
  await page.keyboard.press("End");
  await page.keyboard.type("@example.org");
  await tabTo(page, page.getByRole("button", { name: "Fill in by hand" }));
  await page.keyboard.press("Enter");

  await heading(page, "The servers of alice@example.org").waitFor();
  await eventually(() => heading(page, "The servers of alice@example.org").evaluate((h) => h === document.activeElement));
  const receiving = page.getByRole("group", { name: "Receiving" });
  await tabTo(page, receiving.getByRole("textbox", { name: "Server" }));
  await page.keyboard.type("localhost");
  await tabTo(page, receiving.getByRole("textbox", { name: "Port" }));
  await page.keyboard.press("Control+A");
  await page.keyboard.type(String(dovecot.imaps_port));
  await page.keyboard.press("Tab");
  // The whole address stands there to begin with, and is what is typed over; who signs in to send is the same.
  const users = page.getByRole("textbox", { name: "User name" });
  const names = () => users.evaluateAll((all) => all.map((one) => one.value));
  assert.deepEqual(await names(), ["alice@example.org", "alice@example.org"]);
  await page.keyboard.type("alice");
  assert.deepEqual(await names(), ["alice", "alice"]);
  await tabTo(page, page.getByRole("checkbox", { name: "This account sends, too" }));
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");

  await heading(page, "Sign in as alice@example.org").waitFor();
  const password = page.getByRole("textbox", { name: "Password", exact: true });
  await tabTo(page, password);
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The server could not prove who it is.").waitFor();
  const fingerprint = await page.getByRole("alert").getByText(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/).textContent();
  await tabTo(page, page.getByRole("button", { name: "Trust this certificate" }));
  await page.keyboard.press("Enter");

  await page.getByRole("alert").getByText("The server refused the user name or the password.").waitFor();
  await tabTo(page, password);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("pass");
  await page.keyboard.press("Enter");
  await heading(page, "alice@example.org was added").waitFor();
  await page.getByText("All of your mail is here.").waitFor();
  assert.equal(await page.getByText("the rest comes in the background").count() + await page.getByRole("progressbar").count(), 0);
  await page.getByRole("definition").getByText("2", { exact: true }).waitFor(); // messages in the inbox

  const { list } = await raw.call("Account/get", { ids: null });
  const account = list.find((a) => a.address === "alice@example.org");
  assert.equal(account.settings.certificates[`localhost:${dovecot.imaps_port}`], fingerprint);
  const { list: identities } = await raw.call("Identity/get", { accountId: account.id, ids: null });
  assert.deepEqual(identities.map((i) => [i.name, i.email]), [["Alice Ärmel", "alice@example.org"]]);

  await tabTo(page, page.getByRole("link", { name: "To the inbox" }));
  await page.keyboard.press("Enter");
  await page.getByText("The second one").first().waitFor();
});

test("a provider that is known: what it offers, what it wants, in words; mail that is picked up", async ({ open }) => {
  const page = await open("/setup");
  await page.getByRole("textbox", { name: "Mail address" }).fill("jane@gmail.com");
  await page.keyboard.press("Enter");
  await heading(page, "Found: Gmail").waitFor();
  await page.getByText("Google takes no account password here").waitFor();
  await page.getByText(encrypted("SMTP at smtp.gmail.com", 465)).waitFor();
  assert.ok(await page.getByRole("radio", { name: encrypted("IMAP at imap.gmail.com", 993) }).isChecked());
  await page.getByRole("radio", { name: encrypted("POP3 at pop.gmail.com", 995) }).check();
  await page.getByRole("button", { name: "Continue" }).click();

  await heading(page, "Sign in as jane@gmail.com").waitFor();
  await page.getByText("More settings").click();
  const leave = page.getByRole("combobox", { name: "Copies on the server" });
  assert.equal(await leave.evaluate((select) => select.selectedOptions[0].text), "stay for 14 days");
  await page.getByRole("radio", { name: "By consent on the provider’s page (OAuth)" }).check();
  await page.getByRole("button", { name: "Ask for consent" }).click();
  const id = page.getByRole("textbox", { name: "Client id" });
  assert.equal(await id.getAttribute("aria-invalid"), "true");
  await page.getByRole("radio", { name: "With a password" }).check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Type the password.").waitFor();
  await eventually(() => page.getByRole("textbox", { name: "Password", exact: true }).evaluate((input) => input === document.activeElement));
});

test("by consent: a refusal on the provider's page, a code on another device; later consent is renewed", { allow: [/a request to elsewhere: http:\/\/127\.0\.0\.1/] }, async ({ open, raw }) => {
  const provider = await startConsent(root);
  try {
    const page = await open("/setup");
    await page.getByRole("textbox", { name: "Mail address" }).fill("alice@oauth.example");
    await page.getByRole("button", { name: "Fill in by hand" }).click();
    await page.getByRole("group", { name: "Receiving" }).getByRole("combobox", { name: "Encryption" }).selectOption("none");
    await fillByHand(page, { port: provider.imap_port, user: "alice" });
    await page.getByRole("radio", { name: "By consent on the provider’s page (OAuth)" }).check();
    const { authorizationEndpoint, tokenEndpoint, deviceEndpoint, issuer, clientId, scope } = provider.settings;
    for (const [name, value] of [["Address of the consent page", authorizationEndpoint], ["Address for tokens", tokenEndpoint], ["Address for codes of devices", deviceEndpoint], ["Issuer", issuer], ["Scope", scope], ["Client id", clientId], ["Client secret", provider.secret]])
      await page.getByRole("textbox", { name }).fill(value);
    await page.getByRole("button", { name: "Ask for consent" }).click();

    await heading(page, "Consent for alice@oauth.example").waitFor();
    await provider.say("denied");
    const consent = async () => {
      const popup = page.waitForEvent("popup");
      await page.getByRole("link", { name: "Open the provider’s page" }).click();
      await (await popup).close();
    };
    await consent();
    await page.getByRole("alert").waitFor();
    await provider.say("given");
    await page.getByRole("button", { name: "Use a code on another device" }).click();
    await page.getByText("WDJB-MJHT", { exact: true }).waitFor();
    await heading(page, "alice@oauth.example was added").waitFor();
    await page.getByText("All of your mail is here.").waitFor();
    const { list } = await raw.call("Account/get", { ids: null });
    const account = list.find((a) => a.address === "alice@oauth.example");
    assert.equal(account.settings.oauth.clientId, clientId);

    await page.getByRole("button", { name: "Accounts" }).click();
    await page.getByRole("link", { name: "Settings of alice@oauth.example" }).click();
    await page.getByRole("button", { name: "Sign in again" }).click();
    await page.getByText("Waiting for your answer there").waitFor();
    await consent();
    await page.getByText("The consent is renewed.").waitFor();
  } finally {
    await provider.stop();
  }
});

test("sending that fails does not keep mail from being read", async ({ open, raw }) => {
  const page = await open("/setup");
  await page.getByRole("textbox", { name: "Mail address" }).fill("bob@example.org");
  await page.getByRole("button", { name: "Fill in by hand" }).click();
  for (const [group, port] of [["Receiving", dovecot.imaps_port], ["Sending", 1]]) {
    const fields = page.getByRole("group", { name: group });
    await fields.getByRole("textbox", { name: "Server" }).fill("localhost");
    await fields.getByRole("textbox", { name: "Port" }).fill(String(port));
    await fields.getByRole("textbox", { name: "User name" }).fill("bob");
  }
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("textbox", { name: "Password", exact: true }).fill("pass");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Trust this certificate" }).click();
  await heading(page, "Receiving works; sending does not yet").waitFor();
  await page.getByText("The server cannot be reached").waitFor();
  await page.getByRole("button", { name: "Add it without sending" }).click();
  await heading(page, "bob@example.org was added").waitFor();
  const { list } = await raw.call("Account/get", { ids: null });
  assert.equal(list.find((a) => a.address === "bob@example.org").transport, null);
});

test("who is not signed in is asked for a code; one that is wrong is said to be", { allow: [/status of 40[13]/] }, async ({ open, raw }) => {
  const page = await open("/", { token: null });
  await page.getByRole("heading", { name: "Sign in to your mailbox" }).waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Type the code first.").waitFor();
  const code = page.getByRole("textbox", { name: "Code or token" });
  await code.fill("AAAA-BBBB-CCCC");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("That was not accepted.").waitFor();
  const invited = await raw.call("Token/invite", { token: { name: "by hand", scopes: ["read", "triage"] } });
  await code.fill(invited.code.toLowerCase().replaceAll("-", " "));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign in to your mailbox" }).waitFor({ state: "detached" });
  await eventually(async () => (await page.evaluate(() => localStorage.getItem("facteur.token"))) !== null);
});

test("a bridge that does not answer is said not to, and asked again", { allow: [/status of (503|40[13])/] }, async ({ open }) => {
  const page = await open("/", { token: null });
  await page.getByRole("heading", { name: "Sign in to your mailbox" }).waitFor();
  await page.route("**/.well-known/jmap", (route) => route.fulfill({ status: 503, body: "" }));
  await page.evaluate((token) => localStorage.setItem("facteur.token", token), "facteur_o99_nobody");
  await page.reload();
  await page.getByText("Facteur does not answer.").waitFor();
  await page.unroute("**/.well-known/jmap");
  await page.getByRole("textbox", { name: "Code or token" }).waitFor(); // asked again: that token is nobody's
  await page.getByText("That was not accepted.").waitFor();
});

test("an address that the core finds to be none is said to be wrong where it is typed, in the user's language", async ({ open }) => {
  for (const [lang, name, find, words] of [["en", "Mail address", "Find its servers", /^That is no mail address/], ["fr", "Adresse électronique", "Trouver ses serveurs", /^Ce n’est pas une adresse/]]) {
    const page = await open("/setup", { lang });
    const address = page.getByRole("textbox", { name, exact: true });
    await address.fill("alice@localhost");
    await page.getByRole("button", { name: find }).click();
    await page.getByText(words).waitFor();
    await eventually(() => address.evaluate((field) => field === document.activeElement && field.ariaInvalid === "true"));
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.equal(await page.getByText("what stands behind").count(), 0);
  }
});

test("who has no account yet is shown the way, where mail would be", async ({ open, raw }) => {
  const { list } = await raw.call("Account/get", { ids: null });
  const others = list.filter((account) => !account.isLocal).map(({ id }) => id);
  if (others.length) await raw.call("Account/set", { destroy: others });
  const page = await open("/mail/inbox");
  await page.getByText("The inbox is empty.").waitFor();
  await page.getByRole("button", { name: "Add an account" }).click();
  await heading(page, "Which mail address?").waitFor();
});
