/** The words of the screen: complete in every language, none that nobody says, and none in the sources. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FluentBundle, FluentResource } from "@fluent/bundle";
import ts from "typescript";
import { nodes, sources } from "../sources.mjs";

const files = sources(".ftl");
const languages = [...new Set(files.map(([path]) => path.split(/[/\\]/)[1]))];
/** Of a language: the text of all its files. */
const textOf = (language) => files.filter(([path]) => path.split(/[/\\]/)[1] === language).map(([, text]) => text).join("\n");

/** key -> the names of what is put into it. Attributes are keys of their own, "key.attribute". */
function messagesOf(language) {
  const out = new Map();
  const variables = (pattern) => {
    const names = new Set();
    JSON.stringify(pattern, (_, value) => (value?.type === "var" && names.add(value.name), value));
    return [...names].sort();
  };
  for (const { id, value, attributes } of new FluentResource(textOf(language)).body) {
    if (value) out.set(id, variables(value));
    for (const [name, pattern] of Object.entries(attributes)) out.set(`${id}.${name}`, variables(pattern));
  }
  return out;
}

const english = messagesOf("en");

/** What the sources ask for: whole keys, and shapes of keys that are put together. */
const asked = [], shapes = [];
/** Every text in the sources: a table may name a key that another file asks for. */
const said = new Set();
nodes((node, where) => {
  if (ts.isStringLiteralLike(node)) said.add(node.text);
  if (ts.isTemplateExpression(node)) {
    const pieces = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
    if (/^[a-z]+-/.test(pieces[0])) shapes.push([new RegExp(`^${pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[a-zA-Z0-9-]+")}$`), where(node)]);
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t") {
    const [key] = node.arguments;
    if (ts.isStringLiteralLike(key)) asked.push([key.text, where(node)]);
  }
});

test("every message can be read, once", () => {
  for (const language of languages) {
    const named = [...textOf(language).matchAll(/^(-?[a-zA-Z][\w-]*)\s*=/gm)].map((m) => m[1]);
    const read = new FluentResource(textOf(language)).body.map((m) => m.id);
    assert.deepEqual(read, named, `${language}: what has a name and was not understood`);
    const problems = new FluentBundle(language).addResource(new FluentResource(textOf(language)));
    assert.deepEqual(problems.map(String), [], language);
  }
});

test("all languages have the same messages, with the same variables", () => {
  assert.deepEqual(languages.sort(), ["en", "fr"]);
  for (const language of languages)
    assert.deepEqual(Object.fromEntries([...messagesOf(language)].sort()), Object.fromEntries([...english].sort()), language);
});

test("every text that a component asks for exists", () => {
  assert.ok(asked.length > 0);
  assert.deepEqual(asked.filter(([key]) => !english.has(key)), []);
});

test("every text is asked for", () => {
  const used = (key) => said.has(key) || shapes.some(([shape]) => shape.test(key));
  assert.deepEqual([...english.keys()].filter((key) => !used(key)), []);
});

test("no text stands in a component", () => {
  const found = [];
  nodes((node, where) => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(`${where(node)}: ${node.text.trim()}`);
    if (ts.isJsxAttribute(node) && /^(label|title|alt|placeholder|aria-label|aria-description|aria-roledescription)$/.test(node.name.getText()) &&
        node.initializer && ts.isStringLiteral(node.initializer) && /\p{L}/u.test(node.initializer.text)) found.push(`${where(node)}: ${node.getText()}`);
  });
  assert.deepEqual(found, []);
});
