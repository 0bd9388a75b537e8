/** What a rule may be made of, from a message that it should have been for: its list, where it is from one; else whom it is from. */
import type { Id } from "../store/types.ts";
import { queryOf } from "./query-rows.ts";

export interface Proposal {
  accountId: Id;
  name: string;
  query: string;
  moveTo: Id | null;
}

interface Source {
  accountId: Id;
  mailboxIds: Readonly<Record<Id, true>>;
  from: readonly { name: string | null; email: string }[] | null;
  headers?: readonly { name: string; value: string }[];
}

const NAME_MAX = 80;

/** "The list <dev.example.org>": dev.example.org (RFC 2919). */
export function listOf(headers: Source["headers"]): string | undefined {
  const value = headers?.find((header) => header.name.toLowerCase() === "list-id")?.value ?? "";
  const id = /<([^<>\s]+)>\s*$/.exec(value.trim())?.[1] ?? /^[^<>\s]+$/.exec(value.trim())?.[0];
  return id && id.length <= 255 ? id : undefined;
}

/** `isOrdinary`: a mailbox that somebody has made, and no inbox, archive or the like: whoever has put it there wants the next one there, too. */
export function proposalFrom(message: Source, isOrdinary: (mailboxId: Id) => boolean): Proposal {
  const list = listOf(message.headers);
  const from = message.from?.[0];
  const moveTo = Object.keys(message.mailboxIds).find(isOrdinary) ?? null;
  const value = list ?? from?.email ?? "";
  const query = value ? queryOf({ conditions: [{ field: list ? "list" : "from", isNot: false, value }], isAny: false }) : "";
  return { accountId: message.accountId, name: (list ?? (from?.name || from?.email) ?? "").slice(0, NAME_MAX), query, moveTo };
}
