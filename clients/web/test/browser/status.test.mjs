/** The line that tells how everything is: an account that needs somebody, a server that is gone, a core that is gone; each said, and no more when it is over. */
import assert from "node:assert/strict";
import { eventually, site, startDovecot } from "../harness.mjs";

const { test } = site({ fresh: true, mail: [] });
const line = (page) => page.locator(".status-line");
/** Until the page has asked the core for nothing for a second: what it asks when it begins is answered. */
async function quiet(page) {
  const underWay = new Set();
  let last = Date.now();
  const note = (change) => (r) => {
    if (new URL(r.url()).pathname !== "/jmap/api") return;
    underWay[change](r);
    last = Date.now();
  };
  page.on("request", note("add")).on("requestfinished", note("delete")).on("requestfailed", note("delete"));
  await eventually(() => underWay.size === 0 && Date.now() - last > 1000);
}
const details = (page) => page.getByRole("group", { name: "Accounts and how they are" });

async function addAccount(raw, dovecot, name, password = "pass") {
  const { created } = await raw.call("Account/set", { create: { new: { name, address: `${name}@example.org`, source: `imaps://${name}@localhost:${dovecot.imaps_port}`, password, settings: { caFile: dovecot.ca, pollSeconds: 10 } } } });
  return created.new.id;
}

test("accounts: none, one that needs somebody, one whose server is gone", async ({ open, raw }) => {
  const dovecot = await startDovecot();
  let isRunning = true;
  try {
    const page = await open("/mail/inbox");
    await line(page).getByText("No account yet").waitFor();
    await line(page).click();
    await details(page).getByRole("button", { name: "Add an account" }).waitFor();
    await page.keyboard.press("Escape");

    const id = await addAccount(raw, dovecot, "carol", "wrong");
    await line(page).getByText("carol needs you").waitFor();
    await page.getByRole("status").getByText("carol needs you").waitFor(); // a screen reader is told
    await line(page).focus();
    await page.keyboard.press("Enter");
    await details(page).getByText("The server refused the user name or the password.").waitFor();
    await page.keyboard.press("Escape");
    await details(page).waitFor({ state: "hidden" });
    assert.ok(await line(page).evaluate((button) => button === document.activeElement));

    await raw.call("Account/set", { update: { [id]: { password: "pass" } } });
    await line(page).getByText("Up to date").waitFor();
    isRunning = false;
    await dovecot.stop();
    await line(page).getByText("carol is not in touch").waitFor();
    await line(page).click();
    await details(page).getByText("The server cannot be reached").waitFor();
    await details(page).getByText(/^Last in touch/).waitFor();
    await details(page).getByRole("button", { name: "Accounts" }).click();
    await page.getByRole("listitem", { name: "carol" }).getByText("The server cannot be reached").waitFor();
  } finally {
    if (isRunning) await dovecot.stop();
  }
});

test("a core that is gone, and back", { allow: [/status of 50\d/, /ERR_/] }, async ({ open, core }) => {
  const page = await open("/mail/inbox");
  await line(page).getByText("No account yet").waitFor();
  await quiet(page);
  const requests = [];
  page.on("request", (r) => requests.push(new URL(r.url()).pathname));
  const at = Date.now();
  await core.kill();
  await line(page).getByText(/^Facteur does not answer \(since /).waitFor();
  assert.ok(Date.now() - at < 5000, `after ${Date.now() - at} ms`); // a third of a second where nothing else runs
  assert.equal(requests.filter((path) => path === "/jmap/api").length, 0, "the bridge told, nobody asked");
  await core.again();
  await line(page).getByText("No account yet").waitFor();
});

test("what an account does shows as it happens, and nobody asks for it all the time", async ({ open, raw }) => {
  const page = await open("/settings/accounts");
  const card = page.getByRole("listitem", { name: "On this computer" });
  await card.waitFor();
  const { created } = await raw.call("Account/set", { create: { new: { name: "erin", address: "erin@example.org", source: "imap://erin@127.0.0.1:1?tls=none", password: "x" } } });
  const erin = page.getByRole("listitem", { name: "erin" });
  await erin.getByText("The server cannot be reached").waitFor();
  await raw.call("Account/set", { update: { [created.new.id]: { isEnabled: false } } });
  await erin.getByRole("button", { name: "Switch on" }).waitFor();
  await quiet(page); // what the account does when it is switched off may be more than one change
  const requests = [];
  page.on("request", (r) => requests.push(r.postData() ?? r.url()));
  await new Promise((done) => setTimeout(done, 4000)); // more than two of the times at which it was asked for before
  assert.deepEqual(requests.filter((text) => text.includes("Account/get")), []);
  await raw.call("Account/set", { destroy: [created.new.id] });
  await erin.waitFor({ state: "detached" });
});
