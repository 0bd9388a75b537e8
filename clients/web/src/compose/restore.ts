/** What a window had not saved when it ended: it opens again, as a title at the lower edge. */
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { loadComposer, minimised, opened, openAs, type What } from "./index.ts";
import { type Early, type Kept, left, read, take } from "./kept.ts";

export async function restore(): Promise<void> {
  for (const key of await left()) {
    await takeUp(key, (kept) => {
      if ("typed" in kept) return openAs(kept.what, key, kept.typed);
      return reopen({ kind: "kept", kept, key }, key);
    });
  }
}

/** One window alone opens it; who writes it holds it from then on. False: it is not there, or another window has it. */
export async function takeUp(key: string, open: (kept: Kept | Early) => Promise<void>): Promise<boolean> {
  const release = await take(key);
  const kept = release && read(key);
  if (kept) await open(kept);
  release?.();
  return kept !== undefined;
}

async function reopen(what: What, key: string): Promise<void> {
  const { Writing, realm } = await loadComposer();
  // What writes it holds its lock: it is made when nothing else can fail.
  const made = await realm().then(async (parsing) => ({ parsing, writing: await Writing.open(client(), what, key) })).catch((e: unknown) => console.warn(e));
  if (!made) return; // its account is gone, perhaps: it stays where it is, and holds up no other
  const { writing, parsing } = made;
  minimised.value = new Set([...minimised.value, key]);
  opened.value = [...opened.value, { key, what, writing, realm: parsing, opening: undefined, before: null }];
  toast({ text: t("compose-restored") });
}
