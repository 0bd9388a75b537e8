/** What a view has in it: as a filter for the core, and as a question to one message. */
import type { EmailFilter, Id, Mailbox, Row, View } from "./types.ts";

export type Mailboxes = ReadonlyMap<Id, Mailbox & { accountId: Id }>;

export function keyOf(view: View): string {
  const { in: place, query, collapse, only, sort } = view;
  return JSON.stringify([place === "all" ? 0 : "role" in place ? ["r", place.role] : ["m", place.mailboxId], query.trim(), collapse, only, sort && [sort.property, sort.isAscending]]);
}

/** The mailboxes of a view; undefined: all there are. `takesPart`: which accounts are in unified views. */
export function mailboxesOf(view: View, mailboxes: Mailboxes, takesPart: (accountId: Id) => boolean): Id[] | undefined {
  const { in: place } = view;
  if (place === "all") return undefined;
  if ("mailboxId" in place) return [place.mailboxId];
  return [...mailboxes.values()].filter((m) => m.role === place.role && takesPart(m.accountId)).map((m) => m.id).sort();
}

/** `parsed`: what Search/parse made of the query. `accountIds`: only these (undefined: all). undefined: nothing can be in it. */
export function filterOf(view: View, mailboxIds: readonly Id[] | undefined, accountIds: readonly Id[] | undefined, parsed: EmailFilter): EmailFilter | undefined {
  const any = (name: string, values: readonly string[]): Record<string, unknown> =>
    values.length === 1 ? { [name]: values[0] } : { operator: "OR", conditions: values.map((value) => ({ [name]: value })) };
  const conditions: Record<string, unknown>[] = [];
  if (mailboxIds?.length === 0 || accountIds?.length === 0) return undefined;
  if (mailboxIds) conditions.push(any("inMailbox", mailboxIds));
  else if (accountIds) conditions.push(any("accountId", accountIds));
  if (view.only === "unread") conditions.push({ notKeyword: "$seen" });
  if (view.only === "flagged") conditions.push({ hasKeyword: "$flagged" });
  if (parsed) conditions.push(parsed);
  return conditions.length > 1 ? { operator: "AND", conditions } : (conditions[0] ?? null);
}

/** Whether a message that the core has in the view is still in it, with what was done since: as far as can be told here. */
export function isIn(row: Row, view: View, mailboxIds: readonly Id[] | undefined): boolean {
  return (!mailboxIds || mailboxIds.some((id) => id in row.mailboxIds)) && (view.only !== "flagged" || "$flagged" in row.keywords);
}
