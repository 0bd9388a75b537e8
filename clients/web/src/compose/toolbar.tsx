/** What the text can look like. One stop of the Tab key; arrows move within (WAI-ARIA: toolbar). */
import type { ReadonlySignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import type { Format, RichEditor } from "./editor.ts";

/** Its icon has its name. */
interface Tool {
  name: Format | "image" | "clear" | "plain";
  keys?: string;
}
const TOOLS: readonly Tool[] = [
  { name: "bold", keys: "Ctrl+B" },
  { name: "italic", keys: "Ctrl+I" },
  { name: "underline", keys: "Ctrl+U" },
  { name: "strike", keys: "Ctrl+Shift+7" },
  { name: "bullets", keys: "Ctrl+Shift+8" },
  { name: "numbers", keys: "Ctrl+Shift+9" },
  { name: "quote", keys: "Ctrl+]" },
  { name: "code", keys: "Ctrl+D" },
  { name: "link", keys: "Ctrl+K" },
  { name: "image" },
  { name: "clear", keys: "Ctrl+\\" },
];
/** What is on or off: all but the last two. */
const PRESSED = new Set<string>(TOOLS.slice(0, -2).map(({ name }) => name));

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
  const run = ({ name }: Tool): void => {
    if (name === "link") onLink();
    else if (name === "image") onImage();
    else if (name === "clear") editor.removeAllFormatting();
    else if (name !== "plain") editor.toggle(name);
    if (name !== "link" && name !== "image") editor.focus();
  };
  return (
    <div ref={bar} class="compose-toolbar" role="toolbar" aria-label={t("compose-formatting")} onKeyDown={onKey}>
      {TOOLS.map((tool, i) => {
        const label = t(`compose-format-${tool.name}`);
        return (
          <button
            key={tool.name}
            type="button"
            class="button square"
            tabIndex={i === at ? 0 : -1}
            title={tool.keys ? `${label} (${tool.keys})` : label}
            aria-label={label}
            {...(PRESSED.has(tool.name) ? { "aria-pressed": formats.value.has(tool.name as Format) } : {})}
            // The selection stays in the text.
            onMouseDown={(e) => e.preventDefault()}
            onFocus={() => setAt(i)}
            onClick={() => run(tool)}
          >
            <Icon name={tool.name} />
          </button>
        );
      })}
    </div>
  );
}
