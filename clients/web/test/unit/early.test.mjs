/** What is asked for before the page's script is here: several requests as one, and to each its answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.location = new URL("http://localhost/mail/m7");
const { askTogether, fetchOrTake } = await load("src/client/early.ts");
const headers = { Authorization: "Bearer t" };
const init = (request) => ({ method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(request) });
const A = { using: ["core", "mail"], methodCalls: [["Mailbox/get", { ids: null }, "c0"]] };
const B = { using: ["core", "submission"], methodCalls: [["Email/query", { limit: 60 }, "c0"], ["Email/get", { "#ids": { resultOf: "c0", name: "Email/query", path: "/ids" } }, "c1"]] };

/** `answer`: what the server says to a request. */
function serve(answer) {
  const sent = [];
  globalThis.fetch = async (url, { body }) => {
    sent.push(JSON.parse(body));
    return answer(JSON.parse(body));
  };
  return sent;
}

test("two requests are one, and whoever sends one of them has its part of the answer", async () => {
  const sent = serve(({ methodCalls }) => new Response(JSON.stringify({ methodResponses: methodCalls.map(([name, args, id]) => [name, { args }, id]), sessionState: "s" })));
  askTogether("/jmap/api", headers, [A, B]);
  assert.deepEqual(sent, [{
    using: ["core", "mail", "submission"],
    methodCalls: [["Mailbox/get", { ids: null }, "0c0"], ["Email/query", { limit: 60 }, "1c0"], ["Email/get", { "#ids": { resultOf: "1c0", name: "Email/query", path: "/ids" } }, "1c1"]],
  }]);
  const [b, a] = await Promise.all([fetchOrTake("/jmap/api", init(B)), fetchOrTake("/jmap/api", init(A))]);
  assert.deepEqual(await a.json(), { methodResponses: [["Mailbox/get", { args: { ids: null } }, "c0"]], sessionState: "s" });
  assert.deepEqual((await b.json()).methodResponses.map(([name, , id]) => [name, id]), [["Email/query", "c0"], ["Email/get", "c1"]]);
  assert.equal(sent.length, 1);
  await fetchOrTake("/jmap/api", init(A)); // a second time it is asked
  assert.equal(sent.length, 2);
});

test("what is refused is refused to each of them; what is lost is lost to each", async () => {
  serve(() => new Response('{"type":"forbidden"}', { status: 401 }));
  askTogether("/jmap/api", headers, [A, B]);
  for (const request of [A, B]) {
    const response = await fetchOrTake("/jmap/api", init(request));
    assert.deepEqual([response.status, await response.text()], [401, '{"type":"forbidden"}']);
  }
  serve(() => { throw new TypeError("no network"); });
  askTogether("/jmap/api", headers, [A, B]);
  for (const request of [A, B]) await assert.rejects(fetchOrTake("/jmap/api", init(request)), /no network/);
  serve(() => new Response("<html>a page of something in between"));
  askTogether("/jmap/api", headers, [A, B]);
  for (const request of [A, B]) await assert.rejects(fetchOrTake("/jmap/api", init(request)), SyntaxError);
});

test("what is asked for as somebody else is asked", async () => {
  const sent = serve(() => new Response('{"methodResponses":[]}'));
  askTogether("/jmap/api", headers, [A, B]);
  await fetchOrTake("/jmap/api", { ...init(A), headers: { ...init(A).headers, Authorization: "Bearer u" } });
  assert.equal(sent.length, 2);
});
