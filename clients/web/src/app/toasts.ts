/** Short messages to the user, at the edge of the screen: what was done and how to take it back, what did not work. Read out by screen readers. */
import { signal } from "@preact/signals";
import type { VNode } from "preact";

export interface Toast {
  text: string;
  /** What the core or a server says of it, which is not in the user's language. */
  detail?: string;
  /** Drawn beside it; nobody reads it out by itself. */
  more?: VNode;
  /** One thing that can be done about it. */
  action?: { label: string; keys?: string; run(): void };
  /** A problem stays until it is dismissed; anything else goes by itself, but never while it has the pointer or the focus. */
  kind?: "plain" | "problem";
  /** Of two with the same name the newer one replaces the older one. */
  name?: string;
  /** How long a plain one stays. */
  seconds?: number;
}
export interface ShownToast extends Toast {
  id: number;
}

/** Beyond this the older ones go, but no problem does: it stays until it was read, and the same one is there once. */
const MOST = 4;
let last = 0;
export const toasts = signal<readonly ShownToast[]>([]);

/** Shows it; what is returned takes it away again. */
export function toast(what: Toast): () => void {
  const shown = { ...what, id: ++last };
  const isProblem = what.kind === "problem";
  const others = toasts.value.filter((other) => (!what.name || other.name !== what.name) && !(isProblem && other.text === what.text && other.detail === what.detail));
  let extra = others.length + 1 - MOST;
  toasts.value = [...others.filter((other) => other.kind === "problem" || extra-- <= 0), shown];
  return () => dismiss(shown.id);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}
