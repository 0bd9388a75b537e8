/** The account is there: its mail comes, the newest first, and how far that is. */
import { useComputed } from "@preact/signals";
import type { Id } from "../../../typescript/src/types.ts";
import { go } from "../app/router.ts";
import { number } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { stageOf, stageWords } from "./account-words.ts";
import { useAccounts } from "./accounts.ts";
import type { Checked } from "./flow.ts";
import { serverWords } from "./servers.tsx";
import { Step } from "./step.tsx";
import { troubleOfInfo } from "./trouble.ts";
import { TroubleNote } from "./trouble-view.tsx";

/** What the check found: the server's own name for itself, and how much there is. */
function CheckedFacts({ checked }: { checked: Checked }) {
  const { transport } = checked as { transport?: { host?: string; port?: number; tls?: string } };
  const server = checked.host ? serverWords({ protocol: "", host: checked.host, port: checked.port ?? 0, tls: checked.tls ?? "" }) : checked.server;
  return (
    <dl class="facts">
      <div><dt>{t("setup-receiving")}</dt><dd>{server}</dd></div>
      {transport?.host && <div><dt>{t("setup-sending")}</dt><dd>{serverWords({ protocol: "", host: transport.host, port: transport.port ?? 0, tls: transport.tls ?? "" })}</dd></div>}
      <div><dt>{t("setup-mailboxes")}</dt><dd>{number(checked.mailboxes)}</dd></div>
      {(checked.inboxMessages ?? -1) >= 0 && <div><dt>{t("setup-inbox-messages")}</dt><dd>{number(checked.inboxMessages!)}</dd></div>}
      <div><dt>{t("setup-news")}</dt><dd>{t("setup-news-kind", { push: String(checked.push === true) })}</dd></div>
    </dl>
  );
}

export function ProgressStep({ accountId, checked, onAnother }: { accountId: Id; checked: Checked | undefined; onAnother(): void }) {
  const { list } = useAccounts();
  const account = useComputed(() => list.value?.find((a) => a.id === accountId)).value;
  const sync = account?.syncState;
  const stage = account && stageOf(account);
  return (
    <Step title={t("setup-done-title", { name: account?.name ?? "" })}>
      {stage && <p role="status">{stageWords(account)}</p>}
      {(stage === "begins" || stage === "comes") && <progress aria-label={t("setup-progress")} {...(sync?.messagesTotal ? { value: sync.messagesDone ?? 0, max: sync.messagesTotal } : {})} />}
      {stage === "comes" && (
        <>
          {Boolean(sync?.messagesTotal) && <p class="field-hint">{t("setup-count", { done: number(sync!.messagesDone ?? 0), total: number(sync!.messagesTotal!) })}</p>}
          <p class="field-hint">{t("setup-rest-hint")}</p>
        </>
      )}
      {sync?.lastError && <TroubleNote trouble={troubleOfInfo(sync.lastError)} />}
      {checked && <CheckedFacts checked={checked} />}
      <div class="form-buttons">
        <a class="button primary" href="/mail/inbox" onClick={(e) => { e.preventDefault(); go({ page: "mail", part: "inbox" }); }}>{t("setup-to-inbox")}</a>
        <Button label={t("setup-another")} isWide onClick={onAnother} />
        <Button label={t("setup-to-accounts")} isWide onClick={() => go({ page: "settings", part: "accounts" })} />
      </div>
    </Step>
  );
}
