/** The phone's: what the thumb reaches. */
import { t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import { run } from "./commands.ts";
import { go, place } from "./router.ts";

export function BottomBar({ openMenu }: { openMenu(): void }) {
  const isInbox = place.value.part === "inbox" && !place.value.query;
  return (
    <nav class="bottom-bar" aria-label={t("app-bottom-bar")}>
      <Item icon="inbox" label={t("app-bottom-inbox")} isHere={isInbox} run={() => go({ page: "mail", part: "inbox" })} />
      <Item icon="menu" label={t("app-mailboxes")} run={openMenu} />
      <Item icon="search" label={t("command-search")} run={() => run("search")} />
      <Item icon="compose" label={t("app-bottom-compose")} run={() => run("compose")} />
    </nav>
  );
}

function Item({ icon, label, isHere = false, run }: { icon: string; label: string; isHere?: boolean; run(): void }) {
  return (
    <button type="button" {...(isHere ? { "aria-current": "page" as const } : {})} onClick={run}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
