/** HTML made safe for the editor, which lives in the page itself: stricter than what a message's frame may show (src/message/filter.ts), as nothing
 * here may leave its place or look like a part of the page. All that remains is decided in DOMPurify's hooks, and the nodes are not
 * turned into a text again. What is thrown away of a quote is layout; what is said stays. */
import createFilter from "dompurify";
import type { Realm } from "./realm.ts";

/** Where a picture of the message is, while it is edited: `shown` is what the browser draws. */
export const SRC = "data-src";

const ALLOWED_TAGS =
  "#text a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split(" ");
const ALLOWED_ATTR =
  "href src alt title dir lang style class type start value reversed colspan rowspan width height align valign bgcolor color face size border cellpadding cellspacing nowrap scope headers abbr datetime hspace vspace noshade clear".split(" ");
/** Of a class only what our own programs and the editor mean by it: others would meet the page's styles. */
const CLASSES = new Set(["signature", "color", "font", "size", "highlight"]);
const STYLES =
  /^(?:color|background-color|font(?:-.+)?|text-(?:align|decoration|indent|transform)(?:-.+)?|line-height|letter-spacing|word-spacing|white-space(?:-collapse)?|word-break|overflow-wrap|vertical-align|direction|unicode-bidi|(?:margin|padding)(?:-(?:top|right|bottom|left|inline|block)(?:-start|-end)?)?|border(?!-image)(?:-.+)?|(?:max-|min-)?width|(?:max-)?height|list-style-type|list-style-position|display|float|clear|table-layout|caption-side|hyphens|tab-size)$/;
const DISPLAYS = /^(?:block|inline|inline-block|list-item|table(?:-.+)?|none)$/;

/** Only what is harmless wherever it stands; pasted from Word all that begins with mso- is unknown to the browser, and gone already. */
export function filterStyle(style: CSSStyleDeclaration): void {
  for (const name of [...style]) {
    const value = style.getPropertyValue(name);
    const isFine = STYLES.test(name) && !/^initial$|url\(|image|element\(|var\(|attr\(|env\(|expression/i.test(value) && (name !== "display" || DISPLAYS.test(value)) && !(name.startsWith("margin") && value.startsWith("-"));
    if (!isFine) style.removeProperty(name);
  }
}

const DATA_PICTURE = /^data:image\/(?:png|jpeg|jpg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]*$/i;

/** A picture's address: what is drawn of it, and what stands in the message. undefined: nothing of it stays. */
export type Picture = { shown?: string; kept: string } | undefined;

export function pictureOf(address: string, known: (blobUrl: string) => string | undefined): Picture {
  const text = address.trim();
  if (DATA_PICTURE.test(text)) return { shown: text.replace(/\s+/g, ""), kept: text };
  if (/^blob:/i.test(text)) {
    const kept = known(text);
    return kept ? { shown: text, kept } : undefined;
  }
  // Those of the web are not loaded here: that would tell who reads. They stay in what is quoted.
  return /^(?:cid:|https?:\/\/)/i.test(text) ? { kept: text } : undefined;
}

export interface FilterOptions {
  /** blob: addresses of the editor's own, and the cid: that they stand for. */
  known(blobUrl: string): string | undefined;
  /** Squire's marks of the selection stay. Only for what it has written itself: its undo. */
  keepsSelection?: boolean;
}

const SELECTION = /^squire-selection-(?:start|end)$/;
const RENAMED: Record<string, string> = { STRONG: "B", EM: "I", INS: "U", STRIKE: "S", DEL: "S", TT: "CODE" };

/** Squire writes B for STRONG and so on by copying the style as a text, which the page's policy forbids. */
function rename(fragment: DocumentFragment): void {
  for (const element of fragment.querySelectorAll<HTMLElement>(Object.keys(RENAMED).join())) {
    const made = element.ownerDocument.createElement(RENAMED[element.tagName]!);
    if (element.style.length) made.style.cssText = element.style.cssText;
    made.append(...element.childNodes);
    element.replaceWith(made);
  }
}

/** Into the page's document: to be inserted there. */
export function filterForEditor(html: string, realm: Realm, options: FilterOptions): DocumentFragment {
  const filter = createFilter(realm);
  const scratch = realm.document.createElement("span").style;
  filter.addHook("uponSanitizeElement", (node, data) => {
    const element = node as Element;
    if (data.tagName === "input" && !SELECTION.test(element.id)) element.remove();
  });
  filter.addHook("uponSanitizeAttribute", (node, data) => {
    const { attrName: name, attrValue: value } = data;
    if (name === "style") {
      scratch.cssText = value;
      filterStyle(scratch);
      data.attrValue = scratch.cssText;
      data.keepAttr = scratch.length > 0;
    } else if (name === "class") {
      data.attrValue = value.split(/\s+/).filter((one) => CLASSES.has(one)).join(" ");
      data.keepAttr = data.attrValue !== "";
    } else if (name === "href") {
      data.keepAttr = node.nodeName === "A" && /^(?:https?:|mailto:|tel:)/i.test(value.trim());
    } else if (name === "id") {
      data.keepAttr = data.forceKeepAttr = Boolean(options.keepsSelection) && SELECTION.test(value);
    } else if (name === "type") {
      data.keepAttr = node.nodeName !== "BLOCKQUOTE" || value === "cite";
    }
  });
  filter.addHook("beforeSanitizeAttributes", (node) => {
    if (node.nodeName !== "IMG") return;
    const picture = pictureOf(node.getAttribute(SRC) ?? node.getAttribute("src") ?? "", options.known);
    // Chosen here, before DOMPurify looks at them: it knows neither blob: nor data-src.
    node.removeAttribute(SRC);
    node.removeAttribute("src");
    if (picture) pictures.set(node, picture);
  });
  const pictures = new WeakMap<Node, NonNullable<Picture>>();
  filter.addHook("afterSanitizeAttributes", (node) => {
    const picture = pictures.get(node);
    if (picture?.shown) node.setAttribute("src", picture.shown);
    if (picture && picture.kept !== picture.shown) node.setAttribute(SRC, picture.kept);
  });
  const fragment = filter.sanitize(html, {
    ALLOWED_TAGS: options.keepsSelection ? [...ALLOWED_TAGS, "input"] : ALLOWED_TAGS,
    // What stands in these is no text of the message.
    FORBID_CONTENTS: "script style title head template noscript iframe noembed noframes plaintext xmp svg math object audio video textarea select option datalist".split(" "),
    ALLOWED_ATTR: [...ALLOWED_ATTR, ...(options.keepsSelection ? ["id"] : [])],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  }) as DocumentFragment;
  for (const image of fragment.querySelectorAll("img:not([src]):not([data-src])")) image.replaceWith(image.getAttribute("alt") ?? "");
  rename(fragment);
  return document.importNode(fragment, true);
}
