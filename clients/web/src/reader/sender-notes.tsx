/** Warnings about who a message is from, with what the mailbox knows: one's own addresses, the account's server, people of that name. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { EmailAddress } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";
import { SenderWarnings } from "../message/warnings.tsx";
import { store } from "../store/index.ts";
import type { Message } from "../store/types.ts";
import { hostOf } from "./host.ts";

export function SenderNotes({ message }: { message: Message }) {
  const people = useSignal<readonly EmailAddress[]>([]);
  const name = message.from?.[0]?.name;
  useEffect(() => {
    if (!name) return;
    // Without it there is one warning less.
    client().call("Address/suggest", { accountId: "*", text: name, limit: 5 }).then((answer) => (people.value = answer.list), () => undefined);
  }, [name]);
  const own = store().identities.value.filter((identity) => identity.accountId === message.accountId).map(({ name, email }) => ({ name, email }));
  const host = hostOf(store().accounts.value.find((account) => account.id === message.accountId)?.source);
  const isSent = Object.keys(message.mailboxIds).some((id) => store().mailboxes.value.get(id)?.role === "sent");
  return <SenderWarnings message={message} known={{ own, host, people: people.value, isSent }} />;
}
