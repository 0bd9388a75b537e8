/** The accounts and how they are doing, for pages that show just that: looked at again now and then while they are open, since what an account
 * is doing (syncState) is no state that the core tells of over JMAP. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Account } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";

const EVERY_MS = 1500;

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
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const look = async (): Promise<void> => {
      if (!document.hidden || !list.value) await refresh();
      if (!isOver) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return { list, problem, refresh };
}
