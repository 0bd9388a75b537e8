/** What everybody needs: the screens in light and dark, from left to right and from right to left, on a desk and on a phone, by axe-core; and
 * what no program finds by looking: reflow at 320 pixels and with letters twice as large, sizes of targets, forced colours, where the focus is. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { eventually, site } from "../harness.mjs";
import { screens, shown } from "../screens.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** Every pair of language, theme and width. A screen is opened in one of them, the next screen in the next one, and then turned into its opposite:
 * each is seen light and dark, in both directions and widths. FACTEUR_LOOKS=all: each is opened in all. */
const LOOKS = [["en", "light", 1280, 800], ["pseudo", "light", 320, 640], ["en", "dark", 320, 640], ["pseudo", "dark", 1280, 800]];
const looksOf = (i) => (process.env.FACTEUR_LOOKS === "all" ? LOOKS : [LOOKS[i % LOOKS.length]]);
const NAMES = screens({ html: "", attachment: "" }).map((screen) => screen.name);

const { test } = site();
/** Which messages are shown: asked once. */
let messages;

/** Opens a screen as it is to be looked at. */
async function look(open, json, name, options = {}) {
  const screen = screens((messages ??= await shown(json))).find((one) => one.name === name);
  const page = await open(screen.path, { ...(screen.signedOut ? { token: null } : {}), preferences: screen.preferences, ...options });
  await screen.arrange?.(page);
  await screen.ready(page).waitFor();
  return page;
}

const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The other theme, the other width, the other direction. */
async function turn(page, theme, width) {
  await page.emulateMedia({ colorScheme: theme === "dark" ? "light" : "dark" });
  await page.setViewportSize(width > 320 ? { width: 320, height: 640 } : { width: 1280, height: 800 });
  await page.evaluate(() => {
    const root = document.documentElement;
    root.dir = root.dir === "rtl" ? "ltr" : "rtl";
  });
  await painted(page);
}

/** The rules that are broken: "rule: where: why". The message's own text is not ours: its frame is not entered.
 *
 * What a row of the list is called is a sentence of its own (so readers say a row well: "unread, sender, subject, date"), which has the sender and the subject as they are seen
 * but not the preview and the short date: "label in name" (2.5.3) is about the words by which one would call it, and is asserted of those below. */
async function violations(page) {
  return page.evaluate(async (tags) => {
    const { violations: found } = await globalThis.axe.run(document, { runOnly: tags, iframes: false, preload: false, resultTypes: ["violations"] });
    const lines = found.flatMap(({ id, nodes }) => nodes
      .filter(({ target }) => id !== "label-content-name-mismatch" || document.querySelector(target.join(" "))?.role !== "option")
      .map(({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.split("\n").slice(1, 3).join(" ").trim()}`));
    return lines.slice(0, 5);
  }, TAGS);
}

/** It scrolls in one direction only (1.4.10). */
async function tooWide(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  return content > window ? [`it is ${content} wide, the window ${window}`] : [];
}

/** Controls that are smaller than 24 pixels and nearer than that to another one (2.5.8); links in a text are none. */
function tooSmall(page) {
  return page.evaluate(() => {
    const controls = [...document.querySelectorAll("button, input, select, textarea, summary, [role=option], [role=menuitem], [role=button], nav a")].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.matches(".link, .skip, .visually-hidden"));
    const boxes = controls.map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
    const isLabelled = (e) => [...(e.labels ?? [])].some((label) => label.getBoundingClientRect().height > 23.5); // it is pressed, too
    return boxes.filter(([e, r]) => (r.width < 23.5 || r.height < 23.5) && !isLabelled(e)).map(([e, r]) => `${e.tagName} "${(e.ariaLabel ?? e.textContent).slice(0, 40)}" is ${Math.round(r.width)} x ${Math.round(r.height)}`).slice(0, 5);
  });
}

// Half of the screens each in two files (accessibility-more.test.mjs): one would take longer than all others.
const isMore = process.env.FACTEUR_SCREENS === "more";
const once = isMore ? () => {} : test;
for (const [i, name] of NAMES.entries()) {
  if ((i % 2 === 1) !== isMore) continue;
  test(`axe, widths, targets, large letters: ${name}`, { timeout: 60_000 * looksOf(i).length }, async ({ open, json }) => {
    const found = [];
    for (const [lang, theme, width, height] of looksOf(i)) {
      const page = await look(open, json, name, { lang, dark: theme === "dark", width, height });
      await page.evaluate(axe);
      await painted(page);
      const note = (what, problems) => found.push(...problems.map((problem) => [lang, theme, what, problem].join(" | ")));
      note(width, [...(await violations(page)), ...(await tooWide(page)), ...(await tooSmall(page))]);
      await turn(page, theme, width);
      note("turned", [...(await violations(page)), ...(await tooWide(page)), ...(await tooSmall(page))]);
      await page.setViewportSize({ width: 320, height: 640 }); // there is least room for each screen
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      await painted(page);
      note("letters twice as large", await tooWide(page));
      await page.context().close();
    }
    assert.deepEqual(found, []);
  });
}

once("a list that can be heard: its name, how many there are, which one, what it is", async ({ open }) => {
  const page = await open("/mail/inbox");
  const list = page.getByRole("listbox", { name: "Messages" });
  await list.getByRole("option").first().waitFor();
  const rows = await list.getByRole("option").evaluateAll((all) => all.map((e) => ({ name: e.ariaLabel, size: e.ariaSetSize, at: Number(e.ariaPosInSet), tab: e.tabIndex, from: e.querySelector(".from, .who")?.textContent, subject: e.querySelector(".subject")?.textContent })));
  const total = Number(rows[0].size);
  assert.ok(total > 100);
  assert.deepEqual(rows.map((row) => row.at), rows.map((_, i) => i + 1));
  assert.ok(rows.every((row) => Number(row.size) === total));
  assert.deepEqual(rows.map((row) => row.tab), rows.map((_, i) => (i === 0 ? 0 : -1)), "one stop of the tabulator key");
  for (const { name, subject } of rows) assert.ok(subject && name.includes(subject.trim()), `"${name}" has no "${subject}"`);
  const heard = await list.ariaSnapshot();
  assert.match(heard, /option "unread, /);
  assert.match(heard, /option "(unread, )?The Lantern, The Lantern 217: Migrating birds, Thursday,? 23 October 2025 at \d\d:\d\d"/);
});

once("the focus is never lost: it is on something that can be named", async ({ open }) => {
  const page = await open("/mail/inbox");
  const focus = () => page.evaluate(() => {
    const e = document.activeElement;
    return e === document.body || !e ? "nothing" : e.tagName === "IFRAME" ? "the message" : `${e.role ?? e.tagName} ${(e.ariaLabel ?? e.textContent ?? "").trim().slice(0, 40)}`;
  });
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("j");
  const lost = [];
  for (const keys of ["j", "j", "Enter", "n", "u", "e", "z", "x", "j", "x", "#", "z", "?", "Escape", "Control+k", "Escape", "v", "Escape", "s", "Shift+I", "/", "Escape", "j"]) {
    await page.keyboard.press(keys);
    await eventually(async () => (await focus()) !== "nothing", 1000).catch(() => lost.push(keys));
  }
  assert.deepEqual(lost, []);
});

once("forced colours: what is chosen is to be seen, and so are the edges of controls", async ({ open }) => {
  const page = await open("/mail/inbox", { forcedColors: true });
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  const colours = await page.evaluate(() => {
    const of = (selector) => getComputedStyle(document.querySelector(selector));
    const probe = document.createElement("p");
    probe.style.cssText = "color: HighlightText; background: Highlight";
    document.body.append(probe);
    const wanted = [getComputedStyle(probe).backgroundColor];
    return { selected: of('[role=option][aria-selected="true"]').backgroundColor, wanted: wanted[0], plain: of('[role=option]:not([aria-selected="true"])').backgroundColor, edge: of(".button").borderTopStyle };
  });
  assert.equal(colours.selected, colours.wanted);
  assert.notEqual(colours.plain, colours.selected);
  assert.equal(colours.edge, "solid");
});

once("who wants no motion sees none", async ({ open }) => {
  const page = await open("/mail/inbox");
  await page.getByRole("option").first().waitFor();
  const moving = () => page.evaluate(() => [...document.querySelectorAll("*")].filter((e) => {
    const { transitionDuration, animationName, animationDuration } = getComputedStyle(e);
    return transitionDuration.split(",").some((one) => parseFloat(one) > 0) || (animationName !== "none" && parseFloat(animationDuration) > 0);
  }).map((e) => e.className).slice(0, 5));
  assert.deepEqual(await moving(), []);
});
