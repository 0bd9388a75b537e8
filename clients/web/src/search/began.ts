/** Where a search began: who leaves it, by emptying its field or out of its rows, comes back there. */
import { effect } from "@preact/signals";
import { back, entryKey, go, place } from "../app/router.ts";

/** The last place of mail without one; undefined: there was none, as after a link that searches. */
let before: string | undefined;
/** The entry of the history that a search has. */
let entry: string | undefined;
/** The history goes back, and has not arrived. */
let isLeaving = false;

effect(() => {
  const { page, part, query } = place.value;
  isLeaving = false;
  if (page === "mail" && !query) before = part;
});

export function lookFor(query: string): void {
  if (query === place.value.query || (isLeaving && !query)) return;
  // One entry in the history for a search, however often it was changed.
  const isNew = !place.value.query;
  if (!query && before !== undefined && entry === entryKey()) {
    isLeaving = true;
    return back({ page: "mail", part: before });
  }
  const part = query ? (isNew ? "all" : place.value.part) : (before ?? place.value.part);
  go({ page: "mail", part, query }, !isNew);
  if (isNew) entry = entryKey();
}
