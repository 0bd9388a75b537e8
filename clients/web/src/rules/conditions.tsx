/** Which mail: rows of what has to be so; or the query itself, for who knows the language, and for what rows cannot say. */
import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { AreaField, CheckField } from "../ui/form.tsx";
import type { Malformed } from "./matches.tsx";
import { type Condition, FIELDS, type Field, hasValue, isComplete, isSize, queryOf, type Rows, rowsOf } from "./query-rows.ts";
import { howOf } from "./rule.ts";

const UNITS = ["k", "M", "G"] as const;
const NEW: Condition = { field: "from", isNot: false, value: "" };

/** The query that is being written, as it is and in rows. */
export interface Writing {
  query: Signal<string>;
  rows: Signal<Rows | undefined>;
  /** It is written by itself. */
  isText: Signal<boolean>;
}

export function useWriting(query: string, isNew: boolean): Writing {
  const rows = rowsOf(query);
  return { query: useSignal(query), rows: useSignal(rows && isNew && !rows.conditions.length ? { ...rows, conditions: [NEW] } : rows), isText: useSignal(!rows) };
}

/** The first row that says nothing; -1: none. */
export function unfinished({ rows, isText }: Writing): number {
  return isText.value ? -1 : (rows.value?.conditions.findIndex((condition) => !isComplete(condition)) ?? -1);
}

interface RowProps {
  index: number;
  condition: Condition;
  error: string | undefined;
  change(to: Condition): void;
  remove(): void;
}

function SizeValue({ condition, label, error, change }: { condition: Condition; label: string; error: object; change(value: string): void }) {
  const number = /^\d*/.exec(condition.value)![0];
  const unit = UNITS.find((one) => condition.value.endsWith(one)) ?? "M";
  return (
    <>
      <input type="text" inputMode="numeric" class="rule-number" aria-label={label} value={number} {...error} onInput={(e) => change(e.currentTarget.value.replace(/\D/g, "").replace(/^0+/, "").slice(0, 6) + unit)} />
      <select aria-label={t("rules-unit")} value={unit} onChange={(e) => change(number + e.currentTarget.value)}>
        {UNITS.map((one) => <option key={one} value={one}>{t("rules-unit-kind", { unit: one })}</option>)}
      </select>
    </>
  );
}

function Row({ index, condition, error, change, remove }: RowProps) {
  const { field, isNot, value } = condition;
  const label = t("rules-field", { field });
  const id = `rule-condition-${index}`;
  const described = error ? { "aria-invalid": "true" as const, "aria-describedby": `${id}-error` } : {};
  const to = (next: Field): void => change({ ...condition, field: next, value: isSize(next) ? (isSize(field) ? value : "5M") : isSize(field) || !hasValue(next) ? "" : value });
  return (
    <div class="rule-row" role="group" aria-label={t("rules-condition", { number: index + 1 })} data-row={index}>
      <select aria-label={t("rules-condition-what")} value={field} onChange={(e) => to(e.currentTarget.value as Field)}>
        {FIELDS.map((one) => <option key={one} value={one}>{t("rules-field", { field: one })}</option>)}
      </select>
      {(!isSize(field) || isNot) && (
        <select aria-label={t("rules-condition-how")} value={isNot ? "no" : "yes"} onChange={(e) => change({ ...condition, isNot: e.currentTarget.value === "no" })}>
          <option value="yes">{howOf(condition, false) || t("rules-how", { how: "size-yes" })}</option>
          <option value="no">{howOf(condition, true)}</option>
        </select>
      )}
      {isSize(field) && <SizeValue condition={condition} label={label} error={described} change={(next) => change({ ...condition, value: next })} />}
      {hasValue(field) && !isSize(field) && (
        <input type="text" dir="auto" autocomplete="off" spellcheck={false} maxLength={1000} aria-label={label} value={value} {...described} onInput={(e) => change({ ...condition, value: e.currentTarget.value })} />
      )}
      <Button label={t("rules-condition-remove", { number: index + 1 })} icon="close" onClick={remove} />
      {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

function RowsField({ writing, tried }: { writing: Writing; tried: boolean }) {
  const list = useRef<HTMLDivElement>(null);
  const rows = writing.rows.value ?? { conditions: [], isAny: false };
  const set = (next: Rows): void => {
    writing.rows.value = next;
    writing.query.value = queryOf(next);
  };
  /** What was removed had the focus: it goes to what stands there now. */
  const focus = (index: number): void => {
    requestAnimationFrame(() => {
      const box = list.current;
      (box?.querySelector<HTMLElement>(`[data-row="${index}"] select`) ?? box?.parentElement?.querySelector<HTMLElement>(".rule-add"))?.focus();
    });
  };
  const { conditions } = rows;
  return (
    <>
      {conditions.length > 1 && <CheckField label={t("rules-any")} checked={rows.isAny} onChecked={(isAny) => set({ ...rows, isAny })} />}
      {conditions.length === 0 && <p>{t("rules-every")}</p>}
      <div class="rule-rows" ref={list}>
        {conditions.map((condition, index) => (
          <Row
            key={index}
            index={index}
            condition={condition}
            error={tried && !isComplete(condition) ? t("rules-condition-empty") : undefined}
            change={(to) => set({ ...rows, conditions: conditions.map((one, i) => (i === index ? to : one)) })}
            remove={() => {
              set({ ...rows, conditions: conditions.filter((_, i) => i !== index) });
              focus(Math.min(index, conditions.length - 2));
            }}
          />
        ))}
      </div>
      <div class="form-buttons">
        <Button
          label={t("rules-condition-add")}
          icon="add"
          isWide
          class="rule-add"
          onClick={() => {
            set({ ...rows, conditions: [...conditions, NEW] });
            focus(conditions.length);
          }}
        />
      </div>
    </>
  );
}

export function Conditions({ writing, tried, malformed }: { writing: Writing; tried: boolean; malformed: Malformed | undefined }) {
  const { isText, query, rows } = writing;
  const error = malformed && (malformed.at ? t("rules-bad-query-at", { at: malformed.at, why: malformed.why }) : t("rules-bad-query", { why: malformed.why }));
  const isFine = rowsOf(query.value) !== undefined;
  const toggle = (): void => {
    if (isText.value && isFine) rows.value = rowsOf(query.value);
    isText.value = !isText.value;
  };
  return (
    <fieldset class="form rule-conditions">
      <legend>{t("rules-when")}</legend>
      {isText.value ? (
        <AreaField label={t("rules-query")} hint={t("rules-query-hint")} error={error} code rows={3} value={query.value} onValue={(value) => (query.value = value.replace(/\n/g, " "))} />
      ) : (
        <RowsField writing={writing} tried={tried} />
      )}
      {!isText.value && error && <p class="field-error">{error}</p>}
      <div class="form-buttons">
        <Button label={t(isText.value ? "rules-as-rows" : "rules-as-query")} icon={isText.value ? "bullets" : "search"} isWide disabled={isText.value && !isFine} onClick={toggle} />
      </div>
      {isText.value && !isFine && !error && <p class="field-hint">{t("rules-only-query")}</p>}
    </fieldset>
  );
}
