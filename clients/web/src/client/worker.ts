/** The service worker (sw.ts): registered when the page has nothing better to do. */
import { signal } from "@preact/signals";
import { whenIdle } from "../ui/later.tsx";
import { nothingWritten } from "./writing.ts";

/** A newer version of the application is here. It takes over, and all windows load it, when this is called and nothing is being written any more;
 * `waits` is called when something is. */
export const update = signal<((waits: () => void) => Promise<void>) | undefined>(undefined);

/** How often it is asked whether there is a newer version, at most: when the page is looked at again. Pages are open for weeks. */
const ASK_MS = 3_600_000;

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

/** A newer version takes over when the old one has nothing in hand any more. Chromium believes that it has, now and then, for a page that was loaded anew
 * while it was still loading: that ends with the page, or after minutes. */
const STUCK_MS = 3000;
const everywhere = "BroadcastChannel" in globalThis ? new BroadcastChannel("facteur.version") : undefined;

async function loadAnew(): Promise<void> {
  await nothingWritten(() => undefined);
  location.reload();
}

function offer(waiting: ServiceWorker | null): void {
  if (!waiting) return;
  update.value = async (waits) => {
    await nothingWritten(waits);
    waiting.postMessage("take over");
    setTimeout(() => {
      if (waiting.state !== "installed") return;
      everywhere?.postMessage("load anew");
      void loadAnew();
    }, STUCK_MS);
  };
}

/** The first one makes itself known to the page that brought it; any later one is a newer version, which a page of the old one is loaded anew for. */
function followController(workers: ServiceWorkerContainer): void {
  let has = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (has) location.reload();
    has = true;
  });
}

async function register(workers: ServiceWorkerContainer): Promise<void> {
  const registration = await workers.register(scriptUrl());
  if (workers.controller) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    // Asked now: WebKit tells that the first one is installed when it has this page already, and calls it waiting still.
    const isUpdate = workers.controller !== null;
    coming?.addEventListener("statechange", () => isUpdate && coming.state === "installed" && offer(registration.waiting));
  });
  let askedAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - askedAt < ASK_MS) return;
    askedAt = Date.now();
    registration.update().catch(() => undefined); // not in touch: the next time
  });
}

export function registerWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  followController(workers);
  everywhere?.addEventListener("message", () => void loadAnew());
  void whenIdle(() => void register(workers).catch(() => undefined));
}
