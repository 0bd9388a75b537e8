/** Links of mail: which are what they say. */

import { bare } from "../i18n/bare.ts";

export type Doubt =
  /** The text of the link names another site than the one it leads to. */
  | { kind: "otherSite"; shown: string; real: string }
  /** A name in letters that look like others. */
  | { kind: "lookAlike"; shown: string; real: string }
  /** What stands before an @ in an address is no site. */
  | { kind: "userInfo"; shown: string; real: string };

/** Second levels under which names are registered; with those of the browsers' list that are hosts of everybody's pages. A shorter list than
 * theirs (which is four times as large as this application): where a suffix is missing, two of its sites count as one. */
const SECOND = new Set("ac co com edu gob gov gouv go ne net nom or org asso mil sch nhs ltd plc id info".split(" "));
const SHARED = new Set(
  ("github.io gitlab.io blogspot.com herokuapp.com appspot.com web.app firebaseapp.com netlify.app vercel.app pages.dev workers.dev " +
    "azurewebsites.net cloudfront.net wordpress.com weebly.com wixsite.com myshopify.com duckdns.org nip.io ngrok.io ngrok-free.app").split(" "),
);

/** The part of a host's name that somebody has registered. */
export function siteOf(host: string): string {
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  if (labels.length < 2 || /^[\d.]+$/.test(host) || host.startsWith("[")) return host;
  const [top, second] = [labels.at(-1)!, labels.at(-2)!];
  const isDeep = (top.length === 2 && SECOND.has(second)) || SHARED.has(`${second}.${top}`);
  return labels.slice(isDeep ? -3 : -2).join(".");
}

/** RFC 3492: one label behind its xn--; undefined: it is none. */
export function punycode(label: string): string | undefined {
  const cut = label.lastIndexOf("-");
  const out = cut > 0 ? Array.from(label.slice(0, cut)) : [];
  let [n, i, bias] = [128, 0, 72];
  for (let at = cut > 0 ? cut + 1 : 0; at < label.length; ) {
    const before = i;
    for (let w = 1, k = 36; ; k += 36) {
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(label[at++] ?? "!");
      if (digit < 0) return undefined;
      i += digit * w;
      const t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < t) break;
      w *= 36 - t;
      if (i > 0x7fffffff) return undefined;
    }
    const size = out.length + 1;
    let delta = before === 0 ? Math.floor((i - before) / 700) : Math.floor((i - before) / 2);
    delta += Math.floor(delta / size);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / size);
    i %= size;
    if (n > 0x10ffff) return undefined;
    out.splice(i++, 0, String.fromCodePoint(n));
  }
  return out.join("");
}

/** A host as people read it. */
export function readable(host: string): string {
  return host.split(".").map((label) => (label.startsWith("xn--") ? (punycode(label.slice(4)) ?? label) : label)).join(".");
}

/** Letters of Cyrillic and Greek that look like Latin ones: a name of nothing else is made to be taken for a Latin one. */
const TWINS = new Set("аеорсухіјѕԁһԛԝьӏкмнтвгαορνικτυχ");
const SCRIPTS = ["Latin", "Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic", "Thai", "Devanagari", "Cherokee", "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"];
const LETTERS = SCRIPTS.map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const);
/** Written together in Japan, Korea and Taiwan (UTS 39, 5.1). */
const TOGETHER = [new Set(["Latin", "Han", "Hiragana", "Katakana"]), new Set(["Latin", "Han", "Hangul"]), new Set(["Latin", "Han", "Bopomofo"])];

function isLookAlikeLabel(label: string): boolean {
  const found = LETTERS.filter(([, letter]) => letter.test(label)).map(([name]) => name);
  if (found.length > 1) return !TOGETHER.some((set) => found.every((name) => set.has(name)));
  const isTwin = found[0] === "Cyrillic" || found[0] === "Greek";
  return isTwin && Array.from(label).every((c) => TWINS.has(c) || (c >= "0" && c <= "9") || c === "-");
}

/** One of its labels mixes scripts, or has nothing but letters that look like those of another. */
export function isLookAlike(host: string): boolean {
  return readable(host).split(".").some(isLookAlikeLabel);
}

const FILES = new Set("pdf doc docx xls xlsx ppt pptx odt ods txt html htm png jpg jpeg gif svg zip md py sh js ts css json xml csv exe eml ics".split(" "));

/** One does not see them; a browser takes some of them for parts of a name, and leaves others out. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** What stands behind one of these is read from its end. */
const TURNED = /[\u202d\u202e]/;

/** The first host that a link's text names, of those that are meant. */
export function hostIn(text: string, isMeant: (host: string) => boolean = () => true): string | undefined {
  const words = text.replace(UNSEEN, "").trim().split(/\s+/);
  for (const word of words) {
    const bare = word.replace(/^[<(["'«„“]+|[>)\]"'»“”.,;:!?…]+$/g, "");
    const begin = bare.search(/https?:\/\//i); // also behind a bullet, or a dash
    const isAddress = begin >= 0;
    const isName = /^www\./i.test(bare) || words.length === 1;
    if (!isAddress && !isName) continue;
    const rest = isAddress ? bare.slice(begin) : `https://${bare.includes("@") ? bare.slice(bare.lastIndexOf("@") + 1) : bare}`;
    try {
      const { hostname } = new URL(rest);
      const top = hostname.split(".").at(-1)!;
      if ((isAddress || (hostname.includes(".") && /^[a-z][a-z0-9-]+$/.test(top) && !FILES.has(top))) && isMeant(hostname)) return hostname;
    } catch {
      // no address after all
    }
  }
  return undefined;
}

/** As it is, where a percent sign begins nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why one should be asked before this link is followed; undefined: no reason. */
export function doubtOf(text: string, address: string): Doubt | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  const isMail = url.protocol === "mailto:";
  if (!isMail && url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const host = isMail ? decoded(url.pathname).split("@").at(-1)!.toLowerCase() : url.hostname;
  const real = readable(host);
  if (isLookAlike(host)) return { kind: "lookAlike", shown: real, real: host };
  if (url.username || url.password) return { kind: "userInfo", shown: url.username, real };
  // Of several, one sees perhaps but one.
  const isOther = (named: string): boolean => siteOf(named) !== siteOf(host);
  const named = hostIn(text, isOther) ?? (TURNED.test(text) ? hostIn(Array.from(text).reverse().join(""), isOther) : undefined);
  return named && host ? { kind: "otherSite", shown: readable(named), real } : undefined;
}

/** By what one sees of the link, what stands in it, and what is read out. */
export function doubtOfLink(link: HTMLElement, address: string): Doubt | undefined {
  for (const text of [link.innerText, link.textContent, link.ariaLabel, link.getAttribute("alt")]) {
    const doubt = doubtOf(text ?? "", address);
    if (doubt) return doubt;
  }
  return undefined;
}

/** What is said of a link while one points at it: the host first. */
export function describe(address: string): string {
  try {
    const url = new URL(address);
    if (url.protocol === "mailto:" || url.protocol === "tel:") return bare(decodeURIComponent(url.pathname));
    const host = readable(url.hostname) === url.hostname ? url.host : `${readable(url.hostname)} (${url.host})`;
    const rest = url.pathname + url.search + url.hash;
    return host + (rest === "/" ? "" : rest.length > 120 ? `${rest.slice(0, 120)}…` : rest);
  } catch {
    return address;
  }
}

/** To a place within the mail; its ids have the filter's prefix, its names too. */
export function jump(from: Element, address: string): void {
  const id = CSS.escape(address.slice(1));
  from.ownerDocument.querySelector(`[id="${id}"], a[name="${id}"]`)?.scrollIntoView();
}
