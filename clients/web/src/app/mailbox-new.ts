/** A mailbox that v or l makes, because there is none of the name that was typed. */
import { computed } from "@preact/signals";
import { arrived } from "../store/arrived.ts";
import { store } from "../store/index.ts";
import type { Account, Id, Mailbox } from "../store/types.ts";

type Box = Mailbox & { accountId: Id };

/** The account whose mailbox it would be: that of the messages, or the only one there is; undefined: it is not known which, or it takes none. */
export function accountForNew(of: ReadonlySet<Id | undefined>, accounts: readonly Account[], boxes: Iterable<Box>): Id | undefined {
  const ids = of.size ? [...of] : accounts.map(({ id }) => id);
  const account = accounts.find(({ id }) => id === ids[0]);
  if (ids.length !== 1 || !account || account.capabilities?.mayChangeMailboxes === false) return undefined;
  // What the token may not do is told mailbox by mailbox.
  return [...boxes].some((box) => box.accountId === account.id && box.myRights.mayCreateChild !== false) ? account.id : undefined;
}

/** Makes it; resolves when the rest of the page knows it. */
export async function makeMailbox(accountId: Id, name: string): Promise<Id | undefined> {
  const { newMailbox } = await import("./mailbox-actions.ts");
  const id = await newMailbox(accountId, name, null);
  if (id) await arrived(computed(() => store().mailboxes.value.get(id)));
  return id;
}
