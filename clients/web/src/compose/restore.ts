/** What a window had not saved when it ended: it opens again, as a title at the lower edge. Fetched where there is any. */
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { loadComposer, minimised, opened, type What } from "./index.ts";
import { left, read } from "./kept.ts";

export async function restore(): Promise<void> {
  for (const key of await left()) {
    const kept = read(key);
    if (!kept) continue;
    const { Writing, realm } = await loadComposer();
    const what: What = { kind: "kept", kept, key };
    const made = await Promise.all([Writing.open(client(), what, key), realm()]).catch((e: unknown) => console.warn(e));
    if (!made) continue; // its account is gone, perhaps: it stays where it is, and holds up no other
    const [writing, parsing] = made;
    minimised.value = new Set([...minimised.value, key]);
    opened.value = [...opened.value, { key, what, writing, realm: parsing, opening: undefined, before: null }];
    toast({ text: t("compose-restored") });
  }
}
