// What is told at the edge of the screen: what makes room for what.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "../load.mjs";

const { toast, toasts } = await load("src/app/toasts.ts");
const texts = () => toasts.value.map((one) => one.text);
beforeEach(() => (toasts.value = []));

test("of many the newest four stay; a problem stays until it is dismissed, whatever comes after it", () => {
  for (const text of ["1", "2", "3", "4", "5"]) toast({ text });
  assert.deepEqual(texts(), ["2", "3", "4", "5"]);
  const dismiss = toast({ kind: "problem", text: "not archived" });
  for (const text of ["6", "7", "8", "9"]) toast({ text });
  assert.deepEqual(texts(), ["not archived", "7", "8", "9"]);
  for (const text of ["a", "b", "c", "d"]) toast({ kind: "problem", text });
  toast({ text: "done" });
  assert.deepEqual(texts(), ["not archived", "a", "b", "c", "d", "done"]);
  toast({ text: "done, too" });
  assert.deepEqual(texts(), ["not archived", "a", "b", "c", "d", "done, too"]);
  dismiss();
  assert.deepEqual(texts(), ["a", "b", "c", "d", "done, too"]);
});

test("the same problem is told once, and anew; by its name one replaces another", () => {
  const problem = { kind: "problem", text: "not in touch", detail: "ECONNREFUSED" };
  toast(problem);
  toast({ ...problem, detail: "timeout" });
  const first = toasts.value[0].id;
  toast(problem);
  assert.deepEqual(toasts.value.map((one) => one.detail), ["timeout", "ECONNREFUSED"]);
  assert.ok(toasts.value[1].id > first);
  toast({ name: "triage", text: "One archived" });
  toast({ name: "triage", text: "2 archived" });
  assert.deepEqual(texts(), ["not in touch", "not in touch", "2 archived"]);
});
