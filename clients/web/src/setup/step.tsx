/** A step of the set-up: its heading has the focus when it appears, so that a screen reader begins there; or its first field, where one goes on typing. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export function Step({ title, isTyped, children }: { title: string; isTyped?: boolean; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => (isTyped ? heading.current?.parentElement?.querySelector("input") : heading.current)?.focus(), []);
  return (
    <section class="step" aria-labelledby={id}>
      <h2 tabIndex={-1} id={id} ref={heading}>{title}</h2>
      {children}
    </section>
  );
}
