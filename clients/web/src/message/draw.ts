/** Draws a message into its frame: from outside, for in the frame no script ever runs. */
import type { EmailBodyPart } from "../../../typescript/src/types.ts";
import { locale, t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { filterHtml, type Filtered, type Realm, type Resource, slot, SRC } from "./filter.ts";
import { type Fold, foldQuotes } from "./quotes-dom.ts";
import { inTurn, isDrawn, isHtml, isInHtml, leaves, picture } from "./parts.ts";
import type { Remote } from "./remote.ts";

export type Sheet = "light" | "dark";

export interface DrawOptions {
  /** It should be dark, if it can: as the page is, or as one wants it now. */
  isDark: boolean;
  /** As the reader wants this message, whatever it says: `dark` without the mail's colours. */
  sheet?: Sheet | undefined;
  /** Quotes are folded. */
  folds: boolean;
  /** How they are folded, if not behind a button that listens. */
  fold?: Fold | undefined;
}

export interface Drawn {
  /** What it was drawn on. */
  sheet: Sheet;
  body: HTMLElement;
  remote: Remote;
  /** The pictures of the message itself are here, those that could be had; and what was being loaded from elsewhere. */
  readonly ready: Promise<void>;
  /** One of the message's own pictures could not be had. */
  readonly hasLost: boolean;
  /** Loads what is elsewhere, or takes it away again. Resolves with how it went. */
  setRemote(isShown: boolean): Promise<Remote>;
  /** Everything that was fetched for it is let go of. */
  dispose(): void;
}

/** What ahead.ts is asked for, when it is there: puts in this place what was drawn before it is opened, if it was, and as it would be now. */
export const ahead: { take?(place: HTMLElement, message: Message, isDark: boolean): { frame: HTMLIFrameElement; drawn: Drawn } | undefined } = {};

function locationsOf(message: Message): Map<string, string> {
  const out = new Map<string, string>();
  for (const part of leaves(message)) if (part.location) out.set(part.location, part.cid ?? part.location);
  return out;
}

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** What is under the mail's own style sheets. `isOurs`: in the page's colours; a sheet of its own is white, as paper is. */
function ground(realm: Realm, sheet: Sheet, isOurs: boolean): CSSStyleSheet {
  const out = new realm.CSSStyleSheet();
  const colours = isOurs ? `background: ${token("--paper")}; color: ${token("--ink")};` : "background: Canvas; color: CanvasText;";
  out.replaceSync(
    `:root { color-scheme: only ${sheet}; ${colours} font: 15px/1.5 ${token("--font") || "sans-serif"}; overflow-wrap: anywhere; }` +
      (isOurs ? `a { color: ${token("--accent")}; }` : "") +
      "body { margin: 0; padding: 12px 16px; }" +
      "[hidden] { display: none !important; }" +
      "img { max-inline-size: 100%; } img:not([height]) { block-size: auto; }" +
      `img[${SRC}]:not([src]) { outline: 1px dotted; outline-offset: -1px; }` +
      "pre, .facteur-plain { white-space: pre-wrap; font-family: inherit; } pre { font-family: monospace; }" +
      "blockquote { margin: 0; margin-inline-start: 2px; padding-inline-start: 12px; border-inline-start: 2px solid; }" +
      ".facteur-more { border: 1px solid; border-radius: 8px; background: none; color: inherit; font: inherit; line-height: 1; min-block-size: 24px; padding: 0 12px 6px; margin-block: 6px; cursor: pointer; }" +
      ":focus-visible { outline: 2px solid; }",
  );
  return out;
}

const ATTRIBUTES = ["style", "class", "id", "bgcolor", "text", "link", "vlink", "alink", "dir", "lang", SRC];

/** The body of the mail is the body of the frame: style sheets mean it by that name. */
function adopt(document: Document, filtered: Filtered): void {
  for (const name of ATTRIBUTES) {
    const value = filtered.body.getAttribute(name);
    if (value !== null && !document.body.hasAttribute(name)) document.body.setAttribute(name, value);
  }
  // Copies, not the nodes: a shadow root would come along with them.
  for (const node of Array.from(filtered.body.childNodes)) document.body.append(document.importNode(node, true));
}

/** Sets the address of one resource wherever it is wanted; undefined: takes it away. */
function fill(document: Document, at: number, address: string | undefined): void {
  for (const element of document.querySelectorAll(`[${SRC}="${at}"]`)) {
    const name = element.nodeName === "IMG" ? "src" : "background";
    if (address) element.setAttribute(name, address);
    else element.removeAttribute(name);
  }
  if (address) document.documentElement.style.setProperty(slot(at), `url("${address}")`);
  else document.documentElement.style.removeProperty(slot(at));
}

function hostsOf(resources: readonly Resource[]): Remote {
  const remote = resources.filter(({ kind }) => kind === "remote");
  return { count: remote.length, hosts: [...new Set(remote.map(({ address }) => new URL(address).hostname))] };
}

export function draw(frame: HTMLIFrameElement, message: Message, options: DrawOptions): Drawn {
  const realm = frame.contentWindow as Realm;
  const document = realm.document;
  const parts = leaves(message);
  const locations = locationsOf(message);
  const resources: Resource[] = [];
  const addresses: (string | undefined)[] = [];
  const sheets: CSSStyleSheet[] = [];
  const found = { hasColours: false, hasDark: false };
  const wantsDark = (options.sheet ?? (options.isDark ? "dark" : "light")) === "dark";

  const show = (part: EmailBodyPart): void => {
    const text = message.bodyValues?.[part.partId ?? ""]?.value;
    if (text !== undefined && isHtml(part)) {
      const filtered = filterHtml(text, realm, { isDark: wantsDark, dropColours: options.sheet === "dark", locations, from: resources.length });
      resources.push(...filtered.resources);
      sheets.push(...filtered.sheets);
      found.hasColours ||= filtered.hasColours;
      found.hasDark ||= filtered.hasDark;
      adopt(document, filtered);
    } else if (text !== undefined) {
      const block = document.createElement("div");
      block.className = "facteur-plain";
      block.append(document.createTextNode(text));
      document.body.append(block);
    } else if (isDrawn(part) && !isInHtml(message, part)) {
      const img = document.createElement("img");
      img.alt = part.name ?? "";
      img.setAttribute(SRC, String(resources.push({ kind: "part", address: part.cid ?? part.partId ?? "" }) - 1));
      document.body.append(img);
    }
  };
  for (const part of message.htmlBody ?? []) show(part);

  const isOurs = !found.hasColours;
  const isPageDark = globalThis.document.documentElement.dataset["theme"] === "dark";
  const sheet: Sheet = wantsDark && (isOurs || found.hasDark) ? "dark" : "light";
  document.adoptedStyleSheets = [ground(realm, sheet, isOurs && sheet === (isPageDark ? "dark" : "light")), ...sheets];
  document.body.dir ||= "auto";
  const unfold = options.folds && foldQuotes(document.body, message.subject, { show: t("message-quote-show"), hide: t("message-quote-hide"), lang: locale.value }, options.fold);

  const ours: string[] = [];
  let isDisposed = false;
  let hasLost = false;
  const set = (at: number, address: string | undefined): void => {
    addresses[at] = address;
    fill(document, at, address);
  };
  resources.forEach(({ kind, address }, at) => kind === "data" && set(at, address));
  const wanted = resources.map((resource, at) => ({ ...resource, at })).filter(({ kind }) => kind === "part");
  const parted = inTurn(wanted, 4, async ({ address, at }) => {
    const part = parts.find(({ cid, partId, location }) => cid === address || partId === address || location === address);
    const blob = part && !isDisposed ? await picture(message.accountId, part).catch(() => void (hasLost = true)) : undefined;
    if (!blob || isDisposed) return;
    const url = URL.createObjectURL(blob);
    ours.push(url);
    set(at, url);
  });

  const remote = hostsOf(resources);
  let asked: Promise<Remote> | undefined;
  let isShown = false;
  const load = async (): Promise<Remote> => {
    const { loadRemote } = await import("./remote.ts"); // few messages are asked for what is elsewhere
    const went = await loadRemote(resources, set, () => isShown && !isDisposed);
    if (went.problem) asked = undefined; // it may be there the next time
    return { ...remote, ...went };
  };

  return {
    sheet,
    body: document.body,
    remote,
    get hasLost() {
      return hasLost;
    },
    get ready() {
      return parted.then(async () => {
        await Promise.all(Array.from(document.images, (img) => img.decode().catch(() => undefined)));
      });
    },
    async setRemote(show) {
      isShown = show;
      if (show && remote.count) return (asked ??= load());
      asked = undefined;
      resources.forEach(({ kind }, at) => kind === "remote" && addresses[at] && set(at, undefined));
      return remote;
    },
    dispose() {
      isDisposed = true;
      if (unfold) unfold();
      for (const url of ours) URL.revokeObjectURL(url);
    },
  };
}
