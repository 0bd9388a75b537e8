/** A component whose code is fetched when it is first shown, or `soon`: when the browser has nothing else to do. Nothing is in its place until
 * then. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function later<P extends object>(load: () => Promise<ComponentType<P>>, isSoon = false): ComponentType<P> {
  let made: ComponentType<P> | undefined;
  if (isSoon) void whenIdle(() => void load().then((component) => (made = component), () => undefined));
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

let settle: () => void;
const settled = new Promise<void>((done) => (settle = done));
setTimeout(() => settle(), 3000);

/** What the page was opened for is on the screen: what may be needed later no longer competes with it. */
export function isThere(): void {
  settle();
}

/** After that, when the browser has nothing else to do. */
export async function whenIdle(run: () => void): Promise<void> {
  await settled;
  // Safari has no requestIdleCallback.
  if (typeof requestIdleCallback === "function") requestIdleCallback(run, { timeout: 3000 });
  else setTimeout(run, 1000);
}
