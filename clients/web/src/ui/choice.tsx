/** A text field over a list that it narrows: what one types is looked for, arrows choose, Enter takes (WAI-ARIA, combobox with a listbox). */
import { useId, useMemo, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

export interface Choice {
  id: string;
  label: string;
  /** Other words by which it is found. */
  words?: string;
  detail?: ComponentChildren;
}

/** How well the letters fit: each word of what was typed begins a word, or stands somewhere; undefined: they do not. Less is better. */
export function fit(text: string, typed: string): number | undefined {
  const plain = (s: string): string => s.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const inside = plain(text);
  let worst = 0;
  for (const word of plain(typed).split(/\s+/).filter(Boolean)) {
    const at = inside.indexOf(word);
    if (at < 0) return undefined;
    worst += at === 0 ? 0 : /\W/.test(inside[at - 1]!) ? 1 : 2;
  }
  return worst;
}

interface Props {
  label: string;
  choices: readonly Choice[];
  take(id: string): void;
  /** What is said when nothing fits. */
  empty: string;
  /** What is offered last, for what was typed. */
  offer?(typed: string): Choice | undefined;
}

export function Chooser({ label, choices, take, empty, offer }: Props) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = useMemo(() => {
    const text = typed.trim();
    if (!text) return choices;
    const fits = choices.map((choice, order) => ({ choice, order, fit: fit(`${choice.label} ${choice.words ?? ""}`, typed) }));
    const all = fits.filter((one) => one.fit !== undefined).sort((a, b) => a.fit! - b.fit! || a.order - b.order).map((one) => one.choice);
    return [...all, ...([offer?.(text)].filter(Boolean) as Choice[])];
  }, [choices, typed]);
  const chosen = Math.min(at, found.length - 1);

  function onKeyDown(e: KeyboardEvent): void {
    const last = found.length - 1;
    if (e.key === "ArrowDown") setAt(chosen >= last ? 0 : chosen + 1);
    else if (e.key === "ArrowUp") setAt(chosen <= 0 ? last : chosen - 1);
    else if (e.key === "Home" && e.ctrlKey) setAt(0);
    else if (e.key === "End" && e.ctrlKey) setAt(last);
    else if (e.key === "Enter" && !e.isComposing && found[chosen]) take(found[chosen].id);
    else return;
    e.preventDefault();
    e.stopPropagation();
    queueMicrotask(() => document.getElementById(`${id}-chosen`)?.scrollIntoView({ block: "nearest" }));
  }

  return (
    <div class="chooser">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        placeholder={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(found[chosen] ? { "aria-activedescendant": `${id}-chosen` } : {})}
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={typed}
        onInput={(e) => {
          setTyped(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={`${id}-list`} aria-label={label} class="choices">
        {found.map((choice, i) => (
          <div
            key={choice.id}
            role="option"
            {...(i === chosen ? { id: `${id}-chosen` } : {})}
            aria-selected={i === chosen}
            class="choice"
            onPointerMove={() => setAt(i)}
            onClick={() => take(choice.id)}
          >
            <span class="name">{choice.label}</span>
            {choice.detail}
          </div>
        ))}
      </div>
      {!found.length && <p class="empty" role="status">{empty}</p>}
    </div>
  );
}
