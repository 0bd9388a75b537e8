/** What can be taken back. */
import { signal } from "@preact/signals";
import { type Batch, type Call, FacteurError } from "facteur";
import { type Link, quietly } from "./link.ts";
import { unique } from "./unique.ts";
import { Loop } from "./loop.ts";

interface Undoable {
  id: string;
  description: string;
  accountIds: string[];
}

export class Undoing {
  readonly last = signal<Undoable | undefined>(undefined);
  private readonly asking = new Loop(() => this.ask());

  constructor(private readonly link: Link) {}

  /** Asks what the last action is. */
  refresh(): Promise<void> {
    return this.asking.run();
  }

  private async ask(): Promise<void> {
    this.learn((await this.link.send((b) => this.put(b))).result.list[0]);
  }

  /** The question, for a batch: asked behind an action in the same one, it is answered with that. */
  put(b: Batch): Call<"Undo/get"> {
    const query = b.call("Undo/query", { accountId: "*", filter: { isUndo: false, isUndone: false, isOwn: true }, limit: 1 });
    return b.call("Undo/get", { accountId: "*", ids: query.ref("/ids"), properties: ["description", "accountIds"] });
  }

  private learn(last: Undoable | undefined): void {
    if (last?.id !== this.last.peek()?.id || last?.description !== this.last.peek()?.description) this.last.value = last;
  }

  /** Answers what was taken back, and of which accounts. What is known of it may be old: the stream is late, or interrupted. */
  async undo(): Promise<Undoable> {
    await this.refresh();
    try {
      return await this.take(this.last.peek());
    } catch (e) {
      const before = this.last.peek();
      await this.refresh(); // somebody else was faster, or what is known was old
      if (!(e instanceof FacteurError) || !this.last.peek() || this.last.peek() === before) throw e;
      return this.take(this.last.peek());
    } finally {
      quietly(this.refresh());
    }
  }

  private async take(last: Undoable | undefined): Promise<Undoable> {
    if (!last) throw new FacteurError("Undo/apply", { message: "notFound", data: { type: "notFound", description: "there is nothing to take back" } });
    const { description } = await this.link.call("Undo/apply", { accountId: "*", id: last.id, idempotencyKey: unique() });
    return { ...last, description };
  }
}
