import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { parseResults, receivedResults, warningsOf } = await load("src/message/sender.ts");

const OWN = { own: [{ name: "Me Myself", email: "me@example.org" }], host: "imap.example.org" };
const message = (more) => ({ from: [{ name: "Anna", email: "anna@example.com" }], replyTo: null, headers: [], ...more });
const kinds = (more, known = OWN) => warningsOf(message(more), known).map(({ kind }) => kind);
const headers = (...lines) => lines.map((line) => ({ name: line.slice(0, line.indexOf(":")), value: line.slice(line.indexOf(":") + 1) }));
const RECEIVED = "Received: from x by mx.example.org";

test("the fields of RFC 8601 and of real servers", () => {
  assert.deepEqual(parseResults(" example.org 1; none"), { by: "example.org", results: [] });
  assert.deepEqual(parseResults('mx.google.com; dkim=pass header.i=@a.b header.s=s1 header.b="x;y=z"; spf=pass (google.com: domain of x (y) designates) smtp.mailfrom="SRS0=a=b=c.d=x@e.f"'), {
    by: "mx.google.com", results: [{ method: "dkim", result: "pass", properties: { "header.i": "@a.b", "header.s": "s1", "header.b": "x;y=z" } }, { method: "spf", result: "pass", properties: { "smtp.mailfrom": "SRS0=a=b=c.d=x@e.f" } }],
  });
  assert.deepEqual(parseResults("spf=fail (sender IP is 1.2.3.4)\n smtp.mailfrom=a.b; dkim=none; dmarc=fail action=none header.from=a.b"), {
    by: "", results: [{ method: "spf", result: "fail", properties: { "smtp.mailfrom": "a.b" } }, { method: "dkim", result: "none", properties: {} }, { method: "dmarc", result: "fail", properties: { action: "none", "header.from": "a.b" } }],
  });
  assert.deepEqual(parseResults("a.b; dkim/1 = (x) pass reason = \"it \\\"is\\\" so\" header.d = c.d"), { by: "a.b", results: [{ method: "dkim", result: "pass", properties: { reason: 'it "is" so', "header.d": "c.d" } }] });
  assert.equal(parseResults(""), undefined);
  assert.equal(parseResults("(nothing"), undefined);
  for (const odd of [";;;", "a.b;=;=pass;x=", '"', "\\", "((((", "a.b; dmarc"]) assert.doesNotThrow(() => parseResults(odd));
});

test("only what the receiving server wrote counts", () => {
  const fail = "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com";
  const by = (...lines) => receivedResults(headers(...lines), OWN)?.by;
  assert.equal(by(fail, RECEIVED), "mx.example.org");
  assert.equal(by(RECEIVED, fail), "mx.example.org");
  // Above everything that came from outside, by whatever name.
  assert.equal(by("Authentication-Results: spam.filter.example; dmarc=fail", RECEIVED), "spam.filter.example");
  // From somebody else, below what our server wrote.
  assert.equal(by(RECEIVED, "Authentication-Results: evil.example; dmarc=pass"), undefined);
  assert.equal(by(RECEIVED, "Authentication-Results: mx.example.org.evil.example; dmarc=pass"), undefined);
  // The topmost alone: one below it may be the sender's.
  assert.equal(by(RECEIVED, "Authentication-Results: other.example; spf=none", fail), undefined);
  assert.equal(receivedResults(headers(RECEIVED, "Authentication-Results: mx.google.com; dmarc=fail"), { own: [{ name: null, email: "x@gmail.com" }] })?.by, "mx.google.com");
});

test("what the receiving server found is told", () => {
  const of = (results) => kinds({ headers: headers(`Authentication-Results: mx.example.org; ${results}`, RECEIVED) });
  assert.deepEqual(of("dmarc=fail header.from=example.com"), ["disowned"]);
  assert.deepEqual(of("dmarc=pass header.from=example.com; spf=fail smtp.mailfrom=x@y.z"), []);
  assert.deepEqual(of("spf=fail smtp.mailfrom=x@example.com; dkim=fail header.d=example.com"), ["unverified"]);
  assert.deepEqual(of("spf=softfail smtp.mailfrom=x@example.com"), ["unverified"]);
  assert.deepEqual(of("spf=fail smtp.mailfrom=x@example.com; dkim=pass header.d=mail.example.com"), []);
  assert.deepEqual(of("spf=pass smtp.mailfrom=x@elsewhere.example; dkim=fail header.d=example.com"), ["unverified"]);
  assert.deepEqual(of("spf=none; dkim=none"), []);
  assert.deepEqual(of("none"), []);
  assert.deepEqual(kinds({}), []);
});

test("a name that is another address", () => {
  assert.deepEqual(kinds({ from: [{ name: "service@paypal.com", email: "x@evil.example" }] }), ["namedOther"]);
  assert.deepEqual(kinds({ from: [{ name: "PayPal <service@paypal.com>", email: "x@evil.example" }] }), ["namedOther"]);
  assert.deepEqual(kinds({ from: [{ name: "anna@example.com", email: "anna@example.com" }] }), []);
  assert.deepEqual(kinds({ from: [{ name: "anna@example.com", email: "anna@mail.example.com" }] }), []);
});

test("domains that look like others", () => {
  assert.deepEqual(kinds({ from: [{ name: "x", email: "x@xn--pypal-4ve.com" }] }), ["lookAlike"]); // pаypal, with a Cyrillic а
  assert.deepEqual(kinds({ from: [{ name: "x", email: "x@xn--mnchen-3ya.de" }] }), []); // münchen
  assert.deepEqual(kinds({ from: [{ name: "x", email: "x@examp1e.org" }] }), ["nearOurs"]);
  assert.deepEqual(kinds({ from: [{ name: "x", email: "x@exarnple.org" }] }), ["nearOurs"]);
  assert.deepEqual(kinds({ from: [{ name: "x", email: "x@mail.example.org" }] }), []);
});

test("a name one knows, with another address", () => {
  const known = { ...OWN, people: [{ name: "Anna Schmidt", email: "anna@work.example" }, { name: "Anna Schmidt", email: "anna@home.example" }] };
  assert.deepEqual(kinds({ from: [{ name: "\"Anna  schmidt\"", email: "a@evil.example" }] }, known), ["knownName"]);
  assert.deepEqual(kinds({ from: [{ name: "Anna Schmidt", email: "ANNA@home.example" }] }, known), []);
  assert.deepEqual(kinds({ from: [{ name: "Me Myself", email: "x@evil.example" }] }), ["knownName"]);
  assert.deepEqual(kinds({ from: [{ name: "Me Myself", email: "me@example.org" }] }), []);
  // Sent from an address that is no identity any more, or one of another account.
  assert.deepEqual(kinds({ from: [{ name: "Me Myself", email: "me@old.example" }] }, { ...OWN, isSent: true }), []);
  assert.deepEqual(kinds({ from: [{ name: "Me Myself", email: "x@examp1e.org" }] }, { ...OWN, isSent: true }), ["nearOurs"]);
});

test("answers that go elsewhere, but not those to a list", () => {
  const replyTo = [{ name: null, email: "x@elsewhere.example" }];
  assert.deepEqual(kinds({ replyTo }), ["replyElsewhere"]);
  assert.deepEqual(kinds({ replyTo: [{ name: null, email: "help@support.example.com" }] }), []);
  assert.deepEqual(kinds({ replyTo, headers: headers("List-Id: <l.elsewhere.example>") }), []);
});

test("nobody, and nonsense, is no reason to fail", () => {
  for (const from of [null, [], [{ name: null, email: "" }], [{ name: "\ud800", email: "@@" }], [{ name: "x".repeat(100_000), email: "x@".repeat(1000) }]])
    assert.doesNotThrow(() => warningsOf(message({ from }), OWN));
});
