/** One rule: which mail, and what is done with it. /settings/rules/r1 is one that there is, /settings/rules/new one to be. */
import { useSignal } from "@preact/signals";
import { useState } from "preact/hooks";
import { back, go, place } from "../app/router.ts";
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { accountTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import { accept, SavingNote, useSaving } from "../settings/saving.tsx";
import { store } from "../store/index.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { CheckField, Form, SelectField, TextField } from "../ui/form.tsx";
import { Link } from "../ui/link.tsx";
import { Deeds, goneFrom, hasAction } from "./actions.tsx";
import { applyRule } from "./apply.ts";
import { Conditions, unfinished, useWriting } from "./conditions.tsx";
import { MatchesNote, useMatches } from "./matches.tsx";
import { bytesOf, type Draft, NAME_BYTES, nameFor, type Rule } from "./rule.ts";
import { ProblemNote } from "./problem.tsx";

const LIST = { page: "settings", part: "rules" } as const;

/** Where one came from: the message that it was made of, or the list. */
function leave(): void {
  if (place.peek().params.has("message")) back(LIST);
  else go(LIST);
}

async function save(rule: Rule | undefined, draft: Draft): Promise<string> {
  const { accountId, ...content } = draft;
  if (rule) {
    accept((await client().call("Rule/set", { accountId, update: { [rule.id]: content } })).notUpdated);
    return rule.id;
  }
  const { created, notCreated } = await client().call("Rule/set", { accountId, create: { new: content } });
  accept(notCreated);
  return created!["new"]!.id!;
}

/** Below it the hint says that it need not be given. */
function nameError(name: string): string | undefined {
  return bytesOf(name.trim()) > NAME_BYTES ? t("rules-name-long") : undefined;
}

export function RuleForm({ rule, first, onSaved }: { rule: Rule | undefined; first: Draft; onSaved(): Promise<void> }) {
  const draft = useSignal(first);
  const writing = useWriting(first.query, rule === undefined);
  const { found, malformed } = useMatches(draft.value.accountId, writing.query);
  const saving = useSaving();
  const [isTried, setTried] = useState(false);
  const [isAsked, ask] = useState(false);
  const isApplied = useSignal(false);
  const query = writing.query.value;
  const wrong = malformed.value?.query === query ? malformed.value : undefined;
  const now = { ...draft.value, query };
  const gone = goneFrom(now);
  const actionError = isTried && !hasAction(now) ? t("rules-no-action") : isTried && gone.copy ? t("rules-copy-gone") : undefined;
  const inInbox = found.value?.inInbox ?? 0;

  const submit = async (): Promise<void> => {
    setTried(true);
    if (unfinished(writing) >= 0 || wrong || nameError(now.name) || !hasAction(now) || gone.move || gone.copy) return;
    const name = now.name.trim() || nameFor(query);
    let id = "";
    if (!(await saving.run(async () => (id = await save(rule, { ...now, name }))))) return;
    await onSaved();
    toast({ name: "rule", text: t("rules-saved", { name }) });
    if (isApplied.peek() && inInbox > 0) applyRule({ id, accountId: now.accountId, name });
    leave();
  };
  const remove = async (): Promise<void> => {
    ask(false);
    if (!(await saving.run(async () => accept((await client().call("Rule/set", { accountId: now.accountId, destroy: [rule!.id] })).notDestroyed)))) return;
    await onSaved();
    toast({ name: "rule", text: t("rules-removed", { name: rule!.name }) });
    go(LIST);
  };

  const accounts = store().accounts.value;
  const account = accounts.find((one) => one.id === now.accountId);
  return (
    <Form label={rule ? rule.name : t("rules-new")} onSubmit={submit}>
      <p><Link to={LIST}>{t("rules-all")}</Link></p>
      <h3><bdi>{rule ? rule.name : t("rules-new")}</bdi></h3>
      {rule && <ProblemNote rule={rule} />}
      {!rule && accounts.length > 1 && (
        <SelectField
          label={t("rules-account")}
          value={now.accountId}
          options={accounts.map((one) => ({ value: one.id, label: accountTitle(one) }))}
          onValue={(accountId: string) => (draft.value = { ...draft.value, accountId, moveTo: null, copyTo: [] })}
        />
      )}
      {account?.isLocal && <p class="field-hint">{t("rules-local")}</p>}
      <TextField label={t("rules-name")} hint={t("rules-name-hint")} error={nameError(now.name)} value={now.name} onValue={(name) => (draft.value = { ...draft.value, name })} />
      <Conditions writing={writing} tried={isTried} malformed={wrong} />
      <MatchesNote found={found.value} />
      <Deeds draft={draft} error={actionError} />
      {inInbox > 0 && <CheckField label={t("rules-apply-too", { count: inInbox })} checked={isApplied.value} onChecked={(on) => (isApplied.value = on)} />}
      <SavingNote saving={saving} />
      <div class="form-buttons">
        <button type="submit" class="button primary">{t("settings-save")}</button>
        <Button label={t("app-cancel")} isWide onClick={leave} />
        {rule && <Button label={t("rules-remove")} kind="danger" isWide onClick={() => ask(true)} />}
      </div>
      {isAsked && (
        <Confirm title={t("rules-remove-title", { name: rule!.name })} action={t("rules-remove")} cancel={t("setup-cancel")} onConfirm={() => void remove()} onCancel={() => ask(false)}>
          <p>{t("rules-remove-text")}</p>
        </Confirm>
      )}
    </Form>
  );
}
