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
const { effect, shortDate } = await load("test/dates-bundle.ts");

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
