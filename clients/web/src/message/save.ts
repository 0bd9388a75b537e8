/** Saving: a part is fetched with the token, which a link could not have, and then given to the browser as a file. */
import { client } from "../client/session.ts";
import type { EmailBodyPart } from "../../../typescript/src/types.ts";
import { crc32 } from "./zip.ts";

export interface Fetching {
  onProgress?(bytes: number): void;
  signal?: AbortSignal;
}

/** A part's bytes, and their CRC-32. Rejects with AbortError when it was cancelled. */
export async function fetchPart(accountId: string, part: EmailBodyPart, { onProgress, signal }: Fetching = {}): Promise<{ content: Blob; crc: number }> {
  const response = await client().download(accountId, part.blobId!);
  const reader = response.body!.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let [crc, bytes] = [0, 0];
  for (;;) {
    if (signal?.aborted) {
      await reader.cancel();
      signal.throwIfAborted();
    }
    const { done, value } = await reader.read();
    if (done) return { content: new Blob(chunks), crc };
    chunks.push(value);
    crc = crc32(value, crc);
    onProgress?.((bytes += value.length));
  }
}

/** Gives it to the browser as a file. Never opened: its type is not said. */
export function saveAs(content: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
