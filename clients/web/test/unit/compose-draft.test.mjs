/** A message being written, as the core is given it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { blobsOf, decoded, partsOf } = await load("src/compose/draft.ts");
const picture = (cid, blobId = "b") => ({ blobId, type: "image/png", name: null, disposition: "inline", cid });

test("pictures that the text shows are parts of the message, however it names them", () => {
  const isKept = (cid, src, mode = "rich") => partsOf({ parts: [picture(cid)], mode, body: `<p><img src="${src}"> 100% &amp; more</p>` }).length === 1;
  for (const src of ["cid:logo@x.org", "cid:logo%40x.org", "cid:%6cogo%40x.org"]) assert.ok(isKept("logo@x.org", src), src);
  for (const src of ["cid:a&amp;b@x", "cid:a%26b%40x"]) assert.ok(isKept("a&b@x", src), src);
  for (const src of ["cid:a%40b", "cid:a%2540b"]) assert.ok(isKept("a%40b", src), src);
  for (const [cid, src] of [["\u00e9@x", "cid:%C3%A9@x"], ["%ff%zz@x", "cid:%ff%zz@x"], ["a<b@x", "cid:a&lt;b@x"]]) assert.ok(isKept(cid, src), src);
  assert.ok(!isKept("logo@x.org", "cid:other@x.org"));
  assert.ok(!isKept("logo@x.org", "cid:logo@x.org", "plain"));
  assert.equal(partsOf({ parts: [{ ...picture("a@b"), disposition: "attachment" }], mode: "plain", body: "" }).length, 1);
  assert.equal(decoded("%E2%82%AC 100%, %C3"), "\u20ac 100%, %C3");
});

test("the blobs that a saved state has are found by what is said of them", () => {
  const file = (blobId, name, more = {}) => ({ blobId, type: "text/plain", name, disposition: "attachment", ...more });
  const given = [file("a", "x.txt"), file("b", "x.txt"), file("c", null), picture("p@x", "d"), file("e", "gone.txt")];
  const saved = [picture("p@x", "4"), picture("new@x", "5"), file("1", "x.txt", { cid: null }), file("2", "x.txt"), file("3", null)];
  assert.deepEqual([...blobsOf(given, saved)], [["a", "1"], ["b", "2"], ["c", "3"], ["d", "4"]]);
});
