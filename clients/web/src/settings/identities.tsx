/** Who one writes as: names, addresses, signatures; /settings/identities/i1 is one of them, /settings/identities/new-a2 one to be. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Account, EmailAddress, Identity } from "../../../typescript/src/types.ts";
import { go, place } from "../app/router.ts";
import { client } from "../client/session.ts";
import { loadComposer } from "../compose/index.ts";
import { t } from "../i18n/i18n.ts";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { AreaField, Form, TextField } from "../ui/form.tsx";
import { Link } from "../ui/link.tsx";
import { accept, SavingNote, useSaving } from "./saving.tsx";

type EditorProps = Parameters<typeof import("../compose/signature-editor.tsx").default>[0];

/** The composer's editor: fetched by whoever opens an identity. */
function RichSignature({ onFail, ...props }: EditorProps & { onFail(): void }) {
  const [Made, set] = useState<ComponentType<EditorProps> | undefined>(undefined);
  useEffect(() => {
    import("../compose/signature-editor.tsx").then((module) => set(() => module.default), onFail);
  }, []);
  return Made ? <Made {...props} /> : null;
}

type Own = Identity & { accountId: string };
interface Everything {
  accounts: readonly Account[];
  identities: readonly Own[];
}

function useIdentities(): { all: Signal<Everything | undefined>; trouble: Signal<Trouble | undefined>; refresh(): Promise<void> } {
  const all = useSignal<Everything | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const refresh = async (): Promise<void> => {
    try {
      const batch = client().batch();
      const accounts = batch.call("Account/get", { ids: null });
      const identities = batch.call("Identity/get", { accountId: "*", ids: null });
      await batch.send();
      all.value = { accounts: accounts.result.list, identities: identities.result.list as Own[] };
    } catch (e) {
      trouble.value = troubleOf(e);
    }
  };
  useEffect(() => void refresh(), []);
  return { all, trouble, refresh };
}

/** As people write addresses; a name with a comma, and the like, in quotes. */
const textOf = (addresses: readonly EmailAddress[] | null): string =>
  (addresses ?? []).map(({ name, email }) => (name ? `${/[()<>[\]:;@\\,."]/.test(name) ? JSON.stringify(name) : name} <${email}>` : email)).join(", ");

/** What nobody touched stays as it was, whoever wrote it. */
async function addressesOf(text: string, before: EmailAddress[] | null): Promise<EmailAddress[] | null> {
  if (text === textOf(before)) return before;
  return text.trim() ? (await loadComposer()).parseAddresses(text) : null;
}

const NEW = { name: "", email: "", replyTo: null, bcc: null, textSignature: "", htmlSignature: "" };

function Editor({ accountId, identity, onDone }: { accountId: string; identity: Own | undefined; onDone(): Promise<void> }) {
  const first = identity ?? NEW;
  const name = useSignal(first.name), email = useSignal(first.email), replyTo = useSignal(textOf(first.replyTo)), bcc = useSignal(textOf(first.bcc));
  const plain = useSignal(first.textSignature), html = useSignal(first.htmlSignature);
  const isAsked = useSignal(false), isTried = useSignal(false), isSource = useSignal(false);
  const saving = useSaving();

  const save = async (): Promise<void> => {
    isTried.value = true;
    if (!identity && !email.value.includes("@")) return;
    const isSaved = await saving.run(async () => {
      const content = { name: name.value.trim(), replyTo: await addressesOf(replyTo.value, first.replyTo), bcc: await addressesOf(bcc.value, first.bcc), textSignature: plain.value, htmlSignature: html.value };
      // Another front end may have changed the others meanwhile.
      const changed = Object.fromEntries(Object.entries(content).filter(([field, value]) => value !== first[field as keyof typeof content]));
      const answer = await client().call("Identity/set", identity ? { accountId, update: { [identity.id]: changed } } : { accountId, create: { new: { ...content, email: email.value.trim() } } });
      accept(answer.notUpdated, answer.notCreated);
    });
    if (isSaved) await onDone();
  };
  const remove = async (): Promise<void> => {
    isAsked.value = false;
    const isGone = await saving.run(async () => accept((await client().call("Identity/set", { accountId, destroy: [identity!.id] })).notDestroyed));
    if (isGone) await onDone();
  };
  return (
    <Form onSubmit={save}>
      <p><Link to={{ page: "settings", part: "identities" }}>{t("identities-all")}</Link></p>
      <h3><bdi>{identity ? identity.email : t("identity-new")}</bdi></h3>
      <TextField label={t("setup-your-name")} hint={t("setup-your-name-hint")} value={name.value} onValue={(value) => (name.value = value)} autocomplete="name" />
      {!identity && (
        <TextField label={t("setup-address")} hint={t("identity-address-hint")} type="email" dir="ltr" required value={email.value} onValue={(value) => (email.value = value)}
          error={isTried.value && !email.value.includes("@") ? t("setup-address-wrong") : undefined} />
      )}
      <TextField label={t("identity-reply-to")} hint={t("identity-reply-to-hint")} value={replyTo.value} onValue={(value) => (replyTo.value = value)} />
      <TextField label={t("identity-bcc")} hint={t("identity-bcc-hint")} value={bcc.value} onValue={(value) => (bcc.value = value)} />
      <AreaField label={t("identity-signature")} hint={t("identity-signature-hint")} value={plain.value} onValue={(value) => (plain.value = value)} />
      <div class="field">
        <strong>{t("identity-html")}</strong>
        {isSource.value ? (
          <AreaField label={t("identity-html-source")} code rows={10} value={html.value} onValue={(value) => (html.value = value)} />
        ) : (
          <RichSignature html={html} label={t("identity-html")} describedBy="identity-html-hint" accountId={accountId} onFail={() => (isSource.value = true)} />
        )}
        <p class="field-hint" id="identity-html-hint">{t("identity-html-hint")}</p>
        <div class="form-buttons"><Button label={t("identity-html-source")} isWide aria-pressed={isSource.value} onClick={() => (isSource.value = !isSource.value)} /></div>
      </div>
      <SavingNote saving={saving} />
      <div class="form-buttons">
        <button type="submit" class="button primary">{t("settings-save")}</button>
        {identity?.mayDelete && <Button label={t("identity-remove")} kind="danger" isWide onClick={() => (isAsked.value = true)} />}
      </div>
      {isAsked.value && (
        <Confirm title={t("identity-remove-title", { address: identity!.email })} action={t("identity-remove")} cancel={t("setup-cancel")} onConfirm={() => void remove()} onCancel={() => (isAsked.value = false)}>
          <p>{t("identity-remove-text")}</p>
        </Confirm>
      )}
    </Form>
  );
}

export function Identities() {
  const { all, trouble, refresh } = useIdentities();
  const open = place.value.open;
  if (trouble.value) return <TroubleNote trouble={trouble.value} />;
  if (!all.value) return <p role="status">{t("settings-loading")}</p>;
  const { accounts, identities } = all.value;
  const done = async (): Promise<void> => {
    await refresh();
    go({ page: "settings", part: "identities" });
  };
  const newIn = open?.startsWith("new-") ? open.slice(4) : undefined;
  const identity = identities.find((i) => i.id === open);
  if (newIn) return <Editor accountId={newIn} identity={undefined} onDone={done} />;
  if (identity) return <Editor key={identity.id} accountId={identity.accountId} identity={identity} onDone={done} />;
  return (
    <div class="form">
      {accounts.filter((account) => !account.isLocal).map((account) => (
        <section key={account.id} class="card">
          <h3><bdi>{account.name}</bdi></h3>
          <ul class="rows">
            {identities.filter((i) => i.accountId === account.id).map((i) => (
              <li key={i.id}>
                <Link to={{ page: "settings", part: "identities", open: i.id }}>
                  <span dir="auto">{i.name ? `${i.name} <${i.email}>` : i.email}</span>
                </Link>
                <span class="field-hint">{t("identity-has", { signature: i.htmlSignature ? "html" : i.textSignature ? "text" : "none" })}</span>
              </li>
            ))}
          </ul>
          <p><Link to={{ page: "settings", part: "identities", open: `new-${account.id}` }} class="button bordered">{t("identity-add")}</Link></p>
        </section>
      ))}
      {accounts.every((account) => account.isLocal) && <p>{t("accounts-none")}</p>}
    </div>
  );
}
