/** What a message is labelled with: the other mailboxes that it is in, and Thunderbird's tags (the keywords $label1 to $label5). */
import { store } from "../store/index.ts";
import type { Id, Mailbox, Row, View } from "../store/types.ts";
import { type Place } from "./router.ts";
import { isTag, keywordTitle, mailboxTitle } from "./titles.ts";

export type Color = NonNullable<Mailbox["color"]>;

export interface Label {
  /** A mailbox, or a keyword. */
  id: Id;
  name: string;
  color: Color | undefined;
}

/** In Thunderbird's own colours, or the nearest of ours. */
export const TAGS: Readonly<Record<string, Color>> = { $label1: "red", $label2: "orange", $label3: "green", $label4: "blue", $label5: "violet" };
/** Mailboxes of a role that say something about a message where one does not look at them. That it was sent, or is in the archive, is nothing that anybody has put on it. */
const TOLD: readonly (string | null)[] = [null, "inbox", "junk", "trash"];

/** Of a message, or of all messages of a conversation: each once. Mailboxes by their names, then tags. */
export function labelsOf(rows: readonly Row[], { in: place }: View): Label[] {
  const boxes = store().mailboxes.value;
  const found = new Map<string, Label>();
  for (const row of rows) {
    for (const id of Object.keys(row.mailboxIds)) {
      const box = boxes.get(id);
      const isHere = place !== "all" && ("role" in place ? place.role === box?.role : place.mailboxId === id);
      if (box && !isHere && TOLD.includes(box.role)) found.set(id, { id, name: mailboxTitle(box), color: box.color ?? undefined });
    }
    for (const id in row.keywords) if (isTag(id)) found.set(id, { id, name: keywordTitle(id), color: TAGS[id] });
  }
  return found.size < 2 ? [...found.values()] : [...found.values()].sort((a, b) => Number(isTag(a.id)) - Number(isTag(b.id)) || (isTag(a.id) ? a.id.localeCompare(b.id) : a.name.localeCompare(b.name)));
}

/** Where there is more of the kind. */
export function placeOfLabel({ id }: Label): Partial<Place> {
  return isTag(id) ? { page: "mail", part: "all", query: `keyword:${id}` } : { page: "mail", part: id };
}
