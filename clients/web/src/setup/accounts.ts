/** The accounts and how they are doing, for pages that show just that: asked for again whenever the core tells that it is another now. */
import { effect, type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Account } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";
import { store } from "../store/index.ts";
import { Loop } from "../store/loop.ts";

export interface Accounts {
  /** undefined: not known yet. */
  list: Signal<readonly Account[] | undefined>;
  /** Why they are not known; what was known stays. */
  problem: Signal<unknown>;
  refresh(): Promise<void>;
}

export function useAccounts(): Accounts {
  const list = useSignal<readonly Account[] | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const refresh = async (): Promise<void> => {
    try {
      const answer = await client().call("Account/get", { ids: null });
      list.value = [...answer.list].sort((a, b) => Number(a.isLocal) - Number(b.isLocal) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name));
      problem.value = undefined;
    } catch (e) {
      problem.value = e;
    }
  };
  useEffect(() => {
    const looking = new Loop(refresh);
    const { connection } = store();
    const news = ["Account", "AccountState"].map((type) => store().newsOf(type));
    return effect(() => {
      for (const count of news) count.value;
      connection.value.state; // what was missed
      void Promise.resolve().then(() => looking.run()); // in a turn of its own: what it reads is nothing to begin again for
    });
  }, []);
  return { list, problem, refresh };
}
