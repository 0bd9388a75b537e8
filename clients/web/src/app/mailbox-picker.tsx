/** v, l and g g: which mailbox. Those of the messages' own account first; where one goes, those of all accounts at once. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { type Choice, Chooser } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { target, UNIFIED, view } from "./mail.ts";
import { go } from "./router.ts";
import { mailboxTitle, roleTitle } from "./titles.ts";
import { triage } from "./triage.ts";

export function MailboxPicker({ kind, close }: { kind: "go" | "move" | "label"; close(): void }) {
  const what = target();
  const boxes = store().mailboxes.value;
  const ids = what && "ids" in what ? what.ids : [];
  const where = view.value.in;
  const accounts = new Set(ids.map((id) => store().row(id).value?.accountId));
  if (where !== "all" && "mailboxId" in where) accounts.add(boxes.get(where.mailboxId)?.accountId);
  const names = new Map(store().accounts.value.map((account) => [account.id, account.name]));
  const path = (id: string): string => {
    const pieces: string[] = [];
    for (let box = boxes.get(id), n = 0; box && n < 50; box = box.parentId ? boxes.get(box.parentId) : undefined, n++) pieces.unshift(mailboxTitle(box));
    return pieces.join(" / ");
  };
  const choices: Choice[] = [...boxes.values()]
    .filter((box) => kind === "go" || box.myRights.mayAddItems !== false)
    .map((box) => ({ box, isOwn: accounts.size === 0 || accounts.has(box.accountId) }))
    .filter(({ isOwn }) => isOwn || kind !== "label")
    .sort((a, b) => Number(b.isOwn) - Number(a.isOwn))
    .map(({ box }) => ({ id: box.id, label: path(box.id), words: names.get(box.accountId) ?? "", detail: names.size > 1 ? <span class="soft">{names.get(box.accountId)}</span> : null }));
  if (kind === "go") choices.unshift(...[...UNIFIED, "all"].map((role) => ({ id: role, label: roleTitle(role), words: role, detail: names.size > 1 ? <span class="soft">{t("picker-all-accounts")}</span> : null })));
  function take(id: string): void {
    close();
    // When the dialog is gone, and the focus is where it was.
    if (kind === "go") setTimeout(() => go({ page: "mail", part: id }));
    else if (what) triage({ do: kind === "move" ? "move" : "copy", mailboxId: id }, what);
  }
  return (
    <Dialog label={t(kind === "go" ? "command-go-mailbox" : `command-${kind}`)} close={close} class="palette">
      <Chooser label={t(`picker-${kind}`)} choices={choices} take={take} empty={t("picker-nothing")} />
    </Dialog>
  );
}
