/** Buttons: an icon with a name, a text, or both. The name is also the tooltip, with the key that does the same. */
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label"> {
  /** What it does, in words. */
  label: string;
  icon?: string;
  /** The key that does the same, for the tooltip. */
  keys?: string | undefined;
  /** Show the label beside the icon. */
  isWide?: boolean;
  kind?: "plain" | "primary" | "danger";
  children?: ComponentChildren;
}

export function Button({ label, icon, keys, isWide, kind = "plain", children, class: more = "", ...rest }: ButtonProps) {
  const title = keys ? `${label} (${keys})` : label;
  const isNamed = isWide || !icon;
  return (
    <button type="button" class={`button ${kind} ${isNamed ? "" : "square"} ${more as string}`} title={isNamed && !keys ? undefined : title} aria-label={isNamed ? undefined : label} {...rest}>
      {icon && <Icon name={icon} />}
      {isNamed && <span>{label}</span>}
      {children}
    </button>
  );
}
