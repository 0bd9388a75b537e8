// What the build makes of the bundler's imports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lean } from "../../join.mjs";

test("one import for each file, in their order, of the names that are used", () => {
  assert.equal(
    lean('import{a,b as c}from"./x.js";import"./y.js";import{$1 as $,d as e}from"./x.js";import{f}from"./z.js";a($.e,[...c]);export{a as q};'),
    'import{a,b as c,$1 as $}from"./x.js";import"./y.js";import"./z.js";a($.e,[...c]);export{a as q};',
  );
});

test("a name that may be used stays: spread, in a text, as a key, exported", () => {
  const text = 'import{a,b,c,d}from"./x.js";f(...a,`${b}`,{c:1});export{d};';
  assert.equal(lean(text), text);
});

test("what is like it is another name", () => {
  assert.equal(lean('import{a,$ as b}from"./x.js";aa.$b(a$,x.a,x?.b,y.b);'), 'import"./x.js";aa.$b(a$,x.a,x?.b,y.b);');
});
