/** What there is: of all accounts at once, then each account's mailboxes. */
import { useSignal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import { number } from "../i18n/dates.ts";
import { dropOn } from "../list/drag.ts";
import { store } from "../store/index.ts";
import type { Account, Id, Mailbox } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Menu } from "../ui/menu.tsx";
import { UNIFIED } from "./mail.ts";
import { mailboxMenu, withActions } from "./mailbox-menu.ts";
import { preferences } from "./preferences.ts";
import { go, pathOf, place } from "./router.ts";
import { shownOf } from "./sidebar-boxes.ts";
import { accountTitle, mailboxTitle, roleTitle } from "./titles.ts";

type Box = Mailbox & { accountId: Id };

const ICONS: Record<string, string> = { inbox: "inbox", snoozed: "snooze", archive: "archive", drafts: "drafts", sent: "sent", trash: "trash", junk: "junk", all: "all", flagged: "flag", important: "flag" };
/** In mailboxes of what is not finished, everything counts; elsewhere what is unread. */
const COUNTS_ALL = new Set(["drafts"]);
const NO_COUNT = new Set(["snoozed", "sent", "trash", "archive", "all", "flagged"]);

function countOf(role: string | null, boxes: readonly Box[]): number {
  if (role && NO_COUNT.has(role)) return 0;
  return boxes.reduce((n, box) => n + (role && COUNTS_ALL.has(role) ? box.totalEmails : box.unreadEmails), 0);
}

function Entry({ part, icon, label, count, depth = 0, box }: { part: string; icon: string; label: string; count: number; depth?: number; box?: Box }) {
  const isHere = place.value.page === "mail" && place.value.part === part;
  const path = pathOf({ page: "mail", part });
  const link = (
    <a
      class="entry"
      href={path}
      data-color={box?.color ?? undefined}
      style={{ "--depth": depth }}
      {...(isHere ? { "aria-current": "page" as const } : {})}
      {...(box ? dropOn(box.id) : {})}
      onClick={(e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        go(path);
      }}
    >
      <Icon name={icon} />
      <span class="name">{label}</span>
      {count > 0 && (
        <span class="count">
          <span aria-hidden="true">{number(count)}</span>
          <span class="visually-hidden">{t(part === "drafts" ? "sidebar-drafts" : "sidebar-unread", { count })}</span>
        </span>
      )}
    </a>
  );
  // One menu is enough for the keyboard to pass by: that of the mailbox that one is in.
  if (!isHere || !box) return link;
  return (
    <div class="entry-line">
      {link}
      <Menu label={t("mailbox-menu", { name: label })} icon="more" items={mailboxMenu(box)} />
    </div>
  );
}

const ORDER = ["inbox", "flagged", "important", "snoozed", "drafts", "sent", "archive", "all", "junk", "trash"];

function compare(a: Box, b: Box): number {
  const rank = (box: Box): number => (box.role && !box.parentId ? ORDER.indexOf(box.role) : 99);
  return rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
}

function Branch({ parent, boxes, depth }: { parent: Id | null; boxes: readonly Box[]; depth: number }) {
  const here = boxes.filter((box) => box.parentId === parent).sort(compare);
  if (!here.length) return null;
  return (
    <ul>
      {here.map((box) => (
        <li key={box.id}>
          <Entry part={box.id} icon={ICONS[box.role ?? ""] ?? "folder"} label={mailboxTitle(box)} count={countOf(box.role, [box])} depth={depth} box={box} />
          <Branch parent={box.id} boxes={boxes} depth={depth + 1} />
        </li>
      ))}
    </ul>
  );
}

function AccountBranch({ account, boxes }: { account: Account; boxes: readonly Box[] }) {
  const isFolded = useSignal(sessionStorage.getItem(`folded.${account.id}`) === "1");
  const fold = (): void => {
    isFolded.value = !isFolded.value;
    sessionStorage.setItem(`folded.${account.id}`, isFolded.value ? "1" : "0");
  };
  const isWhole = useSignal(false);
  const shown = shownOf(boxes, place.value.part);
  const others = boxes.length - shown.length;
  return (
    <section>
      <h2>
        <button type="button" class="account" aria-expanded={!isFolded.value} onClick={fold}>
          <Icon name={isFolded.value ? "expand" : "collapse"} class="turns" />
          <span class="name">{accountTitle(account)}</span>
        </button>
        <Button label={t("mailbox-create-for", { name: accountTitle(account) })} icon="add" disabled={account.capabilities.mayChangeMailboxes === false} onClick={() => withActions((actions) => actions.createMailbox(account.id, undefined))} />
      </h2>
      {!isFolded.value && <Branch parent={null} boxes={isWhole.value ? boxes : shown} depth={0} />}
      {!isFolded.value && others > 0 && <Button label={t("sidebar-others", { count: others })} icon={isWhole.value ? "collapse" : "expand"} isWide aria-expanded={isWhole.value} onClick={() => (isWhole.value = !isWhole.value)} />}
    </section>
  );
}

export function Sidebar() {
  const all = [...store().mailboxes.value.values()];
  const accounts = store().accounts.value;
  // All of it at once: what stands there is not pushed about by what comes after it.
  if (all.length === 0) return <nav class="sidebar" aria-label={t("sidebar-name")} />;
  const together = all.filter((box) => !preferences.value.apart.includes(box.accountId));
  const unified = UNIFIED.filter((role) => role === "flagged" || together.some((box) => box.role === role));
  return (
    <nav class="sidebar" aria-label={t("sidebar-name")}>
      <ul>
        {unified.map((role) => (
          <li key={role}>
            <Entry part={role} icon={ICONS[role]!} label={roleTitle(role)} count={countOf(role, together.filter((box) => box.role === role))} />
          </li>
        ))}
        <li>
          <Entry part="all" icon="all" label={roleTitle("all")} count={0} />
        </li>
      </ul>
      {accounts.map((account) => (
        <AccountBranch key={account.id} account={account} boxes={all.filter((box) => box.accountId === account.id)} />
      ))}
      <ul class="pages">
        <PageLink page="statistics" icon="statistics" />
        <PageLink page="settings" icon="settings" />
        <PageLink page="setup" icon="add" />
      </ul>
    </nav>
  );
}

function PageLink({ page, icon }: { page: "statistics" | "settings" | "setup"; icon: string }) {
  return (
    <li>
      <a
        class="entry"
        href={`/${page}`}
        onClick={(e) => {
          e.preventDefault();
          go({ page });
        }}
      >
        <Icon name={icon} />
        <span class="name">{t(`sidebar-${page}`)}</span>
      </a>
    </li>
  );
}
