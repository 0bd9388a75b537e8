/** Ctrl+K: everything that can be done and every place to go to, by name; with the key that does it, so that one learns it. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { type Choice, Chooser } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { commands, type Group } from "./commands.ts";
import { shownKeys } from "./keys.ts";
import { go } from "./router.ts";
import { accountTitle, mailboxTitle } from "./titles.ts";

/** What one looks for by name first; everybody knows how to get to the next row. */
const ORDER: readonly Group[] = ["message", "write", "go", "view", "app", "list"];

export function Palette({ close }: { close(): void }) {
  const accounts = new Map(store().accounts.value.map((account) => [account.id, accountTitle(account)]));
  const choices: Choice[] = [
    ...[...commands]
      .sort((a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group))
      .filter((command) => command.id !== "palette" && command.can())
      .map((command) => {
        const keys = shownKeys(command.id);
        return { id: command.id, label: t(`command-${command.id}`), words: command.id, detail: keys ? <kbd>{keys}</kbd> : null };
      }),
    ...[...store().mailboxes.value.values()].map((mailbox) => ({
      id: `mailbox ${mailbox.id}`,
      label: t("palette-go", { name: mailboxTitle(mailbox) }),
      words: `${mailbox.name} ${accounts.get(mailbox.accountId) ?? ""}`,
      detail: <span class="soft">{accounts.get(mailbox.accountId)}</span>,
    })),
  ];
  function take(id: string): void {
    close();
    // When the dialog is gone, and the focus is where it was.
    setTimeout(() => {
      if (id.startsWith("mailbox ")) go({ page: "mail", part: id.slice(8) });
      else commands.find((command) => command.id === id)?.run();
    });
  }
  return (
    <Dialog label={t("command-palette")} close={close} class="palette">
      <Chooser label={t("palette-what")} choices={choices} take={take} empty={t("palette-nothing")} />
    </Dialog>
  );
}
