/** The line that tells how everything is: an account that needs somebody, a server that is gone, a core that is gone; each said, and no more when it is over. */
import assert from "node:assert/strict";
import { site, startDovecot } from "../harness.mjs";

const { test } = site({ fresh: true, mail: [] });
const line = (page) => page.locator(".status-line");
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
    await page.reload(); // it would be seen within ten seconds
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
  await core.kill();
  await line(page).getByText(/^Facteur does not answer \(since /).waitFor();
  await core.again();
  await line(page).getByText("No account yet").waitFor();
});
