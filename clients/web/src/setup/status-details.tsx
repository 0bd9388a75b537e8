/** What opens below the line of the shell: each account, how it is, what waits, what failed and what to do. */
import { go } from "../app/router.ts";
import { accountTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import type { Account, Store } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { lastTouch, stateWords } from "./account-words.ts";
import { moodOf } from "./mood.ts";
import { NoticeText } from "./notice.tsx";
import { troubleOfInfo } from "./trouble.ts";

function AccountLine({ account }: { account: Account }) {
  const mood = moodOf(account);
  const error = account.syncState.lastError;
  const trouble = error && troubleOfInfo(error);
  const touch = lastTouch(account);
  return (
    <li class={`status-account ${mood}`}>
      <strong><bdi>{accountTitle(account)}</bdi></strong>
      <p>{stateWords(account)}</p>
      {touch && <p class="field-hint">{touch}</p>}
      {account.pendingChanges > 0 && <p>{t("status-pending", { count: account.pendingChanges })}</p>}
      {trouble && <p class="field-error">{trouble.what} {trouble.advice}</p>}
      {account.notices.map((notice) => <NoticeText key={notice.id} notice={notice} />)}
    </li>
  );
}

export function StatusDetails({ store, outbox }: { store: Store; outbox: number }) {
  const accounts = store.accounts.value;
  const hasServer = accounts.some((account) => !account.isLocal);
  return (
    <>
        <ul>{accounts.filter((a) => !a.isLocal || a.notices.length > 0).map((account) => <AccountLine key={account.id} account={account} />)}</ul>
        {outbox > 0 && <p>{t("status-outbox", { count: outbox })}</p>}
        <div class="form-buttons">
          {hasServer ? (
            <Button label={t("status-sync")} icon="sync" isWide onClick={() => void store.sync().catch(() => undefined)} />
          ) : (
            <Button label={t("status-add")} icon="add" kind="primary" isWide onClick={() => go({ page: "setup" })} />
          )}
          <Button label={t("status-accounts")} icon="settings" isWide onClick={() => go({ page: "settings", part: "accounts" })} />
        </div>
    </>
  );
}
