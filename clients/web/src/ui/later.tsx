/** A component whose code is fetched when it is first shown. Nothing is in its place until then. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let made: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [Made, set] = useState<ComponentType<P> | undefined>(() => made);
    useEffect(() => {
      if (!Made)
        load().then(
          (component) => set(() => (made = component)),
          (e: unknown) => console.warn(e),
        );
    }, []);
    return Made ? <Made {...props} /> : null;
  };
}
