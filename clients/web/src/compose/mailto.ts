/** mailto: links (RFC 6068): which fields of a message they may fill in. Others, such as From or attachments, are left out (section 7). */
import { type Address, parseAddresses } from "./addresses.ts";
import { decoded } from "./draft.ts";

export interface Wanted {
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  body: string;
  inReplyTo: string[];
}

export function parseMailto(url: string): Wanted {
  const out: Wanted = { to: [], cc: [], bcc: [], subject: "", body: "", inReplyTo: [] };
  const [, path = "", query = ""] = /^(?:mailto:)?(?:\/\/)?([^?]*)\??(.*)$/is.exec(url.trim()) ?? [];
  const addresses = (text: string): Address[] => text.split(",").flatMap((one) => parseAddresses(decoded(one)));
  out.to.push(...addresses(path));
  for (const field of query.split("&")) {
    const [name = "", ...rest] = field.split("=");
    const value = rest.join("=");
    switch (decoded(name).toLowerCase()) {
      case "to":
        out.to.push(...addresses(value));
        break;
      case "cc":
        out.cc.push(...addresses(value));
        break;
      case "bcc":
        out.bcc.push(...addresses(value));
        break;
      case "subject":
        out.subject = decoded(value).replace(/[\r\n]+/g, " ");
        break;
      case "body":
        out.body = decoded(value).replace(/\r\n?/g, "\n");
        break;
      case "in-reply-to":
        out.inReplyTo = [...decoded(value).matchAll(/<([^<>\s]+)>/g)].map((m) => m[1]!);
    }
  }
  return out;
}
