import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { linkify, unflow } = await load("src/message/text.ts");
const links = (text) => linkify(text).filter((piece) => typeof piece !== "string").map(({ text, href }) => (text === href ? href : `${text} ${href}`));
const joined = (text) => linkify(text).map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");

test("links, without what follows them in their sentence", () => {
  assert.deepEqual(links("see https://example.org/a."), ["https://example.org/a"]);
  assert.deepEqual(links("(https://en.wikipedia.org/wiki/A_(b))"), ["https://en.wikipedia.org/wiki/A_(b)"]);
  assert.deepEqual(links("<https://example.org/x>, https://example.org/y!"), ["https://example.org/x", "https://example.org/y"]);
  assert.deepEqual(links("www.example.org"), ["www.example.org https://www.example.org/"]);
  assert.deepEqual(links("write to anna@example.org, please"), ["anna@example.org mailto:anna@example.org"]);
  assert.deepEqual(links("mailto:anna@example.org"), ["mailto:anna@example.org"]);
});

test("nothing else is a link", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "a@b", "@", "http://", "https://", "1.2.3", "example.org", "x:y@z", "http:/x"]) assert.deepEqual(links(text), [], text);
});

test("only http, https and mailto, and the text is the text: whatever the text", () => {
  const pieces = ["http://", "https://a.b", "www.", "mailto:", "a@b.c", " ", "\n", ")", "(", ".", "<", ">", '"', "'", "javascript:", "\u202e", "\ud83d", "\ude00", "é", "\0", "&amp;", "]", "//", "@", ":", "%", "#"];
  let seed = 11;
  const random = (n) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join("");
    assert.equal(joined(text), text);
    for (const piece of linkify(text)) if (typeof piece !== "string") assert.match(piece.href, /^(https?:|mailto:)/);
  }
});

test("a megabyte of anything is done in a moment", () => {
  for (const unit of ["a", "a@", "@", "(", ")", "http://", "www.", ".", "a.", "mailto:"]) {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const before = performance.now();
    assert.equal(joined(text), text);
    assert.ok(performance.now() - before < 5000, `${unit}: ${performance.now() - before} ms`);
  }
});

test("format=flowed: the examples of RFC 3676", () => {
  assert.equal(unflow("One two \nthree.\nFour.", false), "One two three.\nFour.");
  assert.equal(unflow("> One two \n> three.\nMine", false), "> One two three.\nMine");
  assert.equal(unflow(">> a \n> b \nc", false), ">> a \n> b \nc"); // never across depths
  assert.equal(unflow(" From me\n > not a quote", false), "From me\n> not a quote"); // stuffed
  assert.equal(unflow("text \n-- \nAnna", false), "text \n-- \nAnna");
  assert.equal(unflow("日本 \n語", true), "日本語");
});
