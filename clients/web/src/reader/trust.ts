/** Whether a message is from where it says, as far as the receiving server says anything about it. */
import { warningsOf } from "../message/sender.ts";
import { store } from "../store/index.ts";
import type { Message } from "../store/types.ts";
import { hostOf } from "./host.ts";

export function isVerified(message: Message): boolean {
  const host = hostOf(store().accounts.value.find((account) => account.id === message.accountId)?.source);
  return !warningsOf(message, { own: [], host }).some(({ kind }) => kind === "disowned" || kind === "unverified");
}
