/** `]`: the next row that is drawn as unread, wherever it is in the list. What is here is looked through first; then the core is asked, which
 * knows where it is in a list of any length. */
import { FacteurError } from "facteur";
import { cursor, list, moveTo } from "../app/mail.ts";
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { EmailFilter, Id, MailList } from "../store/types.ts";
import { arrived } from "../store/arrived.ts";
import { isUnread } from "./unread.ts";

/** Rows in one answer; most often the first of them is it. */
const AT_ONCE = 10;
/** Of rows that the core takes for unread and that are not drawn so (a message of theirs is in the trash): then it is given up. */
const TRIES = 20;

/** Of a row whose conversation is not known yet, more is asked. */
async function isDrawnUnread(id: Id): Promise<boolean> {
  const threadId = store().row(id).value?.threadId;
  if (list.value?.view.collapse && threadId) await arrived(store().thread(threadId, id));
  return isUnread(id);
}

/** Among what is here without a gap: its index; -1: it is not known. A conversation says whether it is unread only when all of it is here. */
function nextHere(now: MailList, from: number): number {
  for (let i = from; ; i++) {
    const id = now.idAt(i);
    const row = id && store().row(id).value;
    if (!row || (now.view.collapse && row.keywords["$seen"])) return -1;
    if (!row.keywords["$seen"]) return i;
  }
}

/** The anchor has to be among the results: it is named by its Message-ID, for it may be read. */
async function behind(now: MailList, anchor: Id): Promise<EmailFilter> {
  const { list: [email] } = await client().call("Email/get", { accountId: "*", ids: [anchor], properties: ["messageId"] });
  const messageId = email?.messageId?.[0];
  const unread = unreadOf(now);
  return messageId ? { operator: "OR", conditions: [unread, { id: `<${messageId}>` }] } : unread;
}

/** By the conversation, so that the core's rows are those of the list. */
function unreadOf(now: MailList): Record<string, unknown> {
  return now.view.collapse ? { operator: "NOT", conditions: [{ allInThreadHaveKeyword: "$seen" }] } : { notKeyword: "$seen" };
}

/** Those behind the anchor, or from the first on; empty where there are none. */
async function ask(now: MailList, filter: EmailFilter, anchor: Id | undefined): Promise<Id[]> {
  const { filter: view, ...args } = now.query!;
  const all = view ? { operator: "AND", conditions: [view, filter] } : filter;
  try {
    return (await client().call("Email/query", { ...args, filter: all, limit: AT_ONCE, ...(anchor ? { anchor, anchorOffset: 1 } : {}) })).ids;
  } catch (e) {
    if (e instanceof FacteurError && e.type === "anchorNotFound") return []; // it has gone meanwhile
    throw e;
  }
}

/** Its index; -1: there is none. */
async function nextAtCore(now: MailList, from: Id | undefined): Promise<number> {
  let anchor = from;
  let filter = from ? await behind(now, from) : unreadOf(now);
  for (let tries = 0; tries < TRIES && list.value === now; tries++) {
    const ids = await ask(now, filter, anchor);
    for (const id of ids) {
      const index = id === from ? -1 : await now.find(id);
      if (index >= 0 && (await isDrawnUnread(id))) return index;
    }
    anchor = ids.at(-1);
    if (!anchor || ids.length < AT_ONCE) return -1;
    filter = await behind(now, anchor);
  }
  return -1;
}

/** From the cursor downwards; when there is none, from the top. */
export async function nextUnread(): Promise<void> {
  const now = list.value;
  if (!now?.query) return;
  const from = cursor.value;
  const at = from ? now.indexOf(from) : -1;
  let index = nextHere(now, at + 1);
  if (index < 0) index = await nextAtCore(now, at < 0 ? undefined : from);
  if (index < 0 && at >= 0) index = await nextAtCore(now, undefined);
  if (list.value !== now || cursor.value !== from) return; // one has gone elsewhere meanwhile
  if (index >= 0) moveTo(index);
  else toast({ name: "next-unread", text: t("list-nothing-unread") });
}
