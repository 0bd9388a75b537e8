/** What an account is doing, in words. */
import type { Account } from "../../../typescript/src/types.ts";
import { number } from "../i18n/dates.ts";
import { locale, t } from "../i18n/i18n.ts";

/** One sentence. */
export function stateWords(account: Account): string {
  const s = account.syncState;
  if (account.isLocal) return t("account-local");
  if (s.phase === "syncing")
    return s.messagesTotal
      ? t("account-syncing-count", { mailbox: s.mailbox ?? "", done: number(s.messagesDone ?? 0), total: number(s.messagesTotal) })
      : t("account-syncing", { mailbox: s.mailbox ?? "" });
  if (s.phase === "watching") return t("account-watching", { news: s.news ?? "poll" });
  if (s.phase === "waiting") return t("account-waiting", { for: s.waitsFor ?? "time" });
  return t("account-phase", { phase: s.phase });
}

/** How far an account is that was just added; `here`: what is fetched from now on is news. */
export function stageOf({ syncState: { phase, lastSyncAt, lastError } }: Account): "begins" | "comes" | "here" | "stands" {
  if (phase === "waiting" || phase === "failed" || phase === "disabled") return "stands";
  if (lastSyncAt && !lastError) return "here";
  return phase === "syncing" ? "comes" : "begins";
}

/** One sentence, which a screen reader hears: of each stage once, not of each count. */
export function stageWords(account: Account): string {
  const stage = stageOf(account);
  if (stage === "stands") return stateWords(account);
  return t("setup-stage", { stage: stage === "here" && (account.settings.keep?.bodies ?? "all") !== "all" ? "kept" : stage });
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** "3 minutes ago", "in 20 seconds". */
export function distance(iso: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[3]!;
  const format = new Intl.RelativeTimeFormat(locale.value === "pseudo" ? "en" : locale.value, { numeric: "auto" });
  return format.format(Math.trunc(seconds / size), unit);
}

/** When it was last in touch with its server; undefined: never, or it has none. */
export function lastTouch(account: Account): string | undefined {
  const { connectedSince, lastSyncAt, phase } = account.syncState;
  if (account.isLocal) return undefined;
  if (connectedSince && phase === "watching") return t("account-connected");
  return lastSyncAt ? t("account-last-touch", { when: distance(lastSyncAt) }) : t("account-never");
}
