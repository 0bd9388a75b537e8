/** Whom one may mean: Address/suggest ranks those that the mail of all accounts knows. A core that has no such method suggests nobody. */
import { FacteurError, type JmapClient } from "facteur";
import type { Address } from "./addresses.ts";

const LIMIT = 8;
let isThere = true;

export async function suggest(client: JmapClient, text: string): Promise<Address[]> {
  if (!isThere || !text.trim()) return [];
  try {
    const answer = await client.call("Address/suggest", { accountId: "*", text: text.trim(), limit: LIMIT });
    return answer.list.map(({ name, email }) => ({ name: name || null, email }));
  } catch (e) {
    if (e instanceof FacteurError && e.type === "unknownMethod") isThere = false;
    return []; // nobody is suggested while the core does not answer: one can type on
  }
}
