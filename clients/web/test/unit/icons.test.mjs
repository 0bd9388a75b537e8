/** The drawings of the icons: one path each, the same shapes as they were. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { drawing, icons } from "../../icons.mjs";

const svg = (inside) => `<svg viewBox="0 0 24 24" fill="none">\n  ${inside}\n</svg>`;

test("each name has a path of commands and numbers", () => {
  const names = Object.keys(JSON.parse(readFileSync(new URL("../../src/icons/names.json", import.meta.url), "utf8")));
  const paths = JSON.parse(icons());
  assert.deepEqual(Object.keys(paths), names);
  for (const [name, path] of Object.entries(paths)) assert.match(path, /^M[-\d.\s,a-zA-Z]+$/, name);
  for (const [name, path] of Object.entries(paths)) assert.doesNotMatch(path, /NaN|undefined/, name);
});

test("shapes become paths: as SVG 2, chapter 10, draws them", () => {
  assert.equal(drawing(svg('<circle cx="12" cy="10" r="3" />')), "M9 10a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z");
  assert.equal(drawing(svg('<line x1="4" x2="20" y1="5" y2="6" />')), "M4 5L20 6");
  assert.equal(drawing(svg('<polyline points="22 12 16 12" />')), "M22 12 16 12");
  assert.equal(drawing(svg('<rect width="20" height="5" x="2" y="3" rx="1" />')), "M3 3h18a1 1 0 0 1 1 1v3a1 1 0 0 1 -1 1h-18a1 1 0 0 1 -1 -1v-3a1 1 0 0 1 1 -1z");
  assert.equal(drawing(svg('<rect width="20" height="5" x="2" y="3" />')), "M2 3h20v5h-20v-5z");
});

test("a path that begins with a relative move begins where it did, behind another one too, and goes on relatively", () => {
  assert.equal(drawing(svg('<path d="M10 11v6" /><path d="m4 6 2 2" />')), "M10 11v6M0 0m4 6 2 2");
});

test("what is not known is refused when it is built", () => {
  assert.throws(() => drawing(svg('<text x="1">a</text>')), /a text, which is not known/);
});
