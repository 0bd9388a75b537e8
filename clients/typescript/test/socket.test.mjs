import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { capabilities, ConnectionLost, FacteurError } from "facteur";
import { SocketClient } from "facteur/socket";
import { receive, startFacteurd } from "./facteurd.mjs";

let facteurd, client;

before(async () => {
  facteurd = await startFacteurd();
  client = await facteurd.connect();
  for (const subject of ["number 0", "number 1", "number 2"]) await receive(client, subject);
});

after(async () => {
  client.close();
  await facteurd.stop();
});

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const examples = join(dist, "examples");
const env = (more = {}) => ({ ...process.env, FACTEUR_PROFILE: facteurd.profile, ...more });
const run = (name, args, more) =>
  new Promise((done) =>
    execFile(process.execPath, [join(examples, name), ...args], { env: env(more) }, (error, stdout, stderr) => done({ status: error?.code ?? 0, stdout, stderr })),
  );

test("what README.md begins with", async () => {
  const [, program] = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(dist, "../README.md"), "utf8"));
  writeFileSync(join(examples, "readme.mjs"), `${program}\nclient.close();`);
  const { status, stdout, stderr } = await run("readme.mjs", []);
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split("\n").sort(), ["number 0", "number 1", "number 2"]);
});

test("a connection that has signed in with a token is that token's", async () => {
  const { created } = await client.call("Token/set", { create: { k: { name: "reader", scopes: ["read"] } } });
  const reader = await facteurd.connect();
  const { tokenId } = await reader.call("Session/authenticate", { token: created.k.secret });
  assert.equal(tokenId, created.k.id);
  await assert.rejects(reader.call("Mailbox/set", { accountId: "a1", create: { k: { name: "x" } } }), (e) => e.type === "forbidden" && e.data.scope === "triage");
  await client.call("Token/set", { destroy: [created.k.id] });
  await assert.rejects(reader.call("Core/echo", {}), ConnectionLost);
});

test("example: inbox", async () => {
  const { status, stdout, stderr } = await run("inbox.js", ["subject:number"]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Inbox: 3 of 3$/m);
  assert.deepEqual([...stdout.matchAll(/ - (.*)$/gm)].map((m) => m[1]).sort(), ["number 0", "number 1", "number 2"]);
  const refused = await run("inbox.js", ["subject:("]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /the query is refused/);
});

test("example: a draft is written once", async () => {
  const first = await run("draft.js", ["john@example.net", "by a program", "Hello."], { KEY: "k1" });
  const again = await run("draft.js", ["john@example.net", "by a program", "Hello."], { KEY: "k1" });
  assert.equal(first.status, 0, first.stderr);
  assert.equal(first.stdout, again.stdout);
  const { list } = await client.call("Email/get", { ids: [first.stdout.trim()], properties: ["subject"] });
  assert.equal(list[0].subject, "by a program");
  const refused = await run("draft.js", ["john@example.net", "another", "Hello."], { KEY: "k1" });
  assert.match(refused.stderr, /\(idempotencyKeyReused, retry never\)/);
});

test("example: watch", async () => {
  const watch = spawn(process.execPath, [join(examples, "watch.js"), "2"], { env: env(), stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const watching = new Promise((done) =>
    watch.stdout.on("data", (data) => {
      said += data;
      if (said.includes("watching\n")) done();
    }),
  );
  await watching;
  await receive(client, "new 1", "archive");
  await receive(client, "new 2", "archive");
  assert.equal(await new Promise((done) => watch.on("exit", done)), 0);
  assert.deepEqual(said.trim().split("\n").sort(), ["new 1", "new 2", "watching"]);
});

test("the methods are those that facteurd has", async () => {
  const { methods } = await client.call("rpc.discover", {});
  assert.deepEqual(methods.map((m) => m.name).sort(), Object.keys(capabilities).sort());
  for (const m of methods) assert.equal(capabilities[m.name], m["x-capability"]);
});

test("an error says what to decide on", async () => {
  await assert.rejects(client.call("Email/get", { accountId: "nobody", ids: [] }), (e) => {
    assert.ok(e instanceof FacteurError);
    assert.deepEqual([e.type, e.code, e.retry, e.requiresUserAction, e.method], ["accountNotFound", -32000, "never", false, "Email/get"]);
    return true;
  });
  await assert.rejects(client.call("Email/query", { limit: "many" }), (e) => e.type === "invalidArguments" && e.properties.includes("limit"));
  await assert.rejects(client.call("No/such", {}), { code: -32601 });
});

test("a batch with references, and one call that fails", async () => {
  const batch = client.batch();
  const query = batch.call("Email/query", { filter: { subject: "number" } });
  const get = batch.call("Email/get", { ids: query.ref("/ids"), properties: ["threadId"] });
  const threads = batch.call("Thread/get", { ids: get.ref("/list/*/threadId") });
  const bad = batch.call("Email/get", { ids: query.ref("/nothing") });
  assert.throws(() => query.result, /was not sent/);
  await batch.send();
  assert.equal(threads.result.list.length, 3);
  assert.equal(bad.error.type, "invalidResultReference");
  assert.throws(() => bad.result, FacteurError);
});

test("calls that are under way together are answered in their order", async () => {
  const sizes = [1, 400_000, 5];
  const answers = await Promise.all(sizes.map((n) => client.call("Core/echo", { x: "é".repeat(n) })));
  assert.deepEqual(answers.map((a) => a.x.length), sizes);
});

test("an argument that is no JSON is that call's error alone", async () => {
  const [wrong, right] = await Promise.allSettled([client.call("Core/echo", { x: 1n }), client.call("Core/echo", { x: 2 })]);
  assert.ok(wrong.reason instanceof TypeError);
  assert.deepEqual(right.value, { x: 2 });
});

test("a connection that is lost", async () => {
  await assert.rejects(SocketClient.connect({ socketPath: "/nonexistent/rpc.sock" }), { code: "ENOENT" });
  const other = await startFacteurd();
  const lost = await other.connect();
  other.kill();
  await assert.rejects(lost.call("Core/echo", {}), ConnectionLost);
  await assert.rejects(lost.call("Core/echo", {}), ConnectionLost);
  for await (const _ of lost.notifications()) assert.fail();
  await other.stop();
});

test("what is no JSON-RPC ends the connection", async () => {
  const server = createServer((socket) => socket.end("what?\n"));
  const path = join(facteurd.profile, "liar.sock");
  await new Promise((done) => server.listen(path, done));
  const liar = await SocketClient.connect({ socketPath: path });
  await assert.rejects(liar.call("Core/echo", {}), /no JSON-RPC/);
  server.close();
});
