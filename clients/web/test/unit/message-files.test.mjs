import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../load.mjs";

const { kindOf, safeName, shownName, uniqueNames } = await load("src/message/names.ts");
globalThis.localStorage ??= { getItem: () => null };
globalThis.addEventListener ??= () => undefined;
const { hasFiles, listed } = await load("src/message/parts.ts");
const { crc32, zip } = await load("src/message/zip.ts");

test("names are safe on every system", () => {
  for (const [name, safe] of [
    ["report.pdf", "report.pdf"], ["../../etc/passwd", "passwd"], ["..\\..\\evil.exe", "evil.exe"], ["/", "x"], ["", "x"], [".", "x"], ["...", "x"], [".bashrc", "bashrc"], ["CON.txt", "_CON.txt"], ["nul", "_nul"], ["com1.x", "_com1.x"],
    ["a:b*c?.txt", "a_b_c_.txt"], ["a\u0000b\r\n.txt", "ab.txt"], ["gpj.\u202eexe", "gpj.exe"], ["trailing. . ", "trailing"], ["~root", "root"], ["-rf", "rf"], ["%2e%2e%2f", "_2e_2e_2f"], ["e\u0301.txt", "é.txt"],
  ]) assert.equal(safeName(name, "x"), safe, JSON.stringify(name));
  const long = safeName(`${"é".repeat(5000)}.pdf`, "x");
  assert.ok(new TextEncoder().encode(long).length <= 200 && long.endsWith(".pdf"), long);
});

test("names are different from each other", () => {
  assert.deepEqual(uniqueNames(["a.txt", "A.TXT", "a.txt", "b", "b", "a (2).txt"]), ["a.txt", "A (2).TXT", "a (3).txt", "b", "b (2)", "a (2) (2).txt"]);
  const many = uniqueNames(Array.from({ length: 2000 }, () => "same.txt"));
  assert.equal(new Set(many).size, 2000);
});

test("what is not seen in the text is among the attachments: pictures of a kind that is not drawn, and all where nothing is drawn", () => {
  const part = (partId, type, more = {}) => ({ partId, blobId: `b${partId}`, type, disposition: "inline", ...more });
  const [text, page] = [part("1", "text/plain"), part("2", "text/html")];
  const names = (message) => listed(message).map(({ partId }) => partId);
  const html = (body, attachments = [], value = "") => ({ htmlBody: [page, ...body], textBody: [text, ...body], attachments, bodyValues: { 2: { value } } });
  const shown = '<img src="cid:a@x"><img src="cid:b@x">';
  const related = html([], [part("3", "image/png", { cid: "a@x" }), part("4", "image/svg+xml", { cid: "b@x" }), part("5", "image/png", { cid: "c@x" })], shown);
  assert.deepEqual(names(related), ["4", "5"]);
  assert.deepEqual(names(html([part("3", "image/svg+xml"), part("4", "image/jpeg"), part("5", "audio/mpeg")])), ["3", "5"]);
  const plain = { htmlBody: [text, part("3", "image/svg+xml"), part("4", "image/jpeg")], textBody: [text, part("3", "image/svg+xml"), part("4", "image/jpeg")], attachments: [part("6", "text/plain")], bodyValues: {} };
  assert.deepEqual(names(plain), ["3", "4", "6"]);
  for (const [message, has] of [[related, true], [plain, true], [html([part("3", "image/svg+xml")]), true], [html([]), false], [{ ...plain, htmlBody: [text], textBody: [text], attachments: [] }, false]])
    assert.equal(hasFiles(message), has);
});

test("what a file is, as the system will take it", () => {
  const kind = (name, type = "application/octet-stream") => kindOf({ name, type });
  assert.equal(kind("invoice.pdf.exe", "application/pdf"), "program");
  assert.equal(kind("photo.\u202egnp.js", "image/png"), "program");
  assert.equal(kind("x.HTML", "text/plain"), "page");
  assert.equal(kind("x.svg", "image/svg+xml"), "page");
  assert.equal(kind("photo.JPG"), "picture");
  assert.equal(kind(null, "image/svg+xml"), "page");
  assert.equal(kind(null, "message/rfc822"), "message");
  assert.equal(kind("noending", "text/plain"), "text");
  assert.equal(kind(".exe"), "other");
  assert.equal(kind("x", "weird"), "other");
  assert.equal(shownName("a\u202eb\u200bc"), "abc");
});

test("CRC-32, in one piece and in several", () => {
  const bytes = new TextEncoder().encode("123456789");
  assert.equal(crc32(bytes), 0xcbf43926);
  assert.equal(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4))), 0xcbf43926);
  assert.equal(crc32(new Uint8Array()), 0);
});

test("an archive is read by another program as it was written", async () => {
  const files = [["hello.txt", "Hello"], ["leer.txt", ""], ["Grüße 日本.txt", "x".repeat(100_000)]].map(([name, text]) => {
    const bytes = new TextEncoder().encode(text);
    return { name, content: new Blob([bytes]), crc: crc32(bytes), modified: new Date(2026, 10, 2, 10, 20, 30) };
  });
  const folder = mkdtempSync(join(tmpdir(), "facteur-zip-"));
  try {
    const path = join(folder, "x.zip");
    writeFileSync(path, Buffer.from(await zip(files).arrayBuffer()));
    const script = "import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps([[i.filename,z.read(i).decode(),list(i.date_time)] for i in z.infolist()]))";
    const found = JSON.parse(execFileSync("/usr/bin/python3", ["-c", script, path], { encoding: "utf8" }));
    assert.deepEqual(found.map(([name, text]) => [name, text.length]), [["hello.txt", 5], ["leer.txt", 0], ["Grüße 日本.txt", 100_000]]);
    assert.deepEqual(found[0][2], [2026, 11, 2, 10, 20, 30]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is too large for an archive without Zip64 is refused", () => {
  const large = { name: "a", content: { size: 0xffff_ffff }, crc: 0, modified: new Date() };
  assert.throws(() => zip([large]), RangeError);
  const empty = { name: "a", content: new Blob(), crc: 0, modified: new Date(0) };
  assert.throws(() => zip(Array.from({ length: 70_000 }, () => empty)), RangeError);
});
