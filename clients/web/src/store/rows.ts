/** Rows that are asked for by name, wherever they are. */
import type { Link } from "./link.ts";
import type { Records } from "./records.ts";
import type { Id, Row } from "./types.ts";
import { LIST_PROPERTIES } from "./window.ts";

const AT_ONCE = 500;

/** All of them are here when it resolves, however many they are. */
export async function fetchRows(link: Link, records: Records, ids: readonly Id[]): Promise<void> {
  const wanted = new Set(ids);
  const holds = (id: Id): boolean => wanted.has(id);
  records.holders.add(holds);
  try {
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      const sentAt = records.clock;
      const { list } = await link.call("Email/get", { accountId: "*", ids: ids.slice(i, i + AT_ONCE), properties: LIST_PROPERTIES });
      records.learn(list as Row[], sentAt);
    }
  } finally {
    setTimeout(() => records.holders.delete(holds)); // whoever asked holds them by then
  }
}
