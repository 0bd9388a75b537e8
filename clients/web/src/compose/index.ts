/** Writing: what the first screen needs of it. The rest is loaded when one begins to write (or before, when the browser has nothing to do).
 *
 * Whoever presses `r` begins to type at once: the keys belong to what is typed, and no key of the list may take them (Mailspring#672). So a
 * text field stands there, and has the focus, before openComposer returns; what is typed into it goes into the message. */
import { unique } from "../store/unique.ts";
import { signal } from "@preact/signals";
import { type ComponentType, h, type VNode } from "preact";
import { useEffect } from "preact/hooks";
import { problemOf } from "../app/problem.ts";
import { toast } from "../app/toasts.ts";
import { client } from "../client/session.ts";
import { t } from "../i18n/i18n.ts";
import type { Id } from "../store/types.ts";
import type { Kept } from "./kept.ts";
import { Opening } from "./opening.ts";
import type { Realm } from "./realm.ts";
import type { Writing } from "./writing.ts";

export type What =
  | { kind: "new" }
  | { kind: "mailto"; url: string }
  | { kind: "reply" | "reply-all" | "forward"; emailId: Id; accountId: Id }
  | { kind: "draft"; emailId: Id; accountId: Id }
  /** Text that a window had not saved when it ended. */
  | { kind: "kept"; kept: Kept; key?: string };

export interface Open {
  readonly key: string;
  readonly what: What;
  readonly writing: Writing;
  /** Where HTML is parsed. */
  readonly realm: Realm;
  /** Has what was typed before it was there. undefined: it opens by itself, and takes no focus. */
  readonly opening: Opening | undefined;
  /** Where the focus was. */
  readonly before: Element | null;
}

export const opened = signal<readonly Open[]>([]);
/** The one that is in front, on a small screen the only one to be seen. */
export const front = signal<string | undefined>(undefined);
export const minimised = signal<ReadonlySet<string>>(new Set());

type Loaded = typeof import("./composers.tsx");
export const loaded = signal<Loaded | undefined>(undefined);
let loading: Promise<Loaded> | undefined;

/** The editor and all around it. */
export function loadComposer(): Promise<Loaded> {
  loading ??= import("./composers.tsx").then(
    (module) => (loaded.value = module),
    (e: unknown) => {
      loading = undefined;
      throw e;
    },
  );
  return loading;
}

/** What there is until then; and what was kept of what was written. */
export const loadWaiting = (): Promise<typeof import("./waiting.tsx")> => import("./waiting.tsx");

/** Drafts that are being opened, and the text field that stands there until then. */
const coming = new Map<Id, Opening>();

function isSameDraft(a: What, b: What): boolean {
  return a.kind === "draft" && b.kind === "draft" && a.emailId === b.emailId;
}

export function show(key: string): void {
  minimised.value = new Set([...minimised.value].filter((other) => other !== key));
  front.value = key;
}

/** `typed`: what stood in its text field when a window ended. Comes back when what is kept of it is held here. */
export async function openAs(what: What, key = (what.kind === "kept" && what.key) || unique(), typed = ""): Promise<void> {
  const there = opened.value.find((one) => isSameDraft(one.what, what) || (what.kind === "draft" && one.writing.saver.emailId === what.emailId));
  if (there) return show(there.key);
  const draftId = what.kind === "draft" ? what.emailId : undefined;
  const first = draftId && coming.get(draftId);
  if (first && first.isThere) return first.focus();
  const before = document.activeElement;
  const opening = new Opening(t("compose-opening"), typed);
  if (draftId) coming.set(draftId, opening);
  const begin = async (): Promise<void> => {
    try {
      const { Writing, realm } = await loadComposer();
      const [writing, parsing] = await Promise.all([Writing.open(client(), what, key), realm()]);
      if (draftId) coming.delete(draftId);
      if (!opening.isThere) return void writing.close();
      opened.value = [...opened.value, { key, what, writing, realm: parsing, opening, before }];
      show(key);
    } catch (e) {
      const text = t("compose-not-opened", { why: (await problemOf(e)).text });
      waiting.then((fail) => fail(text), () => toast({ text, kind: "problem", action: { label: t("compose-again"), run: () => void begin() } }));
    }
  };
  void begin();
  const waiting = loadWaiting().then(({ attend }) => (opening.isThere ? attend(opening, key, what, before, () => void begin()) : () => undefined));
  await waiting.catch(() => undefined);
}

export const openComposer: (what: What) => void = openAs;

/** Where one writes it in a window of its own: page.tsx. */
export function windowPath(what: What): string {
  if (what.kind === "mailto") return `/compose?mailto=${encodeURIComponent(what.url)}`;
  return "emailId" in what ? `/compose?${what.kind}=${what.emailId}&account=${what.accountId}` : "/compose";
}

/** In a window of its own; here, where the browser opens none. */
export function openWindow(what: What): void {
  if (!open(windowPath(what), "_blank", "popup,width=760,height=720")) openComposer(what);
}

/** Few browsers keep one. */
const hasKept = (): boolean => Object.keys(localStorage).some((name) => name.startsWith("facteur.draft."));

export function forgetComposer(key: string): void {
  opened.value = opened.value.filter((one) => one.key !== key);
  if (front.value === key) front.value = opened.value.at(-1)?.key;
}

/** All that are open. */
export function Composers(): VNode | null {
  useEffect(() => {
    if (hasKept()) loadWaiting().then(({ restore }) => restore()).catch(async (e: unknown) => toast({ text: t("compose-not-opened", { why: (await problemOf(e)).text }), kind: "problem" }));
    // Before it is needed, when the browser has nothing to do: `c` then opens in a frame.
    const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 2000));
    idle(() => void Promise.all([loadWaiting(), loadComposer().then(({ realm }) => realm())]).catch(() => undefined), { timeout: 10_000 });
  }, []);
  const Windows = loaded.value?.Windows as ComponentType | undefined;
  return Windows && opened.value.length ? h(Windows, {}) : null;
}
