/** Where the open conversation is shown. Its code is fetched when the page has been drawn. */
import type { ComponentType } from "preact";
import { signal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { whenIdle } from "../ui/later.tsx";
import { list, selected, isAllSelected } from "./mail.ts";
import { place } from "./router.ts";

const Reader = signal<ComponentType<{ id: string }> | undefined>(undefined);
const problem = signal("");

function load(): void {
  import("../reader/conversation.tsx").then(
    (module) => {
      Reader.value = module.Conversation;
      problem.value = "";
    },
    (e: unknown) => (problem.value = e instanceof Error ? e.message : String(e)),
  );
}
void whenIdle(load);

export function ReaderPane() {
  const open = place.value.open;
  // Drawn again, and so tried again, when the connection is there again.
  const { connection } = store();
  if (open && !Reader.value && connection.value) load();
  const count = isAllSelected.value ? (list.value?.total.value ?? 0) : selected.value.size;
  return (
    <section class="reader-pane" aria-label={t("reader-name")}>
      {problem.value ? (
        <p class="notice danger" role="alert">{t("app-not-loaded", { why: problem.value })}</p>
      ) : !open ? (
        <p class="empty">{count ? t("list-selected", { count }) : t("reader-nothing-open")}</p>
      ) : (
        Reader.value && <Reader.value id={open} />
      )}
    </section>
  );
}
