/** Following links: where one leads is said while one points at it; before one that is not what it says is followed, one is asked. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { Button } from "../ui/button.tsx";
import { describe, type Doubt, doubtOf } from "./links.ts";
import { PREFIX } from "./filter.ts";

export interface Links {
  /** What is said of the link that is pointed at. */
  pointed: Signal<string>;
  asked: Signal<{ address: string; doubt: Doubt } | undefined>;
  /** Listens for links in there; comes back with how to stop. */
  watch(root: Document | HTMLElement): () => void;
}

function linkAt(target: EventTarget | null): { address: string; text: string; element: Element } | undefined {
  const element = (target as Element | null)?.closest?.("a[href], area[href]");
  const address = element?.getAttribute("href");
  return element && address ? { address, element, text: element.textContent || element.getAttribute("alt") || "" } : undefined;
}

export function open(address: string): void {
  window.open(address, "_blank", "noopener,noreferrer");
}

export function useLinks(onCompose?: (mailto: string) => void): Links {
  const pointed = useSignal("");
  const asked = useSignal<{ address: string; doubt: Doubt } | undefined>(undefined);
  const compose = useRef(onCompose);
  compose.current = onCompose;
  return useMemo(() => {
    const follow = (e: Event): void => {
      const link = linkAt(e.target);
      if (!link) return;
      e.preventDefault();
      if (e.type === "auxclick" && (e as MouseEvent).button !== 1) return;
      if (link.address.startsWith("#")) {
        // Within the mail; its ids have the filter's prefix, its names too.
        const id = CSS.escape(link.address.slice(1));
        const to = link.address === `#${PREFIX}` ? undefined : link.element.ownerDocument.querySelector(`[id="${id}"], a[name="${id}"]`);
        to?.scrollIntoView();
        return;
      }
      const doubt = doubtOf(link.text, link.address);
      if (doubt) asked.value = { address: link.address, doubt };
      else go(link.address, compose.current);
    };
    const point = (e: Event): void => {
      const link = linkAt(e.target);
      pointed.value = link && !link.address.startsWith("#") ? describe(link.address) : "";
    };
    const leave = (): void => void (pointed.value = "");
    const on: [string, (e: Event) => void][] = [["click", follow], ["auxclick", follow], ["mouseover", point], ["focusin", point], ["mouseleave", leave], ["focusout", leave]];
    return {
      pointed,
      asked,
      watch(root) {
        for (const [type, f] of on) root.addEventListener(type, f);
        return () => on.forEach(([type, f]) => root.removeEventListener(type, f));
      },
    };
  }, []);
}

function go(address: string, compose?: (mailto: string) => void): void {
  if (!address.toLowerCase().startsWith("mailto:")) open(address);
  else if (compose) compose(address);
}

/** The line that says where a link leads, and the question before one that is doubtful. */
export function LinkTold({ links, onCompose }: { links: Links; onCompose?: ((mailto: string) => void) | undefined }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = links.asked.value;
  useEffect(() => {
    if (asked) dialog.current?.showModal();
  }, [asked]);
  const close = (): void => dialog.current?.close();
  return (
    <>
      <p class="message-link" hidden={!links.pointed.value} dir="ltr">{links.pointed.value}</p>
      {asked && (
        <dialog ref={dialog} class="message-doubt" aria-labelledby="message-doubt" onClose={() => (links.asked.value = undefined)}>
          <h2 id="message-doubt">{t("message-link-ask")}</h2>
          <p>{t(`message-link-${asked.doubt.kind}`, { shown: asked.doubt.shown, real: asked.doubt.real })}</p>
          <p class="message-address" dir="ltr">{asked.address}</p>
          <p class="message-buttons">
            <Button label={t("message-link-stay")} kind="primary" isWide autofocus onClick={close} />
            <Button label={t("message-link-follow", { real: asked.doubt.real })} isWide onClick={() => { close(); go(asked.address, onCompose); }} />
          </p>
        </dialog>
      )}
    </>
  );
}
