/** What an action does to one message, laid over what the core has said of it. */
import type { Id, Row } from "./types.ts";

export interface Patch {
  keywords?: Record<string, boolean>;
  mailboxIds?: Record<Id, boolean>;
  /** It is destroyed. */
  isGone?: true;
}

function patched(set: Record<string, true>, changes: Record<string, boolean> | undefined): Record<string, true> {
  if (!changes) return set;
  const out = { ...set };
  for (const [key, on] of Object.entries(changes)) {
    if (on) out[key] = true;
    else delete out[key];
  }
  return out;
}

export function apply(row: Row, patch: Patch): Row {
  return { ...row, keywords: patched(row.keywords, patch.keywords), mailboxIds: patched(row.mailboxIds, patch.mailboxIds) };
}

/** Whether anything would be different. */
export function changes(row: Row, patch: Patch): boolean {
  const differs = (set: Record<string, true>, by: Record<string, boolean> = {}): boolean => Object.entries(by).some(([key, on]) => on !== key in set);
  return patch.isGone === true || differs(row.keywords, patch.keywords) || differs(row.mailboxIds, patch.mailboxIds);
}

/** As Email/set takes it (RFC 8620 section 5.3): a name is a part of a JSON pointer. */
export function pointers(patch: Patch): Record<string, true | null> {
  const out: Record<string, true | null> = {};
  for (const property of ["keywords", "mailboxIds"] as const)
    for (const [key, on] of Object.entries(patch[property] ?? {})) out[`${property}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`] = on ? true : null;
  return out;
}

function sameKeys(a: Record<string, true>, b: Record<string, true>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b);
}

/** Whether a list would show the same. Only a message whose body was fetched since has another preview, and only one that waits another moment to come back. */
export function sameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (!a || !b) return a === b;
  return sameKeys(a.keywords, b.keywords) && sameKeys(a.mailboxIds, b.mailboxIds) && a.threadId === b.threadId && a.preview === b.preview &&
    a.hasAttachment === b.hasAttachment && a.size === b.size && a.snoozed?.until === b.snoozed?.until;
}
