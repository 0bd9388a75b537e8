/** What a message begins with: nothing, an answer, a draft, what a window had not saved. Made by the core (Compose/*, docs/decisions/0026). */
import { type EmailDraft, type Id, type JmapClient } from "facteur";
import { preferences } from "../app/preferences.ts";
import { longDate } from "../i18n/dates.ts";
import { bare, t } from "../i18n/i18n.ts";
import { htmlOf } from "./convert.ts";
import { type Content, contentOf, type OfAccount } from "./draft.ts";
import type { What } from "./index.ts";
import { parseMailto } from "./mailto.ts";
import { mailboxOf } from "./send.ts";

export interface Begun {
  content: Content;
  identities: readonly OfAccount[];
  /** The draft that is there already. `since`: the account's state of Emails when it was read. */
  saved: { accountId: Id; emailId: Id | undefined; since?: string | undefined; tried?: { messageId: Id; accountId: Id } | undefined };
  draftsId: Id;
  /** Whether one writes to people first, or the text. */
  beginsWith: "to" | "body";
  /** The text begins with what is quoted, or a signature: one writes above it. */
  needsLine: boolean;
}

/** `lastIdentity`: who wrote the last one. */
export async function begin(client: JmapClient, what: What, lastIdentity: Id | undefined): Promise<Begun> {
  const { list } = await client.call("Identity/get", { accountId: "*" });
  const identities = list as OfAccount[];
  if (what.kind === "kept") {
    const { content, emailId, savedAccountId, tried } = what.kept;
    const draftsId = await mailboxOf(client, content.accountId, "drafts");
    return { content, identities, saved: { accountId: savedAccountId, emailId, tried: tried ? { messageId: tried, accountId: content.accountId } : undefined }, draftsId, beginsWith: "body", needsLine: false };
  }
  const { accountId, draft, since } = await made(client, what, identities, lastIdentity);
  const wanted = what.kind === "mailto" ? parseMailto(what.url) : undefined;
  if (wanted) {
    const { to, cc, bcc, subject, inReplyTo } = wanted;
    Object.assign(draft, { to, cc, subject, bcc: [...(draft.bcc ?? []), ...bcc], ...(inReplyTo.length ? { inReplyTo } : {}) });
  }
  return {
    content: contentOf(accountId, draft, identities),
    identities,
    saved: { accountId, emailId: what.kind === "draft" ? what.emailId : undefined, since },
    draftsId: await draftsOf(client, accountId, draft),
    beginsWith: what.kind.startsWith("reply") || ((wanted || what.kind === "draft") && draft.to.length) ? "body" : "to",
    needsLine: what.kind !== "draft" && !wanted?.body,
  };
}

interface Made {
  accountId: Id;
  draft: EmailDraft;
  since?: string;
}

async function made(client: JmapClient, what: Exclude<What, { kind: "kept" }>, identities: readonly OfAccount[], lastIdentity: Id | undefined): Promise<Made> {
  const isRich = preferences.value.compose === "rich";
  switch (what.kind) {
    case "new":
    case "mailto": {
      const identity = identities.find((one) => one.id === lastIdentity) ?? identities[0];
      const accountId = identity?.accountId ?? client.session.primaryAccounts["urn:ietf:params:jmap:mail"] ?? "";
      const text = what.kind === "mailto" ? parseMailto(what.url).body : "";
      const above = text ? (isRich ? { htmlText: htmlOf(text, document) } : { text }) : {};
      const { create } = await client.call("Compose/new", { accountId, identityId: identity?.id ?? null, html: isRich, ...above });
      return { accountId, draft: draftOf(create) };
    }
    case "forward": {
      const { accountId, emailId } = what;
      return { accountId, draft: draftOf((await client.call("Compose/forward", { accountId, emailId, html: isRich })).create) };
    }
    case "reply":
    case "reply-all": {
      const { accountId, emailId } = what;
      const line = await attribution(client, accountId, emailId);
      const { create } = await client.call("Compose/reply", { accountId, emailId, html: isRich, all: what.kind === "reply-all", attribution: line });
      return { accountId, draft: draftOf(create) };
    }
    case "draft": {
      const { accountId, emailId } = what;
      const calls = client.batch();
      const got = calls.call("Email/get", { accountId, ids: [emailId], properties: ["keywords"] });
      const template = calls.call("Compose/template", { accountId, emailId });
      await calls.send();
      return { accountId, draft: draftOf(template.result.create), since: got.result.state };
    }
  }
}

/** The account's drafts; made where it has none yet. */
export async function draftsOf(client: JmapClient, accountId: Id, draft: EmailDraft): Promise<Id> {
  return Object.keys(draft.mailboxIds ?? {})[0] ?? mailboxOf(client, accountId, "drafts");
}

export function draftOf(create: Record<string, EmailDraft>): EmailDraft {
  return create["draft"]!;
}

/** The line above a quote, in the language of the screen. */
async function attribution(client: JmapClient, accountId: Id, emailId: Id): Promise<string> {
  const { list } = await client.call("Email/get", { accountId, ids: [emailId], properties: ["from", "sentAt", "receivedAt"] });
  const email = list[0];
  const from = email?.from?.[0];
  const when = longDate(email?.sentAt ?? email?.receivedAt ?? null);
  return bare(t("compose-attribution", { who: (from?.name || from?.email) ?? "", when })).replace(/[\r\n]+/g, " ");
}
