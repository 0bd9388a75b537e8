/** How the new account signs in, and what of its mail is kept where. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n/i18n.ts";
import { variant } from "../i18n/variant.ts";
import { Button } from "../ui/button.tsx";
import { ChoiceField, Form, SelectField, TextField } from "../ui/form.tsx";
import { type Draft, type Found, NO_OAUTH, type OAuth, waysOf } from "./flow.ts";
import { Needs, serverWords } from "./servers.tsx";
import { Step } from "./step.tsx";

const PROVIDERS = ["google", "microsoft", "yahoo", "aol", "yandex", "mailru", "fastmail"];
const ENDPOINTS = ["authorizationEndpoint", "tokenEndpoint", "deviceEndpoint", "issuer", "scope"] as const;

/** The client id that a provider knows this program by, and where the provider is unknown its addresses (docs/oauth.md). */
function OAuthFields({ draft, known, isReady, onChange, isTried }: { draft: Draft; known: string | undefined; isReady: boolean; onChange(change: Partial<Draft>): void; isTried: boolean }) {
  const { oauth } = draft;
  const set = (change: Partial<OAuth>): void => onChange({ oauth: { ...oauth, ...change } });
  return (
    <fieldset class="form">
      <legend>{t("setup-oauth")}</legend>
      {!known && <SelectField label={t("setup-oauth-provider")} value={oauth.provider} onValue={(provider) => set({ provider })}
        options={[{ value: "", label: t("setup-oauth-other") }, ...PROVIDERS.map((value) => ({ value, label: value }))]} />}
      {!known && oauth.provider === "" && ENDPOINTS.map((name) => (
        <TextField key={name} label={t(`setup-oauth-${name}`)} value={oauth[name]} onValue={(value) => set({ [name]: value })} inputMode="url" dir="ltr" autocapitalize="off" spellcheck={false}
          error={isTried && (name === "authorizationEndpoint" || name === "tokenEndpoint") && !oauth[name].trim() ? t("setup-needed") : undefined} />
      ))}
      {!(known && isReady) && (
        <>
          <TextField label={t("setup-client-id")} hint={t("setup-client-id-hint")} value={oauth.clientId} onValue={(clientId) => set({ clientId: clientId.trim() })} dir="ltr" autocapitalize="off"
            spellcheck={false} required error={isTried && !oauth.clientId ? t("setup-needed") : undefined} />
          <TextField label={t("setup-client-secret")} hint={t("setup-client-secret-hint")} type="password" autocomplete="off" value={draft.clientSecret}
            onValue={(clientSecret) => onChange({ clientSecret })} />
        </>
      )}
    </fieldset>
  );
}

function Kept({ draft, onChange }: { draft: Draft; onChange(change: Partial<Draft>): void }) {
  const isPop = draft.source.protocol === "pop3";
  const keeps = (["all", "365", "90", "30", "none"] as const).map((value) => ({ value, label: t("setup-keep-kind", { keep: variant(value) }) }));
  const leaves = (["14", "7", "30", "all", "none"] as const).map((value) => ({ value, label: t("setup-leave-kind", { leave: variant(value) }) }));
  return (
    <details>
      <summary>{t("setup-more")}</summary>
      <div class="form">
        <TextField label={t("setup-account-name")} hint={t("setup-account-name-hint")} value={draft.accountName} placeholder={draft.address} onValue={(accountName) => onChange({ accountName })} />
        {isPop ? (
          <SelectField label={t("setup-leave")} hint={t("setup-leave-hint")} value={draft.leave} options={leaves} onValue={(leave) => onChange({ leave })} />
        ) : (
          <SelectField label={t("setup-keep")} hint={t("setup-keep-hint")} value={draft.keep} options={keeps} onValue={(keep) => onChange({ keep })} />
        )}
        {draft.by === "password" && draft.transport && (
          <TextField label={t("setup-sending-password")} hint={t("setup-sending-password-hint")} type="password" autocomplete="off" value={draft.sendingPassword}
            onValue={(sendingPassword) => onChange({ sendingPassword })} />
        )}
      </div>
    </details>
  );
}

interface Props {
  draft: Draft;
  found: Found | undefined;
  /** What came of the last try. */
  children?: ComponentChildren;
  onChange(change: Partial<Draft>): void;
  onNext(): void;
  onBack(): void;
}

export function SignInStep({ draft, found, children, onChange, onNext, onBack }: Props) {
  const isTried = useSignal(false);
  const ways = waysOf(found);
  const known = ways.oauth;
  const isOAuthComplete = (known && ways.isReady) || (draft.oauth.clientId && (known || draft.oauth.provider || (draft.oauth.authorizationEndpoint && draft.oauth.tokenEndpoint)));
  const next = (): void => {
    isTried.value = true;
    if (draft.by === "password" ? draft.password : isOAuthComplete) onNext();
  };
  return (
    <Step title={t("setup-sign-in-title", { address: draft.address })}>
      {children}
      <dl class="facts">
        <div><dt>{t("setup-receiving")}</dt><dd>{serverWords(draft.source)}</dd></div>
        {draft.transport && <div><dt>{t("setup-sending")}</dt><dd>{serverWords(draft.transport)}</dd></div>}
        <div><dt>{t("setup-user")}</dt><dd dir="auto">{draft.source.user}</dd></div>
      </dl>
      {found && <Needs found={found} />}
      <Form onSubmit={next}>
        <ChoiceField label={t("setup-by")} value={draft.by} onValue={(by) => onChange({ by, oauth: { ...NO_OAUTH, ...draft.oauth, provider: known ?? draft.oauth.provider } })}
          options={[
            { value: "password", label: t("setup-by-password"), ...(ways.password ? {} : { hint: t("setup-by-password-refused") }) },
            { value: "oauth", label: t("setup-by-oauth"), hint: t("setup-by-oauth-hint") },
          ]} />
        {draft.by === "password" ? (
          <TextField label={t("setup-password")} hint={t("setup-password-hint")} type="password" autocomplete="current-password" required value={draft.password}
            onValue={(password) => onChange({ password })} error={isTried.value && !draft.password ? t("setup-password-missing") : undefined} />
        ) : (
          <OAuthFields draft={draft} known={known} isReady={ways.isReady} onChange={onChange} isTried={isTried.value} />
        )}
        <Kept draft={draft} onChange={onChange} />
        <div class="form-buttons">
          <button type="submit" class="button primary">{draft.by === "password" ? t("setup-try") : t("setup-ask-consent")}</button>
          <Button label={t("setup-back")} isWide onClick={onBack} />
        </div>
      </Form>
    </Step>
  );
}
