/** The rules of README.md that can be read off the sources. */
import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { nodes, sources } from "../sources.mjs";

/** [file, property, value] of every declaration of the style sheets. */
const declarations = sources(".css").flatMap(([path, text]) =>
  [...text.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/([-\w]+)\s*:\s*([^;{}]+)[;}]/g)].map(([, property, value]) => [path, property, value.trim()]));

test("styles know no left and right: what is written from right to left is a mirror", () => {
  const physical = /^(left|right|(margin|padding|border|scroll-margin|scroll-padding)-(left|right)(-\w+)*|border-(top|bottom)-(left|right)-radius)$/;
  const isPhysical = ([, property, value]) => physical.test(property) || (/^(text-align|float|clear|justify-\w+)$/.test(property) && /\b(left|right)\b/.test(value));
  assert.ok(declarations.length > 50);
  assert.deepEqual(declarations.filter(isPhysical), []);
});

test("colours have names, in tokens.css alone", () => {
  const named = "black|silver|gray|grey|white|maroon|red|purple|fuchsia|green|lime|olive|yellow|navy|blue|teal|aqua|orange|pink|brown|gold|crimson|tomato|indigo|violet|beige|ivory";
  const colour = new RegExp(`#[0-9a-f]{3,8}\\b|\\b(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\\(|(^|[\\s,(])(${named})($|[\\s,)])`, "i");
  assert.deepEqual(declarations.filter(([path, , value]) => !path.endsWith("tokens.css") && colour.test(value)), []);
});

test("every custom property that is used exists", () => {
  const everything = [...sources(".css", ".ts", ".tsx")].map(([, text]) => text).join("\n");
  const defined = new Set(declarations.map(([, property]) => property));
  for (const [, name] of everything.matchAll(/["'`](--[\w-]+)["'`]/g)) defined.add(name); // given by a script
  const used = new Set([...everything.matchAll(/var\((--[\w-]+)/g)].map((m) => m[1]));
  assert.ok(used.size > 10);
  assert.deepEqual([...used].filter((name) => !defined.has(name)), []);
});

test("text never becomes markup: no script writes innerHTML or its like", () => {
  const sinks = /^(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc|srcDoc|write|writeln|createContextualFragment|setHTMLUnsafe|parseHTMLUnsafe|execCommand|eval|Function)$/;
  const found = [];
  nodes((node, where) => {
    const name = ts.isPropertyAccessExpression(node) ? node.name : ts.isJsxAttribute(node) ? node.name : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression : undefined;
    const called = ts.isCallExpression(node) || ts.isNewExpression(node) ? node.expression : undefined;
    const isRead = !ts.isJsxAttribute(node) && /^(inner|outer)HTML$/.test(name?.text ?? "") && !(ts.isBinaryExpression(node.parent) && node.parent.left === node && /=$/.test(node.parent.operatorToken.getText()));
    if (name && !isRead && sinks.test(name.text ?? name.getText())) found.push(`${where(node)}: ${node.getText().slice(0, 80)}`);
    if (called && ts.isIdentifier(called) && /^(eval|Function)$/.test(called.text)) found.push(`${where(node)}: ${called.text}`);
  });
  assert.deepEqual(found, []);
});

test("types say what things are: no `any`, nothing that the compiler is told to overlook", () => {
  const found = [];
  nodes((node, where) => node.kind === ts.SyntaxKind.AnyKeyword && found.push(where(node)));
  for (const [path, text] of sources(".ts", ".tsx")) if (/@ts-(ignore|nocheck|expect-error)/.test(text)) found.push(path);
  assert.deepEqual(found, []);
});

test("keys are compared by what they mean, not by where they are on the keyboard; but for layouts that have no Latin letters, in keys.ts", () => {
  const found = [];
  nodes((node, where) => {
    const isPlace = ts.isPropertyAccessExpression(node) && /^(keyCode|which|charCode)$/.test(node.name.text);
    const isCode = (ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node)) && /^[/^]*(Key|Digit)[A-Z0-9.][$/]*$/.test(node.text); // of event.code
    if (isPlace || isCode) found.push(where(node).replace(/:\d+.*$/, ""));
  });
  assert.deepEqual([...new Set(found)], ["app/key-names.ts"]);
});

test("dates and numbers are written in one way: by i18n/dates.ts", () => {
  const found = [];
  nodes((node, where) => {
    const isFormat = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.arguments?.length && /^Intl\.(DateTime|Number)Format$/.test(node.expression.getText());
    const isString = ts.isPropertyAccessExpression(node) && /^toLocale(Date|Time)?String$/.test(node.name.text);
    if (isFormat || isString) found.push(where(node).replace(/:\d+.*$/, ""));
  });
  assert.deepEqual([...new Set(found)].sort(), ["begin.ts", "i18n/dates.ts"]); // the first has the browser read its tables
});
