/** What counts as unread in a list. */
import { view } from "../app/mail.ts";
import { store } from "../store/index.ts";
import type { Id } from "../store/types.ts";

/** As its row is drawn: a conversation is unread while one of its messages is. */
export function isUnread(id: Id): boolean {
  const row = store().row(id).value;
  const talk = view.value.collapse && row?.threadId ? (store().thread(row.threadId, id).value ?? []) : [];
  return [id, ...talk].some((one) => {
    const keywords = store().row(one).value?.keywords;
    return keywords !== undefined && !keywords["$seen"] && (one === id || !keywords["$draft"]);
  });
}
