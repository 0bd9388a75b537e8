/** A step of the set-up: its heading has the focus when it appears, so that a screen reader begins there; or the field where one goes on typing: what is wrong, else its first. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export function Step({ title, isTyped, children }: { title: string; isTyped?: boolean; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const find = (what: string) => heading.current?.parentElement?.querySelector<HTMLElement>(what);
    (isTyped ? find("[aria-invalid]") ?? find("input") : heading.current)?.focus();
  }, []);
  return (
    <section class="step" aria-labelledby={id}>
      <h2 tabIndex={-1} id={id} ref={heading}>{title}</h2>
      {children}
    </section>
  );
}
