/** What an address of ours means.
 *
 *   /mail/inbox                  a role in all accounts: inbox, flagged, drafts, sent, archive, junk, trash; all
 *   /mail/m7                     a mailbox
 *   /mail/inbox/e12              with a message open (its whole conversation)
 *   /mail/all?q=from%3Aanna      with a search; &only=unread, &sort=-size
 *   /compose?...                 a message being written, in a window of its own
 *   /settings/... /setup /statistics
 *
 * Where no such thing is meant by an address: the inbox. */
export const SORTS = ["receivedAt", "from", "-from", "subject", "-subject", "size", "-size"] as const;
export type Sort = (typeof SORTS)[number];

export interface Place {
  page: "mail" | "compose" | "settings" | "setup" | "statistics";
  /** Of a mail page: "inbox", "m7"; of settings: which part. */
  part: string;
  /** The message that is open. */
  open: string | undefined;
  query: string;
  only: "unread" | "flagged" | undefined;
  /** By what the list is sorted, with "-" for the larger ones first; undefined: the newest first. */
  sort: Sort | undefined;
  /** All of the address's query. */
  params: URLSearchParams;
}

const PAGES = ["mail", "compose", "settings", "setup", "statistics"] as const;

/** Whether a part of the address is a mailbox and no role: "m7", "md" (the core's numbers have 32 digits). */
export function isMailboxId(part: string): boolean {
  return /^m[0-9a-v]+$/.test(part);
}

/** As it is, where somebody has damaged it. */
function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

export function placeOf(url: URL): Place {
  const [, first = "", part = "", open] = url.pathname.split("/").map(decoded);
  const page = PAGES.find((name) => name === first) ?? "mail";
  const params = url.searchParams;
  const only = params.get("only");
  return {
    page,
    part: part || (page === "mail" ? "inbox" : ""),
    open: open || undefined,
    query: params.get("q") ?? "",
    only: only === "unread" || only === "flagged" ? only : undefined,
    sort: SORTS.find((sort) => sort === params.get("sort")),
    params,
  };
}

export function pathOf(place: Partial<Place>): string {
  const { page = "mail", part = page === "mail" ? "inbox" : "", open, query, only, sort } = place;
  const path = ["", page, part, open].filter((piece, i) => i === 0 || piece).map((piece) => encodeURIComponent(piece!)).join("/");
  const params = new URLSearchParams();
  if (query) params.set("q", query);
  if (only) params.set("only", only);
  if (sort) params.set("sort", sort);
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
