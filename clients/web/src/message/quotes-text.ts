/** Quotes in plain text: lines that begin with ">", what Outlook puts below its line, and the lines that introduce them. */
import { Announced, foldable, isAttribution, isForward, isHead, label } from "./quotes.ts";

const ORIGINAL =
  /^[ \t]*-{3,}\s*(original message|message d['’]origine|message d'origine|ursprüngliche nachricht|originalnachricht|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|исходное сообщение|оригинальное сообщение|özgün ileti|eredeti üzenet|元のメッセージ|原始邮件|原始郵件)\s*-{3,}[ \t]*$/i;

export interface TextBlock {
  isQuote: boolean;
  /** Its lines, as they are. */
  text: string;
}

const isQuoted = (line: string): boolean => line.startsWith(">");
const isBlank = (line: string): boolean => line.trim() === "";

/** How many lines before this one are the line that says who wrote what follows (it may have been wrapped). */
function attributionBefore(lines: readonly string[], at: number): number {
  let end = at;
  while (end > 0 && at - end < 2 && isBlank(lines[end - 1]!)) end--;
  for (let n = 1; n <= 3 && end - n >= 0; n++) {
    if (isBlank(lines[end - n]!) || isQuoted(lines[end - n]!)) break;
    if (isAttribution(lines.slice(end - n, end).join(" "), n > 1)) return at - (end - n);
  }
  return 0;
}

/** Text in blocks; joined by line ends they are the text again. */
export function textBlocks(text: string, subject?: string | null): TextBlock[] {
  const lines = text.split("\n");
  const out: { isQuote: boolean; lines: string[] }[] = [];
  const add = (isQuote: boolean, more: string[]): void => {
    const last = out.at(-1);
    if (!more.length) return;
    if (last?.isQuote === isQuote) for (const line of more) last.lines.push(line);
    else out.push({ isQuote, lines: more });
  };
  let start = 0; // of the lines that are in no block yet
  const announced = new Announced();
  let heard = 0;
  for (let i = 0; i < lines.length; i++) {
    const isOriginal = ORIGINAL.test(lines[i]!);
    const isRule = /^_{10,}\s*$/.test(lines[i]!);
    const isHeadHere = isOriginal || (isRule ? isHead(lines.slice(i + 1, i + 8)) : label(lines[i]!) !== "" && (i === 0 || isBlank(lines[i - 1]!)) && isHead(lines.slice(i, i + 8)));
    if (isHeadHere) for (; heard < i; heard++) announced.add(lines[heard]!);
    if (isHeadHere && !isForward(subject) && !announced.so) {
      add(false, lines.slice(start, i));
      add(true, lines.slice(i));
      start = lines.length;
      break;
    }
    if (!isQuoted(lines[i]!)) continue;
    const from = Math.max(start, i - attributionBefore(lines, i));
    add(false, lines.slice(start, from));
    let end = i + 1;
    for (let j = end; j < lines.length && (isQuoted(lines[j]!) || isBlank(lines[j]!)); j++) if (isQuoted(lines[j]!)) end = j + 1;
    add(true, lines.slice(from, end));
    start = end;
    i = end - 1;
  }
  add(false, lines.slice(start));
  return out.map(({ isQuote, lines }) => ({ isQuote, text: lines.join("\n") }));
}

/** Which of the blocks are folded. */
export function foldedBlocks(blocks: readonly TextBlock[]): number[] {
  return foldable(blocks.map(({ isQuote, text }) => ({ isQuote, length: text.trim().length })));
}
