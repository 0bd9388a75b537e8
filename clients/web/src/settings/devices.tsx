/** Who may come in: tokens of devices and programs, to be revoked; and a code that pairs another one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Token } from "../../../typescript/src/types.ts";
import { client, leave, tokenId } from "../client/session.ts";
import { longDate, shortDate } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { distance } from "../setup/account-words.ts";
import { isSameComputer } from "../setup/flow.ts";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { ChoiceField, Form, TextField } from "../ui/form.tsx";
import { accept, SavingNote, useSaving } from "./saving.tsx";

type Rights = "all" | "mail" | "read";
const SCOPES: Record<Rights, Token["scopes"]> = { all: ["read", "triage", "draft", "send", "admin"], mail: ["read", "triage", "draft", "send"], read: ["read"] };

function isThis(token: Token): boolean {
  return token.id === tokenId();
}

function Row({ token, onRevoke }: { token: Token; onRevoke(): void }) {
  return (
    <li>
      <div>
        <p><strong><bdi>{token.name}</bdi></strong> {isThis(token) && <span class="badge">{t("device-this")}</span>}</p>
        <p>{token.scopes.map((scope) => t("device-scope", { scope })).join(", ")}{token.accountIds && ` (${t("device-accounts", { count: token.accountIds.length })})`}</p>
        <p class="field-hint">
          {token.lastUsedAt ? t("device-used", { when: distance(token.lastUsedAt), from: token.lastUsedFrom ?? "" }) : t("device-never-used", { when: shortDate(token.createdAt) })}{" "}
          {token.expiresAt && t("device-expires", { when: longDate(token.expiresAt) })}
        </p>
      </div>
      <Button label={t("device-revoke-name", { name: token.name })} kind="danger" icon="trash" onClick={onRevoke} />
    </li>
  );
}

/** A code to be typed on the other device, or an address to be opened there; good once, for five minutes. */
function Pairing({ onPaired }: { onPaired(): void }) {
  const name = useSignal(t("device-phone"));
  const rights = useSignal<Rights>("mail");
  const code = useSignal<{ code: string; expiresAt: string } | undefined>(undefined);
  const saving = useSaving();
  const invite = async (): Promise<boolean> => {
    const isMade = await saving.run(async () => {
      code.value = await client().call("Token/invite", { token: { name: name.value.trim() || t("device-phone"), scopes: SCOPES[rights.value], accountIds: null, expiresAt: null } });
    });
    onPaired();
    return isMade;
  };
  const options = (["mail", "all", "read"] as const).map((value) => ({ value, label: t("device-rights-kind", { rights: value }) }));
  return (
    <section class="card">
      <h3>{t("device-pair")}</h3>
      {isSameComputer() && <p class="notice">{t("device-loopback")}</p>}
      <Form label={t("device-pair")} onSubmit={invite}>
        <TextField label={t("device-name")} hint={t("device-name-hint")} value={name.value} onValue={(value) => (name.value = value)} maxLength={100} />
        <ChoiceField label={t("device-rights")} value={rights.value} options={options} onValue={(value) => (rights.value = value)} />
        {saving.trouble.value && <TroubleNote trouble={saving.trouble.value} />}
        <div class="form-buttons"><button type="submit" class="button bordered">{t("device-show-code")}</button></div>
      </Form>
      <div role="status">
        {code.value && (
          <>
            <p>{t("device-code", { time: shortDate(code.value.expiresAt) })}</p>
            <p class="code-to-type" dir="ltr">{code.value.code}</p>
            <p>{t("device-address")}</p>
            <p dir="ltr" class="address-to-open"><code>{`${location.origin}/#pair=${code.value.code}`}</code></p>
          </>
        )}
      </div>
    </section>
  );
}

export function Devices() {
  const tokens = useSignal<readonly Token[] | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const asked = useSignal<Token | undefined>(undefined);
  const saving = useSaving();
  const refresh = async (): Promise<void> => {
    try {
      tokens.value = (await client().call("Token/get", { ids: null })).list;
    } catch (e) {
      trouble.value = troubleOf(e);
    }
  };
  useEffect(() => void refresh(), []);
  const revoke = async (token: Token): Promise<void> => {
    asked.value = undefined;
    const wasThis = isThis(token);
    const isGone = await saving.run(async () => accept((await client().call("Token/set", { destroy: [token.id] })).notDestroyed));
    if (isGone && wasThis) leave();
    else await refresh();
  };
  const out = <div class="form-buttons"><Button label={t("device-sign-out")} isWide onClick={leave} /></div>;
  // Who may not manage devices may still go.
  if (trouble.value) return <div class="form"><TroubleNote trouble={trouble.value} />{out}</div>;
  return (
    <div class="form">
      <p class="field-hint">{t("devices-hint")}</p>
      {!tokens.value && <p role="status">{t("settings-loading")}</p>}
      <ul class="rows">{tokens.value?.map((token) => <Row key={token.id} token={token} onRevoke={() => (asked.value = token)} />)}</ul>
      <SavingNote saving={saving} />
      {out}
      <Pairing onPaired={() => void refresh()} />
      {asked.value && (
        <Confirm title={t("device-revoke-title", { name: asked.value.name })} action={t("device-revoke")} cancel={t("setup-cancel")} onConfirm={() => void revoke(asked.value!)} onCancel={() => (asked.value = undefined)}>
          <p>{isThis(asked.value) ? t("device-revoke-this") : t("device-revoke-text")}</p>
        </Confirm>
      )}
    </div>
  );
}
