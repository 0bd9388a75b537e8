/** The files of one message that is being written: on their way, there, and as the blobs that each of its states is made of. */
import { effect, signal, type Signal } from "@preact/signals";
import type { Id, JmapClient } from "facteur";
import { size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { blobsOf, type Part } from "./draft.ts";
import { Canceled, maxSize, upload, type Upload } from "./uploads.ts";
import { wordsOf } from "./words.ts";

export interface FilesHost {
  /** Of who writes now. */
  accountId(): Id;
  /** What did not work. */
  say(text: string): void;
}

export class Files {
  /** Those that are in the message, and pictures of its text. */
  readonly parts: Signal<readonly Part[]>;
  readonly uploads = signal<readonly Upload[]>([]);

  constructor(private readonly client: JmapClient, parts: readonly Part[], private readonly host: FilesHost) {
    this.parts = signal(parts);
  }

  /** Puts it into the message when it has arrived. `as`: what it is there. */
  async add(file: File, as: Pick<Part, "disposition" | "cid">): Promise<void> {
    const most = maxSize(this.client);
    if (file.size > most) {
      return this.host.say(t("compose-too-large", { name: file.name, size: size(file.size), most: size(most) }));
    }
    const accountId = this.host.accountId();
    const { shown, uploaded } = upload(this.client, accountId, file);
    this.uploads.value = [...this.uploads.peek(), shown];
    try {
      const { blobId } = await uploaded;
      const here = await this.#blobHere(blobId, accountId);
      this.#forget(shown);
      this.parts.value = [...this.parts.peek(), { blobId: here, type: shown.type, name: file.name || null, size: file.size, ...as }];
    } catch (e) {
      if (e instanceof Canceled) return this.#forget(shown);
      shown.trouble.value = wordsOf(e);
      const cancel = (): void => this.#forget(shown);
      Object.assign(shown, { cancel, again: () => (cancel(), void this.add(file, as)) });
    }
  }

  /** Who writes may have changed meanwhile: then the file is wanted in the other account. */
  async #blobHere(blobId: Id, from: Id): Promise<Id> {
    const accountId = this.host.accountId();
    if (accountId === from) return blobId;
    const { copied } = await this.client.call("Blob/copy", { fromAccountId: from, accountId, blobIds: [blobId] });
    const id = (copied as Record<Id, Id> | null)?.[blobId];
    if (!id) throw new Error(t("compose-files-not-copied"));
    return id;
  }

  #forget(which: Upload): void {
    this.uploads.value = this.uploads.peek().filter((other) => other !== which);
  }

  /** The blobs that a state was made of go with the state before it, or when their time as uploads is over: the next one is made of its own. */
  async renew(emailId: Id, accountId: Id, given: readonly Part[] | undefined): Promise<void> {
    if (!given) return;
    const properties = ["attachments", "htmlBody"]; // what stands in the text without a name for it is a part of that
    const { list } = await this.client.call("Email/get", { accountId, ids: [emailId], properties, bodyProperties: ["blobId", "type", "name", "cid"] });
    if (!list[0] || accountId !== this.host.accountId()) return;
    const { attachments = [], htmlBody = [] } = list[0] as unknown as Record<"attachments" | "htmlBody", Part[]>;
    const now = blobsOf(given, [...attachments, ...htmlBody.filter((one) => !one.type.startsWith("text/"))]);
    // In their place: nothing was written that had to be saved.
    for (const part of this.parts.peek()) part.blobId = now.get(part.blobId) ?? part.blobId;
  }

  /** One of them did not arrive. */
  get isAnyLost(): boolean {
    return this.uploads.peek().some((one) => one.trouble.peek());
  }

  /** Resolves when all have arrived; rejects when one has not. */
  allThere(): Promise<void> {
    return new Promise((done, failed) => {
      const stop = effect(() => {
        const uploads = this.uploads.value;
        if (uploads.length && !uploads.some((one) => one.trouble.value)) return;
        queueMicrotask(() => {
          stop();
          uploads.length ? failed(new Error(t("compose-upload-failed-first"))) : done();
        });
      });
    });
  }
}
