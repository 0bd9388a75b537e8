/** Truth on the screen, in one line: whether this page, the core and the servers are in touch, what is being done, what waits and what failed; the
 * rest by account in what opens below it. A screen reader is told of what begins and ends, not of each count. */
import { useEffect, useId, useState } from "preact/hooks";
import { number, shortDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { waiting } from "../app/outgoing.ts";
import type { Account, Connection, Store } from "../store/types.ts";
import { Icon } from "../ui/icon.tsx";
import { later } from "../ui/later.tsx";
import { type Mood, moodOf } from "./mood.ts";

const Details = later(() => import("./status-details.tsx").then((module) => module.StatusDetails));

interface Summary {
  icon: string;
  mood: "well" | "busy" | "warn" | "danger";
  /** What the line says. */
  text: string;
  /** What is told to a screen reader when it changes: without counts. */
  told: string;
}

const isOf = (mood: Mood) => (account: Account) => moodOf(account) === mood;

/** The one thing that matters most now. */
export function summaryOf(accounts: readonly Account[], connection: Connection): Summary {
  const say = (icon: string, mood: Summary["mood"], text: string, told = text): Summary => ({ icon, mood, text, told });
  if (connection.state === "lost") {
    const text = t(navigator.onLine ? "status-lost" : "status-offline", { since: shortDate(new Date(connection.since).toISOString()) });
    return say("offline", "danger", text);
  }
  const failed = accounts.filter(isOf("trouble"));
  if (failed.length) return say("warning", "danger", t("status-failed", { count: failed.length, name: failed[0]!.name }));
  const waiting = accounts.filter(isOf("waiting"));
  if (waiting.length) return say("offline", "warn", t("status-waiting", { count: waiting.length, name: waiting[0]!.name }));
  const notices = accounts.reduce((n, account) => n + account.notices.length, 0);
  if (notices) return say("info", "warn", t("status-notices", { count: notices }));
  const busy = accounts.find(isOf("busy"));
  const pending = accounts.reduce((n, account) => n + (account.pendingChanges ?? 0), 0);
  if (busy) {
    const { messagesDone = 0, messagesTotal = 0 } = busy.syncState;
    const told = t("status-busy", { name: busy.name });
    return say("sync", "busy", messagesTotal ? t("status-busy-count", { name: busy.name, done: number(messagesDone), total: number(messagesTotal) }) : told, told);
  }
  if (pending) return say("outbox", "busy", t("status-pending", { count: pending }), "");
  const isAny = accounts.some((account) => !account.isLocal && account.isEnabled);
  return say(isAny ? "check" : "info", "well", t(isAny ? "status-well" : "status-none"), "");
}

const EVERY_MS = 30_000;

/** Counts up now and then: distances ("3 minutes ago") grow by themselves. */
function useTicks(): () => void {
  const [, set] = useState(0);
  const next = (): void => set((n) => n + 1);
  useEffect(() => {
    const timer = setInterval(next, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return next;
}

export function AccountStatus({ store }: { store: Store }) {
  const id = useId();
  const next = useTicks();
  const [wasOpened, setOpened] = useState(false);
  const accounts = store.accounts.value;
  const connection = store.connection.value;
  const summary = summaryOf(accounts, connection);
  return (
    <div class="account-status">
      <button type="button" class={`button status-line ${summary.mood}`} popovertarget={id}>
        <Icon name={summary.icon} />
        <span>{summary.text}</span>
      </button>
      <p class="visually-hidden" role="status" aria-live="polite">{summary.told}</p>
      <div id={id} popover="auto" class="status-details" role="group" aria-label={t("status-details")} onToggle={() => (setOpened(true), next())}>
        {wasOpened && <Details store={store} outbox={waiting.value} />}
      </div>
    </div>
  );
}
