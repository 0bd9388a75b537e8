/** Controls of forms: each with its label, what explains it and what is wrong with it, so that a screen reader says all three. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { beginWriting } from "../client/writing.ts";

interface Labelled {
  label: string;
  /** Below the control: what it is for. */
  hint?: string | undefined;
  /** What is wrong with it; it is marked as invalid then. */
  error?: string | undefined;
}

/** The ids of what describes a control, as aria-describedby takes them. */
function describedBy(id: string, { hint, error }: Labelled): { "aria-describedby"?: string; "aria-invalid"?: "true" } {
  const ids = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return { ...(ids ? { "aria-describedby": ids } : {}), ...(error ? { "aria-invalid": "true" as const } : {}) };
}

function Notes({ id, hint, error }: { id: string; hint?: string | undefined; error?: string | undefined }) {
  return (
    <>
      {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
      {hint && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
    </>
  );
}

interface InputProps {
  type?: "text" | "email" | "password" | "url" | "search" | "datetime-local";
  autocomplete?: string;
  inputMode?: "text" | "email" | "numeric" | "url";
  autocapitalize?: "off";
  spellcheck?: boolean;
  required?: boolean;
  placeholder?: string;
  maxLength?: number;
  /** The direction of what is typed: an address or a host is always written from left to right. */
  dir?: "auto" | "ltr";
}

export function TextField({ label, hint, error, value, onValue, ...rest }: Labelled & InputProps & { value: string; onValue(value: string): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="text" dir="auto" value={value} onInput={(e) => onValue(e.currentTarget.value)} {...describedBy(id, { label, hint, error })} {...(rest as object)} />
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

export function AreaField({ label, hint, error, value, onValue, rows = 5, code }: Labelled & { value: string; onValue(value: string): void; rows?: number; code?: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} rows={rows} dir="auto" class={code ? "code" : ""} spellcheck={!code} value={value}
        onInput={(e) => onValue(e.currentTarget.value)} {...describedBy(id, { label, hint, error })} />
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

export interface Option<V extends string> {
  value: V;
  label: string;
  hint?: string;
}

export function SelectField<V extends string>({ label, hint, error, value, options, onValue }: Labelled & { value: V; options: readonly Option<V>[]; onValue(value: V): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => onValue(e.currentTarget.value as V)} {...describedBy(id, { label, hint, error })}>
        {options.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
      </select>
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

export function CheckField({ label, hint, error, checked, onChecked, disabled }: Labelled & { checked: boolean; onChecked(checked: boolean): void; disabled?: boolean }) {
  const id = useId();
  return (
    <div class="check-field">
      <input id={id} type="checkbox" checked={checked} disabled={disabled} onChange={(e) => onChecked(e.currentTarget.checked)} {...describedBy(id, { label, hint, error })} />
      <div>
        <label for={id}>{label}</label>
        <Notes id={id} hint={hint} error={error} />
      </div>
    </div>
  );
}

/** One of several, all of them to be seen. */
export function ChoiceField<V extends string>({ label, value, options, onValue }: { label: string; value: V; options: readonly Option<V>[]; onValue(value: V): void }) {
  const id = useId();
  return (
    <fieldset class="choice-field">
      <legend>{label}</legend>
      {options.map((o) => (
        <div key={o.value} class="check-field">
          <input id={`${id}-${o.value}`} type="radio" name={id} value={o.value} checked={o.value === value} onChange={() => onValue(o.value)}
            {...describedBy(`${id}-${o.value}`, { label, hint: o.hint })} />
          <div>
            <label for={`${id}-${o.value}`}>{o.label}</label>
            <Notes id={`${id}-${o.value}`} hint={o.hint} />
          </div>
        </div>
      ))}
    </fieldset>
  );
}

/** What a form does is done by script: nothing is ever sent by the browser itself. Where something is wrong, the first such field gets the focus, and is
 * read out with what is wrong with it. From the first letter until it is saved (`onSubmit` comes to true) or gone, no other version of the application takes
 * over, and the browser asks before it closes the window. */
export function Form({ onSubmit, children, label, class: more = "" }: { onSubmit(): unknown; children: ComponentChildren; label?: string; class?: string }) {
  const form = useRef<HTMLFormElement>(null);
  const end = useRef<(() => void) | undefined>(undefined);
  const isSent = useRef(false);
  const begin = (): void => {
    if (end.current) return;
    const release = beginWriting();
    const ask = (e: BeforeUnloadEvent): void => {
      if (!isSent.current) e.preventDefault();
    };
    addEventListener("beforeunload", ask);
    end.current = () => {
      removeEventListener("beforeunload", ask);
      release();
      end.current = undefined;
    };
  };
  useEffect(() => () => end.current?.(), []);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    isSent.current = true;
    if ((await onSubmit()) === true) end.current?.();
    isSent.current = false;
  };
  return (
    <form ref={form} class={`form ${more}`} aria-label={label} noValidate onInput={begin} onSubmit={(e) => void submit(e)}>
      {children}
    </form>
  );
}
