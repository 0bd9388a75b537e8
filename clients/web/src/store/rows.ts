/** Rows that are asked for by name, wherever they are. */
import type { Link } from "./link.ts";
import { LIST_PROPERTIES, type Records } from "./records.ts";
import type { Id, Row } from "./types.ts";

const AT_ONCE = 500;

export async function fetchRows(link: Link, records: Records, ids: readonly Id[]): Promise<void> {
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const sentAt = records.clock;
    const { list } = await link.call("Email/get", { accountId: "*", ids: ids.slice(i, i + AT_ONCE), properties: LIST_PROPERTIES });
    records.learn(list as Row[], sentAt);
  }
}
