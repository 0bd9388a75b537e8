/** Dates of a list: what came yesterday has no hour, also in a page that has been open since then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const heard = {};
const listens = { addEventListener: (name, f) => (heard[name] = f) };
let timer;
const { setTimeout: real } = globalThis;
globalThis.setTimeout = (f, ms, ...more) => (f.name === "followToday" ? (timer = { f, ms }) : real(f, ms, ...more));
globalThis.navigator ??= { languages: ["en"] };
globalThis.document = { ...listens, defaultView: listens };
const { backDate, effect, shortDate } = await load("test/dates-bundle.ts");

let now = new Date(2026, 10, 2, 23, 30).getTime();
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length ? args : [now]));
  }
  static now = () => now;
};
const HOUR = 3_600_000;
const at = new Date(2026, 10, 2, 14, 5).toISOString();

test("at midnight it is drawn again, and after a sleep, when one looks", () => {
  let said = [];
  heard.focus();
  const stop = effect(() => void said.push(shortDate(at)));
  assert.match(said.at(-1), /05/);
  assert.equal(timer.ms, HOUR / 2);
  now += timer.ms;
  timer.f();
  assert.equal(said.length, 2);
  assert.match(said.at(-1), /^Mon/);
  heard.focus();
  assert.equal(said.length, 2, "the same day");
  for (const [days, name, expected] of [[5, "focus", /^Mon/], [1, "visibilitychange", /2.*Nov|Nov.*2/], [90, "visibilitychange", /2026/]]) {
    now += days * 24 * HOUR;
    heard[name]();
    assert.match(said.at(-1), expected);
  }
  stop();
});

test("what is to come back has its time as long as the day is near", () => {
  heard.focus();
  const start = new Date(now).setHours(0, 0, 0, 0);
  const said = (days, hours = 8) => backDate(new Date(start + (days * 24 + hours) * HOUR).toISOString());
  assert.match(said(0, 23), /^11:00.PM$/);
  for (const days of [1, 6]) assert.match(said(days), /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? 0?8:00.AM$/);
  assert.doesNotMatch(said(7), /8:00|Mon|Tue|Wed|Thu|Fri|Sat|Sun/);
  assert.match(said(400), /20\d\d/);
});
