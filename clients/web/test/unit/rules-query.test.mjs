/** Queries as rows: what rows say is said back in the same words, and what they cannot say is left alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { isComplete, queryOf, rowsOf } = await load("src/rules/query-rows.ts");
const { listOf, proposalFrom } = await load("src/rules/proposal.ts");
const one = (field, value, isNot = false) => ({ field, value, isNot });

test("each row is written as the core reads it, and read as it was written", () => {
  for (const [query, ...conditions] of [
    ["from:jane@example.org", one("from", "jane@example.org")],
    ['subject:"annual report"', one("subject", "annual report")],
    ["-list:dev.example.org", one("list", "dev.example.org", true)],
    ["from:a to:b cc:c", one("from", "a"), one("to", "b"), one("cc", "c")],
    ["has:attachment larger:5M smaller:100k", one("attachment", ""), one("larger", "5M"), one("smaller", "100k")],
    ["filename:report.pdf -has:attachment", one("filename", "report.pdf"), one("attachment", "", true)],
    ["bud* budget", one("words", "bud*"), one("words", "budget")],
    ['body:"annual rep"*', one("body", "annual rep*")],
    ['from:"say \\"yes\\" (or not) \\\\"', one("from", 'say "yes" (or not) \\')],
    ['"-minus" "OR" "from:me" "a:b"', one("words", "-minus"), one("words", "OR"), one("words", "from:me"), one("words", "a:b")],
    ['subject:"l\'avion"', one("subject", "l'avion")],
    ["subject:Élan", one("subject", "Élan")],
    ["", ...[]],
  ]) {
    assert.equal(queryOf({ conditions, isAny: false }), query);
    assert.deepEqual(rowsOf(query), { conditions, isAny: false }, query);
  }
  const any = { conditions: [one("from", "a"), one("subject", "b c"), one("words", "d", true)], isAny: true };
  assert.equal(queryOf(any), 'from:a OR subject:"b c" OR -d');
  assert.deepEqual(rowsOf(queryOf(any)), any);
});

test("other ways to write the same", () => {
  const same = (query, ...conditions) => assert.deepEqual(rowsOf(query)?.conditions, conditions, query);
  same("  FROM:jane   AND  NOT subject:x ", one("from", "jane"), one("subject", "x", true));
  same("larger:5mb smaller:2048", one("larger", "5M"), one("smaller", "2k"));
  same('"a b"c', one("words", "a b"), one("words", "c"));
  same("http://example.org 12:30", one("words", "http://example.org"), one("words", "12:30"));
  same("from:a\u3000to:b", one("from", "a"), one("to", "b"));
  same("has:Attachment", one("attachment", ""));
});

test("what rows cannot say, and what is none, is left as it is", () => {
  for (const query of ["(a OR b) c", "a b OR c", "a OR b AND c", "is:unread", "before:2024", "in:inbox", "id:<x@y>", "keyword:todo", "account:work", "bcc:x", 'from:"', "from:", 'from:""', "a OR", "OR a", "a AND",
    "NOT", "NOT NOT a", "--a", "a)", "larger:many", "larger:1000", "has:cheese", 'from:"bud*"', "-(a)", "NOT(a b)", '"   "'])
    assert.equal(rowsOf(query), undefined, query);
});

test("whatever stands in a row, comes back as this one row, in whatever field", () => {
  let seed = 7;
  const dice = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const letters = [..."ab\"\\'():-* \u3000\tÉ漢", "AND", " OR ", "NOT", "from:", "\u{1F600}"];
  for (let round = 0; round < 4000; round++) {
    const value = Array.from({ length: 1 + dice(6) }, () => letters[dice(letters.length)]).join("").trim();
    const condition = one(["from", "words", "subject"][dice(3)], value, dice(2) === 1);
    if (!isComplete(condition)) continue;
    const back = rowsOf(queryOf({ conditions: [condition], isAny: false }));
    // Of stars only one at the end means anything.
    if (!back) assert.match(value, /\*\s*\*$/, JSON.stringify(value));
    else assert.deepEqual(back.conditions.map((each) => ({ ...each, value: each.value.replace(/\s+\*$/, "*") })), [{ ...condition, value: value.replace(/\s+\*$/, "*") }], JSON.stringify(value));
  }
});

test("a row without a value says nothing, and is no condition", () => {
  for (const condition of [one("from", ""), one("from", "  "), one("words", "*"), one("larger", "M"), one("larger", ""), one("smaller", "0M")]) assert.equal(isComplete(condition), false);
  assert.equal(queryOf({ conditions: [one("from", ""), one("subject", "x")], isAny: true }), "subject:x");
});

test("from a message: its list, else its sender; where it was put by somebody, too", () => {
  const message = { accountId: "a1", mailboxIds: { m1: true, m7: true }, from: [{ name: "Jane Doe", email: "jane@example.org" }], headers: [] };
  const own = (id) => id === "m7";
  assert.deepEqual(proposalFrom(message, own), { accountId: "a1", name: "Jane Doe", query: "from:jane@example.org", moveTo: "m7" });
  const listed = { ...message, headers: [{ name: "list-ID", value: " The list\r\n\t<dev.example.org>" }] };
  assert.deepEqual(proposalFrom(listed, () => false), { accountId: "a1", name: "dev.example.org", query: "list:dev.example.org", moveTo: null });
  assert.deepEqual(proposalFrom({ ...message, from: null, headers: undefined }, () => false), { accountId: "a1", name: "", query: "", moveTo: null });
  for (const [value, id] of [["<a.b>", "a.b"], ["a.b", "a.b"], ["two words", undefined], ["", undefined], ["<>", undefined], [`<${"x".repeat(300)}>`, undefined], ['evil" OR subject:x <a"b>', 'a"b']])
    assert.equal(listOf([{ name: "List-Id", value }]), id, value);
  // What somebody else wrote stays one value.
  assert.equal(proposalFrom({ ...message, headers: [{ name: "List-Id", value: '<a"OR(b>' }] }, own).query, 'list:"a\\"OR(b"');
});
