/** The mailbox with a mouse, and with a finger on a phone of 320 pixels; in French. */
import assert from "node:assert/strict";
import { eventually, site } from "../harness.mjs";
import { gone, message, row, rows, stands } from "../mail.mjs";

const { test } = site();
const QUIET = { markReadAfter: -1 };
const PHONE = { width: 320, height: 640, touch: true, scale: 2 };

test("a message is opened, read, archived by its button, and brought back by the button that says so", async ({ open, receive, raw }) => {
  const { id } = await receive("mouse: one");
  const page = await open("/mail/inbox");
  await row(page, "mouse: one").click();
  await message(page).getByRole("heading", { name: "mouse: one" }).waitFor();
  await message(page).getByText("Hello.").waitFor();
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
  await message(page).getByRole("button", { name: /^Archive/ }).click();
  await gone(row(page, "mouse: one"));
  await stands(raw, id, { in: ["archive"], keywords: ["$seen"] });
  await page.getByRole("status", { name: "Messages" }).getByRole("button", { name: /^Undo/ }).click();
  await row(page, "mouse: one").waitFor();
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
});

test("Ctrl and Shift select; what is selected is dragged into a mailbox", async ({ open, receive, raw }) => {
  const ids = [];
  for (const n of [1, 2, 3, 4]) ids.push((await receive(`mouse: many ${n}`)).id);
  const page = await open("/mail/inbox", { preferences: QUIET });
  await row(page, "mouse: many 4").click({ modifiers: ["Control"] });
  await row(page, "mouse: many 2").click({ modifiers: ["Shift"] });
  await page.getByRole("toolbar", { name: "This list" }).getByText("3 selected").waitFor();
  await row(page, "mouse: many 3").dragTo(page.getByRole("navigation", { name: "Mailboxes" }).getByRole("link", { name: "Archive" }).last());
  for (const n of [2, 3, 4]) await gone(row(page, `mouse: many ${n}`));
  for (const id of ids.slice(1)) await stands(raw, id, { in: ["archive"], keywords: [] });
  await stands(raw, ids[0], { in: ["inbox"], keywords: [] });
});

test("what is offered to the pointer covers a row's time wholly or not at all, whatever the list looks like", async ({ open, receive }) => {
  await receive("mouse: offered");
  for (const preferences of [...["compact", "normal", "relaxed"].map((density) => ({ layout: "cards", density })), { layout: "table", density: "compact" }]) {
    const page = await open("/mail/inbox", { width: 1024, preferences: { ...QUIET, ...preferences } });
    await row(page, "mouse: offered").waitFor();
    const at = await row(page, "mouse: offered").boundingBox();
    await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
    const actions = row(page, "mouse: offered").locator(".row-actions");
    await actions.waitFor();
    const [over, time, star] = await Promise.all([actions, row(page, "mouse: offered").locator("time"), row(page, "mouse: offered").locator(".star")].map((one) => one.boundingBox()));
    const meets = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height - 3 && b.y < a.y + a.height - 3;
    const covers = over.x <= time.x && over.x + over.width >= time.x + time.width && over.y <= time.y && over.y + over.height >= time.y + time.height;
    assert.ok(covers || !meets(over, time), JSON.stringify({ preferences, over, time }));
    assert.ok(!meets(over, star), JSON.stringify({ preferences, over, star }));
    await page.context().close();
  }
});

test("in a narrow list the number of a conversation's messages is whole, and what a search found is seen", async ({ open, receive }) => {
  const letter = (n) => `From: ${["Bartholomew", "Wilhelmina", "Maximilian"][n]} Featherstonehaugh <p${n}@example.org>\r\nTo: john@example.net\r\nSubject: mouse: a talk whose subject is rather long\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <bubble${n}@example.org>\r\n${n ? "In-Reply-To: <bubble0@example.org>\r\nReferences: <bubble0@example.org>\r\n" : ""}\r\nMuch is written before the one word of which it is all about, zyzzyva.\r\n`;
  for (const n of [0, 1, 2]) await receive(letter(n));
  const page = await open("/mail/all?q=zyzzyva", { width: 1024, preferences: QUIET });
  const found = row(page, "mouse: a talk");
  await found.locator("mark").waitFor();
  await found.locator(".talk").waitFor();
  await found.locator(".label").waitFor();
  const isWhole = (selector) => found.locator(selector).evaluate((e) => {
    const box = e.getBoundingClientRect();
    const [a, b] = [box.left + 2, box.right - 2].map((x) => document.elementFromPoint(x, box.top + box.height / 2));
    return [a, b].every((at) => e.contains(at)) && e.scrollWidth <= e.clientWidth + 1 && box.width > 8;
  });
  assert.ok(await isWhole(".talk"));
  const [mark, preview] = await Promise.all([found.locator("mark"), found.locator(".preview")].map((one) => one.boundingBox()));
  assert.ok(mark.x >= preview.x && mark.x + 20 <= preview.x + preview.width, JSON.stringify({ mark, preview }));
});

test("a search shows as much of a subject as there is room for beside a few words of the text", async ({ open, receive }) => {
  const letter = (subject, text) => `From: Bob <bob@example.org>\r\nTo: john@example.net\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\n\r\n${text}\r\n`;
  await receive(letter("mouse: all of the files for the quixotry", "Here are all of them, as they were asked for on Monday, and some more."));
  await receive(letter("mouse: that has one long subject", "quixotry"));
  const box = (subject, part) => row(page, subject).locator(part).boundingBox();
  const page = await open("/mail/all?q=quixotry", { preferences: QUIET });
  for (const [layout, width] of [["cards", 1280], ["table", 1280], ["cards", 390]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate((preferences) => localStorage.setItem("facteur.preferences", JSON.stringify(preferences)), { ...QUIET, layout, ...(layout === "table" ? { pane: "none" } : {}) });
    await page.reload();
    await row(page, "all of the files").locator(".subject mark").waitFor();
    await row(page, "one long subject").locator(".preview mark").waitFor();
    const [mark, subject] = [await box("all of the files", ".subject mark"), await box("all of the files", ".subject")];
    const line = await box("all of the files", ".what");
    if (layout === "table") assert.ok(mark.x + mark.width <= subject.x + subject.width + 1, JSON.stringify({ layout, width, mark, subject }));
    else assert.ok(subject.width >= line.width - 9 * 16 - 44 || // beside them a gap and the star
      mark.x + mark.width <= subject.x + subject.width + 1, JSON.stringify({ layout, width, line, subject }));
    assert.ok(width < 1000 || await row(page, "one long subject").locator(".subject").evaluate((e) => e.scrollWidth <= e.clientWidth), `${layout} ${width}: cut beside what is free`);
    const [found, what] = [await box("one long subject", ".preview mark"), await box("one long subject", ".what")];
    assert.ok(found.x + found.width <= what.x + what.width, JSON.stringify({ layout, width, found, what }));
  }
});

test("a star is set in the list without opening the message", async ({ open, receive, raw }) => {
  const { id } = await receive("mouse: star");
  const page = await open("/mail/inbox", { preferences: { ...QUIET, layout: "table" } });
  await row(page, "mouse: star").locator(".star").click();
  await stands(raw, id, { in: ["inbox"], keywords: ["$flagged"] });
  assert.match(page.url(), /\/mail\/inbox$/);
});

test("only unread: what is read meanwhile stays until the list is opened again", async ({ open, receive }) => {
  await receive("mouse: unread");
  const page = await open("/mail/inbox");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: /^Only unread/ }).click();
  await page.waitForURL("**only=unread");
  await eventually(async () => assert.ok((await rows(page).evaluateAll((all) => all.every((e) => e.ariaLabel.startsWith("unread"))))));
  await row(page, "mouse: unread").click();
  await message(page).getByRole("heading", { name: "mouse: unread" }).waitFor();
  await eventually(async () => assert.doesNotMatch(await row(page, "mouse: unread").getAttribute("aria-label"), /^unread/));
});

test("cards or lines, near or far, beside or below: how the list is shown is chosen and kept", async ({ open }) => {
  const page = await open("/mail/inbox");
  await rows(page).first().waitFor();
  const height = async () => (await rows(page).first().boundingBox()).height;
  const before = await height();
  await page.getByRole("button", { name: "How the list is shown" }).click();
  await page.getByRole("menuitemradio", { name: "One line each" }).click();
  await eventually(async () => assert.ok((await height()) < before));
  await page.getByRole("button", { name: "How the list is shown" }).click();
  await page.getByRole("menuitemradio", { name: "Compact" }).click();
  await eventually(async () => assert.ok((await height()) < 32));
  const compact = await height();
  await page.reload();
  await rows(page).first().waitFor();
  assert.equal(await height(), compact);
});

/** A finger, from one place to another: what a touch screen sends. */
async function swipe(page, locator, by) {
  const box = await locator.boundingBox();
  const cdp = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = (type, at) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [{ x: at, y }] });
  await touch("touchStart", x);
  for (let step = 1; step <= 8; step++) await touch("touchMove", x + (by * step) / 8);
  await touch("touchEnd");
  await cdp.detach();
}

test("on a phone: a swipe archives, the other way marks as read; a short one does nothing", async ({ open, receive, raw }) => {
  const { id } = await receive("finger: swipe");
  const page = await open("/mail/inbox", { ...PHONE, preferences: QUIET });
  await row(page, "finger: swipe").waitFor();
  await swipe(page, row(page, "finger: swipe"), 40);
  await swipe(page, row(page, "finger: swipe"), 130);
  await stands(raw, id, { in: ["inbox"], keywords: ["$seen"] });
  await swipe(page, row(page, "finger: swipe"), -130);
  await gone(row(page, "finger: swipe"));
  await stands(raw, id, { in: ["archive"], keywords: ["$seen"] });
  assert.match(page.url(), /\/mail\/inbox$/);
});

test("on a phone: a message takes the whole screen, and back is back", async ({ open, receive }) => {
  await receive("finger: open");
  const page = await open("/mail/inbox", PHONE);
  await row(page, "finger: open").tap();
  await message(page).getByRole("heading", { name: "finger: open" }).waitFor();
  assert.equal(await rows(page).first().isVisible(), false);
  await page.goBack();
  await row(page, "finger: open").waitFor();
  await row(page, "finger: open").tap();
  await message(page).getByRole("button", { name: /^Back/ }).tap();
  await row(page, "finger: open").waitFor();
  await page.getByRole("navigation", { name: "Main actions" }).getByRole("button", { name: "Mailboxes" }).tap();
  await page.getByRole("navigation", { name: "Mailboxes" }).getByRole("link", { name: "Archive" }).first().tap();
  await page.waitForURL("**/mail/archive");
});

test("in French: every word of the screen, its dates and its keys", async ({ open, receive, raw }) => {
  const { id } = await receive("en français");
  const page = await open("/mail/inbox", { lang: "fr", preferences: QUIET });
  await row(page, "en français").waitFor();
  assert.match(await row(page, "en français").getAttribute("aria-label"), /^non lu, Jane, en français, .*(janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre) \d{4}/);
  await page.getByRole("navigation", { name: "Boîtes" }).getByRole("link", { name: /^Boîte de réception/ }).first().waitFor();
  await row(page, "en français").click();
  await message(page).getByRole("button", { name: /^Archiver/ }).click();
  await page.getByRole("status", { name: "Messages" }).getByText("Un message archivé").waitFor();
  await stands(raw, id, { in: ["archive"], keywords: [] });
  await page.getByRole("button", { name: /^Annuler/ }).click();
  await row(page, "en français").waitFor();
  // No word of the other language, and no key instead of a word.
  const said = await page.evaluate(() => [...document.querySelectorAll("button, a, h1, h2, [aria-label], [placeholder], [title]")].filter((e) => !e.closest('[role=listbox], .reader-pane')).flatMap((e) => [e.ariaLabel, e.title, e.placeholder, e.textContent]).filter(Boolean).join("\n"));
  assert.doesNotMatch(said, /\b(Inbox|Archive\b(?!s)|Search|New message|Settings|Mailboxes|unread|Delete)\b/);
  assert.doesNotMatch(said, /^[a-z]+-[a-z-]+$/m);
});

test("what is dragged in one window onto a mailbox of another is what is moved there, not what was dragged here before and given up", async ({ open, receive, raw }) => {
  const [one, other] = [await receive("mouse: given up"), await receive("mouse: of another window")];
  const page = await open("/mail/inbox", { preferences: QUIET });
  const second = await page.context().newPage();
  await second.goto(page.url());
  /** What the drag has with it. */
  const drag = (page, subject) => row(page, subject).evaluate((e) => {
    const dataTransfer = new DataTransfer();
    e.dispatchEvent(new DragEvent("dragstart", { dataTransfer, bubbles: true }));
    return [...dataTransfer.types].map((type) => [type, dataTransfer.getData(type)]);
  });
  const drop = (data) => page.getByRole("navigation", { name: "Mailboxes" }).getByRole("link", { name: "Archive" }).last().evaluate((e, data) => {
    const dataTransfer = new DataTransfer();
    for (const [type, text] of data) dataTransfer.setData(type, text);
    for (const name of ["dragover", "drop"]) e.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
  }, data);
  const before = await drag(page, "mouse: given up");
  const now = await drag(second, "mouse: of another window");
  await drop(before); // it is over; so is what another site makes up
  await drop(now);
  await gone(row(page, "mouse: of another window"));
  await stands(raw, other.id, { in: ["archive"], keywords: [] });
  await stands(raw, one.id, { in: ["inbox"], keywords: [] });
});

test("signs that turn the text have no effect in what a search found, and in an enclosed message; what was found is marked in the search alone", async ({ open, receive }) => {
  const RLO = "\u202e";
  const enclosed = `From: "gro.elpmaxe@knab ${RLO}" <evil@example.org>\r\nTo: john@example.net\r\nSubject: in${RLO}side\r\n\r\nHello.\r\n`;
  await receive(`From: Jane <jane@example.org>\r\nTo: john@example.net\r\nSubject: turned ${RLO}fdp.exe quagga\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nA ${RLO}quagga.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${enclosed}\r\n--b--\r\n`);
  const page = await open("/mail/inbox?q=quagga", { preferences: { ...QUIET, conversations: false } });
  const found = row(page, "fdp.exe");
  await found.locator(".subject mark").waitFor();
  assert.doesNotMatch(await found.textContent(), /\u202e/);
  await found.click();
  await message(page).getByRole("button", { name: /^Show|^Preview|^Look/ }).first().click();
  const shown = message(page).locator(".attachment-message");
  await shown.waitFor();
  assert.match(await shown.textContent(), /evil@example.org/);
  assert.doesNotMatch(await shown.textContent(), /\u202e/);
  await page.getByRole("searchbox").or(page.locator("#search")).first().fill("");
  await page.waitForURL((url) => !url.searchParams.has("q"));
  await row(page, "fdp.exe").waitFor();
  await eventually(async () => assert.equal(await row(page, "fdp.exe").locator("mark").count(), 0));
});
