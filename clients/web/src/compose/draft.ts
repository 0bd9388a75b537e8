/** A message being written, and what Email/set and Compose/* have for it. */
import { unique } from "../store/unique.ts";
import type { EmailDraft, Id, Identity } from "facteur";
import type { Address } from "./addresses.ts";

/** A file of the message, or a picture that its HTML shows (by cid). */
export interface Part {
  blobId: Id;
  type: string;
  name: string | null;
  disposition: string;
  size?: number;
  charset?: string;
  cid?: string;
}

export interface Content {
  accountId: Id;
  identityId: Id | undefined;
  from: Address[];
  replyTo: Address[];
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  mode: "rich" | "plain";
  /** The body, as the mode says. In HTML pictures stand by cid:, or as data:. */
  body: string;
  parts: Part[];
  inReplyTo: string[];
  references: string[];
}

export type OfAccount = Identity & { accountId: Id };

/** Who writes: the identity that has the address of From; one for a whole domain ("*@example.org") has all of it. */
export function identityOf(from: readonly Address[] | undefined, accountId: Id, identities: readonly OfAccount[]): OfAccount | undefined {
  const ours = identities.filter((one) => one.accountId === accountId);
  const email = from?.[0]?.email.toLowerCase();
  const domain = email?.split("@")[1];
  return ours.find((one) => one.email.toLowerCase() === email) ?? ours.find((one) => one.email.toLowerCase() === `*@${domain}`) ?? ours[0];
}

export function contentOf(accountId: Id, draft: EmailDraft, identities: readonly OfAccount[]): Content {
  const html = draft.htmlBody?.[0];
  const part = html ?? draft.textBody?.[0];
  const body = part ? (draft.bodyValues[part.partId]?.value ?? "") : "";
  const identity = identityOf(draft.from, accountId, identities);
  return {
    accountId,
    identityId: identity?.id,
    from: draft.from ?? (identity ? [{ name: identity.name || null, email: identity.email }] : []),
    replyTo: draft.replyTo ?? [],
    to: draft.to,
    cc: draft.cc,
    bcc: draft.bcc ?? [],
    subject: draft.subject,
    mode: html ? "rich" : "plain",
    body,
    parts: draft.attachments ?? [],
    inReplyTo: draft.inReplyTo ?? [],
    references: draft.references ?? [],
  };
}

/** For Email/set create. Recipients that are no addresses stay in the draft (RFC 8621 section 4.6 takes any text there): nothing that was typed is lost. */
export function emailOf(content: Content, draftsId: Id | undefined, messageId: string): Record<string, unknown> {
  const { subject, body, mode, inReplyTo, references } = content;
  const out: Record<string, unknown> = { keywords: { $draft: true, $seen: true }, subject, messageId: [messageId] };
  if (draftsId) out["mailboxIds"] = { [draftsId]: true };
  for (const field of ["from", "replyTo", "to", "cc", "bcc"] as const) if (content[field].length) out[field] = content[field];
  if (inReplyTo.length) out["inReplyTo"] = inReplyTo;
  if (references.length) out["references"] = references;
  if (mode === "rich") Object.assign(out, { htmlBody: [{ partId: "html", type: "text/html" }], bodyValues: { html: { value: body } }, generateTextBody: true, embedImages: true });
  else Object.assign(out, { textBody: [{ partId: "text", type: "text/plain", format: "flowed" }], bodyValues: { text: { value: body } } });
  const shown = partsOf(content);
  if (shown.length) out["attachments"] = shown.map(({ size: _, ...part }) => part);
  return out;
}

/** A part of an address as it is meant: "logo%40example.org" is "logo@example.org". What is no UTF-8 stays as it is. */
export function decoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}

const CHARACTERS: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** Without pictures that the text shows no more: they were deleted in the editor. HTML writes a Content-ID in many ways (RFC 2392: as an address). */
export function partsOf({ parts, mode, body }: Pick<Content, "parts" | "mode" | "body">): Part[] {
  let meant: string | undefined;
  const isShown = (cid: string): boolean =>
    body.includes(cid) || (meant ??= decoded(body.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => CHARACTERS[name]!))).includes(cid);
  return parts.filter((part) => part.disposition !== "inline" || !part.cid || (mode === "rich" && isShown(part.cid)));
}

/** Of the blobs that a state was made of, those that its parts have now: each is found by what is said of it, and in its order among its like. */
export function blobsOf(given: readonly Part[], saved: readonly Pick<Part, "blobId" | "type" | "name" | "cid">[]): Map<Id, Id> {
  const out = new Map<Id, Id>();
  const left = [...saved];
  for (const part of given) {
    const at = left.findIndex((one) => (part.cid ? one.cid === part.cid : !one.cid && one.name === part.name && one.type === part.type));
    if (at >= 0) out.set(part.blobId, left.splice(at, 1)[0]!.blobId);
  }
  return out;
}

export function filesOf(content: Pick<Content, "parts">): Part[] {
  return content.parts.filter((part) => part.disposition !== "inline" || !part.cid);
}

export function recipientsOf(content: Content): string[] {
  const seen = new Map<string, string>();
  for (const { email } of [...content.to, ...content.cc, ...content.bcc]) seen.set(email.toLowerCase(), email);
  return [...seen.values()];
}

/** Nobody uses it twice: 122 random bits (RFC 5322 section 3.6.4). */
export function newMessageId(from: readonly Address[]): string {
  const domain = /@([a-z\d.-]+)$/i.exec(from[0]?.email ?? "")?.[1] ?? "localhost";
  return `${unique()}@${domain}`;
}
