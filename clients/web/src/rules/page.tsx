/** Rules: a section of the settings. All of them; or one (/settings/rules/r1); or a new one (/settings/rules/new, ?message=e1 of that message). */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { place } from "../app/router.ts";
import { t } from "../i18n/i18n.ts";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { store } from "../store/index.ts";
import { Link } from "../ui/link.tsx";
import { RuleForm } from "./form.tsx";
import { RuleList } from "./list.tsx";
import { proposalFrom } from "./proposal.ts";
import { type Draft, emptyDraft, type Rule, useRules } from "./rule.ts";

function draftOf(rule: Rule): Draft {
  const { accountId, name, query, isLast, moveTo, copyTo, addKeywords, removeKeywords } = rule;
  return { accountId, name, query, isLast, moveTo, copyTo, addKeywords, removeKeywords };
}

function NewRule({ refresh }: { refresh(): Promise<void> }) {
  const first = useSignal<Draft | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const messageId = place.value.params.get("message");
  const accounts = store().accounts.value;
  useEffect(() => {
    if (first.peek() || !accounts.length) return;
    if (!messageId) {
      first.value = emptyDraft((accounts.find((account) => !account.isLocal) ?? accounts[0]!).id);
      return;
    }
    const isOrdinary = (id: string): boolean => {
      const box = store().mailboxes.value.get(id);
      return box !== undefined && box.role === null;
    };
    store().message(messageId).then(
      (message) => (first.value = { ...emptyDraft(message.accountId), ...proposalFrom(message, isOrdinary) }),
      (e: unknown) => (trouble.value = troubleOf(e)),
    );
  }, [messageId, accounts]);
  if (trouble.value) return <TroubleNote trouble={trouble.value} />;
  return first.value ? <RuleForm rule={undefined} first={first.value} onSaved={refresh} /> : <p role="status">{t("settings-loading")}</p>;
}

export default function Rules() {
  const { list, trouble, refresh, change } = useRules();
  const { open } = place.value;
  const rules = list.value;
  const rule = rules?.find((one) => one.id === open);
  // The mailboxes that rules name come with the accounts.
  const isKnown = store().accounts.value.length > 0 && store().mailboxes.value.size > 0;
  if (trouble.value && !rules) return <TroubleNote trouble={trouble.value} />;
  if (!rules || !isKnown) return <p role="status">{t("settings-loading")}</p>;
  if (open === "new") return <NewRule refresh={refresh} />;
  if (rule) return <RuleForm key={rule.id} rule={rule} first={draftOf(rule)} onSaved={refresh} />;
  return (
    <>
      {trouble.value && <TroubleNote trouble={trouble.value} quiet />}
      {open && <p role="status">{t("rules-no-such")} <Link to={{ page: "settings", part: "rules" }}>{t("rules-all")}</Link></p>}
      <RuleList rules={rules} change={change} />
    </>
  );
}
