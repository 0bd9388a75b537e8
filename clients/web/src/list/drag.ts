/** Messages are dragged onto mailboxes. What is dragged is what is selected, if that is among it. */
import { isAllSelected, selected, target, view } from "../app/mail.ts";
import { triage } from "../app/triage.ts";
import { t } from "../i18n/i18n.ts";
import type { Id, Target } from "../store/types.ts";

let dragged: Target | undefined;
const TYPE = "application/x-facteur-messages";

export function beginDrag(e: DragEvent, id: Id): void {
  const isOfMany = isAllSelected.value || selected.value.has(id);
  dragged = isOfMany ? target() : { ids: [id], threads: view.value.collapse, view: view.value };
  if (!e.dataTransfer || !dragged) return;
  e.dataTransfer.effectAllowed = "copyMove";
  e.dataTransfer.setData(TYPE, "");
  const label = document.createElement("div");
  label.className = "drag-label";
  label.textContent = t("list-dragged", { count: "ids" in dragged ? dragged.ids.length : 0 });
  document.body.append(label);
  e.dataTransfer.setDragImage(label, 10, 10);
  setTimeout(() => label.remove());
}

/** Handlers of what messages can be dropped on. With Ctrl they are copied, where the mailbox is in the same account. */
export function dropOn(mailboxId: Id) {
  const isOurs = (e: DragEvent): boolean => e.dataTransfer?.types.includes(TYPE) ?? false;
  return {
    onDragOver(e: DragEvent & { currentTarget: HTMLElement }): void {
      if (!isOurs(e)) return;
      e.preventDefault();
      e.currentTarget.classList.add("drop");
    },
    onDragLeave(e: DragEvent & { currentTarget: HTMLElement }): void {
      e.currentTarget.classList.remove("drop");
    },
    onDrop(e: DragEvent & { currentTarget: HTMLElement }): void {
      e.currentTarget.classList.remove("drop");
      if (!isOurs(e) || !dragged) return;
      e.preventDefault();
      triage({ do: e.ctrlKey ? "copy" : "move", mailboxId }, dragged);
      dragged = undefined;
    },
  };
}
