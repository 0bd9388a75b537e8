/** Following links: where one leads is said while one points at it; before one that is not what it says is followed, one is asked. How that is found
 * out (links.ts, doubt.tsx) is fetched when the first message with links is drawn. */
import { type Signal, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { later } from "../ui/later.tsx";
import type { Doubt } from "./links.ts";

const judge = () => import("./doubt.tsx");
const AskDoubt = later(() => judge().then((module) => module.AskDoubt));

export interface Asked {
  address: string;
  doubt: Doubt;
}

export interface Links {
  /** What is said of the link that is pointed at. */
  pointed: Signal<string>;
  asked: Signal<Asked | undefined>;
  /** Listens for links in there; comes back with how to stop. */
  watch(root: Document | HTMLElement): () => void;
  /** As if it had been clicked: goes there, or asks before. */
  follow(element: Element, address: string): void;
  /** As if it were pointed at; undefined: at none. */
  point(element: Element | undefined, address: string): void;
}

function linkAt(target: EventTarget | null): { address: string; element: Element } | undefined {
  const element = (target as Element | null)?.closest?.("a[href], area[href]");
  const address = element?.getAttribute("href");
  return element && address ? { address, element } : undefined;
}

export function useLinks(onCompose?: (mailto: string) => void): Links {
  const pointed = useSignal("");
  const asked = useSignal<Asked | undefined>(undefined);
  const compose = useRef(onCompose);
  compose.current = onCompose;
  return useMemo(() => {
    const follow = (element: Element, address: string): void => {
      void judge().then(({ doubtOfLink, jump }) => {
        if (address.startsWith("#")) return jump(element, address);
        const doubt = doubtOfLink(element as HTMLElement, address);
        if (doubt) asked.value = { address, doubt };
        else go(address, compose.current);
      });
    };
    let last: Element | undefined;
    const point = (element: Element | undefined, address: string): void => {
      if (element && element === last) return;
      last = element;
      if (!element || address.startsWith("#")) pointed.value = "";
      else void judge().then(({ describe }) => element === last && (pointed.value = describe(address)));
    };
    const clicked = (e: Event): void => {
      const link = linkAt(e.target);
      if (!link) return;
      e.preventDefault();
      if (e.type !== "auxclick" || (e as MouseEvent).button === 1) follow(link.element, link.address);
    };
    const over = (e: Event): void => {
      const link = linkAt(e.target);
      point(link?.element, link?.address ?? "");
    };
    const leave = (): void => point(undefined, "");
    const on: [string, (e: Event) => void][] = [["click", clicked], ["auxclick", clicked], ["mouseover", over], ["focusin", over], ["mouseleave", leave], ["focusout", leave]];
    return {
      pointed,
      asked,
      follow,
      point,
      watch(root) {
        for (const [type, f] of on) root.addEventListener(type, f);
        if (root.querySelector("a[href], area[href]")) void judge().catch(() => undefined); // so that a click need not wait
        return () => on.forEach(([type, f]) => root.removeEventListener(type, f));
      },
    };
  }, []);
}

export function go(address: string, compose?: (mailto: string) => void): void {
  if (!address.toLowerCase().startsWith("mailto:")) window.open(address, "_blank", "noopener,noreferrer");
  else if (compose) compose(address);
}

/** The line that says where a link leads, and the question before one that is doubtful. */
export function LinkTold({ links, onCompose }: { links: Links; onCompose?: ((mailto: string) => void) | undefined }) {
  const asked = links.asked.value;
  return (
    <>
      <p class="message-link" hidden={!links.pointed.value} dir="ltr">{links.pointed.value}</p>
      {asked && <AskDoubt asked={asked} onFollow={() => go(asked.address, onCompose)} onEnd={() => (links.asked.value = undefined)} />}
    </>
  );
}
