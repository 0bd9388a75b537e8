/** Taking back: fetched when there is something that could be. */
import { FacteurError } from "facteur";
import { lastDone, UNDO_PROPERTIES } from "./last-done.ts";
import type { Link } from "./link.ts";
import type { Id, Store } from "./types.ts";
import { unique } from "./unique.ts";

interface Undone {
  id: Id;
  description: string;
  accountIds: Id[];
}

/** As in actions.ts. */
const TRIES = 5;

async function last(link: Link): Promise<Undone | undefined> {
  return (await link.send(lastDone)).result.list[0];
}

/** Only an answer that says so: it is taken back already, or too long ago. */
function isPast(e: unknown): boolean {
  return e instanceof FacteurError && (e.type === "alreadyUndone" || e.type === "notFound");
}

/** Takes this back; without an id what this token did last, in this window or another. Resolves with what that was; its description is the core's, for
 * people. */
export async function undo(store: Store, id?: Id): Promise<Pick<Undone, "id" | "description">> {
  await store.idle();
  const taken = await takeBack(store.link, id);
  store.undone(taken.accountIds);
  return { id: taken.id, description: taken.description };
}

async function takeBack(link: Link, id?: Id): Promise<Undone> {
  const meant = id ? (await link.call("Undo/get", { accountId: "*", ids: [id], properties: UNDO_PROPERTIES })).list[0] : await last(link);
  try {
    return await apply(link, meant);
  } catch (e) {
    if (id || !isPast(e)) throw e;
    const left = await last(link); // somebody else was faster
    if (!left || left.id === meant?.id) throw e;
    return apply(link, left);
  }
}

async function apply(link: Link, one: Undone | undefined): Promise<Undone> {
  if (!one) throw new FacteurError("Undo/apply", { message: "notFound", data: { type: "notFound", description: "there is nothing to take back" } });
  for (let i = 1; ; i++) {
    try {
      const { description } = await link.call("Undo/apply", { accountId: "*", id: one.id, idempotencyKey: unique() });
      return { ...one, description };
    } catch (e) {
      // facteurd ended in the middle of it: the same again takes back what is left of it, or says that nothing is.
      if (i > 1 && isPast(e)) return one;
      if (!(e instanceof FacteurError) || e.type !== "outcomeUnknown" || i === TRIES) throw e;
    }
  }
}
