// JMAP over HTTP and WebSocket with the real facteur-bridge in front of a real facteurd.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { ConnectionLost, FacteurError, JmapClient, WebSocketClient } from "facteur";
import { receive, startBridge, startFacteurd } from "./facteurd.mjs";

let facteurd, owner, bridge, token, client;

before(async () => {
  facteurd = await startFacteurd();
  owner = await facteurd.connect();
  for (const subject of ["over http 1", "over http 2"]) await receive(owner, subject);
  const { created } = await owner.call("Token/set", { create: { k: { name: "typescript", scopes: ["read", "triage", "draft"] } } });
  token = created.k.secret;
  bridge = await startBridge(facteurd.profile);
  client = await JmapClient.connect({ url: bridge.url, token });
});

after(async () => {
  client.close();
  owner.close();
  await bridge.stop();
  await facteurd.stop();
});

const account = "a1";
const websocketUrl = () => client.session.capabilities["urn:ietf:params:jmap:websocket"].url;
const websocket = (secret = token) => WebSocketClient.over(new WebSocket(websocketUrl(), "jmap", { headers: { Authorization: `Bearer ${secret}` } }));
const rename = async (name) => (await owner.call("Mailbox/set", { accountId: account, create: { k: { name } } })).newState;
/** Of a stream of changes: until Mailbox has this state. */
async function told(changes, state) {
  for (;;) {
    const { value, done } = await changes.next();
    assert.ok(!done);
    if (value.changed[account]?.Mailbox === state) return value;
  }
}

test("the session, as the bridge has it", async () => {
  assert.equal(client.session.apiUrl, `${bridge.url}/jmap/api`);
  assert.equal(client.session.primaryAccounts["urn:ietf:params:jmap:mail"], account);
  assert.equal((await client.refresh()).state, client.session.state);
});

test("a code is exchanged for a token, once", async () => {
  const { code } = await owner.call("Token/invite", { token: { name: "paired", scopes: ["read"], accountIds: [account] } });
  const { token, sessionUrl } = await JmapClient.pair(bridge.url, code);
  assert.deepEqual([token.name, token.scopes, token.accountIds], ["paired", ["read"], [account]]);
  const paired = await JmapClient.connect({ url: sessionUrl, token: token.secret });
  assert.deepEqual(Object.keys(paired.session.accounts), [account]);
  await assert.rejects(JmapClient.pair(bridge.url, code), { name: "FacteurError", type: "forbidden", code: 403 });
});

test("the calls are those of the socket: all accounts, a query as it is typed, references, names of what is created", async () => {
  const batch = client.batch();
  const found = batch.call("Email/query", { accountId: "*", query: "subject:http", limit: 5 });
  const emails = batch.call("Email/get", { ids: found.ref("/ids"), properties: ["subject"] });
  batch.call("Mailbox/set", { accountId: account, create: { k: { name: "Made by TypeScript" } } });
  const made = batch.call("Mailbox/get", { accountId: account, ids: ["#k"], properties: ["name"] });
  await batch.send();
  assert.deepEqual(emails.result.list.map((e) => e.subject).sort(), ["over http 1", "over http 2"]);
  assert.equal(made.result.list[0].name, "Made by TypeScript");
});

test("errors of methods, and what a token may not", async () => {
  await assert.rejects(client.call("Email/get", { accountId: "nobody", ids: [] }), { name: "FacteurError", type: "accountNotFound" });
  await assert.rejects(client.call("Email/query", { limit: "many" }), (e) => e.type === "invalidArguments" && e.code === -32602);
  await assert.rejects(client.call("Account/set", { create: {} }), { type: "forbidden" });
  await assert.rejects(client.call("Push/subscribe", { types: ["Email"] }), { type: "unknownMethod", code: -32601 });
});

test("what is refused as a whole", async () => {
  const calls = client.batch();
  for (let i = 0; i <= client.session.capabilities["urn:ietf:params:jmap:core"].maxCallsInRequest; i++) calls.call("Core/echo", {});
  await assert.rejects(calls.send(), { name: "FacteurError", type: "limit" });
  await assert.rejects(JmapClient.connect({ url: bridge.url, token: "facteur_o9_nobody" }), { name: "FacteurError", type: "forbidden", code: 401, retry: "never" });
  await assert.rejects(JmapClient.connect({ url: bridge.url + "/nothing", token }), { type: "notFound" });
  await assert.rejects(JmapClient.connect({ url: "http://127.0.0.1:1", token }), ConnectionLost);
});

test("bytes go up and come down", async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => (i * 13) % 251);
  const up = await client.upload(account, bytes, "image/png");
  assert.deepEqual([up.accountId, up.type, up.size], [account, "image/png", bytes.length]);
  const down = await client.download(account, up.blobId, { name: "Übersicht/1 & 2.png", type: "image/png" });
  assert.equal(down.headers.get("content-type"), "image/png");
  assert.deepEqual(new Uint8Array(await down.arrayBuffer()), bytes);
  const part = await client.download(account, up.blobId, { range: [100, 199] });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(100, 200));
  for (const body of ["text", new Blob(["text"])]) assert.equal((await client.upload(account, body, "text/plain")).size, 4);
  await assert.rejects(client.upload("a99", "x"), { name: "FacteurError", type: "notFound" });
  await assert.rejects(client.download(account, "b" + "0".repeat(64)), { type: "notFound" });
  await assert.rejects(client.download(account, up.blobId, { range: [999_999, 1_000_000] }), { code: 416 });
});

test("changes come by server-sent events; what is missed while the bridge is away comes after", async () => {
  const listener = await JmapClient.connect({ url: bridge.url, token });
  const changes = listener.changes(["Mailbox"]);
  assert.ok((await changes.next()).value.changed[account].Mailbox);
  await told(changes, await rename("told of"));
  await bridge.stop("SIGKILL");
  const state = await rename("while it was away");
  bridge = await startBridge(facteurd.profile, bridge.port);
  await told(changes, state);
  listener.close();
  assert.equal((await changes.next()).done, true);
});

test("changes end when the token does", async () => {
  const { created } = await owner.call("Token/set", { create: { k: { name: "for a while", scopes: ["read"] } } });
  const listener = await JmapClient.connect({ url: bridge.url, token: created.k.secret });
  const changes = listener.changes();
  await changes.next();
  await owner.call("Token/set", { destroy: [created.k.id] });
  await assert.rejects(async () => { for await (const _ of changes); }, { type: "forbidden" });
});

test("example: browser.html, with as much of a browser as it looks at", async () => {
  const page = readFileSync(new URL("../examples/browser.html", import.meta.url), "utf8");
  const [, script] = /<script type="module">(.*)<\/script>/s.exec(page);
  const file = fileURLToPath(new URL("../dist/browser-example.mjs", import.meta.url)); // its imports are relative, and so right there as well
  writeFileSync(file, `Object.assign(globalThis, {
    location: { origin: ${JSON.stringify(bridge.url)} },
    prompt: () => ${JSON.stringify(token)},
    document: { createElement: () => ({}), querySelector: () => ({ replaceChildren: (...items) => console.log(JSON.stringify(items.map((i) => i.textContent))) }) },
  });\n${script}`);
  const browser = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  const shown = createInterface(browser.stdout)[Symbol.asyncIterator]();
  assert.deepEqual(JSON.parse((await shown.next()).value).sort(), ["over http 1", "over http 2"]);
  await receive(owner, "comes while it is shown", "archive");
  while (!JSON.parse((await shown.next()).value).includes("comes while it is shown"));
  browser.kill();
});

test("WebSocket: requests together, and what changes, from where it was", async () => {
  const socket = await websocket();
  const texts = ["é".repeat(300_000), "", "x"];
  const echoed = await Promise.all(texts.map((text) => socket.call("Core/echo", { text })));
  assert.deepEqual(echoed.map((e) => e.text), texts);
  const batch = socket.batch();
  const found = batch.call("Email/query", { accountId: "*", query: "subject:http" });
  const emails = batch.call("Email/get", { ids: found.ref("/ids"), properties: ["subject"] });
  await batch.send();
  assert.equal(emails.result.list.length, 2);
  await assert.rejects(socket.call("Email/get", { accountId: "nobody", ids: [] }), { type: "accountNotFound" });

  socket.subscribe(["Mailbox"]);
  const changes = socket.changes();
  await changes.next();
  await told(changes, await rename("told over WebSocket"));
  const known = socket.pushState;
  socket.unsubscribe();
  await socket.call("Core/echo", {});
  socket.close();
  await assert.rejects(socket.call("Core/echo", {}), ConnectionLost);
  assert.equal((await changes.next()).done, true);

  const state = await rename("between two connections");
  const next = await websocket();
  next.subscribe(["Mailbox"], known);
  await told(next.changes(), state);
  next.close();
});

test("WebSocket: what is refused, and the end", async () => {
  await assert.rejects(websocket("facteur_o9_nobody"), ConnectionLost);
  const socket = await websocket();
  const many = socket.batch();
  for (let i = 0; i <= client.session.capabilities["urn:ietf:params:jmap:core"].maxCallsInRequest; i++) many.call("Core/echo", {});
  await assert.rejects(many.send(), (e) => e instanceof FacteurError && e.type === "limit");
  assert.deepEqual(await socket.call("Core/echo", { still: "here" }), { still: "here" });
  const waiting = socket.changes().next();
  await bridge.stop("SIGKILL");
  assert.equal((await waiting).done, true);
  await assert.rejects(socket.call("Core/echo", {}), ConnectionLost);
  await assert.rejects(client.call("Core/echo", {}), ConnectionLost);
  bridge = await startBridge(facteurd.profile, bridge.port);
  assert.deepEqual(await client.call("Core/echo", { again: 1 }), { again: 1 });
});
