/** What conditions fit, of what is here: counted while one edits, with the newest of it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { FacteurError } from "facteur";
import { client } from "../client/session.ts";
import { longDate, number } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Email, Id } from "../store/types.ts";

/** Long enough that nobody is read a count at every letter. */
const PAUSE_MS = 350;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export interface Matches {
  query: string;
  total: number;
  inInbox: number;
  newest: Pick<Email, "from" | "subject" | "receivedAt"> | undefined;
}
export interface Malformed {
  query: string;
  why: string;
  /** What stands where it is not understood. */
  at: string;
}

/** Bytes, as the core counts, to what stands there. */
function textAt(query: string, position: unknown): string {
  if (typeof position !== "number") return "";
  return new TextDecoder().decode(new TextEncoder().encode(query).slice(position, position + 60)).replace(/\uFFFD/g, "").slice(0, 20);
}

async function count(accountId: Id, query: string): Promise<Matches> {
  const { filter } = await client().call("Search/parse", { accountId, query, timeZone: zone });
  const inbox = store().mailboxByRole(accountId, "inbox")?.id;
  const batch = client().batch();
  const all = batch.call("Email/query", { accountId, filter, limit: 1, calculateTotal: true });
  const newest = batch.call("Email/get", { accountId, ids: all.ref("/ids"), properties: ["from", "subject", "receivedAt"] });
  const conditions = [{ inMailbox: inbox }, ...(filter ? [filter] : [])];
  const here = inbox ? batch.call("Email/query", { accountId, filter: { operator: "AND", conditions }, limit: 0, calculateTotal: true }) : undefined;
  await batch.send();
  return { query, total: all.result.total ?? 0, inInbox: here?.result.total ?? 0, newest: newest.result.list[0] as Matches["newest"] };
}

export function useMatches(accountId: Id, query: Signal<string>): { found: Signal<Matches | undefined>; malformed: Signal<Malformed | undefined> } {
  const found = useSignal<Matches | undefined>(undefined);
  const malformed = useSignal<Malformed | undefined>(undefined);
  const text = query.value;
  const changes = store().changes.value;
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      try {
        const matches = await count(accountId, text);
        if (isOver) return;
        found.value = matches;
        malformed.value = undefined;
      } catch (e) {
        if (isOver) return;
        found.value = undefined;
        // What was not answered is asked again with the next letter, or when mail changes.
        malformed.value = e instanceof FacteurError && e.type === "invalidArguments" ? { query: text, why: String(e.data["description"] ?? e.message).replace(/^query: /, ""), at: textAt(text, e.data["position"]) } : undefined;
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [accountId, text, changes]);
  return { found, malformed };
}

export function MatchesNote({ found }: { found: Matches | undefined }) {
  const from = found?.newest?.from?.[0];
  return (
    <p role="status" class="rule-matches">
      {found && t("rules-matches", { count: found.total, shown: number(found.total), inbox: found.inInbox, shownInbox: number(found.inInbox) })}
      {found?.newest && (
        <>
          {" "}
          {t("rules-newest", { who: from?.name || from?.email || t("list-nobody"), subject: found.newest.subject || t("list-no-subject"), when: longDate(found.newest.receivedAt) })}
        </>
      )}
    </p>
  );
}
