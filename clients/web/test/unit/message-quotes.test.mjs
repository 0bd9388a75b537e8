import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { Announced, foldable, isAttribution, isForward } = await load("src/message/quotes.ts");
const { foldedBlocks, textBlocks } = await load("src/message/quotes-text.ts");

/** What stays on the screen, and what is folded. */
function fold(text, subject) {
  const blocks = textBlocks(text, subject);
  const folded = foldedBlocks(blocks);
  return { seen: blocks.filter((_, i) => !folded.includes(i)).map(({ text }) => text).join("\n"), folded: folded.map((i) => blocks[i].text).join("\n") };
}

const LONG = Array.from({ length: 12 }, (_, i) => `> line ${i} of what was written before, long enough`).join("\n");

test("blocks joined are the text, whatever the text", () => {
  const pieces = ["", "> a", ">> b", "new", "On 1 Jan 2026, A wrote:", "-----Original Message-----", "From: a@b.c", "Sent: today", "________________________________", " ", ">", "From:", "\t> x"];
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: random(14) }, () => pieces[random(pieces.length)]).join("\n");
    assert.equal(textBlocks(text, null).map(({ text }) => text).join("\n"), text);
    const { seen } = fold(text);
    const isNew = (line) => line.trim() && !line.startsWith(">") && !/wrote:|Original|From:|Sent:|____/.test(line);
    // Without Outlook's head nothing marks the end of a quote but the lines themselves: nothing new may be gone.
    if (!/Original|From:/.test(text)) assert.deepEqual(seen.split("\n").filter(isNew), text.split("\n").filter(isNew), text);
  }
});

test("the quote below an answer is folded, with the line that introduces it", () => {
  const { seen, folded } = fold(`Yes, gladly.\n\nOn Mon, 2 Nov 2026 at 10:00, Anna <anna@example.org> wrote:\n${LONG}\n`);
  assert.equal(seen.trim(), "Yes, gladly.");
  assert.match(folded, /^On Mon/);
});

test("the introduction may be wrapped, and a blank line may follow it", () => {
  const { seen } = fold(`Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, Anna Verylongname\n<anna@example.org> wrote:\n\n${LONG}`);
  assert.equal(seen.trim(), "Yes.");
});

test("what stands right above the introduction is not taken for a part of it", () => {
  for (const above of ["Thanks", "See you at 10", "On Monday I will come. Perhaps", "Le rendez-vous est à 10 h."])
    assert.match(fold(`${above}\nAnna <anna@example.org> wrote:\n${LONG}`).seen, new RegExp(above.slice(0, 8)), above);
  assert.equal(fold(`Thanks\nOn 2 Nov 2026, Anna wrote:\n${LONG}`).seen, "Thanks");
});

test("what answers piece by piece is all there", () => {
  const text = "On Mon, 2 Nov 2026, Anna wrote:\n> One?\nYes.\n> Two?\nNo.\n> Three?\nPerhaps.";
  assert.deepEqual(fold(text), { seen: text, folded: "" });
});

test("what nobody answered to below the last answer is folded", () => {
  const { seen, folded } = fold(`> One?\nYes.\n> Two?\nNo.\n${LONG}`);
  assert.equal(seen, "> One?\nYes.\n> Two?\nNo.");
  assert.equal(folded, LONG);
});

test("a long quote above an answer is folded, a question is not", () => {
  assert.equal(fold(`${LONG}\nMy answer`).seen, "My answer");
  assert.equal(fold("> When?\nTomorrow").folded, "");
});

test("nothing but a quote is shown", () => {
  assert.equal(fold(LONG).folded, "");
  assert.equal(fold(`On Mon, 2 Nov 2026, Anna wrote:\n${LONG}`).folded, "");
});

test("Outlook's heads, with a line above or without, in several languages", () => {
  for (const head of [
    "-----Original Message-----\nFrom: Anna\nSent: Monday\nTo: me\nSubject: x",
    "________________________________\nFrom: Anna <a@b.c>\nSent: Monday, November 2, 2026\nTo: me\nSubject: x",
    "-----Message d'origine-----\nDe : Anna\nEnvoyé : lundi\nÀ : moi\nObjet : x",
    "De : Anna <a@b.c>\nEnvoyé : lundi 2 novembre 2026\nÀ : moi\nObjet : x",
    "-----Ursprüngliche Nachricht-----\nVon: Anna\nGesendet: Montag",
    "Von: Anna\nGesendet: Montag, 2. November 2026\nAn: mich\nBetreff: x",
    "*From:* Anna\n*Sent:* Monday\n*To:* me",
  ]) {
    const { seen, folded } = fold(`Fine.\n\n${head}\n\nWhat do you think?`, "Re: x");
    assert.equal(seen.trim(), "Fine.", head);
    assert.match(folded, /What do you think/);
  }
});

test("what is passed on is shown; so is what may have answers in it", () => {
  const body = "-----Original Message-----\nFrom: Anna\nSent: Monday\n\nThe point of it all";
  assert.match(fold(`FYI\n\n${body}`, "FW: x").seen, /The point/);
  assert.match(fold(`See my answers below in red.\n\n${body}`, "RE: x").seen, /The point/);
  assert.match(fold(`Mes réponses ci-dessous.\n\n${body}`, "RE: x").seen, /The point/);
  for (const subject of ["Fwd: a", "FW: a", "Re: Fwd: a", "TR : a", "WG: a", "RV: a", "I: a"]) assert.ok(isForward(subject), subject);
  for (const subject of ["Re: a", "AW: forward", "forward: a", null, "Interesting: a", "Wed: a"]) assert.ok(!isForward(subject), String(subject));
});

test("lines that introduce a quote, in the languages of their programs", () => {
  for (const line of [
    "On Mon, Nov 2, 2026 at 10:00 AM Anna <anna@example.org> wrote:", "Am 02.11.26 um 10:00 schrieb Anna:", "Am Mo., 2. Nov. 2026 um 10:00 Uhr schrieb Anna <\nanna@example.org>:",
    "Le 02/11/2026 à 10:00, Anna a écrit :", "Le lun. 2 nov. 2026 à 10:00, Anna <anna@example.org> a écrit :", "El lun, 2 nov 2026 a las 10:00, Anna escribió:", "Il giorno lun 2 nov 2026 alle ore 10:00 Anna ha scritto:",
    "Em seg., 2 de nov. de 2026 às 10:00, Anna escreveu:", "Op ma 2 nov 2026 om 10:00 schreef Anna:", "Den mån 2 nov. 2026 kl 10:00 skrev Anna:", "pon., 2 lis 2026 o 10:00 Anna napisał(a):",
    "пн, 2 нояб. 2026 г. в 10:00, Анна <anna@example.org> написал:", "2 Kas 2026 Pzt, 10:00 tarihinde Anna şunu yazdı:", "2026年11月2日(月) 10:00 Anna <anna@example.org>のメール:", "在 2026年11月2日，10:00，Anna 写道：", "2026년 11월 2일 (월) 오전 10:00, Anna님이 작성:",
  ]) assert.ok(isAttribution(line), line);
  for (const line of ["He wrote:", "In 2025 somebody wrote a book", "I asked 3 times:", "wrote: 2026"]) assert.ok(!isAttribution(line), line);
});

test("a line like that without a quote stays", () => {
  const text = "On 2 November 2026 Anna wrote:\n\nThis is what I think of it.";
  assert.deepEqual(fold(text), { seen: text, folded: "" });
});

test("what may be folded is decided by the order alone", () => {
  const q = (length = 1000) => ({ isQuote: true, length });
  const n = { isQuote: false, length: 10 };
  assert.deepEqual(foldable([n, q()]), [1]);
  assert.deepEqual(foldable([q()]), []);
  assert.deepEqual(foldable([]), []);
  assert.deepEqual(foldable([q(), n]), [0]);
  assert.deepEqual(foldable([q(20), n]), []);
  assert.deepEqual(foldable([n, q(), n]), [1]);
  assert.deepEqual(foldable([n, q(), n, q()]), [3]);
  assert.deepEqual(foldable([q(), n, q(), n]), []);
});

test("answers may be announced over the ends of lines and parts, and stay announced", () => {
  for (const [parts, so] of [[["see my answers be", "low"], false], [["see my answers", "below"], true], [["in", "red", "x".repeat(100)], true], [["not a word", "of it"], false]]) {
    const announced = new Announced();
    for (const part of parts) announced.add(part);
    assert.equal(announced.so, so, parts.join("|"));
  }
});

test("a text of a megabyte is drawn: nothing in it is looked at again and again", { timeout: 30_000 }, () => {
  for (const text of ["below\n" + "From: a\nSent: b\n\n".repeat(60_000), "> a\nFrom: a\nSent b\n\n".repeat(50_000), "> a\nb\n".repeat(170_000), "\n".repeat(1_000_000)])
    assert.equal(textBlocks(text).map(({ text }) => text).join("\n"), text); // minutes, where it is
});
