/** Pictures in the text: while it is edited they are blob: addresses of this page, in the message parts that the HTML names by Content-ID. */
import type { Id, JmapClient } from "facteur";
import { decoded, type Part } from "./draft.ts";
import { SRC } from "./filter.ts";

export class Pictures {
  readonly #urls = new Map<string, string>(); // cid to blob:

  constructor(private readonly client: JmapClient, private readonly accountOf: () => Id, private readonly parts: () => readonly Part[]) {}

  /** What stands in the message for a blob: address. */
  readonly known = (blobUrl: string): string | undefined => {
    for (const [cid, url] of this.#urls) if (url === blobUrl) return `cid:${cid}`;
    return undefined;
  };

  /** One that was added here. */
  add(cid: string, file: Blob): string {
    const url = URL.createObjectURL(file);
    this.#urls.set(cid, url);
    return url;
  }

  /** Fetches those below `root` that are parts of the message. */
  async show(root: ParentNode): Promise<void> {
    const missing = [...root.querySelectorAll<HTMLImageElement>(`img[${SRC}^="cid:"]:not([src])`)];
    await Promise.all(missing.map((image) => this.#fetch(image).catch(() => undefined)));
  }

  async #fetch(image: HTMLImageElement): Promise<void> {
    const written = image.getAttribute(SRC)!.slice(4);
    const cid = decoded(written);
    const part = this.parts().find((one) => one.cid === cid || one.cid === written);
    let url = this.#urls.get(cid);
    if (!url && part && /^image\/(?:png|jpeg|gif|webp|avif)$/i.test(part.type)) {
      const response = await this.client.download(this.accountOf(), part.blobId, { type: part.type });
      url = this.add(cid, new Blob([await response.arrayBuffer()], { type: part.type }));
    }
    if (url && image.isConnected) image.src = url;
  }

  close(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }
}
