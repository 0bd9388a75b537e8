/** The installed application: its shell is there without the bridge, newer versions come when they may, nothing is left behind. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { eventually, site } from "../harness.mjs";
import { startBridge, web } from "../servers.mjs";

const folder = mkdtempSync(join(tmpdir(), "fct-shell-"));
cpSync(web, folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));
const { test } = site({ web: folder });

/** As an update of the files does it. */
function replace(name, change) {
  const file = join(folder, name);
  writeFileSync(`${file}.new`, change(readFileSync(file, "utf8")));
  rmSync(`${file}.gz`, { force: true });
  renameSync(`${file}.new`, file);
}

let version = 0;
/** A newer version of the application: its page says which one it is. */
function publish() {
  version++;
  const old = /shell-([0-9a-f]{12})/.exec(readFileSync(join(folder, "sw.js"), "utf8"));
  const known = old?.[1] ?? /"([0-9a-f]{12})"/.exec(readFileSync(join(folder, "sw.js"), "utf8"))[1];
  replace("index.html", (text) => text.replace(/<html[^>]*>/, `<html lang="en" data-version="${version}">`));
  replace("sw.js", (text) => text.replaceAll(known, String(version).padStart(12, "0")));
  return String(version);
}

const rows = (page) => page.getByRole("option", { name: /The Lantern/ }).first().waitFor();
const isKept = (page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);
const versionOf = (page) => page.evaluate(() => document.documentElement.dataset.version ?? "0");
const offered = (page) => page.getByText("There is a newer version of this application.");
/** What the browser does by itself when a page is opened. */
const askForUpdate = (page) => page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
/** A page of a version that is the newest; another of the same context. */
async function begin(open) {
  const page = await open("/mail/inbox", { worker: true });
  await rows(page);
  await isKept(page);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await rows(other);
  return [page, other];
}
const isGone = [/ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|Failed to load resource|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/];

test("it opens while the bridge is away, says so, and goes on by itself when it is back", { allow: isGone }, async ({ open, bridge, core }) => {
  const page = await open("/mail/inbox", { worker: true });
  await rows(page);
  await isKept(page);
  await bridge.stop();
  await page.reload();
  await page.getByText("Facteur does not answer.").waitFor();
  assert.equal(await page.getByRole("option").count(), 0);
  bridge.stop = (await startBridge(core, bridge.port, "--web", folder)).stop;
  await rows(page);
});

test("it opens without a network, and goes on as soon as there is one", { allow: isGone }, async ({ open }) => {
  const page = await open("/mail/inbox", { worker: true });
  await rows(page);
  await isKept(page);
  await page.context().setOffline(true);
  await page.goto(new URL("/settings", page.url()).href);
  await page.getByText("Facteur does not answer.").waitFor();
  await page.context().setOffline(false);
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
});

test("a newer version waits until it is wanted; then all windows have it, and nothing of the old one is kept", async ({ open }) => {
  const [page, other] = await begin(open);
  const before = await versionOf(page);
  const next = publish();
  await askForUpdate(page);
  await offered(page).waitFor();
  await offered(other).waitFor();
  await other.reload();
  await rows(other);
  assert.equal(await versionOf(other), before, "a page that is opened meanwhile is of the old one, as is what it loads");
  await page.getByRole("button", { name: "Use it" }).click();
  for (const one of [page, other]) {
    await one.waitForFunction((wanted) => document.documentElement.dataset.version === wanted, next);
    await rows(one);
  }
  assert.deepEqual(await page.evaluate(() => caches.keys()), [`shell-${next.padStart(12, "0")}`]);
});

test("no version takes over while something is being written in whatever window", async ({ open }) => {
  const [page, writer] = await begin(open);
  const before = await versionOf(page);
  await writer.keyboard.press("c");
  await eventually(() => writer.evaluate(async () => (await navigator.locks.query()).held.some((lock) => lock.name.startsWith("facteur.writing."))));
  const next = publish();
  await askForUpdate(page);
  await offered(page).waitFor();
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByText("as soon as nothing is being written").waitFor();
  assert.deepEqual(await Promise.all([page, writer].map(versionOf)), [before, before]);
  await writer.getByRole("button", { name: /^(Close|Discard)/ }).first().click();
  for (const one of [page, writer]) await one.waitForFunction((wanted) => document.documentElement.dataset.version === wanted, next);
});

test("no version takes over while a form is filled in, or an account is being added; after that it does", async ({ open, raw }) => {
  const [page, other] = await begin(open);
  const isHeld = () => other.evaluate(async () => (await navigator.locks.query()).held.some((lock) => lock.name.startsWith("facteur.writing.")));
  const asksAtEnd = () => other.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
  await raw.call("Account/set", { update: { a1: { address: "jane.doe@example.org" } } });
  const { created } = await raw.call("Identity/set", { accountId: "a1", create: { k: { email: "jane.doe@example.org", name: "Jane" } } });
  await other.goto(new URL(`/settings/identities/${created.k.id}`, page.url()).href);
  const signature = other.getByRole("textbox", { name: "Signature", exact: true });
  await signature.waitFor();
  assert.ok(!(await isHeld()) && !(await asksAtEnd()));
  await signature.fill("A long one");
  await eventually(isHeld);
  assert.ok(await asksAtEnd());
  const before = await versionOf(page);
  const next = publish();
  await askForUpdate(page);
  await offered(page).waitFor();
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByText("as soon as nothing is being written").waitFor();
  assert.deepEqual(await Promise.all([page, other].map(versionOf)), [before, before]);
  assert.equal(await signature.inputValue(), "A long one");
  await other.getByRole("button", { name: "Save" }).click();
  for (const one of [page, other]) await one.waitForFunction((wanted) => document.documentElement.dataset.version === wanted, next);
  assert.equal((await raw.call("Identity/get", { accountId: "a1", ids: [created.k.id] })).list[0].textSignature, "A long one");

  // A form that stays where it is: until it is saved.
  await other.goto(new URL("/settings/accounts/a1", page.url()).href);
  await other.getByRole("textbox", { name: "Name of the account" }).fill("Other");
  await eventually(isHeld);
  await other.getByRole("button", { name: "Rename" }).click();
  await eventually(async () => !(await isHeld()));
  assert.ok(!(await asksAtEnd()));

  // An account is added in several steps.
  await other.goto(new URL("/setup", page.url()).href);
  await other.getByRole("textbox", { name: "Mail address" }).fill("joe@other.example");
  await other.getByRole("button", { name: /by hand/i }).first().click();
  await other.getByRole("button", { name: "Back" }).last().waitFor();
  await eventually(isHeld);
  await other.goto(new URL("/settings", page.url()).href);
  await eventually(async () => !(await isHeld()));
});

test("a browser that has emptied its caches fetches what it needs, and keeps it again", { allow: isGone }, async ({ open }) => {
  const page = await open("/mail/inbox", { worker: true });
  await rows(page);
  await isKept(page);
  await page.evaluate(async () => Promise.all((await caches.keys()).map((name) => caches.delete(name))));
  await page.reload();
  await rows(page);
  await eventually(() => page.evaluate(async () => (await caches.match("/")) !== undefined));
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText("Facteur does not answer.").waitFor();
});

test("browsers take it for an application that can be installed", async ({ open }) => {
  const page = await open("/mail/inbox", { worker: true });
  await rows(page);
  const devtools = await page.context().newCDPSession(page);
  const { url, errors, data } = await devtools.send("Page.getAppManifest");
  assert.deepEqual([new URL(url).pathname, errors], ["/manifest.webmanifest", []]);
  const manifest = JSON.parse(data);
  assert.ok(manifest.icons.some((icon) => icon.purpose === "maskable" && icon.sizes === "512x512"));
  const addresses = [...manifest.icons.map((icon) => icon.src), ...manifest.shortcuts.map((s) => s.url), manifest.start_url];
  const answers = await page.evaluate((all) => Promise.all(all.map(async (a) => (await fetch(a)).status)), addresses);
  assert.deepEqual(answers, addresses.map(() => 200));
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // A context of its own is a private window for the browser, in which nothing can be installed.
  assert.deepEqual(installabilityErrors.map((e) => e.errorId).filter((id) => id !== "in-incognito"), []);
});
