/** Whole messages: fetched once, the last hundred or so are kept. All but mailboxes and keywords, which their rows have, never changes. */
import { FacteurError } from "facteur";
import type { Link } from "./link.ts";
import { painted } from "./painted.ts";
import type { Records } from "./records.ts";
import { soundRow } from "./sound.ts";
import type { Id, Message, Row } from "./types.ts";
import { LIST_PROPERTIES } from "./window.ts";

export const READER_PROPERTIES = [
  ...LIST_PROPERTIES, "blobId", "messageId", "inReplyTo", "references", "sender", "cc", "bcc", "replyTo", "sentAt", "textBody", "htmlBody", "attachments", "bodyValues",
  "isPartial", "degraded", "headers",
];
/** The default ones of RFC 8621 section 4.2, and what says whether lines flow (RFC 3676). */
const PART_PROPERTIES = ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location", "header:Content-Type"];
/** Of one part: beyond it the reader says that there is more. */
export const BODY_MAX = 1024 * 1024;
const MESSAGES_MAX = 100;
const BYTES_MAX = 16 * 1024 * 1024;
const PREFETCH_MAX = 4;

interface Kept {
  message: Promise<Message>;
  /** When it is here. */
  here?: Message;
  bytes: number;
}

export class Messages {
  readonly #kept = new Map<Id, Kept>();
  #bytes = 0;
  #soon: Id[] = [];
  #isFetching = false;

  constructor(private readonly link: Link, private readonly records: Records) {}

  /** Rejects with FacteurError (notFound, serverUnavailable ...) or ConnectionLost; the next call tries again. */
  async message(id: Id): Promise<Message> {
    let k = this.#kept.get(id);
    if (k) this.#kept.delete(id);
    else k = { message: this.#fetch(id), bytes: 0 };
    this.#kept.set(id, k);
    return this.#asItIs(await k.message);
  }

  /** Where it is here already: what is prefetched is drawn at once. */
  here(id: Id): Message | undefined {
    const message = this.#kept.get(id)?.here;
    return message && this.#asItIs(message);
  }

  #asItIs(message: Message): Message {
    const row = this.records.peek(message.id);
    return row ? { ...message, mailboxIds: row.mailboxIds, keywords: row.keywords } : message;
  }

  prefetch(ids: readonly Id[]): void {
    this.#soon = ids.filter((id) => !this.#kept.has(id)).slice(0, PREFETCH_MAX);
    if (!this.#isFetching) void this.#fetchSoon();
  }

  /** One after the other, so that what is asked for now does not wait. */
  async #fetchSoon(): Promise<void> {
    this.#isFetching = true;
    await painted();
    for (let id; (id = this.#soon.shift()) !== undefined; ) await this.message(id).catch(() => undefined);
    this.#isFetching = false;
  }

  async #fetch(id: Id): Promise<Message> {
    const sentAt = this.records.clock;
    try {
      const batch = this.link.client.batch();
      const get = batch.call("Email/get", {
        accountId: "*", ids: [id], properties: READER_PROPERTIES, bodyProperties: PART_PROPERTIES, fetchTextBodyValues: true, fetchHTMLBodyValues: true, maxBodyValueBytes: BODY_MAX,
      });
      await this.link.once(batch);
      const answer = get.result.list[0] as Message | undefined;
      const message = answer && soundRow(answer);
      if (!message) throw new FacteurError("Email/get", { message: "notFound", data: { type: "notFound", description: "the message is not there any more" } });
      this.records.learn([rowOf(message)], sentAt);
      this.#keep(id, message);
      return message;
    } catch (e) {
      this.#kept.delete(id);
      throw e;
    }
  }

  #keep(id: Id, message: Message): void {
    const k = this.#kept.get(id);
    if (!k) return;
    k.here = message;
    k.bytes = 4096 + Object.values(message.bodyValues).reduce((sum, v) => sum + 2 * v.value.length, 0);
    this.#bytes += k.bytes;
    for (const [old, { bytes }] of this.#kept) {
      if (old === id || (this.#bytes <= BYTES_MAX && this.#kept.size <= MESSAGES_MAX)) break;
      this.#kept.delete(old);
      this.#bytes -= bytes;
    }
  }
}

function rowOf(m: Message): Row {
  const { id, accountId, threadId, mailboxIds, keywords, size, receivedAt, from, to, subject, hasAttachment, preview, snoozed } = m;
  return { id, accountId, threadId, mailboxIds, keywords, size, receivedAt, from, to, subject, hasAttachment, preview, snoozed };
}
