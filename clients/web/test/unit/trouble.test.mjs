/** What went wrong is said in the user's language; the core's own words are a detail. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../load.mjs";

Object.assign(globalThis, { document: { documentElement: {} } });
const { FacteurError, ConnectionLost, problemOf, Refused, setLocale } = await load("test/trouble-bundle.ts");
const types = (name) => Object.keys(JSON.parse(readFileSync(new URL(`../../../../api/schema/${name}.json`, import.meta.url), "utf8")));
/** Mistakes of a program, which no user makes; and what the page deals with before anybody sees it. */
const UNSEEN = ["anchorNotFound", "cannotCalculateChanges", "idempotencyKeyReused", "invalidResultReference", "unknownDataType", "unsupportedFilter", "unsupportedSort", "alreadyUndone", "singleton", "willDestroy"];

for (const [lang, other] of [["en", "Something went wrong."], ["fr", "Quelque chose n’a pas marché."]])
  test(`${lang}: every error that the core has and a user may see is said in words`, async () => {
    await setLocale(lang);
    for (const type of [...types("errors"), ...types("setErrors")]) {
      const description = "the core's own words";
      const of = (e) => problemOf(e);
      for (const said of [of(new FacteurError("X/y", { data: { type, description } })), of(new Refused({ type, description }))]) {
        assert.equal(said.text === other, UNSEEN.includes(type), type);
        assert.doesNotMatch(said.text, /own words|^trouble-/, type);
        assert.equal(said.detail, description);
      }
    }
    assert.deepEqual(problemOf(new FacteurError("X/y", { data: { type: "newer" } })), { text: other, detail: "newer" });
    assert.equal(problemOf(new ConnectionLost("socket closed")).detail, undefined);
    assert.deepEqual(problemOf(new Error("the page's own")), { text: "the page's own" });
  });
