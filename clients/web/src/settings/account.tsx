/** One account: its name, how it signs in, its servers, what is kept of its mail; and its end. */
import { useSignal } from "@preact/signals";
import type { Account, Keep } from "../../../typescript/src/types.ts";
import { go } from "../app/router.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { variant } from "../i18n/variant.ts";
import type { Accounts as Live } from "../setup/accounts.ts";
import { isComplete, ServerFields } from "../setup/by-hand.tsx";
import { Consent } from "../setup/consent.tsx";
import { emptyServer, placeOf, type Server, serverFrom, urlOf } from "../setup/flow.ts";
import { CertificateFacts } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { CheckField, Form, SelectField, TextField } from "../ui/form.tsx";
import { Link } from "../ui/link.tsx";
import { AccountState, patchAccount } from "./accounts.tsx";
import { accept, type Saving, SavingNote, useSaving } from "./saving.tsx";

interface Props {
  account: Account;
  live: Live;
}

/** The certificate that was not believed, in the last try of this form: it can be trusted from here. */
function TrustButton({ account, saving, again }: { account: Account; saving: Saving; again(): void }) {
  const certificate = saving.trouble.value?.certificate;
  if (!certificate) return null;
  const trust = async (): Promise<void> => {
    const certificates = { ...account.settings.certificates, [placeOf(certificate)]: certificate.sha256 };
    if (await saving.run(() => patchAccount(account.id, { "settings/certificates": certificates }))) again();
  };
  return (
    <div class="form">
      <CertificateFacts certificate={certificate} />
      <p>{t("certificate-compare")}</p>
      <div class="form-buttons"><Button label={t("certificate-trust")} kind="danger" isWide onClick={() => void trust()} /></div>
    </div>
  );
}

function Name({ account, live }: Props) {
  const name = useSignal(account.name);
  const saving = useSaving();
  const save = async (): Promise<boolean> => {
    const isSaved = await saving.run(() => patchAccount(account.id, { name: name.value.trim() || account.address }));
    await live.refresh();
    return isSaved;
  };
  return (
    <Form label={t("setup-account-name")} onSubmit={save}>
      <TextField label={t("setup-account-name")} value={name.value} onValue={(value) => (name.value = value)} />
      <SavingNote saving={saving} />
      <div class="form-buttons"><button type="submit" class="button bordered">{t("settings-rename")}</button></div>
    </Form>
  );
}

/** Tried with the server first, as when it was added: a wrong password is not stored. */
function Password({ account, live }: Props) {
  const password = useSignal("");
  const isMissing = useSignal(false);
  const saving = useSaving();
  const save = async (): Promise<boolean> => {
    isMissing.value = !password.value;
    if (isMissing.value) return false;
    const patch = { password: password.value };
    const isSaved = await saving.run(async () => {
      await client().call("Account/check", { accountId: account.id, account: patch });
      await patchAccount(account.id, patch);
    });
    if (isSaved) password.value = "";
    await live.refresh();
    return isSaved;
  };
  return (
    <Form label={t("account-sign-in-again")} onSubmit={save}>
      <TextField label={t("setup-password")} type="password" autocomplete="current-password" value={password.value} onValue={(value) => (password.value = value)}
        hint={t("account-password-hint")} error={isMissing.value ? t("setup-password-missing") : undefined} />
      <SavingNote saving={saving} />
      <TrustButton account={account} saving={saving} again={() => void save()} />
      <div class="form-buttons"><button type="submit" class="button bordered">{t("account-sign-in-again")}</button></div>
    </Form>
  );
}

function SignInAgain({ account, live }: Props) {
  const isAsking = useSignal(false);
  const isDone = useSignal(false);
  if (!account.settings.oauth) return <Password account={account} live={live} />;
  if (isAsking.value)
    return (
      <Consent accountId={account.id} onCancel={() => (isAsking.value = false)}
        onDone={() => { isAsking.value = false; isDone.value = true; void live.refresh(); }} />
    );
  return (
    <div class="form">
      <p role="status" class="saved">{isDone.value ? t("consent-given") : ""}</p>
      <div class="form-buttons"><Button label={t("account-sign-in-again")} isWide onClick={() => (isAsking.value = true)} /></div>
    </div>
  );
}

function Servers({ account, live }: Props) {
  const source = useSignal<Server>(serverFrom(account.source, account.settings.user ?? account.address));
  const transport = useSignal<Server | undefined>(account.transport ? serverFrom(account.transport, account.settings.user ?? account.address) : undefined);
  const isTried = useSignal(false);
  const saving = useSaving();
  const save = async (): Promise<boolean> => {
    isTried.value = true;
    if (!isComplete(source.value) || (transport.value && !isComplete(transport.value))) return false;
    const patch = { source: urlOf(source.value), transport: transport.value ? urlOf(transport.value) : null };
    const isSaved = await saving.run(async () => {
      await client().call("Account/check", { accountId: account.id, account: patch });
      await patchAccount(account.id, patch);
    });
    await live.refresh();
    return isSaved;
  };
  return (
    <details>
      <summary>{t("account-servers")}</summary>
      <Form label={t("account-servers")} onSubmit={save}>
        <ServerFields legend={t("setup-receiving")} server={source.value} onServer={(server) => (source.value = server)} isTried={isTried.value} />
        <CheckField label={t("setup-has-sending")} checked={transport.value !== undefined} onChecked={(on) => (transport.value = on ? emptyServer("smtp") : undefined)} />
        {transport.value && <ServerFields legend={t("setup-sending")} server={transport.value} onServer={(server) => (transport.value = server)} isTried={isTried.value} />}
        <SavingNote saving={saving} />
        <TrustButton account={account} saving={saving} again={() => void save()} />
        <div class="form-buttons"><button type="submit" class="button bordered">{t("account-try-and-save")}</button></div>
      </Form>
    </details>
  );
}

/** The value of a list for what is kept; what does not stand in it stays as it is. */
function keepValue(keep: Keep | null | undefined): string {
  const bodies = keep?.bodies ?? "all";
  return typeof bodies === "string" ? bodies : String(bodies.days);
}
function leaveValue(leave: unknown): string {
  if (typeof leave === "string") return leave;
  const days = (leave as { days?: number } | null | undefined)?.days;
  return String(days ?? 14);
}

function Kept({ account, live }: Props) {
  const saving = useSaving();
  const isPop = account.source.startsWith("pop3");
  const change = (patch: Record<string, unknown>): void => void saving.run(() => patchAccount(account.id, patch)).then(() => live.refresh());
  const now = isPop ? leaveValue(account.settings.leaveOnServer) : keepValue(account.settings.keep);
  const values = [...new Set([...(isPop ? ["14", "7", "30", "all", "none"] : ["all", "365", "90", "30", "none"]), now])];
  return (
    <>
      {isPop ? (
        <SelectField label={t("setup-leave")} hint={t("setup-leave-hint")} value={now} options={values.map((value) => ({ value, label: t("setup-leave-kind", { leave: variant(value) }) }))}
          onValue={(value) => change({ "settings/leaveOnServer": value === "all" || value === "none" ? value : { days: Number(value) } })} />
      ) : (
        <SelectField label={t("setup-keep")} hint={t("setup-keep-hint")} value={now} options={values.map((value) => ({ value, label: t("setup-keep-kind", { keep: variant(value) }) }))}
          onValue={(value) => change({ "settings/keep": value === "all" ? null : { ...account.settings.keep, bodies: value === "none" ? "none" : { days: Number(value) } } })} />
      )}
      <SavingNote saving={saving} />
    </>
  );
}

function Remove({ account, live }: Props) {
  const isAsked = useSignal(false);
  const saving = useSaving();
  const remove = async (): Promise<void> => {
    isAsked.value = false;
    const isGone = await saving.run(async () => accept((await client().call("Account/set", { destroy: [account.id] })).notDestroyed));
    if (isGone) go({ page: "settings", part: "accounts" }, true);
    await live.refresh();
  };
  return (
    <>
      <SavingNote saving={saving} />
      <div class="form-buttons"><Button label={t("account-remove")} icon="trash" kind="danger" isWide onClick={() => (isAsked.value = true)} /></div>
      {isAsked.value && (
        <Confirm title={t("account-remove-title", { name: account.name })} action={t("account-remove")} cancel={t("setup-cancel")} onConfirm={() => void remove()} onCancel={() => (isAsked.value = false)}>
          <p>{t("account-remove-text")}</p>
          {account.pendingChanges > 0 && <p>{t("status-pending", { count: account.pendingChanges })}</p>}
        </Confirm>
      )}
    </>
  );
}

export function AccountSettings({ account, live }: Props) {
  return (
    <div class="form">
      <p><Link to={{ page: "settings", part: "accounts" }}>{t("accounts-all")}</Link></p>
      <h3><bdi>{account.name}</bdi></h3>
      <AccountState account={account} />
      <Name account={account} live={live} />
      <SignInAgain account={account} live={live} />
      <Kept account={account} live={live} />
      {/^(imap|pop3)s?:/.test(account.source) && <Servers account={account} live={live} />}
      <Remove account={account} live={live} />
    </div>
  );
}
