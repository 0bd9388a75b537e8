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

const FROM = "from|de|von|da|van|fra|från|lähettäjä|od|от|від|kimden|feladó|de la|από|מאת|差出人|发件人|寄件者|보낸 사람".split("|");
const SENT = "sent|date|envoyé|gesendet|datum|enviado|enviada|fecha|data|inviato|verzonden|sendt|dato|skickat|lähetetty|wysłano|odesláno|отправлено|дата|надіслано|gönderildi|tarih|elküldve|trimis|στάλθηκε|נשלח|送信日時|发送时间|寄件日期|보낸 날짜".split("|");
export const label = (line: string): string => /^[\s*]*([^:：]{2,24})[:：]/.exec(line)?.[1]?.replace(/[*\s]+$/, "").trim().toLowerCase() ?? "";

/** The head that Outlook puts before what it quotes: From: and Sent: in its first lines. */
export function isHead(lines: readonly string[]): boolean {
  const labels = lines.slice(0, 6).map(label);
  return FROM.includes(labels[0] ?? "") && labels.slice(1).some((name) => SENT.includes(name));
}

/** "See my answers below, in red": who quotes without marks may have written among what is quoted. */
export function announcesAnswers(text: string): boolean {
  return /(in-?line|below|underneath|in (red|blue|green|bold)|ci-dessous|plus bas|en (rouge|bleu|vert|gras)|dans le texte|unten|dazwischen|weiter unten|in (rot|blau|grün|fett)|abajo|en (rojo|azul)|sotto|in rosso|abaixo|onder(aan|staand)|hieronder|nedan|nedenfor|poniżej|ниже|red ink)/i.test(text);
}

/** Longer than anything that announces answers. */
const OVERLAP = 40;

/** Whether what was added so far announces answers: each of it is looked at once, however often one asks. */
export class Announced {
  #heard = "";
  so = false;

  add(text: string): void {
    if (this.so) return;
    this.so = announcesAnswers(`${this.#heard} ${text}`);
    this.#heard = `${this.#heard} ${text}`.slice(-OVERLAP);
  }
}

/** Of what is passed on, what is quoted is what it is about. */
export function isForward(subject: string | null | undefined): boolean {
  return /^\s*((re|aw|sv|antw|r|vs|ref)\s*:\s*)*(fwd?|tr|wg|rv|enc|i|vb|vl|doorst|pd|преп)\s*(\[\d+\])?\s*:/i.test(subject ?? "");
}
