/** Whether an account is doing as it should. */
import type { Account } from "../../../typescript/src/types.ts";

/** Of an account that is doing as it should nothing needs to be said. */
export type Mood = "well" | "busy" | "waiting" | "trouble" | "off";

export function moodOf(account: Account): Mood {
  const { phase, lastError } = account.syncState;
  if (account.isLocal) return "well";
  if (phase === "disabled") return "off";
  if (phase === "failed") return "trouble";
  if (phase === "waiting") return lastError?.requiresUserAction ? "trouble" : "waiting";
  if (phase === "syncing" || phase === "connecting") return "busy";
  return lastError ? "waiting" : "well";
}
