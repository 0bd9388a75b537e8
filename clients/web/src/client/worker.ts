/** The service worker (sw.ts): registered when the page has nothing better to do. */
import { signal } from "@preact/signals";

/** A newer version of the application is here, and takes over when this is called. */
export const update = signal<(() => void) | undefined>(undefined);

interface ScriptPolicy {
  createScriptURL(url: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
}

/** The only script that we name by a text is our own worker. */
function scriptUrl(): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  return factory ? factory.createPolicy("facteur", { createScriptURL: () => "/sw.js" }).createScriptURL("") : "/sw.js";
}

export function registerWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  const isFirst = !navigator.serviceWorker.controller;
  const offer = (waiting: ServiceWorker | null): void => {
    if (waiting && !isFirst) update.value = () => waiting.postMessage("take over");
  };
  const register = async (): Promise<void> => {
    const registration = await navigator.serviceWorker.register(scriptUrl());
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => coming.state === "installed" && offer(registration.waiting));
    });
  };
  navigator.serviceWorker.addEventListener("controllerchange", () => isFirst || location.reload());
  requestIdleCallback(() => void register().catch(() => undefined));
}
