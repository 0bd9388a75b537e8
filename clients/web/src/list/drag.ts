/** Messages are dragged onto mailboxes, also of another window. What is dragged is what is selected, if that is among it. */
import { isAllSelected, list, selected, target, view } from "../app/mail.ts";
import { triage } from "../app/triage.ts";
import { t } from "../i18n/i18n.ts";
import type { Id, Target } from "../store/types.ts";
import { unique } from "../store/unique.ts";

const TYPE = "application/x-facteur-messages";
/** What is dragged, for all windows of this origin: what is dropped names it, and has nothing in it that another site could say. */
const KEY = "facteur.drag";
/** The same, for this window: its storage may be full. */
let begun = "[]";

export function beginDrag(e: DragEvent, id: Id): void {
  const isOfMany = isAllSelected.value || selected.value.has(id);
  const dragged: Target | undefined = isOfMany ? target() : { ids: [id], threads: view.value.collapse, view: view.value };
  if (!e.dataTransfer || !dragged) return;
  e.dataTransfer.effectAllowed = "copyMove";
  const name = unique();
  begun = JSON.stringify([name, dragged]);
  try {
    localStorage.setItem(KEY, begun);
  } catch {
    localStorage.removeItem(KEY);
  }
  e.dataTransfer.setData(TYPE, name);
  const label = document.createElement("div");
  label.className = "drag-label";
  label.textContent = t("list-dragged", { count: "ids" in dragged ? dragged.ids.length : (list.value?.total.value ?? 0) });
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
      if (!isOurs(e)) return;
      e.preventDefault();
      const [name, dragged] = JSON.parse(localStorage.getItem(KEY) ?? begun) as [string?, Target?];
      if (!dragged || name !== e.dataTransfer!.getData(TYPE)) return;
      localStorage.removeItem(KEY);
      triage({ do: e.ctrlKey ? "copy" : "move", mailboxId }, dragged);
    },
  };
}
