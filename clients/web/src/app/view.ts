/** What is in the list at a place. */
import type { View } from "../store/types.ts";
import { isMailboxId, type Place, type Sort } from "./place.ts";

/** `conversations`: one row a conversation. */
export function viewOf({ part, query, only, sort }: Place, conversations: boolean): View {
  const collapse = conversations && part !== "drafts";
  const inside: View["in"] = isMailboxId(part) ? { mailboxId: part } : part === "all" || part === "flagged" ? "all" : { role: part };
  const filter = part === "flagged" ? "flagged" : only;
  return { in: inside, query, collapse, ...(filter ? { only: filter } : {}), ...(sort ? { sort: sortOf(sort) } : {}) };
}

function sortOf(sort: Sort): NonNullable<View["sort"]> {
  return { property: sort.replace("-", "") as NonNullable<View["sort"]>["property"], isAscending: !sort.startsWith("-") };
}
