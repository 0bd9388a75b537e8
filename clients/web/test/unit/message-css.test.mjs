import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { filterDeclaration, filterValue, prefixed } = await load("src/message/css.ts");
const seen = [];
const value = (text, replaced = "none") => (seen.splice(0), filterValue(text, (address) => (seen.push(address), replaced)));

test("values without functions, and those of functions that load nothing, stay as they are", () => {
  for (const text of ["red", "1px solid #fff", "rgb(1, 2, 3)", "calc(100% - (2px + 1em))", "linear-gradient(to right, red 0%, rgba(0,0,0,.5))", "var(--a, var(--b))", '"text (with) url(x)"', "'a\\'b(c)'", "translate(-1px,2px) rotate(3deg)", "a\\(b"])
    assert.equal(value(text), text);
  assert.deepEqual(seen, []);
});

test("every form of url() is asked about, with the address that the browser would load", () => {
  for (const [text, address] of [
    ["url(http://a.b/c)", "http://a.b/c"], ['url("http://a.b/c")', "http://a.b/c"], ["url('http://a.b/c')", "http://a.b/c"], ["URL(  http://a.b/c\n)", "http://a.b/c"], ["\\75 rl(http://a.b/c)", "http://a.b/c"], ["\\000075rl(x)", "x"],
    ["u\\72l(\\68ttp://a.b)", "http://a.b"], ['url("\\68 ttp://a.b")', "http://a.b"], ["url(a\\)b)", "a)b"], ['url("a)b")', "a)b"], ['url("a\\\nb")', "ab"], ["url()", ""], ["url(\\0)", "\ufffd"], ["url(\\110000)", "\ufffd"],
  ]) {
    assert.equal(value(text), "none", text);
    assert.deepEqual(seen, [address], text);
  }
  assert.equal(value("red url(a) url('b'), blue", "X"), "red X X, blue");
  assert.deepEqual(seen, ["a", "b"]);
});

test("what is not known, or malformed, takes its declaration with it", () => {
  for (const text of ['image-set("a" 1x)', "-webkit-image-set(url(a) 1x)", "IMAGE-SET(var(--a) 1x)", "image\\-set('a')", "src('a')", "src(var(--a))", "image('a')", "element(#a)", "-moz-element(#a)", "paint(x)", "cross-fade(url(a), url(b))", "attr(data-x)", "attr(x url)",
    "expression(alert(1))", "if(media(x): url(a))", "--custom(1)", "url(a b)", "url(a\"b)", "url(a'b)", "url(a(b)", 'url("a" b)', "url(a", 'url("a', "calc(1px + url(a b))", "é(x)"])
    assert.equal(value(text), undefined, text);
  assert.equal(filterValue("url(a)", () => undefined), undefined);
});

test("a comment separates, and ends where it ends", () => {
  assert.equal(value("a/* url(x) */b"), "a/* url(x) */b".replace(" url(x) ", ""));
  assert.equal(value("u/**/rl(x)"), undefined); // rl() is no function that is known
  assert.equal(value("(a)/* url(x)"), "(a)/**/");
  assert.deepEqual(seen, []);
});

test("declarations: pictures only where pictures are, no layers above the page, nothing that was not looked at", () => {
  const of = (name, text) => filterDeclaration(name, text, () => "none");
  assert.equal(of("background-image", "url(a)"), "none");
  assert.equal(of("--x", "url(a)"), "none");
  for (const name of ["mask-image", "cursor", "filter", "clip-path", "shape-outside", "-webkit-mask-box-image", "src", "behavior", "-moz-binding"]) assert.equal(of(name, "url(a)"), undefined, name);
  for (const text of ["fixed", "sticky", "-webkit-sticky", "var(--p)"]) assert.equal(of("position", text), undefined);
  for (const text of ["relative", "absolute", "static"]) assert.equal(of("position", text), text);
  assert.equal(of("background-image", ""), undefined);
});

test("ids of selectors get the filter's prefix, and nothing else of them changes", () => {
  for (const [selector, out] of [["#a", "#p-a"], ["a#b .c, #d > #e", "a#p-b .c, #p-d > #p-e"], ['[href="#x"]', '[href="#x"]'], ["a\\#b", "a\\#b"], [":not(#a)", ":not(#p-a)"], ["[a='\\'#b']#c", "[a='\\'#b']#p-c"], ["p", "p"]]) assert.equal(prefixed(selector, "p-"), out);
});

test("a value as long as may be is done in a moment", () => {
  for (const unit of ["url(", "(", '"', "\\", "/*", "a", "url(a)", "var("]) {
    const before = performance.now();
    value(unit.repeat(200_000));
    assert.ok(performance.now() - before < 2000, unit);
  }
});
