/** The service worker: the shell of the application (its page, scripts, styles, icons) opens at once, and without the bridge. Mail is none of
 * its business: on this machine the core is what is offline.
 *
 * A version is all files of one build. A new one is fetched while the old one goes on, and takes over when no page of the old one is open
 * (no skipWaiting: a draft that is being written keeps the code that it began with), or when the page says so. */
declare const SHELL: readonly string[];
declare const VERSION: string;

// The page's own scripts are checked with the DOM's types; a worker has others. What is used of them:
interface Lifetime extends Event { waitUntil(p: Promise<unknown>): void }
interface Fetching extends Lifetime { readonly request: Request; respondWith(r: Promise<Response>): void }
interface Worker_ {
  addEventListener(type: "install" | "activate", f: (e: Lifetime) => void): void;
  addEventListener(type: "fetch", f: (e: Fetching) => void): void;
  addEventListener(type: "message", f: (e: MessageEvent) => void): void;
  skipWaiting(): Promise<void>;
}
const worker = globalThis as unknown as Worker_;

const CACHE = `shell-${VERSION}`;
const PAGES = /^\/($|mail(\/|$)|compose(\/|$)|settings(\/|$)|setup(\/|$)|statistics(\/|$))/;

worker.addEventListener("install", (e) => e.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...SHELL]))));

worker.addEventListener("activate", (e) =>
  e.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name))))));

worker.addEventListener("message", (e) => {
  if (e.data === "take over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  const path = e.request.mode === "navigate" && PAGES.test(url.pathname) ? "/" : url.pathname;
  if (!SHELL.includes(path)) return;
  e.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(path)) ?? fetch(e.request)));
});
