/** What undo would take back. It is asked for when somebody wants to: what is known of it would be old, whenever the stream is late. */
import type { Batch, Call } from "facteur";

export const UNDO_PROPERTIES = ["description", "accountIds"];

/** The question for what was done last, for a batch: asked behind an action in the same one, it is answered with that. */
export function lastDone(b: Batch): Call<"Undo/get"> {
  const query = b.call("Undo/query", { accountId: "*", filter: { isUndo: false, isUndone: false, isOwn: true }, limit: 1 });
  return b.call("Undo/get", { accountId: "*", ids: query.ref("/ids"), properties: UNDO_PROPERTIES });
}
