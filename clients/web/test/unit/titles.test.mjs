// What a place is called: by the core in English, by people as they like.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../load.mjs";

globalThis.localStorage ??= { getItem: () => null };
globalThis.addEventListener ??= () => undefined;
globalThis.document ??= { documentElement: { dataset: {} }, addEventListener() {} };
const { accountTitle, setLocale } = await load("test/titles-bundle.ts");

test("the local account has its name in the user's language, unless somebody gave it one", async () => {
  const [, name] = /char name\[\] = "([^"]+)"/.exec(readFileSync(new URL("../../../../core/store/accounts.c", import.meta.url), "utf8"));
  await setLocale("fr");
  assert.equal(accountTitle({ name, isLocal: true }), "Sur cet ordinateur");
  assert.equal(accountTitle({ name: "Archive", isLocal: true }), "Archive");
  assert.equal(accountTitle({ name, isLocal: false }), name);
  await setLocale("en");
  assert.equal(accountTitle({ name, isLocal: true }), "On this computer");
});
