/** What the text can look like. One stop of the Tab key; arrows move within (WAI-ARIA: toolbar). */
import type { ReadonlySignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import type { Format, RichEditor } from "./editor.ts";

/** Each by its name, which its icon has, too, and the key that does the same. */
const TOOLS: readonly (readonly [Format | "image" | "clear", string?])[] = [
  ["bold", "Ctrl+B"],
  ["italic", "Ctrl+I"],
  ["underline", "Ctrl+U"],
  ["strike", "Ctrl+Shift+7"],
  ["bullets", "Ctrl+Shift+8"],
  ["numbers", "Ctrl+Shift+9"],
  ["quote", "Ctrl+]"],
  ["code", "Ctrl+D"],
  ["link", "Ctrl+K"],
  ["image"],
  ["clear", "Ctrl+\\"],
];
/** What is on or off: all but the last two. */
const PRESSED = TOOLS.length - 2;

export interface ToolbarProps {
  editor: RichEditor;
  formats: ReadonlySignal<ReadonlySet<Format>>;
  onLink(): void;
  onImage(): void;
}

export function Toolbar({ editor, formats, onLink, onImage }: ToolbarProps) {
  const [at, setAt] = useState(0);
  const bar = useRef<HTMLDivElement>(null);
  const onKey = (e: KeyboardEvent): void => {
    const isRtl = getComputedStyle(bar.current!).direction === "rtl";
    const step = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1, Home: -at, End: TOOLS.length - 1 - at }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    const next = (at + step + TOOLS.length) % TOOLS.length;
    setAt(next);
    bar.current!.querySelectorAll<HTMLButtonElement>("button")[next]!.focus();
  };
  const run = (name: (typeof TOOLS)[number][0]): void => {
    if (name === "link") return onLink();
    if (name === "image") return onImage();
    if (name === "clear") editor.removeAllFormatting();
    else editor.toggle(name);
    editor.focus();
  };
  return (
    <div ref={bar} class="compose-toolbar" role="toolbar" aria-label={t("compose-formatting")} onKeyDown={onKey}>
      {TOOLS.map(([name, keys], i) => {
        const label = t(`compose-format-${name}`);
        return (
          <button
            key={name}
            type="button"
            class="button square"
            tabIndex={i === at ? 0 : -1}
            title={keys ? `${label} (${keys})` : label}
            aria-label={label}
            {...(i < PRESSED ? { "aria-pressed": formats.value.has(name as Format) } : {})}
            // The selection stays in the text.
            onMouseDown={(e) => e.preventDefault()}
            onFocus={() => setAt(i)}
            onClick={() => run(name)}
          >
            <Icon name={name} />
          </button>
        );
      })}
    </div>
  );
}
