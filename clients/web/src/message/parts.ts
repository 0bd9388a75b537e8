/** Parts of a message that are fetched to be looked at: pictures, by what they are and not by what they say. */
import { client } from "../client/session.ts";
import type { EmailBodyPart } from "../../../typescript/src/types.ts";
import type { Message } from "../store/types.ts";

/** More than a screen can use. */
const MAX_PICTURE = 30_000_000;

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean => Array.from(text).every((c, i) => bytes[at + i] === c.charCodeAt(0));

/** The media type of a picture that is shown, by its first bytes; undefined: it is none of them. SVG is none: it is a document. */
export function pictureType(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (startsWith(bytes, "\xff\xd8\xff")) return "image/jpeg";
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return "image/gif";
  if (startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8)) return "image/webp";
  if (startsWith(bytes, "ftypavif", 4) || startsWith(bytes, "ftypavis", 4)) return "image/avif";
  return undefined;
}

/** Whether it says of itself that it is one of those; SVG, TIFF and others are files. */
export const isDrawn = ({ type }: EmailBodyPart): boolean => /^image\/(?:(?:x-)?(?:png|apng|gif|webp|avif)|p?jpe?g|jfif|avif-sequence)$/.test(type ?? "");

/** A part as a picture; undefined: it is none that is shown. Rejects as JmapClient.download does. */
export async function picture(accountId: string, part: EmailBodyPart): Promise<Blob | undefined> {
  if (!part.blobId || (part.size ?? 0) > MAX_PICTURE) return undefined;
  const bytes = new Uint8Array(await (await client().download(accountId, part.blobId)).arrayBuffer());
  const type = pictureType(bytes);
  return type ? new Blob([bytes], { type }) : undefined;
}

/** All leaves of a message that its lists name, each once. */
export function leaves(message: Message): EmailBodyPart[] {
  const all = [...(message.htmlBody ?? []), ...(message.textBody ?? []), ...(message.attachments ?? [])];
  return all.filter((part, i) => all.findIndex((other) => other === part || (other.partId && other.partId === part.partId)) === i);
}

/** At most so many at a time, in their order. */
export async function inTurn<T>(items: readonly T[], atOnce: number, f: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) await f(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}

export const isHtml = (part: EmailBodyPart): boolean => part.type === "text/html" || part.type === "application/xhtml+xml";

/** Whether a message has any HTML: what has none is drawn in the page. */
export function hasHtml(message: Message): boolean {
  return (message.htmlBody ?? []).some(isHtml);
}

/** A picture that the HTML shows where it belongs: it is shown nowhere else. */
export function isInHtml(message: Message, part: EmailBodyPart): boolean {
  const { cid } = part;
  if (!cid || !isDrawn(part)) return false;
  const names = [`cid:${cid}`, `cid:${encodeURIComponent(cid)}`];
  return (message.htmlBody ?? []).some(({ partId }) => {
    const html = message.bodyValues?.[partId ?? ""]?.value ?? "";
    return names.some((name) => html.includes(name));
  });
}

const isText = ({ type }: EmailBodyPart): boolean => type?.startsWith("text/") ?? true;

/** Whether it may have any; what they are is asked of `listed`. */
export const hasFiles = (message: Message): boolean => (message.attachments ?? []).length > 0 || leaves(message).some((part) => !isText(part));

/** Its attachments, and what stands in its text and is not seen there (RFC 8621, section 4.1.4 has every picture and sound that is not attached in it). Not
 * the pictures that the text shows where they belong. */
export function listed(message: Message): EmailBodyPart[] {
  const attached = new Set((message.attachments ?? []).map(({ partId, blobId }) => partId ?? blobId));
  const isFramed = hasHtml(message); // pictures are drawn in its frame, and nowhere else
  const isAttached = ({ partId, blobId }: EmailBodyPart): boolean => attached.has(partId ?? blobId);
  return leaves(message).filter((part) => part.blobId && (isAttached(part) ? !isInHtml(message, part) : !isText(part) && !(isFramed && isDrawn(part))));
}
