/** Rules as the core has them, what they are called in words, and what is done with all of them. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { mailboxTitle } from "../app/titles.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import { accept } from "../settings/saving.tsx";
import { type Trouble, troubleOf } from "../setup/trouble.ts";
import { store } from "../store/index.ts";
import { Loop } from "../store/loop.ts";
import type { Id } from "../store/types.ts";
import type { Rule as AnyRule } from "../../../typescript/src/types.ts";
import { type Condition, isSize, rowsOf } from "./query-rows.ts";

/** With all that it has by default. */
export type Rule = Required<AnyRule>;
/** What one writes of it. */
export type Draft = Pick<Rule, "accountId" | "name" | "query" | "isLast" | "moveTo" | "copyTo" | "addKeywords" | "removeKeywords">;

export const NAME_BYTES = 255;

export function emptyDraft(accountId: Id): Draft {
  return { accountId, name: "", query: "", isLast: false, moveTo: null, copyTo: [], addKeywords: {}, removeKeywords: {} };
}

async function patchRules(accountId: Id, update: Update): Promise<void> {
  accept((await client().call("Rule/set", { accountId, update: update as Record<string, Record<string, unknown>> })).notUpdated);
}

/** What changes of which. */
export type Update = Record<Id, Partial<Rule>>;

/** Of all accounts, as they are now: also when another front end changes them. */
export function useRules() {
  const list = useSignal<readonly Rule[] | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const ask = async (): Promise<void> => {
    try {
      list.value = (await client().call("Rule/get", { accountId: "*", ids: null })).list as Rule[];
      trouble.value = undefined;
    } catch (e) {
      trouble.value = troubleOf(e);
    }
  };
  const asking = useMemo(() => new Loop(ask), []);
  /** One question at a time: no answer overtakes another. */
  const refresh = (): Promise<void> => asking.run();
  /** Shown at once; when it is refused, things are as the core has them. */
  const change = async (accountId: Id, update: Update): Promise<void> => {
    list.value = list.value?.map((rule) => ({ ...rule, ...(rule.accountId === accountId ? update[rule.id] : undefined) }));
    try {
      await patchRules(accountId, update);
    } finally {
      await refresh();
    }
  };
  const news = store().newsOf("Rule").value;
  useEffect(() => void refresh(), [news]);
  return { list, trouble, refresh, change };
}

/** As it is written in a list of mailboxes: with those that it is in. */
export function mailboxPath(id: Id): string {
  const boxes = store().mailboxes.value;
  const pieces: string[] = [];
  for (let box = boxes.get(id), n = 0; box && n < 50; box = box.parentId ? boxes.get(box.parentId) : undefined, n++) pieces.unshift(mailboxTitle(box));
  return pieces.join(" / ");
}

/** How a condition says what it says: "contains" and the like. */
export function howOf({ field }: Pick<Condition, "field">, isNot: boolean): string {
  // "Size of at least 5 MB" is said by its name already.
  if (isSize(field) && !isNot) return "";
  const kind = field === "attachment" ? "attachment" : isSize(field) ? "size" : "text";
  return t("rules-how", { how: `${kind}-${isNot ? "no" : "yes"}` });
}

export function sizeWords(value: string): string {
  return t("rules-size", { number: Number.parseInt(value, 10), unit: value.slice(-1).toLowerCase() });
}

function conditionWords(condition: Condition): string {
  const { field, isNot, value } = condition;
  if (field === "attachment") return t("rules-attachment", { is: isNot ? "no" : "yes" });
  const pieces = [t("rules-field", { field }), howOf(condition, isNot), isSize(field) ? sizeWords(value) : t("rules-value", { value })];
  return pieces.filter(Boolean).join(" ");
}

/** Which mail, in words; undefined: only the query says it. */
export function queryWords(query: string): string | undefined {
  if (!query.trim()) return t("rules-every");
  const rows = rowsOf(query);
  return rows?.conditions.map(conditionWords).join(t(rows.isAny ? "rules-or" : "rules-and"));
}

/** What is done with it. */
export function actionWords(rule: Draft): string[] {
  const boxes = store().mailboxes.value;
  const name = (id: Id): string => (boxes.has(id) ? mailboxPath(id) : t("rules-gone"));
  const { $seen, $flagged, $junk, ...others } = rule.addKeywords;
  const role = rule.moveTo && boxes.get(rule.moveTo)?.role;
  return [
    rule.moveTo ? (role === "trash" || role === "junk" || role === "archive" ? t("rules-does-move-role", { role }) : t("rules-does-move", { mailbox: name(rule.moveTo) })) : "",
    ...rule.copyTo.map((id) => t("rules-does-copy", { mailbox: name(id) })),
    $seen ? t("rules-does-seen") : "",
    $flagged ? t("rules-does-flag") : "",
    $junk && role !== "junk" ? t("rules-does-keyword", { keyword: "$junk" }) : "",
    ...Object.keys(others).map((keyword) => t("rules-does-keyword", { keyword })),
    ...Object.keys(rule.removeKeywords).map((keyword) => t("rules-does-no-keyword", { keyword })),
    rule.isLast ? t("rules-does-last") : "",
  ].filter(Boolean);
}

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** What a rule without a name is called: by what it looks for. */
export function nameFor(query: string): string {
  let name = queryWords(query) ?? query;
  while (bytesOf(name) > NAME_BYTES) name = `${[...name].slice(0, -2).join("")}…`;
  return name;
}
