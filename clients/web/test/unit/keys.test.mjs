// What a key is called, on keyboards of many kinds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { nameOf } = await load("src/app/key-names.ts");
/** `held`: "Shift Ctrl" and the like. */
const name = (key, code, held = "") => nameOf({ key, code, shiftKey: held.includes("Shift"), ctrlKey: held.includes("Ctrl"), altKey: held.includes("Alt"), metaKey: held.includes("Meta") });

test("a key is what it says, wherever it is on the keyboard", () => {
  assert.equal(name("q", "KeyA"), "q"); // French
  assert.equal(name("Q", "KeyA", "Shift"), "Shift+Q");
  assert.equal(name("j", "KeyC"), "j"); // Dvorak
  assert.equal(name("z", "KeyY", "Ctrl"), "Ctrl+Z"); // German
  assert.equal(name("#", "Backslash"), "#");
  assert.equal(name("#", "Digit3", "Shift"), "#");
  assert.equal(name("@", "KeyQ", "Ctrl Alt"), "@");
  assert.equal(name("ł", "KeyL", "Ctrl Alt"), "Ctrl+Alt+Ł"); // Polish
  assert.equal(name("é", "Digit2"), "é");
  assert.equal(name(" ", "Space"), "Space");
  assert.equal(name("Enter", "Enter", "Meta"), "Ctrl+Enter");
});

test("on a layout without Latin letters it is the letter that the same key has beside it", () => {
  assert.equal(name("о", "KeyJ"), "j"); // Russian
  assert.equal(name("Г", "KeyU", "Shift"), "Shift+U");
  assert.equal(name("л", "KeyK", "Ctrl"), "Ctrl+K");
  assert.equal(name("ξ", "KeyJ"), "j"); // Greek
  assert.equal(name("ח", "KeyJ"), "j"); // Hebrew
  assert.equal(name("لا", "KeyB"), "b"); // Arabic
  assert.equal(name("ั", "KeyY"), "y"); // Thai
  // Signs, and keys that have no letter beside, are what they say.
  assert.equal(name("/", "KeyQ"), "/"); // Hebrew
  assert.equal(name("ж", "Semicolon"), "ж");
  assert.equal(name("Ω", "KeyZ", "Alt"), "Alt+Ω"); // what a Mac types with Alt
});
