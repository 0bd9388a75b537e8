/** One store for each that signs in; it ends when they sign out. */
import { effect, untracked } from "@preact/signals";
import type { JmapClient } from "facteur";
import { coming, signIn } from "../client/session.ts";
import { createStore } from "../store/index.ts";
import type { Store } from "../store/types.ts";
import { preferences } from "./preferences.ts";

/** Accounts that are to be seen by themselves take no part in what is shown of all at once. */
function followApart(made: Store): () => void {
  return effect(() => {
    const { apart } = preferences.value;
    const accounts = made.accounts.value;
    made.unify(apart.length ? accounts.map((account) => account.id).filter((id) => !apart.includes(id)) : undefined);
  });
}

/** Before anything is drawn of who signed in. `begin`: done first with a new one. `drawn`: see createStore. What it returns
 * ends it. */
export function followSignIn(begin?: (made: Store) => void, drawn?: Promise<void>): () => void {
  let of: JmapClient | undefined;
  let end: (() => void) | undefined;
  const stop = effect(() => {
    const now = signIn.value.state === "in" ? signIn.value.client : coming.value;
    if (now === of) return;
    of = now;
    end?.();
    end = undefined;
    if (!now) return;
    untracked(() => {
      const made = createStore(now, drawn);
      begin?.(made);
      const stopFollowing = followApart(made);
      end = () => {
        stopFollowing();
        made.close();
      };
    });
  });
  return () => {
    stop();
    end?.();
  };
}
