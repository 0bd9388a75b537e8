/** What can be taken back. It is asked for when somebody wants to: what is known of it would be old, whenever the stream is late. */
import { type Batch, type Call, FacteurError } from "facteur";
import type { Link } from "./link.ts";
import { unique } from "./unique.ts";

interface Undoable {
  id: string;
  description: string;
  accountIds: string[];
}

export class Undoing {
  constructor(private readonly link: Link) {}

  /** The question for what was done last, for a batch: asked behind an action in the same one, it is answered with that. */
  put(b: Batch): Call<"Undo/get"> {
    const query = b.call("Undo/query", { accountId: "*", filter: { isUndo: false, isUndone: false, isOwn: true }, limit: 1 });
    return b.call("Undo/get", { accountId: "*", ids: query.ref("/ids"), properties: ["description", "accountIds"] });
  }

  async last(): Promise<Undoable | undefined> {
    return (await this.link.send((b) => this.put(b))).result.list[0];
  }

  /** Answers what was taken back, and of which accounts. */
  async undo(): Promise<Undoable> {
    const last = await this.last();
    try {
      return await this.take(last);
    } catch (e) {
      const left = await this.last(); // somebody else was faster
      if (!(e instanceof FacteurError) || !left || left.id === last?.id) throw e;
      return this.take(left);
    }
  }

  private async take(last: Undoable | undefined): Promise<Undoable> {
    if (!last) throw new FacteurError("Undo/apply", { message: "notFound", data: { type: "notFound", description: "there is nothing to take back" } });
    const { description } = await this.link.call("Undo/apply", { accountId: "*", id: last.id, idempotencyKey: unique() });
    return { ...last, description };
  }
}
