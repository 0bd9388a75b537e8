// What a search found, as a row says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.localStorage ??= { getItem: () => null };
globalThis.addEventListener ??= () => undefined;
const { led, piecesOf } = await load("src/search/snippets.tsx");

test("a text is taken apart at its marks, and nothing in it is markup", () => {
  assert.deepEqual(piecesOf("a &lt;b&gt; <mark>c &amp; d</mark> &amp;lt; <mark>e</mark>"), ["a <b> ", "c & d", " &lt; ", "e", ""]);
  assert.deepEqual(piecesOf("nothing is found"), ["nothing is found"]);
});

test("the first mark stands near the beginning, after whole words", () => {
  const begins = (text) => led(piecesOf(text)).join("|");
  assert.equal(begins("Dear customer, your invoice is attached: pay <mark>today</mark> or <mark>tomorrow</mark>"), "… pay |today| or |tomorrow|");
  assert.equal(begins("not far: <mark>today</mark>, and so on"), "not far: |today|, and so on");
  assert.equal(begins("nothing is marked in a text that is long enough to be cut"), "nothing is marked in a text that is long enough to be cut");
  assert.equal(begins("a word that is long before the light<mark>house</mark>"), "… the light|house|");
  assert.equal(begins(`${"灯".repeat(40)}<mark>台</mark>`), `… ${"灯".repeat(10)}|台|`);
  assert.equal(begins(`${"😀".repeat(40)}<mark>x</mark>`), `… ${"😀".repeat(10)}|x|`);
});
