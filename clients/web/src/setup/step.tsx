/** A step of the set-up: its heading has the focus when it appears, so that a screen reader begins there. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Step({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="step">
      <h2 tabIndex={-1} ref={heading}>{title}</h2>
      {children}
    </section>
  );
}
