/** What can be taken back. */
import { signal } from "@preact/signals";
import { FacteurError } from "facteur";
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
    const get = await this.link.send((b) => {
      const query = b.call("Undo/query", { accountId: "*", filter: { isUndo: false, isUndone: false, isOwn: true }, limit: 1 });
      return b.call("Undo/get", { accountId: "*", ids: query.ref("/ids"), properties: ["description", "accountIds"] });
    });
    const last = get.result.list[0];
    if (last?.id !== this.last.peek()?.id || last?.description !== this.last.peek()?.description) this.last.value = last;
  }

  /** Answers what was taken back, and of which accounts. */
  async undo(): Promise<{ description: string; accountIds: string[] }> {
    await this.asking.idle();
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

  private async take(last: Undoable | undefined): Promise<{ description: string; accountIds: string[] }> {
    if (!last) throw new FacteurError("Undo/apply", { message: "notFound", data: { type: "notFound", description: "there is nothing to take back" } });
    const { description } = await this.link.call("Undo/apply", { accountId: "*", id: last.id, idempotencyKey: unique() });
    return { description, accountIds: last.accountIds };
  }
}
