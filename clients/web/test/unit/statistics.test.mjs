/** The stretches of time that plots are made of. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../load.mjs";

const { filled, firstDay, plus, queryOf, spamShare, startOf, unitOf } = await load("src/statistics/data.ts");
const counts = (received) => ({ messages: received, received, sent: 0, spam: 0, drafts: 0, unread: 0, bytes: 0 });

test("units begin where the core has them begin: weeks on Monday, months and years on their first", () => {
  assert.equal(startOf("2026-11-29", "day"), "2026-11-29");
  assert.equal(startOf("2026-11-29", "week"), "2026-11-23"); // a Sunday
  assert.equal(startOf("2026-11-23", "week"), "2026-11-23");
  assert.equal(startOf("2027-01-02", "week"), "2026-12-28");
  assert.equal(startOf("2026-11-29", "month"), "2026-11-01");
  assert.equal(startOf("2026-11-29", "year"), "2026-01-01");
});

test("days are counted over the ends of months, leap years and changes of the clock", () => {
  assert.equal(plus("2024-02-28", "day", 1), "2024-02-29");
  assert.equal(plus("2026-02-28", "day", 1), "2026-03-01");
  assert.equal(plus("2026-03-28", "day", 2), "2026-03-30");
  assert.equal(plus("2026-12-01", "month", 1), "2027-01-01");
  assert.equal(plus("2026-12-28", "week", 1), "2027-01-04");
});

test("a period ends today and has as many days as it says", () => {
  assert.equal(firstDay("30", "2026-11-29"), "2026-10-31");
  assert.equal(filled([], "day", firstDay("30", "2026-11-29"), "2026-11-29").length, 30);
  assert.equal(filled([], "day", firstDay("90", "2026-11-29"), "2026-11-29").length, 90);
  const weeks = filled([], unitOf("365"), firstDay("365", "2026-11-29"), "2026-11-29");
  assert.ok(weeks.length >= 52 && weeks.length <= 53);
  assert.equal(firstDay("all", "2026-11-29"), undefined);
});

test("units without messages stand among the others", () => {
  const units = filled([{ start: "2026-08-01", counts: counts(3) }, { start: "2026-11-01", counts: counts(1) }], "month", undefined, "2026-11-29");
  assert.deepEqual(units.map((u) => [u.start, u.counts.received]), [["2026-08-01", 3], ["2026-09-01", 0], ["2026-10-01", 0], ["2026-11-01", 1]]);
});

test("each unit has the search that finds its messages", () => {
  assert.equal(queryOf("2026-11-02", "day"), "on:2026-11-02");
  assert.equal(queryOf("2026-11-02", "week"), "after:2026-11-02 before:2026-11-09");
  assert.equal(queryOf("2026-11-01", "month"), "on:2026-11");
  assert.equal(queryOf("2026-01-01", "year"), "on:2026");
});

test("the share of spam is that of what came", () => {
  assert.equal(spamShare({ ...counts(30), spam: 10, sent: 500 }), 0.25);
  assert.equal(spamShare(counts(0)), 0);
});

test("what is said of the colours of the hours is right on dark and on light", () => {
  for (const language of ["en", "fr"]) {
    const [, hint] = /^statistics-hours-hint = (.*)$/m.exec(readFileSync(new URL(`../../src/i18n/${language}/statistics.ftl`, import.meta.url), "utf8"));
    assert.doesNotMatch(hint, /dark|light|foncé|sombre|clair/i);
  }
});
