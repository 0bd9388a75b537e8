/** What can be taken back. */
import { signal } from "@preact/signals";
import { FacteurError } from "facteur";
import { type Link, quietly, unique } from "./link.ts";
import { Loop } from "./loop.ts";

interface Undoable {
  id: string;
  description: string;
  accountIds: string[];
}

/** Of so many actions the last that is one's own is looked for. */
const LOOK_AT = 20;

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
      const query = b.call("Undo/query", { accountId: "*", filter: { isUndo: false, isUndone: false }, limit: LOOK_AT });
      return b.call("Undo/get", { accountId: "*", ids: query.ref("/ids"), properties: ["description", "accountIds", "client"] });
    });
    const { list } = get.result;
    const me = this.link.client.session.username;
    const last = list.find((u) => u.client === me) ?? list[0];
    if (last?.id !== this.last.peek()?.id || last?.description !== this.last.peek()?.description) this.last.value = last;
  }

  /** Answers what was taken back, and of which accounts. */
  async undo(): Promise<{ description: string; accountIds: string[] }> {
    await this.refresh();
    const last = this.last.peek();
    if (!last) throw new FacteurError("Undo/apply", { message: "notFound", data: { type: "notFound", description: "there is nothing to take back" } });
    const idempotencyKey = unique();
    const { description } = await this.link.call("Undo/apply", { accountId: "*", id: last.id, idempotencyKey });
    quietly(this.refresh());
    return { description, accountIds: last.accountIds };
  }
}
