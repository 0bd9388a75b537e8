/** What can be done with a mailbox itself: made, renamed, removed, emptied, read. The store hears of it as it does of anybody's changes. */
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { Refused } from "../setup/trouble.ts";
import type { Id, Mailbox, View } from "../store/types.ts";
import type { SetError } from "../../../typescript/src/types.ts";
import { askText, askYes } from "../ui/ask.ts";
import type { Color } from "./labels.ts";
import { go, place } from "./router.ts";
import { mailboxTitle } from "./titles.ts";
import { toast } from "./toasts.ts";
import { triage } from "./triage.ts";

type Box = Mailbox & { accountId: Id };
const NAME_MAX = 255;

function refusal(errors: Record<string, SetError> | null | undefined): void {
  const error = errors && Object.values(errors)[0];
  if (error) throw new Refused(error);
}

export async function newMailbox(accountId: Id, name: string, parentId: Id | null): Promise<Id | undefined> {
  const answer = await client().call("Mailbox/set", { accountId, create: { new: { name, parentId } } });
  refusal(answer.notCreated);
  const id = answer.created?.["new"]?.["id"];
  return typeof id === "string" ? id : undefined;
}

export async function createMailbox(accountId: Id, parent: Box | undefined): Promise<void> {
  const name = await askText({ title: parent ? t("mailbox-create-in", { name: mailboxTitle(parent) }) : t("mailbox-create"), yes: t("mailbox-create"), field: { label: t("mailbox-name"), value: "", maxLength: NAME_MAX } });
  if (!name) return;
  const id = await newMailbox(accountId, name, parent?.id ?? null);
  if (id) go({ page: "mail", part: id });
}

export async function rename(box: Box): Promise<void> {
  const name = await askText({ title: t("mailbox-rename", { name: box.name }), yes: t("mailbox-rename-yes"), field: { label: t("mailbox-name"), value: box.name, maxLength: NAME_MAX } });
  if (!name || name === box.name) return;
  refusal((await client().call("Mailbox/set", { accountId: box.accountId, update: { [box.id]: { name } } })).notUpdated);
}

/** null: in none. */
export async function paint(box: Box, color: Color | null): Promise<void> {
  refusal((await client().call("Mailbox/set", { accountId: box.accountId, update: { [box.id]: { color } } })).notUpdated);
}

/** Or no more, where it was: at the side it stands among the others then. */
export async function subscribe(box: Box): Promise<void> {
  refusal((await client().call("Mailbox/set", { accountId: box.accountId, update: { [box.id]: { isSubscribed: box.isSubscribed === false } } })).notUpdated);
}

export async function remove(box: Box): Promise<void> {
  const text = box.totalEmails ? t("mailbox-remove-with", { count: box.totalEmails }) : t("mailbox-remove-empty");
  if (!(await askYes({ title: t("mailbox-remove", { name: mailboxTitle(box) }), text, yes: t("mailbox-remove-yes"), isDanger: true }))) return;
  refusal((await client().call("Mailbox/set", { accountId: box.accountId, destroy: [box.id], onDestroyRemoveEmails: true })).notDestroyed);
  toast({ text: t("mailbox-removed", { name: mailboxTitle(box) }) });
  if (place.value.part === box.id) go({ page: "mail", part: "inbox" });
}

const viewOf = (box: Box): View => ({ in: { mailboxId: box.id }, query: "", collapse: false });

export function readAll(box: Box): void {
  triage({ do: "seen", on: true }, { all: { ...viewOf(box), only: "unread" } }, box.unreadEmails);
}

export async function empty(box: Box): Promise<void> {
  if (!(await askYes({ title: t("mailbox-empty", { name: mailboxTitle(box) }), text: t("mailbox-empty-text", { count: box.totalEmails }), yes: t("mailbox-empty-yes"), isDanger: true }))) return;
  triage({ do: "destroy" }, { all: viewOf(box) }, box.totalEmails);
}
