/** What others wrote that stands beside what we say: names, subjects, the first words. */
import { bare } from "../i18n/bare.ts";
import type { Row } from "./types.ts";

const WRITTEN = ["from", "to", "cc", "bcc", "replyTo", "sender"] as const;

/** Without signs that turn the direction of what follows: a name in which they are reads as another one, "elpmaxe.knab@" as an address. No name needs them.
 * Itself, where there are none. */
export function soundRow<R extends Row>(row: R): R {
  const out: Record<string, unknown> = {};
  for (const name of ["subject", "preview"] as const) {
    const text = row[name];
    if (text && text !== bare(text)) out[name] = bare(text);
  }
  for (const name of WRITTEN) {
    const list = (row as Partial<Record<(typeof WRITTEN)[number], Row["from"]>>)[name];
    if (list?.some((one) => bare(`${one.name}${one.email}`) !== `${one.name}${one.email}`)) out[name] = list.map((one) => ({ ...one, name: one.name && bare(one.name), email: bare(one.email) }));
  }
  return Object.keys(out).length ? { ...row, ...out } : row;
}
