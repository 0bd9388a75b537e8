/** A component whose code is fetched when it is first shown, or `soon`: when the browser has nothing else to do. Nothing is in its place until
 * then. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function later<P extends object>(load: () => Promise<ComponentType<P>>, isSoon = false): ComponentType<P> {
  let made: ComponentType<P> | undefined;
  if (isSoon) whenIdle(() => void load().then((component) => (made = component), () => undefined));
  return function Later(props: P) {
    const [Made, set] = useState<ComponentType<P> | undefined>(() => made);
    useEffect(() => {
      if (!Made)
        load().then(
          (component) => set(() => (made = component)),
          (e: unknown) => {
            console.warn(e);
            (props as { close?: () => void }).close?.(); // it is not left half open
          },
        );
    }, []);
    return Made ? <Made {...props} /> : null;
  };
}

/** Safari has no requestIdleCallback. */
export function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(run, { timeout: 3000 });
  else setTimeout(run, 1000);
}
