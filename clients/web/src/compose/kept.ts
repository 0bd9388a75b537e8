/** What is written and not saved: in the browser's storage, until the core has it. A window that writes one holds its lock, so that only what nobody
 * writes any more (a browser that ended) is opened again. */
import type { Id } from "facteur";
import type { Content } from "./draft.ts";
import type { What } from "./index.ts";

const PREFIX = "facteur.draft.";
const MAX = 2_000_000;

export interface Kept {
  content: Content;
  /** The draft that it was a state of. */
  emailId: Id | undefined;
  savedAccountId: Id;
  /** Message-ID of a state that was on its way to the core: the window may have ended before it was told that it is there. */
  tried?: string | undefined;
  at: number;
}

/** What was typed before there was a message to put it in (waiting.tsx). */
export interface Early {
  what: What;
  typed: string;
}

/** False: there is no room; or nobody is signed in any more, and what there was has been erased (client/session.ts). */
export function keep(key: string, what: Kept | Early): boolean {
  if (!localStorage.getItem("facteur.token")) return false;
  const text = JSON.stringify(what);
  if (text.length > MAX) return false;
  try {
    localStorage.setItem(PREFIX + key, text);
    return true;
  } catch {
    return false;
  }
}

export function drop(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

/** undefined: none, or damaged. */
export function read(key: string): Kept | Early | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as (Kept & Early) | null;
    if (typeof kept?.typed === "string" && typeof kept.what.kind === "string") return kept;
    return kept && typeof kept.content?.body === "string" && typeof kept.content.accountId === "string" && Array.isArray(kept.content.to) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Held until the window is closed, or ends in whatever way. */
export function hold(key: string): () => void {
  let release: () => void = () => undefined;
  const until = new Promise<void>((done) => (release = done));
  void navigator.locks?.request(PREFIX + key, () => until);
  return release;
}

/** Takes one that no window holds; what comes of it lets go again. undefined: some window was faster. */
export function take(key: string): Promise<(() => void) | undefined> {
  return new Promise((done, failed) => {
    const held = (lock: Lock | null): Promise<void> | undefined => {
      if (lock) return new Promise((release) => done(release));
      done(undefined);
      return undefined;
    };
    navigator.locks.request(PREFIX + key, { ifAvailable: true }, held).catch(failed);
  });
}

/** Keys of what no window holds. */
export async function left(): Promise<string[]> {
  const keys = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  if (!navigator.locks || !keys.length) return [];
  const { held = [], pending = [] } = await navigator.locks.query();
  const names = new Set([...held, ...pending].map((lock) => lock.name));
  return keys.filter((name) => !names.has(name)).map((name) => name.slice(PREFIX.length));
}
