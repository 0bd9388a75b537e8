/** Which colour the mailbox has that one is in: a listbox in rows and columns, each colour with its name. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { store } from "../store/index.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Color } from "./labels.ts";
import { paint } from "./mailbox-actions.ts";
import { place } from "./router.ts";
import { mailboxTitle } from "./titles.ts";
import { sayProblem } from "./triage.ts";

const COLORS: readonly (Color | null)[] = [null, "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink", "brown", "grey"];

export function ColorPicker({ close }: { close(): void }) {
  const box = store().mailboxes.value.get(place.value.part);
  const list = useRef<HTMLDivElement>(null);
  const now = COLORS.indexOf(box?.color ?? null);
  const [at, setAt] = useState(now);
  useLayoutEffect(() => (list.current?.children[at] as HTMLElement | undefined)?.focus(), [at]);
  if (!box) return null;
  const label = t("color-of", { name: mailboxTitle(box) });

  /** The columns that there is room for. */
  function columns(): number {
    const all = [...(list.current?.children ?? [])] as HTMLElement[];
    return all.filter((one) => one.offsetTop === all[0]?.offsetTop).length || 1;
  }

  function onKeyDown(e: KeyboardEvent): void {
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const last = COLORS.length - 1;
    const steps: Record<string, number> = { ArrowRight: at + forward, ArrowLeft: at - forward, ArrowDown: at + columns(), ArrowUp: at - columns(), Home: 0, End: last };
    const to = steps[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    if (to >= 0 && to <= last) setAt(to);
  }

  return (
    <Dialog label={label} close={close} class="asking">
      <h2>{label}</h2>
      <div ref={list} role="listbox" aria-label={label} class="colors" onKeyDown={onKeyDown}>
        {COLORS.map((color, i) => (
          <button
            key={color}
            type="button"
            role="option"
            aria-selected={i === now}
            tabIndex={i === at ? 0 : -1}
            class="color"
            data-color={color ?? undefined}
            onClick={() => {
              close();
              paint(box, color).catch(sayProblem);
            }}
          >
            <span class="paint">{i === now && <Icon name="check" />}</span>
            <span>{t(`color-${color ?? "none"}`)}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
