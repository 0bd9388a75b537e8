/** What patches do to the counters of mailboxes (RFC 8621 section 2), as far as can be told from the messages that are known. */
import type { Counter, Deltas } from "./folders.ts";
import { apply, type Patch } from "./patch.ts";
import type { Id, Row } from "./types.ts";

const isUnread = (row: Row): boolean => !("$seen" in row.keywords) && !("$draft" in row.keywords);

/** `before`: the messages as they were; `membersOf`: the other messages of a thread, as they are shown. */
export function deltasOf(before: ReadonlyMap<Id, Row>, patches: ReadonlyMap<Id, Patch>, membersOf: (threadId: Id) => readonly Row[]): Deltas {
  const deltas: Deltas = new Map();
  const add = (mailboxId: Id, counter: Counter, n: number): void => {
    if (n === 0) return;
    const sum = deltas.get(mailboxId) ?? {};
    sum[counter] = (sum[counter] ?? 0) + n;
    deltas.set(mailboxId, sum);
  };
  const threads = new Map<Id, { was: Row[]; is: Row[] }>();
  for (const [id, patch] of patches) {
    const was = before.get(id);
    if (!was) continue;
    const is = patch.isGone ? undefined : apply(was, patch);
    for (const [row, sign] of [[was, -1], [is, 1]] as const) {
      for (const m of Object.keys(row?.mailboxIds ?? {})) {
        add(m, "totalEmails", sign);
        if (isUnread(row!)) add(m, "unreadEmails", sign);
      }
    }
    let t = threads.get(was.threadId!);
    if (!t) {
      const others = membersOf(was.threadId!).filter((row) => !patches.has(row.id));
      threads.set(was.threadId!, (t = { was: [...others], is: [...others] }));
    }
    t.was.push(was);
    if (is) t.is.push(is);
  }
  for (const t of threads.values()) {
    for (const [rows, sign] of [[t.was, -1], [t.is, 1]] as const) {
      const hasUnread = rows.some(isUnread);
      for (const m of new Set(rows.flatMap((row) => Object.keys(row.mailboxIds)))) {
        add(m, "totalThreads", sign);
        if (hasUnread) add(m, "unreadThreads", sign);
      }
    }
  }
  return deltas;
}
