/** The mailbox in figures. Everything that is drawn leads to the messages that it stands for. */
import { accountTitle } from "../app/titles.ts";
import { FacteurError } from "facteur";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Account, Mailbox } from "../../../typescript/src/types.ts";
import { back, go, place } from "../app/router.ts";
import { client } from "../client/session.ts";
import { format, number, size } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { variant } from "../i18n/variant.ts";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField } from "../ui/form.tsx";
import { dayOf, fetchStatistics, filled, firstDay, type Period, PERIODS, queryOf, spamShare, type Statistics, type Unit } from "./data.ts";
import { Bars, Columns, Figure, WeekMap } from "./plots.tsx";

interface Names {
  accounts: readonly Account[];
  mailboxes: ReadonlyMap<string, Mailbox>;
}

function unitLabel(start: string, unit: Unit): string {
  const options: Intl.DateTimeFormatOptions = unit === "year" ? {} : unit === "month" ? { month: "short" } : { day: "numeric", month: "short" };
  return format(`statistics ${unit}`, { year: "numeric", ...options, timeZone: "UTC" }).format(new Date(`${start}T00:00Z`));
}

/** Monday first, as the core counts. */
function weekdays(): string[] {
  const short = format("statistics weekday", { weekday: "short", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, i) => short.format(new Date(Date.UTC(2024, 0, 1 + i))));
}

function percent(share: number): string {
  const maximumFractionDigits = share < 0.1 ? 1 : 0;
  return number(share, `percent ${maximumFractionDigits}`, { style: "percent", maximumFractionDigits });
}

function Totals({ s }: { s: Statistics }) {
  const facts: [string, string][] = [
    [t("statistics-received"), number(s.total.received)],
    [t("statistics-sent"), number(s.total.sent)],
    [t("statistics-unread"), number(s.total.unread)],
    [t("statistics-spam"), `${number(s.total.spam)} (${percent(spamShare(s.total))})`],
    [t("statistics-size"), size(s.total.bytes)],
    [t("statistics-senders"), number(s.allSenders)],
  ];
  return (
    <dl class="tiles">
      {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function Plots({ s, names, period, account, today }: { s: Statistics; names: Names; period: Period; account: Account | undefined; today: string }) {
  const units = filled(s.units, s.unit, firstDay(period, today), today);
  const search = (query: string) => ({ page: "mail" as const, part: "all", query: [query, account && `account:${account.id}`].filter(Boolean).join(" ") });
  const column = (values: (c: (typeof units)[number]["counts"]) => number[], more = "") =>
    units.map(({ start, counts }) => ({ label: unitLabel(start, s.unit), values: values(counts), to: search(`${queryOf(start, s.unit)}${more}`) }));
  const nameOf = (id: string): string => names.accounts.filter((a) => a.id === id).map(accountTitle)[0] ?? id;
  const mailboxes = [...s.mailboxes].sort((a, b) => b.counts.messages - a.counts.messages).slice(0, 20);
  const isOne = account !== undefined || names.accounts.filter((a) => !a.isLocal).length < 2;
  const storage = [...s.accounts].sort((a, b) => b.counts.bytes - a.counts.bytes);
  return (
    <>
      <Totals s={s} />
      <Figure title={t("statistics-per", { unit: s.unit })} hint={t("statistics-click")}>
        <Columns series={[t("statistics-received"), t("statistics-sent")]} columns={column((c) => [c.received, c.sent])} />
      </Figure>
      <Figure title={t("statistics-hours")} hint={t("statistics-hours-hint", { zone: s.timeZone })}>
        <WeekMap counts={s.hours.received} days={weekdays()} />
      </Figure>
      <Figure title={t("statistics-by-sender")}>
        <Bars what={t("statistics-sender")} rows={s.senders.map((each) => ({
          key: each.email, label: each.name || each.email, more: each.name ? each.email : undefined, value: each.messages, to: search(`from:${each.email}`) }))} />
      </Figure>
      <Figure title={t("statistics-by-mailbox")}>
        <Bars what={t("statistics-mailbox")} rows={mailboxes.map((each) => ({
          key: each.mailboxId, label: names.mailboxes.get(each.mailboxId)?.name ?? each.mailboxId, more: isOne ? undefined : nameOf(each.accountId), value: each.counts.messages,
          to: { page: "mail" as const, part: each.mailboxId } }))} />
      </Figure>
      <Figure title={t("statistics-spam-title")}>
        {s.total.spam ? <Columns series={[t("statistics-spam")]} columns={column((c) => [c.spam], " in:junk")} /> : <p>{t("statistics-no-spam")}</p>}
      </Figure>
      <Figure title={t("statistics-storage")} {...(s.storage ? { hint: t("statistics-disk", { messages: size(s.storage.messageBytes), database: size(s.storage.databaseBytes) }) } : {})}>
        <Bars what={t("statistics-account")} format={size} rows={storage.map((each) => ({ key: each.accountId, label: nameOf(each.accountId), value: each.counts.bytes }))} />
        <h3>{t("statistics-by-size")}</h3>
        <Bars what={t("statistics-size")} rows={s.sizes.map(({ from, below, counts }) => ({
          key: String(from), label: below === null ? t("statistics-from", { from: size(from) }) : from ? t("statistics-between", { from: size(from), below: size(below) }) : t("statistics-below", { below: size(below) }), value: counts.messages }))} />
      </Figure>
    </>
  );
}

/** A core that is older than this page. */
function isUnknown(e: unknown): boolean {
  return e instanceof FacteurError && (e.type === "unknownMethod" || e.code === -32601);
}

export default function Page() {
  const asked = place.value.params;
  const period = PERIODS.find((p) => p === asked.get("period")) ?? "90";
  const accountId = asked.get("account") ?? "*";
  const statistics = useSignal<Statistics | undefined>(undefined);
  const names = useSignal<Names | undefined>(undefined);
  const trouble = useSignal<Trouble | "unknown" | undefined>(undefined);
  const today = dayOf(new Date());

  useEffect(() => {
    let isOver = false;
    trouble.value = statistics.value = undefined;
    const load = async (): Promise<void> => {
      const batch = client().batch();
      const accounts = batch.call("Account/get", { ids: null });
      const mailboxes = batch.call("Mailbox/get", { accountId: "*", ids: null, properties: ["name"] });
      const [counted] = await Promise.all([fetchStatistics(client(), accountId, period, today), batch.send()]);
      if (isOver) return;
      names.value = { accounts: accounts.result.list, mailboxes: new Map(mailboxes.result.list.map((m) => [m.id, m])) };
      statistics.value = counted;
    };
    load().catch((e: unknown) => isOver || (trouble.value = isUnknown(e) ? "unknown" : troubleOf(e)));
    return () => {
      isOver = true;
    };
  }, [period, accountId]);

  const show = (change: { period?: string; account?: string }): void => {
    const params = new URLSearchParams({ period, account: accountId, ...change });
    go(`/statistics?${params}`, true);
  };
  const s = statistics.value;
  const account = names.value?.accounts.find((a) => a.id === accountId);
  return (
    <main class="page statistics" id="main">
      <header class="page-head">
        <Button label={t("page-back")} icon="back" class="turns" onClick={() => back({ page: "mail" })} />
        <h1>{t("statistics-title")}</h1>
      </header>
      <div class="form-row">
        <SelectField label={t("statistics-period")} value={period} options={PERIODS.map((value) => ({ value, label: t("statistics-period-kind", { period: variant(value) }) }))} onValue={(value) => show({ period: value })} />
        <SelectField label={t("statistics-account")} value={accountId} onValue={(value) => show({ account: value })}
          options={[{ value: "*", label: t("statistics-all-accounts") }, ...(names.value?.accounts ?? []).map((a) => ({ value: a.id, label: accountTitle(a) }))]} />
      </div>
      <p role="status" class="field-hint">{s ? t("statistics-counted", { count: number(s.total.messages) }) : trouble.value ? "" : t("statistics-counting")}</p>
      {trouble.value === "unknown" && <p class="notice warn">{t("statistics-unknown")}</p>}
      {trouble.value && trouble.value !== "unknown" && <TroubleNote trouble={trouble.value} />}
      {s && names.value && (s.total.messages ? <Plots s={s} names={names.value} period={period} account={account} today={today} /> : <p>{t("statistics-nothing")}</p>)}
    </main>
  );
}
