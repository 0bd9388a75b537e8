/** What the plots are drawn from: Email/statistics, and the stretch of time that was chosen. */
import type { Client, EmailCounts, EmailStatisticsResult } from "facteur";

export type Counts = EmailCounts;
/** All groups are asked for. */
export type Statistics = Required<EmailStatisticsResult>;
export type Unit = Statistics["unit"];

export const PERIODS = ["30", "90", "365", "all"] as const;
export type Period = (typeof PERIODS)[number];

/** So long units that a plot has about a hundred bars at most. */
export function unitOf(period: Period): Unit {
  return period === "365" ? "week" : period === "all" ? "month" : "day";
}

const NONE: Counts = { messages: 0, received: 0, sent: 0, spam: 0, drafts: 0, unread: 0, bytes: 0 };

/** "2026-11-02" of a moment, where the reader is. */
export function dayOf(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The first day of the unit that a day is in; weeks begin on Monday. */
export function startOf(day: string, unit: Unit): string {
  if (unit === "year") return `${day.slice(0, 4)}-01-01`;
  if (unit === "month") return `${day.slice(0, 7)}-01`;
  return unit === "week" ? plus(day, "day", -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7)) : day;
}

/** So many units later. Days are counted as such, whatever a clock does in between. */
export function plus(day: string, unit: Unit, n: number): string {
  const date = new Date(`${day}T00:00Z`);
  if (unit === "year") date.setUTCFullYear(date.getUTCFullYear() + n);
  else if (unit === "month") date.setUTCMonth(date.getUTCMonth() + n);
  else date.setUTCDate(date.getUTCDate() + n * (unit === "week" ? 7 : 1));
  return date.toISOString().slice(0, 10);
}

/** The first day of a period that ends today; undefined: the first message's. */
export function firstDay(period: Period, today: string): string | undefined {
  return period === "all" ? undefined : startOf(plus(today, "day", 1 - Number(period)), unitOf(period));
}

const UNITS_MAX = 1500;

/** All units from the first day to today: those without messages, which are not told of, among them. */
export function filled(units: Statistics["units"], unit: Unit, from: string | undefined, today: string): Statistics["units"] {
  const known = new Map(units.map((each) => [each.start, each.counts]));
  const out: Statistics["units"] = [];
  const begin = from ?? units[0]?.start ?? startOf(today, unit);
  for (let day = begin; day <= today && out.length < UNITS_MAX; day = plus(day, unit, 1)) out.push({ start: day, counts: known.get(day) ?? NONE });
  return out;
}

/** The search that shows the messages of a unit. */
export function queryOf(start: string, unit: Unit): string {
  if (unit === "week") return `after:${start} before:${plus(start, "week", 1)}`;
  return `on:${start.slice(0, unit === "day" ? 10 : unit === "month" ? 7 : 4)}`;
}

/** Spam among what came. */
export function spamShare({ received, spam }: Counts): number {
  return received + spam ? spam / (received + spam) : 0;
}

export async function fetchStatistics(client: Client, accountId: string, period: Period, today: string): Promise<Statistics> {
  const from = firstDay(period, today);
  const params = {
    accountId,
    after: from ? new Date(`${from}T00:00`).toISOString().replace(/\.\d+/, "") : null, // midnight of this place
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    unit: unitOf(period),
    limit: 20,
  };
  return (await client.call("Email/statistics", params)) as Statistics;
}
