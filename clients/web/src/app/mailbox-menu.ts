/** The menu of a mailbox. What it does (mailbox-actions.ts) is fetched when it is chosen. */
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import type { Id, Mailbox } from "../store/types.ts";
import type { MenuItem } from "../ui/menu.tsx";
import { overlay } from "./commands.ts";
import { sayProblem } from "./triage.ts";

type Actions = typeof import("./mailbox-actions.ts");
type Box = Mailbox & { accountId: Id };

export function withActions(run: (actions: Actions) => Promise<void> | void): void {
  import("./mailbox-actions.ts").then(run).catch(sayProblem);
}

export function mailboxMenu(box: Box): MenuItem[] {
  const rights = box.myRights;
  const isEmptied = box.role === "trash" || box.role === "junk";
  const hasChildren = [...store().mailboxes.value.values()].some((other) => other.parentId === box.id);
  return [
    { label: t("mailbox-read-all"), icon: "read", isDisabled: !box.unreadEmails || rights.maySetSeen === false, run: () => withActions((actions) => actions.readAll(box)) },
    ...(isEmptied ? [{ label: t("mailbox-empty-menu"), icon: "trash", isDisabled: !box.totalEmails || rights.mayRemoveItems === false, run: () => withActions((actions) => actions.empty(box)) }] : []),
    { isLine: true },
    { label: t("mailbox-create-menu"), icon: "add", isDisabled: rights.mayCreateChild === false, run: () => withActions((actions) => actions.createMailbox(box.accountId, box)) },
    { label: t("mailbox-rename-menu"), icon: "edit", isDisabled: rights.mayRename === false || box.role === "inbox", run: () => withActions((actions) => actions.rename(box)) },
    { label: t("mailbox-color-menu"), icon: "color", run: () => void (overlay.value = "color") },
    ...(box.role ? [] : [{ label: t(box.isSubscribed === false ? "mailbox-show-menu" : "mailbox-hide-menu"), icon: "folder", run: () => withActions((actions) => actions.subscribe(box)) }]),
    { label: t("mailbox-remove-menu"), icon: "trash", isDisabled: rights.mayDelete === false || box.role !== null || hasChildren, run: () => withActions((actions) => actions.remove(box)) },
  ];
}
