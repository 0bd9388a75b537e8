/** What is sent to the core and what comes of it: "saved", or what went wrong. */
import { type Signal, useSignal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import { Refused, type Trouble, troubleOf, troubleOfSet } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import type { SetError } from "../../../typescript/src/types.ts";

export interface Saving {
  state: Signal<"idle" | "busy" | "done">;
  trouble: Signal<Trouble | undefined>;
  /** True: it went well. What is asked for while something is on its way (a double click) is not done. */
  run(what: () => Promise<unknown>): Promise<boolean>;
}

export function useSaving(): Saving {
  const state = useSignal<"idle" | "busy" | "done">("idle");
  const trouble = useSignal<Trouble | undefined>(undefined);
  const run = async (what: () => Promise<unknown>): Promise<boolean> => {
    if (state.peek() === "busy") return false;
    state.value = "busy";
    trouble.value = undefined;
    try {
      await what();
      state.value = "done";
      return true;
    } catch (e) {
      state.value = "idle";
      trouble.value = e instanceof Refused ? troubleOfSet(e.error) : troubleOf(e);
      return false;
    }
  };
  return { state, trouble, run };
}

export function SavingNote({ saving }: { saving: Saving }) {
  return (
    <>
      {saving.trouble.value && <TroubleNote trouble={saving.trouble.value} />}
      <p role="status" class="saved">{saving.state.value === "done" ? t("settings-saved") : saving.state.value === "busy" ? t("settings-saving") : ""}</p>
    </>
  );
}

/** Throws what a /set call refused of the one object that it was about. */
export function accept(...refusals: (Record<string, SetError> | null | undefined)[]): void {
  for (const refused of refusals) for (const error of Object.values(refused ?? {})) throw new Refused(error);
}
