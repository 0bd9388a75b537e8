/** A query as rows that people understand, and back. The language is the core's (docs/query-language.md); of it rows say what stands beside each other, or
 * all of it with OR between: anything else is left as it was written. */

export const FIELDS = ["from", "to", "cc", "subject", "body", "words", "list", "filename", "attachment", "larger", "smaller"] as const;
export type Field = (typeof FIELDS)[number];

export interface Condition {
  field: Field;
  isNot: boolean;
  /** Of a size "5M"; of an attachment "". */
  value: string;
}

export interface Rows {
  conditions: Condition[];
  /** One of them is enough. */
  isAny: boolean;
}

const TEXTS: ReadonlySet<string> = new Set(["from", "to", "cc", "subject", "body", "list", "filename"]);
/** Of the language, but of no row. */
const OTHERS: ReadonlySet<string> = new Set(["bcc", "id", "in", "account", "is", "keyword", "before", "after", "on"]);
/** What the core takes for space between words, and what ends one. */
const SPACE = /^[ \t-\r\u3000]+/;
const BARE = /^[^ \t-\r\u3000()]*/;
const QUOTED = /^"((?:[^"\\]|\\[^])*)"(\*?)/;
const FIELD = /^([a-z]+):/i;
const NOT = /^(?:-(?=[^ \t-\r\u3000])|NOT(?=[ \t-\r\u3000(])[ \t-\r\u3000]*)/;
const JOINT = /^(?:AND|OR)(?=[ \t-\r\u3000()]|$)/;
const OPERATOR = /^(AND|OR|NOT)(?=[ \t-\r\u3000()]|$)/;

export const hasValue = (field: Field): boolean => field !== "attachment";
export const isSize = (field: Field): boolean => field === "larger" || field === "smaller";

/** [what was written, what is left]; undefined: no row can say it. */
function valueAt(text: string): [value: string, rest: string] | undefined {
  if (!text.startsWith('"')) {
    const value = BARE.exec(text)![0];
    return value ? [value, text.slice(value.length)] : undefined;
  }
  const found = QUOTED.exec(text);
  const plain = found?.[1]!.replace(/\\([^])/g, "$1");
  // A star in quotes is none; a row could not tell it from one behind them.
  if (!found || !plain?.trim() || plain.endsWith("*")) return undefined;
  return [plain + found[2]!, text.slice(found[0].length)];
}

/** "5m", "5MB" and "5M" are the same; bytes are, where they are whole kilobytes. */
function sizeOf(value: string): string | undefined {
  const [, number, unit] = /^(\d{1,9})([kmg]?)b?$/i.exec(value) ?? [];
  if (!number) return undefined;
  if (unit) return `${Number(number)}${unit.toLowerCase() === "k" ? "k" : unit.toUpperCase()}`;
  return Number(number) % 1024 === 0 ? `${Number(number) / 1024}k` : undefined;
}

function conditionAt(text: string): [condition: Condition, rest: string] | undefined {
  const not = NOT.exec(text)?.[0] ?? "";
  const at = text.slice(not.length);
  if (NOT.test(at) || OPERATOR.test(at) || at.startsWith("(")) return undefined;
  const name = FIELD.exec(at)?.[1]!.toLowerCase();
  if (name && OTHERS.has(name)) return undefined;
  const isField = name !== undefined && (TEXTS.has(name) || ["has", "larger", "smaller"].includes(name));
  const found = valueAt(isField ? at.slice(name.length + 1) : at);
  if (!found) return undefined;
  const [value, rest] = found;
  const isNot = not !== "";
  if (!isField) return [{ field: "words", isNot, value }, rest];
  if (name === "has") return value.toLowerCase() === "attachment" ? [{ field: "attachment", isNot, value: "" }, rest] : undefined;
  if (TEXTS.has(name)) return [{ field: name as Field, isNot, value }, rest];
  const size = sizeOf(value);
  return size ? [{ field: name as Field, isNot, value: size }, rest] : undefined;
}

/** undefined: it says more than rows can, or cannot be read at all. */
export function rowsOf(query: string): Rows | undefined {
  const conditions: Condition[] = [];
  const between = new Set<string>();
  for (let text = query.replace(SPACE, ""); text; ) {
    if (conditions.length) {
      const operator = JOINT.exec(text)?.[0];
      between.add(operator ?? "AND");
      text = text.slice(operator?.length ?? 0).replace(SPACE, "");
    }
    const found = conditionAt(text);
    if (!found) return undefined;
    conditions.push(found[0]);
    text = found[1].replace(SPACE, "");
  }
  return between.size > 1 ? undefined : { conditions, isAny: between.has("OR") };
}

/** As the core reads it back as this one value. */
function written(value: string, isWord: boolean): string {
  const plain = value.trim();
  const isPlain = /^[^\s()"'\\]+$/.test(plain) && !(isWord && (plain.startsWith("-") || FIELD.test(plain) || OPERATOR.test(plain)));
  if (isPlain) return plain;
  const star = plain.length > 1 && plain.endsWith("*") ? "*" : "";
  return `"${(star ? plain.slice(0, -1).trimEnd() : plain).replace(/["\\]/g, "\\$&")}"${star}`;
}

function queryOfOne({ field, isNot, value }: Condition): string {
  const not = isNot ? "-" : "";
  if (field === "attachment") return `${not}has:attachment`;
  return not + (field === "words" ? written(value, true) : `${field}:${written(value, false)}`);
}

/** Without those that have no value yet. */
export function queryOf({ conditions, isAny }: Rows): string {
  return conditions.filter(isComplete).map(queryOfOne).join(isAny ? " OR " : " ");
}

export function isComplete({ field, value }: Condition): boolean {
  if (!hasValue(field)) return true;
  return isSize(field) ? /^[1-9]\d{0,8}[kMG]$/.test(value) : value.trim().replace(/\*/g, "") !== "";
}
