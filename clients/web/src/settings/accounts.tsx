/** The accounts: how each is, what waits, what failed and what to do; /settings/accounts/a2 is one of them with its settings. */
import type { Account, Quota } from "../../../typescript/src/types.ts";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { go, place } from "../app/router.ts";
import { client } from "../client/session.ts";
import { longDate, size } from "../i18n/dates.ts";
import { accountTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import { distance, lastTouch, stateWords } from "../setup/account-words.ts";
import { type Accounts as Live, useAccounts } from "../setup/accounts.ts";
import { moodOf } from "../setup/mood.ts";
import { NoticeText } from "../setup/notice.tsx";
import { troubleOf, troubleOfInfo } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Link } from "../ui/link.tsx";
import { AccountSettings } from "./account.tsx";
import { placesAfter } from "./order.ts";
import { accept, type Saving, useSaving } from "./saving.tsx";
import { Unlock } from "./unlock.tsx";

/** Account/set of one account; throws what was refused. */
export async function patchAccount(id: string, patch: Record<string, unknown>): Promise<void> {
  const { notUpdated } = await client().call("Account/set", { update: { [id]: patch } });
  accept(notUpdated);
}

function useQuotas(): readonly Quota[] {
  const quotas = useSignal<readonly Quota[]>([]);
  useEffect(() => {
    client().call("Quota/get", { accountId: "*", ids: null }).then((answer) => (quotas.value = answer.list), () => undefined); // most servers tell of none
  }, []);
  return quotas.value;
}

/** How it is doing, in sentences: state, since when, what waits, what failed and what to do. */
export function AccountState({ account, quotas = [] }: { account: Account; quotas?: readonly Quota[] }) {
  const s = account.syncState;
  const touch = lastTouch(account);
  return (
    <>
      <p class={`account-state ${moodOf(account)}`}>{stateWords(account)}</p>
      {(touch || (s.nextTryAt && s.phase === "waiting")) && (
        <p class="field-hint">
          {touch} {s.nextTryAt && (s.phase === "waiting" || s.phase === "idle") && t("account-next-try", { when: distance(s.nextTryAt) })}
        </p>
      )}
      {account.pendingChanges > 0 && <p>{t("status-pending", { count: account.pendingChanges })}</p>}
      {quotas.filter((q) => q.accountId === account.id && q.resourceType === "octets").map((q) => (
        <p key={q.id}>
          <label class="quota">{t("account-quota", { used: size(q.used), limit: size(q.hardLimit) })} <meter value={q.used} max={q.hardLimit} high={q.hardLimit * 0.9} /></label>
        </p>
      ))}
      {s.lastError && <TroubleNote trouble={troubleOfInfo(s.lastError)} quiet />}
    </>
  );
}

function Notices({ account, saving }: { account: Account; saving: Saving }) {
  if (account.notices.length === 0) return null;
  const dismiss = (ids: string[]): void => void saving.run(() => patchAccount(account.id, Object.fromEntries(ids.map((id) => [`notices/${id}`, null]))));
  return (
    <div class="notices">
      <h4>{t("account-notices")}</h4>
      <ul class="rows">
        {account.notices.map((notice) => (
          <li key={notice.id}>
            <div>
              <NoticeText notice={notice} />
              {notice.server && <p class="field-hint" dir="auto">{t("trouble-server-says", { words: notice.server })}</p>}
              <p class="field-hint">{longDate(notice.at)}</p>
            </div>
            <Button label={t("account-dismiss")} icon="close" onClick={() => dismiss([notice.id])} />
          </li>
        ))}
      </ul>
      {account.notices.length > 1 && <Button label={t("account-dismiss-all")} isWide class="bordered" onClick={() => dismiss(account.notices.map((n) => n.id))} />}
    </div>
  );
}

function Card({ account, live, quotas }: { account: Account; live: Live; quotas: readonly Quota[] }) {
  const saving = useSaving();
  const all = live.list.value ?? [];
  const movable = all.filter((a) => !a.isLocal);
  const index = movable.findIndex((a) => a.id === account.id);
  const then = (what: () => Promise<unknown>): void => void saving.run(what).then(() => live.refresh());
  const move = (by: -1 | 1): void =>
    then(async () => accept((await client().call("Account/set", { update: placesAfter(movable, account.id, by) })).notUpdated));
  const heading = `account-${account.id}`;
  return (
    <li class="card" aria-labelledby={heading}>
      <h3 id={heading}><bdi>{accountTitle(account)}</bdi></h3>
      {account.address && account.address !== account.name && <p class="field-hint"><bdi>{account.address}</bdi></p>}
      <AccountState account={account} quotas={quotas} />
      <Notices account={account} saving={saving} />
      {saving.trouble.value && <TroubleNote trouble={saving.trouble.value} />}
      {!account.isLocal && (
        <div class="form-buttons">
          {moodOf(account) === "trouble" && <Link to={{ page: "settings", part: "accounts", open: account.id }} class="button primary">{t("account-sign-in-again")}</Link>}
          <Link to={{ page: "settings", part: "accounts", open: account.id }} class="button bordered">{t("account-open", { name: account.name })}</Link>
          {account.isEnabled && <Button label={t("account-sync")} icon="sync" isWide onClick={() => then(() => client().call("Account/sync", { accountIds: [account.id] }))} />}
          <Button label={t(account.isEnabled ? "account-disable" : "account-enable")} isWide onClick={() => then(() => patchAccount(account.id, { isEnabled: !account.isEnabled }))} />
          {movable.length > 1 && <Button label={t("account-up", { name: account.name })} icon="previous" disabled={index === 0} onClick={() => move(-1)} />}
          {movable.length > 1 && <Button label={t("account-down", { name: account.name })} icon="next" disabled={index === movable.length - 1} onClick={() => move(1)} />}
        </div>
      )}
    </li>
  );
}

export function Accounts() {
  const live = useAccounts();
  const quotas = useQuotas();
  const list = live.list.value;
  const open = place.value.open && list?.find((account) => account.id === place.value.open);
  if (open) return <AccountSettings account={open} live={live} />;
  const isEmpty = list && list.every((account) => account.isLocal);
  return (
    <div class="form">
      {live.problem.value !== undefined && <TroubleNote trouble={troubleOf(live.problem.value)} quiet />}
      <Unlock />
      {!list && <p role="status">{t("settings-loading")}</p>}
      {isEmpty && <p>{t("accounts-none")}</p>}
      <ul class="cards">{list?.map((account) => <Card key={account.id} account={account} live={live} quotas={quotas} />)}</ul>
      <div class="form-buttons"><Button label={t("setup-title")} icon="add" kind="primary" isWide onClick={() => go({ page: "setup" })} /></div>
    </div>
  );
}
