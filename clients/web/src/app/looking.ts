/** Looking for new mail, as the user asked for it: how it goes, in words. */
import { computed, effect, signal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import { moodOf } from "../setup/mood.ts";
import { summaryOf } from "../setup/status.tsx";
import { store } from "../store/index.ts";
import { sayProblem } from "./triage.ts";

/** How long one is told that it is done. */
const DONE_MS = 2500;

const phase = signal<"no" | "asking" | "done">("no");
let timer: ReturnType<typeof setTimeout> | undefined;

const isBusy = (): boolean => store().accounts.value.some((account) => moodOf(account) === "busy");

function accountsAreDone(): Promise<void> {
  return new Promise((done) => {
    let stop: (() => void) | undefined;
    let isDone = false;
    stop = effect(() => {
      if (isBusy() || isDone) return;
      isDone = true;
      done();
      queueMicrotask(() => stop?.());
    });
  });
}

export const isLooking = computed(() => phase.value === "asking");

/** What is said about it; "" when there is nothing to say. What did not work is more than that it is done. */
export const lookingWords = computed(() => {
  if (phase.value === "no") return "";
  const summary = summaryOf(store().accounts.value, store().connection.value);
  if (phase.value === "asking") return summary.mood === "busy" ? summary.text : t("list-looking");
  return summary.mood === "danger" || summary.mood === "warn" ? summary.text : t("list-looked");
});

export async function lookForMail(): Promise<void> {
  if (isLooking.value) return;
  clearTimeout(timer);
  phase.value = "asking";
  try {
    await store().sync();
    await accountsAreDone();
    phase.value = "done";
    timer = setTimeout(() => (phase.value = "no"), DONE_MS);
  } catch (e) {
    phase.value = "no";
    sayProblem(e);
  }
}
