/** What a list asks the core for, a window of rows at a time. */
import type { EmailFilter, MailList, View } from "./types.ts";

export const LIST_PROPERTIES = ["threadId", "mailboxIds", "keywords", "size", "receivedAt", "from", "to", "subject", "hasAttachment", "preview", "accountId", "snoozed"];

export const WINDOW = 30;
/** So near to the edge of what is here the next window is fetched. */
export const NEAR = 10;
/** As many as a list takes to be on the screen before anybody has said how large that is. */
export const FIRST_ROWS = 30;

/** For a list of which nothing is known and so many rows are to be seen. */
export const windowFor = (rows: number): number => Math.ceil((rows + 2 * NEAR) / WINDOW) * WINDOW;

export function queryOf({ sort, in: place, query, collapse }: View, filter: EmailFilter): NonNullable<MailList["query"]> {
  const newest = { property: "receivedAt", isAscending: false };
  // What comes back after it was snoozed is on top until it is read (decision 41).
  const isInbox = place !== "all" && !query && (!("role" in place) || place.role === "inbox");
  const woken = { property: "hasKeyword", keyword: "$new", isAscending: false };
  return { accountId: "*", filter, sort: sort ? [{ ...sort }] : isInbox ? [woken, newest] : [newest], collapseThreads: collapse };
}
