/** What a place is called. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Place } from "./router.ts";

const ROLES = new Set(["inbox", "flagged", "snoozed", "drafts", "sent", "archive", "junk", "trash", "all"]);

export function roleTitle(role: string): string {
  return ROLES.has(role) ? t(`role-${role}`) : role;
}

/** A mailbox: by its role in the user's language, where it has one and the name that goes with it; else its own name. */
export function mailboxTitle(mailbox: { name: string; role: string | null }): string {
  return mailbox.role && ROLES.has(mailbox.role) && (mailbox.role === "inbox" || mailbox.name.toLowerCase() === mailbox.role) ? roleTitle(mailbox.role) : mailbox.name;
}

/** As the core names the local account (core/store/accounts.c). */
const LOCAL = "On this computer";

/** An account, by the name that somebody gave it; the one that the core itself has named, in the user's language. */
export function accountTitle({ name, isLocal }: { name: string; isLocal: boolean }): string {
  return isLocal && name === LOCAL ? t("account-here") : name;
}

export const isTag = (keyword: string): boolean => /^\$label[1-5]$/.test(keyword);

/** Thunderbird's tags have names. */
export function keywordTitle(keyword: string): string {
  return isTag(keyword) ? t(`tag-${keyword.slice(1)}`) : keyword;
}

export function titleOf(place: Place): string {
  if (place.query) return t("search-title", { query: place.query });
  const mailbox = store().mailboxes.value.get(place.part);
  return mailbox ? mailboxTitle(mailbox) : roleTitle(place.part);
}
