/** Labels: every colour of the core's is drawn, and can be told from what is behind it in light and dark. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const { properties: { color } } = JSON.parse(read("../../../../api/schema/types/Mailbox.json"));
const colours = color.enum.filter(Boolean);
const tokens = read("../../src/styles/tokens.css");
const styles = read("../../src/styles/labels.css");
const [light, dark] = [/:root \{([^}]*)\}/, /:root\[data-theme="dark"\] \{([^}]*)\}/].map((block) => Object.fromEntries([...block.exec(tokens)[1].matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]])));

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
/** WCAG 2.2, 1.4.3. */
function contrast(a, b) {
  const [more, less] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (more + 0.05) / (less + 0.05);
}
/** color-mix(in srgb, a share, b). */
const mixed = (a, share, b) => a.map((c, i) => c * share + b[i] * (1 - share));

test("each colour that a mailbox may have has a shade in both themes, and a rule that takes it", () => {
  assert.equal(colours.length, 10);
  for (const colour of colours) {
    for (const theme of [light, dark]) assert.match(theme[`--label-${colour}`] ?? "", /^#/, colour);
    assert.ok(styles.includes(`[data-color="${colour}"] { --label: var(--label-${colour}); }`), colour);
  }
});

test("shades have 3 to 1 on all that they are drawn on", () => {
  for (const [name, theme] of Object.entries({ light, dark }))
    for (const colour of colours)
      for (const behind of ["--paper", "--ground", "--raised", "--hover", "--selected"]) {
        const found = contrast(channels(theme[`--label-${colour}`]), channels(theme[behind]));
        assert.ok(found >= 3, `${colour} on ${behind}, ${name}: ${found.toFixed(2)}`);
      }
});

test("names of labels have 4.5 to 1, and the tick of a swatch 3 to 1", () => {
  const share = Number(/background: color-mix\(in srgb, var\(--label, var\(--line-strong\)\) (\d+)%, var\(--paper\)\)/.exec(styles)[1]) / 100;
  for (const theme of [light, dark])
    for (const colour of colours) {
      const [paint, paper, ink] = [theme[`--label-${colour}`], theme["--paper"], theme["--ink"]].map(channels);
      assert.ok(contrast(ink, mixed(paint, share, paper)) >= 4.5, colour);
      assert.ok(contrast(paper, paint) >= 3, colour);
    }
});
