/** What others wrote that stands beside what we say: names, subjects, the first words. */
import type { Row } from "./types.ts";

/** They turn the direction of what follows (UAX 9): a name in which they are reads as another one, "elpmaxe.knab@" as an address. No name needs them. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const sound = (text: string): string => text.replace(TURNS, "");

const WRITTEN = ["from", "to", "cc", "bcc", "replyTo", "sender"] as const;

/** Without them; itself, where there are none. */
export function soundRow<R extends Row>(row: R): R {
  const out: Record<string, unknown> = {};
  for (const name of ["subject", "preview"] as const) {
    const text = row[name];
    if (text && text !== sound(text)) out[name] = sound(text);
  }
  for (const name of WRITTEN) {
    const list = (row as Partial<Record<(typeof WRITTEN)[number], Row["from"]>>)[name];
    if (list?.some((one) => sound(`${one.name}${one.email}`) !== `${one.name}${one.email}`)) out[name] = list.map((one) => ({ ...one, name: one.name && sound(one.name), email: sound(one.email) }));
  }
  return Object.keys(out).length ? { ...row, ...out } : row;
}
