// JMAP over HTTP and WebSocket against a server that says what a transcript says; facteur-bridge itself: bridge.test.mjs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { ConnectionLost, FacteurError, JmapClient, WebSocketClient } from "facteur";

let server, url, heard, answers;

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    heard.push({ method: request.method, url: request.url, headers: request.headers, body });
    const answer = answers.shift();
    if (answer.silent) return;
    response.writeHead(answer.status ?? 200, answer.headers ?? { "Content-Type": "application/json" });
    for (const piece of answer.pieces ?? [JSON.stringify(answer.json)]) {
      response.write(piece);
      if (answer.every) await new Promise((done) => setTimeout(done, answer.every));
    }
    if (answer.broken) setImmediate(() => response.destroy());
    else if (!answer.open) response.end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const SESSION = {
  capabilities: {}, accounts: {}, primaryAccounts: {}, username: "jane", state: "s1",
  apiUrl: "/jmap/api", uploadUrl: "/jmap/upload/{accountId}/", downloadUrl: "/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
  eventSourceUrl: "/jmap/events?types={types}&closeafter={closeafter}&ping={ping}",
};

async function connected(...more) {
  heard = [];
  answers = [{ json: SESSION }, ...more];
  return JmapClient.connect({ url, token: "secret" });
}

test("a batch is one request, with references and what its methods need in `using`", async () => {
  const client = await connected({
    json: { sessionState: "s1", methodResponses: [
      ["Email/query", { ids: ["e1"] }, "c0"],
      ["error", { type: "invalidArguments", description: "no", properties: ["ids"] }, "c1"],
      ["EmailSubmission/set", { created: {} }, "c2"],
      ["Email/set", { updated: {} }, "c2"],
    ] },
  });
  const batch = client.batch();
  const query = batch.call("Email/query", { accountId: "a1", limit: 1 });
  const get = batch.call("Email/get", { accountId: "a1", ids: query.ref("/ids") });
  const set = batch.call("EmailSubmission/set", { accountId: "a1", create: {} });
  await batch.send();
  assert.equal(heard[0].url, "/.well-known/jmap");
  assert.equal(heard[1].headers.authorization, "Bearer secret");
  assert.deepEqual(JSON.parse(heard[1].body), {
    using: ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"],
    methodCalls: [
      ["Email/query", { accountId: "a1", limit: 1 }, "c0"],
      ["Email/get", { accountId: "a1", "#ids": { resultOf: "c0", name: "Email/query", path: "/ids" } }, "c1"],
      ["EmailSubmission/set", { accountId: "a1", create: {} }, "c2"],
    ],
  });
  assert.deepEqual(query.result.ids, ["e1"]);
  assert.deepEqual([get.error.type, get.error.code, get.error.properties], ["invalidArguments", -32602, ["ids"]]);
  assert.deepEqual(set.result.implicit, [["Email/set", { updated: {} }]]);
});

test("no more requests at a time than the server takes", async () => {
  const two = { "urn:ietf:params:jmap:core": { maxConcurrentRequests: 2 } };
  const answer = { json: { methodResponses: [["Core/echo", {}, "c0"]] } };
  heard = [];
  answers = [{ json: { ...SESSION, capabilities: two } }, answer, { ...answer, status: 500 }, ...Array(4).fill(answer)];
  const client = await JmapClient.connect({ url, token: "secret" });
  const most = [];
  let underWay = 0;
  const { fetch } = globalThis;
  globalThis.fetch = async (...args) => {
    most.push(++underWay);
    try {
      const response = await fetch(...args);
      const text = await response.text(); // it is over when it has been read
      return new Response(text, response);
    } finally {
      underWay--;
    }
  };
  try {
    const all = await Promise.allSettled(Array.from({ length: 6 }, () => client.call("Core/echo", {})));
    assert.equal(all.filter((one) => one.status === "rejected").length, 1);
  } finally {
    globalThis.fetch = fetch;
  }
  assert.equal(Math.max(...most), 2);
  assert.equal(most.length, 6);
});

test("the last request of a page waits for no other, and outlives the page", async () => {
  const one = { "urn:ietf:params:jmap:core": { maxConcurrentRequests: 1 } };
  heard = [];
  answers = [{ json: { ...SESSION, capabilities: one } }, { silent: true }, { json: { methodResponses: [["Core/echo", { a: 1 }, "c0"]] } }];
  const kept = [];
  const client = await JmapClient.connect({ url, token: "secret", patienceMs: 2000, fetch: (address, init) => (kept.push(Boolean(init.keepalive)), fetch(address, init)) });
  const silent = assert.rejects(client.call("Core/echo", {}));
  const batch = client.batch();
  const echo = batch.call("Core/echo", { a: 1 });
  await batch.send(true);
  assert.deepEqual(echo.result, { a: 1 });
  assert.deepEqual(kept, [false, false, true]);
  client.close();
  await silent;
});

test("what the server refuses as a whole says why", async () => {
  const client = await connected(
    { status: 400, json: { type: "urn:ietf:params:jmap:error:limit", limit: "maxCallsInRequest", detail: "too many calls", status: 400 } },
    { status: 502, headers: { "Content-Type": "text/html" }, pieces: ["<html>"] },
    { status: 503, json: { type: "about:blank", status: 503, detail: "facteurd does not answer now" } },
    { status: 400, json: { type: "urn:ietf:params:jmap:error:limit", limit: "maxConcurrentRequests", detail: "too many", status: 400 } },
    { status: 401, headers: { "Content-Type": "text/plain" }, pieces: ["who?"] },
    { status: 404, json: null },
  );
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof FacteurError && e.type === "limit" && /too many calls/.test(e.message));
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof ConnectionLost && /502/.test(e.message));
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof ConnectionLost && /does not answer/.test(e.message));
  await assert.rejects(client.call("Core/echo", {}), { type: "limit", retry: "later" });
  await assert.rejects(client.call("Core/echo", {}), { type: "forbidden", retry: "never", code: 401 });
  await assert.rejects(client.call("Core/echo", {}), { type: "notFound", retry: "never" });
});

test("an answer that breaks off, or is none, is a connection that is lost", async () => {
  const client = await connected(
    { pieces: ['{"methodRespo'], broken: true },
    { pieces: ['{"methodRespo'] },
    { headers: { "Content-Type": "text/html" }, pieces: ["<html>Welcome to this hotel"] },
    { pieces: ['{"blobId'], broken: true },
  );
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof ConnectionLost && /not whole/.test(e.message));
  await assert.rejects(client.call("Core/echo", {}), ConnectionLost);
  await assert.rejects(client.call("Core/echo", {}), ConnectionLost);
  await assert.rejects(client.upload("a1", "hello"), ConnectionLost);
  answers = [{ pieces: ["{"], broken: true }];
  await assert.rejects(JmapClient.connect({ url }), ConnectionLost);
  answers = [{ pieces: ["{"], broken: true }];
  await assert.rejects(JmapClient.pair(url, "K7QF-2MXT-9D4A"), ConnectionLost);
});

/** A client of which nothing is as slow as its patience is short. */
async function impatient(patienceMs, ...more) {
  heard = [];
  answers = [{ json: SESSION }, ...more];
  return JmapClient.connect({ url, patienceMs });
}

test("no answer for too long, or no more of one: the connection is lost; what goes on coming is waited for", async () => {
  const words = { methodResponses: [["Core/echo", { words: "x".repeat(20) }, "c0"]] };
  const slow = { pieces: JSON.stringify(words).split(/(?=x)/), every: 30 };
  const client = await impatient(300, { silent: true }, { pieces: ["{"], open: true }, slow, { silent: true });
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof ConnectionLost && /0\.3 s/.test(e.message));
  await assert.rejects(client.call("Core/echo", {}), ConnectionLost);
  const before = Date.now();
  assert.deepEqual(await client.call("Core/echo", {}), { words: "x".repeat(20) });
  assert.ok(Date.now() - before > 300, "longer than the patience");
  const last = client.call("Core/echo", {});
  client.close();
  await assert.rejects(last, ConnectionLost);
});

test("silence of the stream of changes is the end of what was asked for before", async () => {
  const events = { "Content-Type": "text/event-stream" };
  const stream = { headers: events, pieces: ["event: ping\ndata: {}\n\n"], open: true };
  const client = await impatient(60_000, stream, { silent: true }, { status: 503, json: { type: "about:blank" } });
  const told = [];
  const changes = client.changes("*", 0.1, (problem) => told.push(problem?.message));
  const next = changes.next();
  while (!told.length) await new Promise((done) => setTimeout(done, 5));
  await assert.rejects(client.call("Core/echo", {}), (e) => e instanceof ConnectionLost && /nothing came for 0\.3/.test(e.message));
  assert.match(told[1], /nothing came/);
  client.close();
  assert.equal((await next).done, true);
});

test("bytes go up and come down", async () => {
  const client = await connected(
    { status: 201, json: { accountId: "a/1", blobId: "b1", type: "text/plain", size: 5 } },
    { status: 206, headers: { "Content-Type": "text/plain" }, pieces: ["ell"] },
  );
  assert.equal((await client.upload("a/1", "hello", "text/plain")).blobId, "b1");
  assert.deepEqual([heard[1].url, heard[1].headers["content-type"], heard[1].body], ["/jmap/upload/a%2F1/", "text/plain", "hello"]);
  assert.equal(await (await client.download("a1", "b1", { name: "a b.txt", type: "text/plain", range: [1, 3] })).text(), "ell");
  assert.deepEqual([heard[2].url, heard[2].headers.range], ["/jmap/download/a1/b1/a%20b.txt?accept=text%2Fplain", "bytes=1-3"]);
});

test("changes go on after an interruption, from where they were", async () => {
  const events = { "Content-Type": "text/event-stream" };
  const client = await connected(
    { status: 503, json: { type: "about:blank", status: 503 } },
    { headers: events, pieces: ["event: ping\ndata: {}\n\nid: 7\nevent: sta", 'te\ndata: {"changed":\ndata: {"a1":{"Email":"1"}}}\n\n'] },
    { headers: events, pieces: ['event: state\r\ndata: {"changed":{"a1":{"Email":"2"}}}\r\n\r\n'], open: true },
  );
  const seen = [], told = [];
  for await (const change of client.changes(["Email", "Mailbox"], 30, (problem) => told.push(problem?.constructor))) {
    seen.push(change.changed.a1.Email);
    if (seen.length === 2) client.close();
  }
  assert.deepEqual(seen, ["1", "2"]);
  assert.deepEqual(told.slice(0, 4), [ConnectionLost, undefined, ConnectionLost, undefined]);
  assert.equal(heard[1].url, "/jmap/events?types=Email%2CMailbox&closeafter=no&ping=30");
  assert.deepEqual([1, 2, 3].map((i) => heard[i].headers["last-event-id"]), [undefined, undefined, "7"]);
  assert.equal(heard[3].url, heard[1].url);
});

test("facteur-bridge is told from where changes go on in the address, too: over HTTP/2 it does not see the header", async () => {
  heard = [];
  const headers = { "Content-Type": "text/event-stream" };
  answers = [
    { json: { ...SESSION, capabilities: { "urn:facteur:core": {} } } },
    { headers, pieces: ['id: 7&8\nevent: state\ndata: {"changed":{}}\n\n'] },
    { headers, pieces: ['event: state\ndata: {"changed":{}}\n\n'], open: true },
  ];
  const client = await JmapClient.connect({ url, token: "secret" });
  let n = 0;
  for await (const _ of client.changes()) if (++n === 2) client.close();
  assert.deepEqual([1, 2].map((i) => heard[i].url.split("&since=")[1]), [undefined, "7%268"]);
});

test("changes that are refused are no interruption", async () => {
  const client = await connected({ status: 403, json: { type: "about:blank", status: 403, detail: "not for you" } });
  await assert.rejects(client.changes().next(), /not for you/);
});

class Socket extends EventTarget {
  sent = [];
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.dispatchEvent(new Event("close"));
  }
  say(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }
}

test("WebSocket: requests by their ids, changes, the end", async () => {
  const socket = new Socket();
  const opening = WebSocketClient.over(socket);
  socket.dispatchEvent(new Event("open"));
  const client = await opening;
  const first = client.call("Core/echo", { n: 1 }), second = client.call("Core/echo", { n: 2 }), third = client.call("Core/echo", {});
  assert.deepEqual(socket.sent[0], { "@type": "Request", id: "r1", using: ["urn:ietf:params:jmap:core", "urn:facteur:core"], methodCalls: [["Core/echo", { n: 1 }, "c0"]] });
  socket.say({ "@type": "Response", requestId: "r2", methodResponses: [["Core/echo", { n: 2 }, "c0"]] });
  socket.say({ "@type": "Response", requestId: "r1", methodResponses: [["Core/echo", { n: 1 }, "c0"]] });
  socket.say({ "@type": "RequestError", requestId: "r3", type: "urn:ietf:params:jmap:error:notRequest", detail: "no" });
  assert.deepEqual([await first, await second], [{ n: 1 }, { n: 2 }]);
  await assert.rejects(third, { type: "notRequest" });
  client.subscribe(["Email"], "p1");
  assert.deepEqual(socket.sent[3], { "@type": "WebSocketPushEnable", dataTypes: ["Email"], pushState: "p1" });
  socket.say({ "@type": "StateChange", changed: { a1: { Email: "2" } }, pushState: "p2" });
  const changes = client.changes();
  assert.deepEqual((await changes.next()).value.changed, { a1: { Email: "2" } });
  assert.equal(client.pushState, "p2");
  const last = client.call("Core/echo", {});
  socket.close();
  await assert.rejects(last, ConnectionLost);
  assert.equal((await changes.next()).done, true);
});
