/** What is answered by itself while one is away: one for each account. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Account, VacationResponse } from "../../../typescript/src/types.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { AreaField, CheckField, Form, SelectField, TextField } from "../ui/form.tsx";
import { accept, SavingNote, useSaving } from "./saving.tsx";

/** As an input of kind datetime-local has it: this place's time, to the minute. */
export function toLocal(utc: string | null): string {
  if (!utc) return "";
  const date = new Date(utc);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
export function toUtc(local: string): string | null {
  return local ? `${new Date(local).toISOString().slice(0, 19)}Z` : null;
}

function Answer({ account }: { account: Account }) {
  const isEnabled = useSignal(false), from = useSignal(""), to = useSignal(""), subject = useSignal(""), text = useSignal(""), days = useSignal("7");
  const isKnown = useSignal(false);
  const html = useSignal<string | null>(null);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const saving = useSaving();
  useEffect(() => {
    const fill = (v: VacationResponse): void => {
      [isEnabled.value, from.value, to.value, subject.value, text.value, days.value] = [v.isEnabled, toLocal(v.fromDate), toLocal(v.toDate), v.subject ?? "", v.textBody ?? "", String(v.days ?? 7)];
      html.value = v.htmlBody;
      isKnown.value = true;
    };
    client().call("VacationResponse/get", { accountId: account.id, ids: null }).then(({ list }) => fill(list[0]!), (e: unknown) => (trouble.value = troubleOf(e)));
  }, []);
  const isBackwards = Boolean(from.value && to.value && to.value <= from.value);
  const save = async (): Promise<boolean> => {
    if (isBackwards) return false;
    const patch = {
      isEnabled: isEnabled.value, fromDate: toUtc(from.value), toDate: toUtc(to.value), subject: subject.value.trim() || null, textBody: text.value || null, days: Number(days.value),
      htmlBody: null, // another program's HTML would say something else than this text
    };
    return saving.run(async () => accept((await client().call("VacationResponse/set", { accountId: account.id, update: { singleton: patch } })).notUpdated));
  };
  if (trouble.value) return <TroubleNote trouble={trouble.value} />;
  if (!isKnown.value) return <p role="status">{t("settings-loading")}</p>;
  return (
    <Form onSubmit={save}>
      {!account.transport && <p class="notice warn">{t("vacation-no-transport")}</p>}
      <CheckField label={t("vacation-on")} hint={t("vacation-on-hint")} checked={isEnabled.value} onChecked={(on) => (isEnabled.value = on)} />
      <div class="form-row">
        <TextField label={t("vacation-from")} type="datetime-local" value={from.value} onValue={(value) => (from.value = value)} />
        <TextField label={t("vacation-to")} type="datetime-local" value={to.value} onValue={(value) => (to.value = value)} error={isBackwards ? t("vacation-backwards") : undefined} />
      </div>
      <TextField label={t("vacation-subject")} hint={t("vacation-subject-hint")} value={subject.value} onValue={(value) => (subject.value = value)} />
      <AreaField label={t("vacation-text")} value={text.value} onValue={(value) => (text.value = value)} rows={7} />
      {html.value !== null && <p class="notice warn">{t("vacation-html")}</p>}
      <SelectField label={t("vacation-days")} value={days.value} onValue={(value) => (days.value = value)}
        options={[...new Set(["1", "3", "7", "14", "30", days.value])].map((value) => ({ value, label: t("vacation-days-kind", { days: Number(value) }) }))} />
      <SavingNote saving={saving} />
      <div class="form-buttons"><button type="submit" class="button primary">{t("settings-save")}</button></div>
    </Form>
  );
}

export function Vacation() {
  const accounts = useSignal<readonly Account[] | undefined>(undefined);
  const chosen = useSignal("");
  const trouble = useSignal<Trouble | undefined>(undefined);
  useEffect(() => {
    client().call("Account/get", { ids: null }).then(
      ({ list }) => {
        accounts.value = list.filter((account) => !account.isLocal);
        chosen.value = accounts.value[0]?.id ?? "";
      },
      (e: unknown) => (trouble.value = troubleOf(e)),
    );
  }, []);
  const account = accounts.value?.find((a) => a.id === chosen.value);
  if (trouble.value) return <TroubleNote trouble={trouble.value} />;
  if (!accounts.value) return <p role="status">{t("settings-loading")}</p>;
  if (!account) return <p>{t("accounts-none")}</p>;
  return (
    <div class="form">
      {accounts.value.length > 1 && <SelectField label={t("vacation-account")} value={chosen.value} onValue={(id) => (chosen.value = id)} options={accounts.value.map((a) => ({ value: a.id, label: a.name }))} />}
      <Answer key={account.id} account={account} />
    </div>
  );
}
