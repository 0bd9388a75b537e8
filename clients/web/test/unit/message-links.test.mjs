import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { describe, doubtOf, hostIn, isLookAlike, punycode, readable, siteOf } = await load("src/message/links.ts");
const kind = (text, address) => doubtOf(text, address)?.kind;

test("the part of a name that was registered", () => {
  for (const [host, site] of [["www.example.org", "example.org"], ["a.b.example.co.uk", "example.co.uk"], ["example.org.", "example.org"], ["anna.github.io", "anna.github.io"], ["127.0.0.1", "127.0.0.1"], ["[::1]", "[::1]"], ["localhost", "localhost"]])
    assert.equal(siteOf(host), site);
});

test("RFC 3492's names", () => {
  // The examples of its section 7.1 (without their case), and the bounds.
  for (const [label, text] of [["egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"], ["ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"], ["porqunopuedensimplementehablarenespaol-fmd56a", "porquénopuedensimplementehablarenespañol"], ["mnchen-3ya", "münchen"], ["-> $1.00 <--", "-> $1.00 <-"]]) assert.equal(punycode(label), text);
  for (const bad of ["!", "99999999999", "a-\u00fc", "zzzzzzzzzzzzzzzzzzzzzz"]) assert.doesNotThrow(() => punycode(bad));
  assert.equal(readable("www.xn--mnchen-3ya.de"), "www.münchen.de");
});

test("names in letters of several scripts, or of others that look like Latin", () => {
  for (const host of ["xn--pypal-4ve.com", "xn--80ak6aa92e.com", "www.xn--pple-43d.com"]) assert.ok(isLookAlike(host), readable(host));
  for (const host of ["example.org", "xn--mnchen-3ya.de", "xn--e1afmkfd.xn--p1ai", "xn--wgv71a119e.jp", "xn--fiqs8s"]) assert.ok(!isLookAlike(host), readable(host));
});

test("the site that a text names", () => {
  for (const [text, host] of [["https://www.example.org/a", "www.example.org"], ["www.example.org", "www.example.org"], ["example.org", "example.org"], ["Visit https://example.org.", "example.org"], ["(https://example.org)", "example.org"], ["anna@example.org", "example.org"]]) assert.equal(hostIn(text), host);
  for (const text of ["click here", "report.pdf", "version 2.0", "and/or", "Node.js", "e.g.", "", "a.b and more", "1.2.3"]) assert.equal(hostIn(text), undefined, text);
});

test("what one is asked about", () => {
  assert.equal(kind("https://mybank.example", "https://evil.example.com/"), "otherSite");
  assert.equal(kind("mybank.com", "https://mybank.com.evil.example/"), "otherSite");
  assert.equal(kind("www.mybank.com", "https://login.mybank.com/x"), undefined);
  assert.equal(kind("click here", "https://evil.example/"), undefined);
  assert.equal(kind("click", "https://xn--pypal-4ve.com/"), "lookAlike");
  assert.equal(kind("click", "https://www.paypal.com@evil.example/"), "userInfo");
  assert.equal(kind("anna@example.org", "mailto:bob@evil.example"), "otherSite");
  assert.equal(kind("anna@example.org", "mailto:anna@example.org"), undefined);
  assert.equal(kind("x", "not an address"), undefined);
  assert.equal(kind("https://evil.example/ https://mybank.com", "https://evil.example/"), "otherSite");
  assert.equal(kind("https://evil.example/ https://www.evil.example/x", "https://evil.example/"), undefined);
  assert.equal(kind("https://t.example", "tel:123"), undefined);
});

test("signs that one does not see, and what stands before an address, do not hide it", () => {
  const shown = ["\u200bhttps://mybank.com", "\u2060www.mybank.com", "\u200emybank.com", "my\u00adbank.com", "https:\u200b//mybank.com", "mybank\ufe0f.com", "-https://mybank.com", "1.https://mybank.com", "Go:https://mybank.com/x"];
  for (const text of shown) assert.equal(kind(text, "https://evil.example/"), "otherSite", JSON.stringify(text));
  for (const text of shown) assert.equal(kind(text, "https://www.mybank.com/"), undefined, JSON.stringify(text));
  assert.equal(kind("\u202emoc.knabym.www", "https://evil.example/"), "otherSite", "read from its end");
  assert.equal(kind("https://evil.example/?to=https://mybank.com", "https://evil.example/"), undefined);
});

test("where a link leads is said with its host first", () => {
  assert.equal(describe("https://user:pw@www.example.org:8443/a?b#c"), "www.example.org:8443/a?b#c");
  assert.equal(describe("https://example.org/"), "example.org");
  assert.equal(describe("https://xn--mnchen-3ya.de/"), "münchen.de (xn--mnchen-3ya.de)");
  assert.equal(describe("mailto:a%40b@example.org?subject=x"), "a@b@example.org");
  assert.equal(describe("mailto:%E2%80%AEgro.knab@evil.example"), "gro.knab@evil.example");
  assert.ok(describe(`https://example.org/${"x".repeat(5000)}`).length < 200);
});
