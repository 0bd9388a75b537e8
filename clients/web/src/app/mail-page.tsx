/** The mailbox: what there is at the side, the list, and what is open. */
import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { MessageList } from "../list/list.tsx";
import { SearchField } from "../search/field.tsx";
import { AccountStatus } from "../setup/status.tsx";
import { store } from "../store/index.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { run } from "./commands.ts";
import { shownKeys } from "./keys.ts";
import { followPlace, hasPane, hasSidebar, isAllSelected, isPhone, list, selected } from "./mail.ts";
import { followOutgoing } from "./outgoing.ts";
import { ListBar } from "./list-bar.tsx";
import { BottomBar } from "./bottom-bar.tsx";
import { preferences, prefer } from "./preferences.ts";
import { ReaderPane } from "./reader-pane.tsx";
import { closeLayer, layer, openLayer, place } from "./router.ts";
import { Sidebar } from "./sidebar.tsx";
import { titleOf } from "./titles.ts";

const DRAWER = "mailboxes";
const openDrawer = (): void => openLayer(DRAWER);

export function MailPage() {
  useFollowedPlace();
  useEffect(followOutgoing, []);
  const title = useComputed(() => titleOf(place.value));
  const open = place.value.open;
  const pane = hasPane.value ? preferences.value.pane : "none";
  const showsList = pane !== "none" || !open;

  useEffect(() => {
    const unread = list.value && place.value.part === "inbox" ? unreadInInboxes() : 0;
    document.title = `${unread ? `(${unread}) ` : ""}${title.value} · Facteur`;
  });
  // Where there is no room for it at the side, it is a drawer.
  const isDrawerOpen = layer.value === DRAWER && !hasSidebar.value;
  const isLost = store().connection.value.state === "lost";

  return (
    <div class={`mail pane-${pane} ${isPhone.value ? "phone" : ""} ${isPhone.value && open ? "reading" : ""} ${isLost ? "lost" : ""}`}>
      <a class="skip" href="#list" onClick={skipToList}>{t("app-skip")}</a>
      <header class="bar">
        <Button label={t("app-menu")} icon="menu" class="menu-button" aria-haspopup="dialog" onClick={openDrawer} />
        <SearchField />
        <Button label={t("command-compose")} icon="compose" keys={shownKeys("compose")} kind="primary" isWide class="compose-button" onClick={(e) => run(e.shiftKey ? "compose-window" : "compose")} />
        <Button label={t("command-help")} icon="help" keys={shownKeys("help")} class="only-wide" onClick={() => run("help")} />
        <Button label={t("command-go-settings")} icon="settings" keys={shownKeys("go-settings")} class="only-wide" onClick={() => run("go-settings")} />
      </header>
      {hasSidebar.value && <Sidebar />}
      {isDrawerOpen && (
        <Dialog label={t("sidebar-name")} class="drawer" close={closeLayer}>
          <Sidebar />
        </Dialog>
      )}
      <main class="panes" style={{ "--list-size": paneSize.value }}>
        <section class="list-pane" id="list" hidden={!showsList} aria-label={title.value}>
          <h1 class="visually-hidden">{title.value}</h1>
          <ListBar title={title.value} />
          <MessageList />
        </section>
        {pane !== "none" && <Splitter isBelow={pane === "below"} />}
        {(pane !== "none" || open) && <ReaderPane />}
      </main>
      <footer class="status">
        <AccountStatus store={store()} />
        <span class="selection visually-hidden" role="status" aria-live="polite">
          {isAllSelected.value ? t("list-all-selected", { count: list.value?.total.value ?? 0 }) : selected.value.size ? t("list-selected", { count: selected.value.size }) : ""}
        </span>
      </footer>
      {isPhone.value && !open && <BottomBar openMenu={openDrawer} />}
    </div>
  );
}

/** From the first drawing on: a list that came after it would be drawn by itself. */
function useFollowedPlace(): void {
  const stop = useRef<(() => void) | undefined>(undefined);
  stop.current ??= followPlace();
  useLayoutEffect(() => () => stop.current?.(), []);
}

function unreadInInboxes(): number {
  let n = 0;
  for (const mailbox of store().mailboxes.value.values()) if (mailbox.role === "inbox" && !preferences.value.apart.includes(mailbox.accountId)) n += mailbox.unreadEmails;
  return n;
}

function skipToList(e: Event): void {
  e.preventDefault();
  document.querySelector<HTMLElement>('.list [role="option"][tabindex="0"]')?.focus();
}

/* ---- how much of the room the list has ---- */

const paneSize = { get value() { return `${preferences.value.paneShare}%`; } };

function Splitter({ isBelow }: { isBelow: boolean }) {
  const set = (share: number): void => prefer({ paneShare: Math.round(Math.min(75, Math.max(20, share))) });
  /** The list is at the right then. */
  const isRtl = !isBelow && document.documentElement.dir === "rtl";
  function onPointerMove(e: PointerEvent & { currentTarget: HTMLElement }): void {
    if (!e.currentTarget.hasPointerCapture(e.pointerId)) return;
    const room = e.currentTarget.parentElement!.getBoundingClientRect();
    set(isBelow ? ((e.clientY - room.top) / room.height) * 100 : ((isRtl ? room.right - e.clientX : e.clientX - room.left) / room.width) * 100);
  }
  function onKeyDown(e: KeyboardEvent): void {
    const on = isRtl ? -2 : 2;
    const by = { ArrowRight: on, ArrowDown: 2, ArrowLeft: -on, ArrowUp: -2 }[e.key];
    if (!by) return;
    e.preventDefault();
    e.stopPropagation();
    set(preferences.value.paneShare + by);
  }
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-label={t("app-splitter")}
      aria-orientation={isBelow ? "horizontal" : "vertical"}
      aria-valuenow={preferences.value.paneShare}
      aria-valuemin={20}
      aria-valuemax={75}
      onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
