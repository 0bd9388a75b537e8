/** What could not be fetched is asked for again when the connection is there again. */
import { useEffect, useRef } from "preact/hooks";
import { store } from "../store/index.ts";

/** Calls `f` each time that it comes back; not at first. */
export function useAgain(f: () => void): void {
  const isLive = store().connection.value.state === "live";
  const wasLive = useRef(isLive);
  useEffect(() => {
    if (isLive && !wasLive.current) f();
    wasLive.current = isLive;
  }, [isLive]);
}
