/** A button with a menu: arrows, Home, End, letters, Escape (WAI-ARIA, menu button). */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** Pixels between a menu and the edge of the window. */
const EDGE = 4;

export type MenuItem =
  | { isLine: true }
  | { isLine?: false; label: string; icon?: string; keys?: string | undefined; isChecked?: boolean; isOneOf?: string; isDisabled?: boolean; run(): void };

export function Menu({ label, icon, items, class: more }: { label: string; icon: string; items: readonly MenuItem[]; class?: string }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])') ?? [])];

  // In the window's own coordinates, and above all else: what scrolls, cuts off or contains the button does not cut the menu off.
  useLayoutEffect(() => {
    if (!isOpen) return; // to ask where something is has the browser lay out the page at once
    const menu = root.current?.querySelector<HTMLElement>('[role="menu"]');
    const button = root.current?.querySelector("button")?.getBoundingClientRect();
    if (!menu || !button) return;
    menu.showPopover();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const isRtl = document.documentElement.dir === "rtl";
    const x = isRtl ? button.left : button.right - width;
    const y = button.bottom + height + EDGE <= innerHeight ? button.bottom : Math.max(EDGE, button.top - height);
    menu.style.setProperty("left", `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`);
    menu.style.setProperty("top", `${Math.min(y, Math.max(EDGE, innerHeight - height - EDGE))}px`);
  }, [isOpen]);

  useEffect(() => {
    if (!isOpen) return;
    entries()[0]?.focus({ preventScroll: true });
    const away = (e: Event): void => {
      if (!root.current?.contains(e.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("focusin", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("focusin", away);
    };
  }, [isOpen]);

  function close(): void {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  }

  function onKeyDown(e: KeyboardEvent): void {
    if (!isOpen) {
      if (e.key !== "ArrowDown") return;
      e.preventDefault();
      e.stopPropagation();
      return setOpen(true);
    }
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    e.stopPropagation();
    if (e.key === "Escape") close();
    else if (e.key === "Tab") return setOpen(false);
    else if (e.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (e.key === "ArrowUp") all[(at + all.length - 1) % all.length]?.focus();
    else if (e.key === "Home") all[0]?.focus();
    else if (e.key === "End") all.at(-1)?.focus();
    else if (e.key.length === 1 && e.key !== " ") [...all.slice(at + 1), ...all].find((one) => one.textContent?.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
    else return;
    e.preventDefault();
  }

  return (
    <div class={`menu ${more ?? ""}`} ref={root} onKeyDown={onKeyDown}>
      <Button label={label} icon={icon} aria-haspopup="menu" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen && (
        <div role="menu" popover="manual" class="menu-items" aria-label={label}>
          {items.map((item, i) =>
            item.isLine ? (
              <hr key={i} />
            ) : (
              <button
                key={i}
                type="button"
                role={item.isOneOf ? "menuitemradio" : item.isChecked === undefined ? "menuitem" : "menuitemcheckbox"}
                {...(item.isChecked === undefined ? {} : { "aria-checked": item.isChecked })}
                {...(item.isDisabled ? { "aria-disabled": true } : {})}
                tabIndex={-1}
                class="menu-item"
                onClick={() => {
                  if (item.isDisabled) return;
                  close();
                  item.run();
                }}
              >
                <span class="tick">{item.isChecked ? <Icon name="check" /> : item.icon ? <Icon name={item.icon} /> : null}</span>
                <span class="name">{item.label}</span>
                {item.keys && <kbd>{item.keys}</kbd>}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
