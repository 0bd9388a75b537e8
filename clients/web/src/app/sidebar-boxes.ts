/** Which of an account's mailboxes are shown at the side. */
import type { Id, Mailbox } from "../store/types.ts";

const isSubscribed = (box: Pick<Mailbox, "isSubscribed">): boolean => box.isSubscribed !== false;

/** What has a role, what is subscribed, where one is (`here`), and what leads to such a one: a parent may be none of both, as where it is but a name at the server. Where
 * nothing is subscribed, nobody has said what is wanted (or the server tells of none): all. */
export function shownOf<Box extends Pick<Mailbox, "role" | "isSubscribed" | "parentId"> & { id: Id }>(boxes: readonly Box[], here?: Id): readonly Box[] {
  if (!boxes.some(isSubscribed)) return boxes;
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const shown = new Set<Box>();
  for (const box of boxes) {
    if (!box.role && !isSubscribed(box) && box.id !== here) continue;
    for (let up: Box | undefined = box; up && !shown.has(up); up = byId.get(up.parentId ?? "")) shown.add(up);
  }
  return boxes.filter((box) => shown.has(box));
}
