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
  readonly clients: { claim(): Promise<void> };
}
const worker = globalThis as unknown as Worker_;

const CACHE = `shell-${VERSION}`;
const PAGES = /^\/($|mail(\/|$)|compose(\/|$)|settings(\/|$)|setup(\/|$)|statistics(\/|$))/;

/** All of this version, or nothing: where the server has a newer one by now, files of this one are missing. What has no hash in its name comes from
 * the server itself, not out of the browser's own cache. */
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: path.startsWith("/assets/") ? "default" : "no-cache" })));
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name)));
}

worker.addEventListener("install", (e) => e.waitUntil(fill()));

// The page that brought the first worker is its page, too: what it loads later is of its own version.
worker.addEventListener("activate", (e) => e.waitUntil(dropOthers().then(() => worker.clients.claim())));

worker.addEventListener("message", (e) => {
  if (e.data === "take over") void worker.skipWaiting();
});

/** Browsers empty caches when they need the room; then the server has it, and the cache is filled again. */
async function answer(e: Fetching, path: string): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(path);
  if (kept) return kept;
  const fetched = await fetch(e.request);
  if (path === "/") e.waitUntil(fill().catch(() => undefined));
  return fetched;
}

worker.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  const path = e.request.mode === "navigate" && PAGES.test(url.pathname) ? "/" : url.pathname;
  if (SHELL.includes(path)) e.respondWith(answer(e, path));
});
