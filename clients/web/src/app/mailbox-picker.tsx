/** v and l: which mailbox. Those of the messages' own account first. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { type Choice, Chooser } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { target, view } from "./mail.ts";
import { mailboxTitle } from "./titles.ts";
import { triage } from "./triage.ts";

export function MailboxPicker({ kind, close }: { kind: "move" | "label"; close(): void }) {
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
    .filter((box) => box.myRights.mayAddItems !== false)
    .map((box) => ({ box, isOwn: accounts.size === 0 || accounts.has(box.accountId) }))
    .filter(({ isOwn }) => isOwn || kind === "move")
    .sort((a, b) => Number(b.isOwn) - Number(a.isOwn))
    .map(({ box }) => ({ id: box.id, label: path(box.id), words: names.get(box.accountId) ?? "", detail: names.size > 1 ? <span class="soft">{names.get(box.accountId)}</span> : null }));
  function take(id: string): void {
    close();
    if (what) triage({ do: kind === "move" ? "move" : "copy", mailboxId: id }, what);
  }
  return (
    <Dialog label={t(`command-${kind}`)} close={close} class="palette">
      <Chooser label={t(`picker-${kind}`)} choices={choices} take={take} empty={t("picker-nothing")} />
    </Dialog>
  );
}
