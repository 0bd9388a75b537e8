/** z, and the "Undo" of what is told. */
import { FacteurError } from "facteur";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { undo } from "../store/undo.ts";
import { toast } from "./toasts.ts";
import { done, type Done, forget, sayProblem } from "./triage.ts";

/** `one`: this, whatever was done since. */
export async function takeBack(one?: Done): Promise<void> {
  const meant = one ?? done.at(-1);
  const { doing, long } = meant ?? {};
  const say = (text: string): void => void toast({ name: "triage", text });
  if (doing?.isUndoable && long && !long.isOver) {
    // It need not be done to its end to be taken back; but what the core was told of it has to be answered.
    long.isUndone = true;
    doing.cancel();
    toast({ name: "triage", text: t("triage-undoing"), seconds: 600 });
  }
  if (doing?.isUndoable) await doing.done.catch(() => undefined);
  if (doing && !doing.isUndoable) {
    // Said instead of taking back what was done before it, and once: whoever asks again means that.
    forget(meant!);
    return say(t("triage-final", { what: meant!.words }));
  }
  // What the core has no name of for us can be taken back only as the last.
  if ((doing && !doing.changed) || (one && !one.id && done.at(-1) !== one)) return say(t("triage-nothing-to-undo"));
  try {
    const { id, description } = await undo(store(), one?.id);
    const known = done.find((other) => other.id === id);
    if (known) forget(known);
    say(t("triage-undone", { what: known?.words ?? description.replace(/^taken back: /, "") }));
  } catch (e) {
    if (e instanceof FacteurError && (e.type === "notFound" || e.type === "alreadyUndone")) say(t("triage-nothing-to-undo"));
    else sayProblem(e);
  }
}
