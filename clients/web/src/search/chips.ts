/** The operators in a query, for people who would rather click than know them. The language itself is the core's (Search/parse): here it is only
 * taken apart at its spaces and quotes. */

export interface Chip {
  text: string;
  begin: number;
  end: number;
}

/** Words in quotes, operators with quoted values, and all else up to a space. */
const TOKEN = /-?(?:[a-z]+:)?"[^"]*"?|\S+/gi;
const OPERATOR = /^-?(?:from|to|cc|bcc|subject|body|filename|list|id|in|account|is|has|before|after|on|larger|smaller):.+/i;

export function chipsOf(query: string): Chip[] {
  return [...query.matchAll(TOKEN)].map((m) => ({ text: m[0], begin: m.index, end: m.index + m[0].length })).filter((chip) => OPERATOR.test(chip.text));
}

export function withoutChip(query: string, chip: Chip): string {
  return `${query.slice(0, chip.begin).trimEnd()} ${query.slice(chip.end).trimStart()}`.trim();
}

/** An operator that wants a value is left open at the end, for the value to be typed. */
export function withChip(query: string, offer: string): string {
  const words = query.trimEnd();
  return `${words}${words ? " " : ""}${offer}${offer.endsWith(":") ? "" : " "}`;
}
