/** What an account is made of when it is added, and how its troubles are told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.location = new URL("http://127.0.0.1:8765/");
Object.assign(globalThis, { document: { documentElement: {}, addEventListener() {} } });
const { isAddress, isSameComputer, newDraft, objectOf, offersOf, serverFrom, store, urlOf, usersOf, waysOf } = await load("src/setup/flow.ts");
const { loadPages, setLocale, stageOf, stageWords } = await load("test/setup-bundle.ts");

const imap = { protocol: "imap", host: "imap.example.org", port: 993, tls: "implicit", user: "jane@example.org" };
const draft = { ...newDraft(), address: " jane@example.org ", source: imap, transport: undefined, password: "pass" };

test("a server as a URL and back", () => {
  for (const [server, url] of [
    [imap, "imaps://jane%40example.org@imap.example.org:993"],
    [{ ...imap, port: 143, tls: "starttls", user: "j/d:x" }, "imap://j%2Fd%3Ax@imap.example.org:143?tls=starttls"],
    [{ ...imap, protocol: "smtp", port: 25, tls: "none" }, "smtp://jane%40example.org@imap.example.org:25?tls=none"],
    [{ ...imap, protocol: "pop3", host: "[fd00::5]", port: 995 }, "pop3s://jane%40example.org@[fd00::5]:995"],
  ]) {
    assert.equal(urlOf(server), url);
    assert.deepEqual(serverFrom(url, "nobody"), server);
  }
  assert.deepEqual(serverFrom("imaps://imap.example.org", "jane"), { ...imap, user: "jane" });
  assert.equal(serverFrom("imap://imap.example.org", "jane").tls, "starttls");
  assert.equal(serverFrom("imaps://imap.example.org:443", "jane").port, 443);
  assert.equal(urlOf({ ...imap, host: "fd00::5" }), "imaps://jane%40example.org@[fd00::5]:993");
});

test("an account as Account/set takes it", () => {
  assert.deepEqual(objectOf(draft), { address: "jane@example.org", name: "jane@example.org", source: urlOf(imap), settings: {}, password: "pass" });
  const pop = objectOf({ ...draft, source: { ...imap, protocol: "pop3", port: 995 } });
  assert.deepEqual(pop.settings, { leaveOnServer: { days: 14 } });
  assert.deepEqual(objectOf({ ...draft, keep: "90" }).settings, { keep: { bodies: { days: 90 } } });
  assert.deepEqual(objectOf({ ...draft, keep: "none" }).settings, { keep: { bodies: "none" } });
  const smtp = { ...imap, protocol: "smtp", port: 465 };
  assert.equal(objectOf({ ...draft, transport: smtp, sendingPassword: "other" }).transportPassword, "other");
  assert.ok(!("transportPassword" in objectOf({ ...draft, sendingPassword: "other" })), "without a server for sending there is none");
});

test("with consent no password goes along, and of the setting only what was given", () => {
  const object = objectOf({ ...draft, by: "oauth", oauth: { ...draft.oauth, provider: "google", clientId: "id" }, sendingPassword: "x" });
  assert.deepEqual(object.settings, { oauth: { provider: "google", clientId: "id" } });
  assert.ok(!("password" in object) && !("transportPassword" in object));
});

test("offers are shown once; how one signs in follows from the provider", () => {
  const found = (more) => ({ servers: [], provider: null, steps: [], ...more });
  const server = { ...imap, url: urlOf(imap), from: "table", needsConfirmation: false };
  const { receiving, sending } = offersOf(found({ servers: [server, server, { ...server, protocol: "smtp", url: "smtps://x:465" }] }));
  assert.deepEqual([receiving.length, sending.length], [1, 1]);
  assert.deepEqual(waysOf(undefined), { password: true, oauth: undefined, isReady: false });
  assert.deepEqual(waysOf(found({ provider: { sasl: ["XOAUTH2"], oauth: "microsoft", oauthReady: true } })), { password: false, oauth: "microsoft", isReady: true });
  assert.equal(waysOf(found({ provider: { sasl: ["XOAUTH2", "PLAIN"], oauth: "google" } })).password, true);
});

test("what looks like an address, and which computer the page is on", () => {
  for (const text of ["jane@example.org", "o'neil+x@münchen.example", "a@b"]) assert.ok(isAddress(text), text);
  for (const text of ["", "jane", "@example.org", "jane@", "ja ne@example.org", "Jane <jane@example.org>", "a@b,c@d"]) assert.ok(!isAddress(text), text);
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) assert.ok(isSameComputer(host), host);
  for (const host of ["192.168.1.5", "mail.example.org", "localhost.example.org"]) assert.ok(!isSameComputer(host), host);
});

/** A core that says what it is asked for, and answers as it is told. */
function core(answers) {
  const heard = [];
  return { heard, call: async (method, args) => { heard.push([method, args]); return answers[method](args); } };
}

test("an account whose answer was lost is tried again under the same key; another one is another", async () => {
  let isLost = true;
  const client = core({ "Account/set": () => { if (isLost) throw new Error("lost"); return { created: { new: { id: "a7" } } }; } });
  const one = { ...draft, address: "once@example.org" };
  await assert.rejects(store(client, one, assert.fail));
  isLost = false;
  assert.equal(await store(client, one, assert.fail), "a7");
  await store(client, { ...one, password: "another" }, assert.fail);
  await store(client, one, assert.fail);
  const keys = client.heard.map(([, { idempotencyKey }]) => idempotencyKey);
  assert.ok(keys[0]);
  assert.equal(keys[1], keys[0]);
  assert.equal(new Set(keys).size, 3);
});

test("an account that is stored is there, also where its name could not be", async () => {
  const client = core({ "Account/set": () => ({ created: { new: { id: "a8" } } }), "Identity/get": () => { throw new Error("lost"); } });
  const told = [];
  assert.equal(await store(client, { ...draft, yourName: "Jane" }, (why) => told.push(why.message)), "a8");
  assert.deepEqual(told, ["lost"]);
});

test("by hand, the user's name is the address until another is typed", () => {
  const empty = { ...newDraft(), address: " jane@example.org " };
  const users = (draft, before) => {
    const { source, transport } = usersOf(draft, before);
    return [source.user, transport?.user];
  };
  assert.deepEqual(users(empty, ""), ["jane@example.org", "jane@example.org"]);
  assert.deepEqual(users({ ...empty, transport: undefined }, ""), ["jane@example.org", undefined]);
  const filled = { ...empty, ...usersOf(empty, "") };
  const other = { ...filled, address: "joe@example.org" }; // one has gone back
  assert.deepEqual(users(other, "jane@example.org"), ["joe@example.org", "joe@example.org"]);
  assert.deepEqual(users({ ...other, source: { ...other.source, user: "jane" } }, "jane@example.org"), ["jane", "joe@example.org"]);
});

test("of an account that was added one thing is said, and it is so", async () => {
  await setLocale("en");
  await loadPages();
  const of = (syncState, settings = {}) => ({ settings, syncState: { lastError: null, ...syncState } });
  const error = { type: "authenticationFailed" };
  const once = "2026-11-30T00:00:00Z";
  for (const [account, stage, words] of [
    [of({ phase: "connecting" }), "begins", "Connecting to the server …"],
    [of({ phase: "syncing" }), "comes", "Your mail is coming, the newest first."],
    [of({ phase: "watching", lastSyncAt: once }), "here", "All of your mail is here."],
    [of({ phase: "idle", lastSyncAt: once }), "here", "All of your mail is here."],
    [of({ phase: "syncing", lastSyncAt: once }), "here", "All of your mail is here."], // news
    [of({ phase: "watching", lastSyncAt: once }, { keep: { bodies: { days: 30 } } }), "here", "Your mail is here, as much of it as you chose to keep."],
    [of({ phase: "watching", lastSyncAt: once }, { keep: { bodies: "all" } }), "here", "All of your mail is here."],
    [of({ phase: "connecting", lastSyncAt: once, lastError: error }), "begins", "Connecting to the server …"],
    [of({ phase: "waiting", waitsFor: "network", lastSyncAt: once, lastError: error }), "stands", "Waiting for the network."],
    [of({ phase: "failed", lastError: error }), "stands", "Stopped: something has to be done first."],
  ]) {
    assert.equal(stageOf(account), stage, JSON.stringify(account));
    assert.equal(stageWords(account), words, JSON.stringify(account));
  }
});
