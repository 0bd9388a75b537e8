/** What of a message is quoted from an earlier one: by the marks that programs leave, never by guessing from the words of a text. Which of it
 * may be folded: what somebody wrote now is never hidden, nor what he answers to piece by piece. */

/** In the order of the message: what is new, and what is quoted; how long it is. */
export interface Piece {
  isQuote: boolean;
  length: number;
}

/** A quote that short, with its answer below it, is a question: one wants to see it. */
const SHORT = 300;

/** The indexes of the quotes to be folded. */
export function foldable(pieces: readonly Piece[]): number[] {
  const quotes = pieces.flatMap(({ isQuote }, i) => (isQuote ? [i] : []));
  const lastNew = pieces.reduce((last, { isQuote, length }, i) => (!isQuote && length > 0 ? i : last), -1);
  const last = quotes.at(-1);
  if (last === undefined || lastNew < 0) return []; // nothing would be left
  if (quotes.length === 1) return last > lastNew || pieces[last]!.length > SHORT ? quotes : [];
  return last > lastNew ? [last] : []; // answered piece by piece: the pieces stay, what nobody answered to does not
}

const VERBS = [
  "wrote", "writes", "schrieb", "a écrit", "escribió", "escribio", "ha scritto", "escreveu", "schreef", "skrev", "kirjoitti", "napisał", "napisał(a)", "napsal", "napísal", "написал", "пишет",
  "написав", "пише", "yazdı", "írta", "a scris", "έγραψε", "כתב", "كتب", "写道", "寫道", "のメール", "書きました", "님이 작성", "viết", "rašė", "kirjutas", "je napisao",
];

const OPENS = /^(on|am|le|el|il|em|op|den|på|w dniu|dnia|dne|на|в|\d|[\p{L}]{2,4}\.?,?\s+\d)/iu;

/** "On Monday, Anna <anna@example.org> wrote:" in the languages that programs write it in: ends in a colon, and has a date or an address.
 * `isWrapped`: of several lines. Then it begins as such lines do, and no sentence ends in it: nothing that was written above it is taken for its
 * beginning. */
export function isAttribution(text: string, isWrapped = false): boolean {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length > 400 || !/[:：]$/.test(line) || !VERBS.some((verb) => line.includes(verb))) return false;
  if (isWrapped) return OPENS.test(line) && !/[.!?] [\p{Lu}]/u.test(line.replace(/(\p{L}{1,4}\.|\b[AP]M) /gu, "$1_")) && /\d/.test(line);
  return /[\d@]/.test(line) && !/^[<(]|^\S+@\S+ \S+:$/.test(line);
}

const ORIGINAL =
  /^[ \t]*-{3,}\s*(original message|message d['’]origine|message d'origine|ursprüngliche nachricht|originalnachricht|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|исходное сообщение|оригинальное сообщение|özgün ileti|eredeti üzenet|元のメッセージ|原始邮件|原始郵件)\s*-{3,}[ \t]*$/i;

const FROM = "from|de|von|da|van|fra|från|lähettäjä|od|от|від|kimden|feladó|de la|από|מאת|差出人|发件人|寄件者|보낸 사람".split("|");
const SENT = "sent|date|envoyé|gesendet|datum|enviado|enviada|fecha|data|inviato|verzonden|sendt|dato|skickat|lähetetty|wysłano|odesláno|отправлено|дата|надіслано|gönderildi|tarih|elküldve|trimis|στάλθηκε|נשלח|送信日時|发送时间|寄件日期|보낸 날짜".split("|");
const label = (line: string): string => /^[\s*]*([^:：]{2,24})[:：]/.exec(line)?.[1]?.replace(/[*\s]+$/, "").trim().toLowerCase() ?? "";

/** The head that Outlook puts before what it quotes: From: and Sent: in its first lines. */
export function isHead(lines: readonly string[]): boolean {
  const labels = lines.slice(0, 6).map(label);
  return FROM.includes(labels[0] ?? "") && labels.slice(1).some((name) => SENT.includes(name));
}

/** "See my answers below, in red": who quotes without marks may have written among what is quoted. */
export function announcesAnswers(text: string): boolean {
  return /(in-?line|below|underneath|in (red|blue|green|bold)|ci-dessous|plus bas|en (rouge|bleu|vert|gras)|dans le texte|unten|dazwischen|weiter unten|in (rot|blau|grün|fett)|abajo|en (rojo|azul)|sotto|in rosso|abaixo|onder(aan|staand)|hieronder|nedan|nedenfor|poniżej|ниже|red ink)/i.test(text);
}

/** Of what is passed on, what is quoted is what it is about. */
export function isForward(subject: string | null | undefined): boolean {
  return /^\s*((re|aw|sv|antw|r|vs|ref)\s*:\s*)*(fwd?|tr|wg|rv|enc|i|vb|vl|doorst|pd|преп)\s*(\[\d+\])?\s*:/i.test(subject ?? "");
}

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
    if (last?.isQuote === isQuote) last.lines.push(...more);
    else out.push({ isQuote, lines: more });
  };
  let start = 0; // of the lines that are in no block yet
  for (let i = 0; i < lines.length; i++) {
    const isOriginal = ORIGINAL.test(lines[i]!);
    const isRule = /^_{10,}\s*$/.test(lines[i]!);
    const isHeadHere = isOriginal || (isRule ? isHead(lines.slice(i + 1, i + 8)) : label(lines[i]!) !== "" && (i === 0 || isBlank(lines[i - 1]!)) && isHead(lines.slice(i, i + 8)));
    if (isHeadHere && !isForward(subject) && !announcesAnswers(lines.slice(0, i).join("\n"))) {
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
