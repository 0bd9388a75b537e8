/** HTML of mail, made safe to be shown: what comes out is nodes and style sheets, to be imported into the message's frame, and never again a
 * text that is parsed (what a second parser makes of a filtered text may be something else: mXSS). All decisions are made while DOMPurify walks,
 * in its hooks, none afterwards.
 *
 * Whatever a mail would load is taken out and listed (`resources`); an element that wants one has its number as data-facteur-src, a style
 * sheet has a custom property (`slot`). Who draws fills them in. */
import createFilter from "dompurify";
import { filterSheet, filterText, type StyleRules } from "./css.ts";

export type Realm = Window & typeof globalThis;

export interface Resource {
  /** `part`: a part of this message. `data`: it is in the address itself. */
  kind: "part" | "remote" | "data";
  /** Of a part its Content-ID; an address otherwise. */
  address: string;
}

export interface Filtered {
  /** In a document of its own, which nothing is drawn of and loads nothing. */
  body: HTMLElement;
  /** In their order. To be adopted by the document of the realm that was given. */
  sheets: CSSStyleSheet[];
  resources: Resource[];
  /** It sets a colour of text or background somewhere. */
  hasColours: boolean;
  /** It says itself what it looks like on a dark screen. */
  hasDark: boolean;
}

export interface FilterOptions {
  isDark: boolean;
  /** Take out the mail's own colours: it is shown in ours. */
  dropColours?: boolean;
  /** Content-Location of parts, to their Content-ID or other name (RFC 2557). */
  locations?: ReadonlyMap<string, string>;
  /** The number of its first resource: a message may have several HTML parts. */
  from?: number;
}

/** What DOMPurify puts before each id and name. */
export const PREFIX = "user-content-";
export const SRC = "data-facteur-src";
/** The custom property of the frame's root that a resource's url() is given to. */
export const slot = (at: number): string => `--facteur-${at}`;
/** More pictures than a mail has. */
const MAX_RESOURCES = 2000;
const MAX_DATA = 4_000_000;

/** Of HTML alone, and nothing of it that loads, runs, sends, or is drawn above the page: no svg, math, form and its fields, iframe, object, media, link,
 * meta, base, template, dialog. What is not known here goes; its text stays where people would have read it. */
const ALLOWED_TAGS =
  ("a abbr acronym address area article aside b bdi bdo big blockquote body br caption center cite code col colgroup dd del details dfn dir div dl dt em figcaption figure font footer " +
    "h1 h2 h3 h4 h5 h6 head header hgroup hr html i img ins kbd li main map mark menu nav nobr ol p picture pre q rp rt ruby s samp section small span strike strong sub summary sup " +
    "table tbody td tfoot th thead time tr tt u ul var wbr").split(" ");
/** Not src, srcset and background: the hooks take those. */
const ALLOWED_ATTR =
  ("align alink alt axis bgcolor border cellpadding cellspacing char class clear color cols colspan compact coords datetime dir face headers height hidden href hspace id lang link name noshade " +
    "nowrap open reversed role rowspan rules scope shape size span start style summary text title type usemap valign value vlink vspace width").split(" ");

const CONFIG = {
  ALLOWED_TAGS,
  ALLOWED_ATTR,
  ALLOWED_NAMESPACES: ["http://www.w3.org/1999/xhtml"],
  ALLOW_DATA_ATTR: false,
  SANITIZE_NAMED_PROPS: true,
  // DOMPurify asks it about other attributes, too: what has no scheme passes.
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|cid|tel):|[^a-z]|[a-z+.\-]+(?:[^a-z+.\-:]|$))/i,
  WHOLE_DOCUMENT: true,
  RETURN_DOM: true as const,
};

const PLAIN_COLOURS = new Set(["inherit", "initial", "unset", "revert", "transparent", "currentcolor", "windowtext", "canvastext", "canvas", "none", "rgba(0, 0, 0, 0)"]);
const COLOUR_ATTRIBUTES = new Set(["bgcolor", "color", "text", "link", "vlink", "alink", "background"]);

export function isColour(name: string, value: string): boolean {
  if (name !== "color" && name !== "background-color" && name !== "background-image") return false;
  return !PLAIN_COLOURS.has(value.toLowerCase());
}
const isColourProperty = (name: string): boolean => name.includes("color") || name === "background-image" || name.endsWith("-shadow");

const MAIL_LINK = new Set(["http:", "https:", "mailto:", "tel:"]);

/** As a mail may link to it; undefined: not at all. A link within the mail stays one. */
export function linkOf(address: string): string | undefined {
  const text = address.trim();
  if (text.startsWith("#")) return text;
  try {
    const url = new URL(text.startsWith("//") ? `https:${text}` : text);
    return MAIL_LINK.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined; // relative to nothing
  }
}

/** "#x", to a name as the filter gives it. */
const within = (link: string): string => (link.startsWith(`#${PREFIX}`) ? link : `#${PREFIX}${link.slice(1)}`);

const BASE64_PICTURE = /^data:image\/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/i;

export function resourceOf(address: string, locations?: ReadonlyMap<string, string>): Resource | undefined {
  const text = address.trim();
  const part = locations?.get(text);
  if (part !== undefined) return { kind: "part", address: part };
  if (text.slice(0, 5).toLowerCase() === "data:")
    return text.length <= MAX_DATA && BASE64_PICTURE.test(text) ? { kind: "data", address: text.replace(/\s+/g, "") } : undefined;
  try {
    const url = new URL(text.startsWith("//") ? `https:${text}` : text);
    if (url.protocol === "http:" || url.protocol === "https:") return { kind: "remote", address: url.href };
    if (url.protocol === "cid:") return { kind: "part", address: decodeURIComponent(text.slice(4)) };
  } catch {
    // relative to nothing, or malformed
  }
  return undefined;
}

/** The first of a srcset's addresses (HTML, 4.8.4.2.1). */
function firstOf(srcset: string): string {
  const [first = ""] = srcset.trim().split(/\s/, 1);
  return first.endsWith(",") ? first.slice(0, -1) : first;
}

/** What prefers-color-scheme asks about is the page's theme, not the system's. The browser wrote the condition: it has one form. */
function settle(media: MediaList, isDark: boolean): void {
  const [yes, no] = ["(min-width: 0px)", "(max-width: 0px)"];
  media.mediaText = media.mediaText
    .replaceAll("(prefers-color-scheme: dark)", isDark ? yes : no)
    .replaceAll("(prefers-color-scheme: light)", isDark ? no : yes);
}

export function filterHtml(html: string, realm: Realm, options: FilterOptions): Filtered {
  const out: Filtered = { body: undefined as unknown as HTMLElement, sheets: [], resources: [], hasColours: false, hasDark: false };
  const known = new Map<string, number>();
  const from = options.from ?? 0;
  const take = (address: string): number | undefined => {
    const resource = resourceOf(address, options.locations);
    if (!resource) return undefined;
    const key = `${resource.kind} ${resource.address}`;
    let at = known.get(key);
    if (at === undefined && out.resources.length < MAX_RESOURCES) known.set(key, (at = from + out.resources.push(resource) - 1));
    return at;
  };
  const rules: StyleRules = {
    url: (address) => {
      const at = take(address);
      return at === undefined ? "none" : `var(${slot(at)}, none)`;
    },
    isUnwanted: (name) => Boolean(options.dropColours) && isColourProperty(name),
    onKept: (name, value) => {
      if (name === "color-scheme" && value.includes("dark")) out.hasDark = true;
      if (isColour(name, value)) out.hasColours = true;
    },
    onMedia: (media) => {
      if (media.mediaText.includes("prefers-color-scheme: dark")) out.hasDark = true;
      settle(media, options.isDark);
    },
  };

  // One of the frame's own: its hooks are nobody else's, and its documents have the frame's policy, under which a style attribute is parsed.
  const filter = createFilter(realm);
  const scratch = new realm.CSSStyleSheet();
  scratch.replaceSync("a{}");
  const wanted = new WeakMap<Node, string>();

  filter.addHook("uponSanitizeElement", (node, { tagName }) => {
    const element = node as HTMLElement;
    if (tagName === "style") {
      const sheet = new realm.CSSStyleSheet({ media: element.getAttribute("media") ?? "" });
      sheet.replaceSync(element.textContent ?? "");
      if (sheet.media.mediaText) rules.onMedia!(sheet.media);
      filterSheet(sheet, rules, PREFIX);
      out.sheets.push(sheet);
    } else if (tagName === "meta") {
      const name = element.getAttribute("name")?.toLowerCase();
      if (name?.endsWith("color-scheme") || name === "supported-color-schemes") out.hasDark ||= (element.getAttribute("content") ?? "").toLowerCase().includes("dark");
    }
  });
  filter.addHook("uponSanitizeAttribute", (node, data) => {
    const { attrName: name, attrValue: value } = data;
    if (name === "style") {
      data.attrValue = filterText(value, (scratch.cssRules[0] as CSSStyleRule).style, rules);
      data.keepAttr = data.attrValue !== "";
    } else if (name === "src" || name === "background" || name === "srcset") {
      data.keepAttr = false;
      if (name !== "srcset" || !node.hasAttribute("src")) wanted.set(node, name === "srcset" ? firstOf(value) : value);
    } else if (name === "href") {
      const link = node.nodeName === "A" || node.nodeName === "AREA" ? linkOf(value) : undefined;
      data.keepAttr = link !== undefined;
      data.attrValue = link?.startsWith("#") ? within(link) : (link ?? "");
    }
    if (name === "usemap") {
      data.keepAttr = value.startsWith("#");
      data.attrValue = within(value);
    }
    if (COLOUR_ATTRIBUTES.has(name)) {
      if (options.dropColours) data.keepAttr = false;
      else out.hasColours = true;
    }
  });
  // Not before: DOMPurify would look at these, too, and a mail cannot write them (ALLOW_DATA_ATTR).
  filter.addHook("afterSanitizeAttributes", (node) => {
    // It cannot take the message's place: where no listener of ours is called (deaf.ts) it opens a window, anywhere else the sandbox holds it back.
    if (node.hasAttribute("href") && !node.getAttribute("href")!.startsWith("#")) {
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer");
    }
    const address = wanted.get(node);
    if (address === undefined || (options.dropColours && node.nodeName !== "IMG")) return;
    const at = take(address);
    if (at !== undefined) node.setAttribute(SRC, String(at));
  });

  const root = filter.sanitize(html, CONFIG) as HTMLElement;
  out.body = root.querySelector("body") ?? root.ownerDocument.createElement("body"); // a frameset has none
  return out;
}
