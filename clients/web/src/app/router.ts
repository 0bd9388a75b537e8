/** The address says what is on the screen: a link to it, the back button and a reload lead there again.
 *
 *   /mail/inbox                  a role in all accounts: inbox, flagged, drafts, sent, archive, junk, trash; all
 *   /mail/m7                     a mailbox
 *   /mail/inbox/e12              with a message open (its whole conversation)
 *   /mail/all?q=from%3Aanna      with a search; &only=unread, &sort=-size
 *   /compose?...                 a message being written, in a window of its own
 *   /settings/... /setup /statistics
 *
 * Where no such thing is meant by an address: the inbox. */
import { batch, computed, signal } from "@preact/signals";

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

const address = signal(location.href);
export const place = computed(() => placeOf(new URL(address.value)));

/** What an entry of the history has besides its address. */
interface State {
  /** Before it there is one of ours. */
  ours?: boolean;
  /** Its name. */
  key?: string;
  /** What lies over the page in it. */
  layer?: string;
}
const state = (): State => (history.state as State | null) ?? {};

/** The entry of the history that one is in; "" for the one that the page was opened with. */
export const entryKey = (): string => state().key ?? "";
let made = 0;
const newKey = (): string => `${Date.now().toString(36)}.${++made}`;

/** What lies over the page and has an entry in the history of its own, so that the back button of a phone takes it away and nothing else. */
export const layer = signal(state().layer);

function follow(): void {
  batch(() => {
    address.value = location.href;
    layer.value = state().layer;
  });
}
addEventListener("popstate", follow);

/** `replace`: no entry of its own in the history, as for the next message of a list. What lay over the page has done its work. */
export function go(to: Partial<Place> | string, replace = false): void {
  const path = typeof to === "string" ? to : pathOf(to);
  const { layer: over, ...here } = state();
  if (path === location.pathname + location.search) return over ? history.back() : undefined;
  const next = replace && !over ? here : { ours: true, key: newKey() };
  history[replace || over ? "replaceState" : "pushState"](next, "", path);
  follow();
}

export function openLayer(name: string): void {
  if (state().layer) return;
  history.pushState({ ...state(), ours: true, layer: name }, "", location.href);
  follow();
}

export function closeLayer(): void {
  if (state().layer) history.back();
}

/** Where one came from, if that was a page of ours; else there. */
export function back(otherwise: Partial<Place>): void {
  if (state().ours) history.back();
  else go(otherwise, true);
}
