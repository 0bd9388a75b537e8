/** The rules of each account, in the order in which they are asked. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { longDate } from "../i18n/dates.ts";
import { accountTitle } from "../app/titles.ts";
import { t } from "../i18n/i18n.ts";
import { placesAfter } from "../settings/order.ts";
import { useSaving } from "../settings/saving.tsx";
import { TroubleNote } from "../setup/trouble-view.tsx";
import { store } from "../store/index.ts";
import type { Account } from "../store/types.ts";
import { Button } from "../ui/button.tsx";
import { Link } from "../ui/link.tsx";
import { applyRule } from "./apply.ts";
import { ProblemNote } from "./problem.tsx";
import { actionWords, queryWords, type Rule, type Update } from "./rule.ts";

interface CardProps {
  rule: Rule;
  index: number;
  count: number;
  move(by: -1 | 1): void;
  change(patch: Partial<Rule>): void;
}

function Card({ rule, index, count, move, change }: CardProps) {
  const heading = `rule-${rule.id}`;
  const words = queryWords(rule.query);
  function onKeyDown(e: KeyboardEvent): void {
    const by = e.altKey && !e.ctrlKey && !e.shiftKey && !e.metaKey ? ({ ArrowUp: -1, ArrowDown: 1 } as const)[e.key as "ArrowUp"] : undefined;
    if (!by) return;
    e.preventDefault();
    e.stopPropagation();
    move(by);
  }
  return (
    <li class={`card rule ${rule.isEnabled ? "" : "off"}`} data-rule={rule.id} aria-labelledby={heading} onKeyDown={onKeyDown}>
      <div class="rule-head">
        <h4 id={heading}><bdi>{rule.name}</bdi></h4>
        <label class="rule-switch">
          <input type="checkbox" role="switch" checked={rule.isEnabled} aria-label={t("rules-on-name", { name: rule.name })} onChange={(e) => change({ isEnabled: e.currentTarget.checked })} />
          <span aria-hidden="true">{t(rule.isEnabled ? "rules-on" : "rules-off")}</span>
        </label>
      </div>
      <ProblemNote rule={rule} />
      <p><span class="soft">{t("rules-if")}</span> {words ?? <code dir="ltr">{rule.query}</code>}</p>
      <p><span class="soft">{t("rules-does")}</span> {actionWords(rule).join(" · ")}</p>
      <p class="field-hint">{t("rules-handled", { count: rule.matchedEmails, when: rule.lastMatchedAt ? longDate(rule.lastMatchedAt) : "" })}</p>
      <div class="form-buttons">
        <Link to={{ page: "settings", part: "rules", open: rule.id }} class="button bordered">{t("rules-edit")}<span class="visually-hidden"> {rule.name}</span></Link>
        <Button label={t("rules-apply")} isWide onClick={() => applyRule(rule)} />
        {count > 1 && <Button label={t("rules-up", { name: rule.name })} icon="previous" aria-keyshortcuts="Alt+ArrowUp" keys={t("rules-up-key")} aria-disabled={index === 0} onClick={() => move(-1)} />}
        {count > 1 && <Button label={t("rules-down", { name: rule.name })} icon="next" aria-keyshortcuts="Alt+ArrowDown" keys={t("rules-down-key")} aria-disabled={index === count - 1} onClick={() => move(1)} />}
      </div>
    </li>
  );
}

type Change = (accountId: string, update: Update) => Promise<void>;

function AccountRules({ account, rules, change }: { account: Account; rules: readonly Rule[]; change: Change }) {
  const saving = useSaving();
  const told = useSignal("");
  const list = useRef<HTMLUListElement>(null);
  /** Which rule, and which of its controls had the focus. */
  const moved = useRef<{ id: string; control: number } | undefined>(undefined);
  const controlsOf = (id: string): Element[] => [...(list.current?.querySelectorAll(`[data-rule="${id}"] :is(a, button, input)`) ?? [])];
  const set = (update: Update): Promise<boolean> => saving.run(() => change(account.id, update));
  const move = (rule: Rule, by: -1 | 1): void => {
    const update = placesAfter(rules, rule.id, by);
    if (!Object.keys(update).length) return;
    moved.current = { id: rule.id, control: controlsOf(rule.id).indexOf(document.activeElement!) };
    const words = t("rules-moved", { name: rule.name, place: rules.indexOf(rule) + by + 1, count: rules.length });
    void set(update).then((isDone) => (told.value = isDone ? words : ""));
  };
  // What is put elsewhere loses the focus.
  const order = rules.map((rule) => rule.id).join();
  useEffect(() => {
    const what = moved.current;
    moved.current = undefined;
    const control = what && controlsOf(what.id)[what.control];
    if (control instanceof HTMLElement) control.focus();
  }, [order]);
  const heading = `rules-of-${account.id}`;
  return (
    <section class="form" aria-labelledby={heading}>
      <h3 id={heading}><bdi>{accountTitle(account)}</bdi></h3>
      {account.isLocal && <p class="field-hint">{t("rules-local")}</p>}
      {saving.trouble.value && <TroubleNote trouble={saving.trouble.value} />}
      <p role="status" class="visually-hidden">{told.value}</p>
      {rules.length === 0 && <p>{t("rules-none")}</p>}
      <ul class="cards" ref={list}>
        {rules.map((rule, index) => (
          <Card key={rule.id} rule={rule} index={index} count={rules.length} move={(by) => move(rule, by)} change={(patch) => void set({ [rule.id]: patch })} />
        ))}
      </ul>
    </section>
  );
}

export function RuleList({ rules, change }: { rules: readonly Rule[]; change: Change }) {
  const accounts = store().accounts.value;
  const shown = accounts.filter((account) => !account.isLocal || accounts.length === 1 || rules.some((rule) => rule.accountId === account.id));
  const order = (a: Rule, b: Rule): number => a.sortOrder - b.sortOrder;
  return (
    <div class="form">
      <p class="field-hint">{t("rules-hint")}</p>
      <div class="form-buttons">
        <Link to={{ page: "settings", part: "rules", open: "new" }} class="button primary">{t("rules-add")}</Link>
      </div>
      {shown.map((account) => (
        <AccountRules key={account.id} account={account} rules={rules.filter((rule) => rule.accountId === account.id).sort(order)} change={change} />
      ))}
    </div>
  );
}
