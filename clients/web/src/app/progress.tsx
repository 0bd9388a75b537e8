/** What is done to all that match may take long: how far it is, with a way to stop it. */
import { t } from "../i18n/i18n.ts";
import { number } from "../i18n/dates.ts";
import type { Doing } from "../store/types.ts";
import { type Toast, toast } from "./toasts.ts";

/** What is done sooner needs no more than that it is said to be done. */
const SOON_MS = 500;
const STAYS_S = 86_400;

function Bar({ of }: { of: Doing }) {
  const { done, total } = of.progress.value;
  const label = total ? t("triage-progress", { done: number(done), total: number(total) }) : t("triage-progress-unknown", { done: number(done) });
  return (
    <span class="toast-progress" aria-live="off">
      <progress aria-label={t("triage-under-way")} aria-valuetext={label} {...(total ? { max: total, value: done } : {})} />
      <span aria-hidden="true">{label}</span>
    </span>
  );
}

interface Standing {
  /** Its undo, where it can be taken back. */
  offer(): Pick<Toast, "action">;
  /** It is being taken back, and that is said elsewhere. */
  isUndone(): boolean;
}

/** Told until it is done. `words`: what is said then; `unsay` takes that away where it was said too early. */
export function follow(doing: Doing, words: string, unsay: (() => void) | undefined, standing: Standing): void {
  let close: (() => void) | undefined;
  const leave = (e: BeforeUnloadEvent): void => e.preventDefault();
  const show = (): void => {
    unsay?.();
    const action = { label: t("triage-stop"), run: () => doing.cancel() };
    close = toast({ name: "progress", text: t("triage-under-way"), more: <Bar of={doing} />, seconds: STAYS_S, action });
  };
  const timer = setTimeout(show, SOON_MS);
  // With the page, the rest of it would be left undone.
  addEventListener("beforeunload", leave);
  const end = (): void => {
    clearTimeout(timer);
    removeEventListener("beforeunload", leave);
    close?.();
  };
  doing.done.then(() => {
    const { done, total } = doing.progress.peek();
    const isShown = close !== undefined;
    end();
    if (!isShown || standing.isUndone()) return;
    const text = doing.isCanceled ? t("triage-stopped", { done: number(done), total: number(total || done) }) : words;
    toast({ name: "progress", text, ...standing.offer() });
  }, end);
}
