/** v, l and g g: which mailbox. Those of the messages' own account first; where one goes, those of all accounts at once. l takes a label off again
 * that all of them have, and knows tags, too. v and l make a mailbox where there is none of the name that is typed. */
import type { ComponentChildren } from "preact";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { arrived } from "../store/arrived.ts";
import { store } from "../store/index.ts";
import { type Choice, Chooser } from "../ui/choice.tsx";
import type { Action, Id, Target } from "../store/types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { TAGS } from "./labels.ts";
import { accountForNew, makeMailbox } from "./mailbox-new.ts";
import { target, UNIFIED, view } from "./mail.ts";
import { go } from "./router.ts";
import { accountTitle, isTag, keywordTitle, mailboxTitle, roleTitle } from "./titles.ts";
import { sayProblem, triage } from "./triage.ts";

/** Before the name of one that is to be made; no id has a space. */
const NEW = "new ";

/** What these say of a message is nothing that one puts on it beside others; it is taken off. */
const NO_LABELS: readonly (string | null)[] = ["drafts", "sent", "junk", "trash"];

/** As long as whatever is asked of the core, when it does not answer. */
const PATIENCE_MS = 600_000;

/** A label is put on what is of its own account only: into another one it would be copied, and nothing takes that back. */
async function label(accountId: Id, action: Action, what: Target): Promise<void> {
  if ("ids" in what) return triage(action, { ...what, ids: what.ids.filter((id) => (store().row(id).value?.accountId ?? accountId) === accountId) });
  const { in: where, query } = what.all;
  if (where !== "all" && "mailboxId" in where) return triage(action, what);
  const own = store().list({ ...what.all, query: query.trim() ? `account:${accountId} (${query})` : `account:${accountId}` });
  // Of a search it tells first what is here.
  if (await arrived(own.total, PATIENCE_MS)) triage(action, { all: own.view }, (await client().call("Email/query", { ...own.query, limit: 0, calculateTotal: true })).total);
  own.close();
}

export function MailboxPicker({ kind, close }: { kind: "go" | "move" | "label"; close(): void }) {
  const what = target();
  const boxes = store().mailboxes.value;
  const ids = what && "ids" in what ? what.ids : [];
  const where = view.value.in;
  const accounts = new Set(ids.map((id) => store().row(id).value?.accountId));
  if (where !== "all" && "mailboxId" in where) accounts.add(boxes.get(where.mailboxId)?.accountId);
  const names = new Map(store().accounts.value.map((account) => [account.id, accountTitle(account)]));
  const path = (id: string): string => {
    const pieces: string[] = [];
    for (let box = boxes.get(id), n = 0; box && n < 50; box = box.parentId ? boxes.get(box.parentId) : undefined, n++) pieces.unshift(mailboxTitle(box));
    return pieces.join(" / ");
  };
  const rows = ids.flatMap((id) => store().row(id).value ?? []);
  /** What l would take off. Of all that match nobody knows what they have. */
  const isOn = (id: string): boolean => kind === "label" && rows.length > 0 && rows.every((row) => id in row.mailboxIds || id in row.keywords);
  /** A message is in one mailbox at least: v takes it to another one. */
  const isOnly = (id: string): boolean => rows.every((row) => id in row.mailboxIds && Object.keys(row.mailboxIds).length === 1);
  const detail = (id: string, account?: string): ComponentChildren => (
    <>
      {isOn(id) && <Icon name="check" />}
      <span class="soft">{isOn(id) ? t(isOnly(id) ? "picker-only" : "picker-off") : account}</span>
    </>
  );
  const choices: Choice[] = [...boxes.values()]
    .filter((box) => kind === "go" || box.myRights.mayAddItems !== false)
    .map((box) => ({ box, isOwn: accounts.size === 0 || accounts.has(box.accountId) }))
    .filter(({ box, isOwn }) => kind !== "label" || (isOwn && (isOn(box.id) || !NO_LABELS.includes(box.role))))
    .sort((a, b) => Number(b.isOwn) - Number(a.isOwn))
    .map(({ box }) => ({ id: box.id, label: path(box.id), words: names.get(box.accountId) ?? "", detail: detail(box.id, names.size > 1 ? names.get(box.accountId) : undefined) }));
  if (kind === "go") choices.unshift(...[...UNIFIED, "all"].map((role) => ({ id: role, label: roleTitle(role), words: role, detail: names.size > 1 ? <span class="soft">{t("picker-all-accounts")}</span> : null })));
  if (kind === "label") {
    for (const keyword in TAGS) choices.push({ id: keyword, label: keywordTitle(keyword), words: keyword, detail: detail(keyword) });
    choices.sort((a, b) => Number(Boolean(boxes.get(a.id)?.role)) - Number(Boolean(boxes.get(b.id)?.role)));
  }

  const account = kind === "go" || !what ? undefined : accountForNew(accounts, store().accounts.value, boxes.values());
  function offer(typed: string): Choice | undefined {
    const isThere = [...boxes.values()].some((box) => box.accountId === account && !box.parentId && [box.name, mailboxTitle(box)].some((name) => name.toLowerCase() === typed.toLowerCase()));
    return account && !isThere ? { id: NEW + typed, label: t("picker-new", { name: typed }), detail: <Icon name="add" /> } : undefined;
  }

  function action(id: string): Action {
    if (isTag(id)) return { do: "keyword", keyword: id, on: !isOn(id) };
    return { do: kind === "move" ? "move" : isOn(id) ? "unlabel" : "copy", mailboxId: id };
  }

  function take(id: string): void {
    close();
    // When the dialog is gone, and the focus is where it was.
    if (account && id.startsWith(NEW)) makeMailbox(account, id.slice(NEW.length)).then((made) => made && triage(action(made), what), sayProblem);
    else if (kind === "go") setTimeout(() => go({ page: "mail", part: id }));
    else if (what && !(isOn(id) && isOnly(id))) {
      const owner = boxes.get(id)?.accountId;
      if (kind === "label" && owner) label(owner, action(id), what).catch(sayProblem);
      else triage(action(id), what);
    }
  }
  return (
    <Dialog label={t(kind === "go" ? "command-go-mailbox" : `command-${kind}`)} close={close} class="palette">
      <Chooser label={t(`picker-${kind}`)} choices={choices} take={take} empty={t("picker-nothing")} offer={offer} />
    </Dialog>
  );
}
