/** Whom one may mean: Address/suggest ranks those that the mail of all accounts knows. A core that has no such method suggests nobody. */
import { FacteurError, type JmapClient } from "facteur";
import { type Address, isSame, wholeAddresses } from "./addresses.ts";

const LIMIT = 8;
/** Who types on asks for more letters. */
const PAUSE_MS = 80;
let isThere = true;
/** One question at a time: the draft is saved over the same few connections, and may not have to wait for them. */
let asking: Promise<unknown> | undefined;

/** `isWanted`: whether that still stands there. */
export async function suggest(client: Pick<JmapClient, "call">, text: string, isWanted: () => boolean): Promise<Address[]> {
  if (!isThere || !text.trim()) return [];
  await new Promise((done) => setTimeout(done, PAUSE_MS));
  while (asking && isWanted()) await asking;
  if (!isWanted()) return [];
  const answer = client.call("Address/suggest", { accountId: "*", text: text.trim(), limit: LIMIT });
  asking = answer.catch(() => undefined).then(() => (asking = undefined));
  try {
    return (await answer).list.map(({ name, email }) => ({ name: name || null, email }));
  } catch (e) {
    if (e instanceof FacteurError && e.type === "unknownMethod") isThere = false;
    return []; // nobody is suggested while the core does not answer: one can type on
  }
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether one who was suggested for the first letters is still meant when there are more of them. */
export function isMeant({ name, email }: Address, typed: string): boolean {
  const known = plain(`${name ?? ""} ${email}`);
  return plain(typed).split(/\s+/).every((word) => known.includes(word));
}

/** Who is put in by Enter unless another one is chosen: the first. A whole address is meant as it was typed: then only who has it. -1: nobody. */
export function likeliest(suggested: readonly Address[], typed: string): number {
  const [whole] = wholeAddresses(typed);
  return whole ? suggested.findIndex((one) => isSame(one, whole)) : suggested.length ? 0 : -1;
}
