/** Style sheets of mail. The browser parses them, and what it understood is taken apart rule by rule and value by value: what was not
 * understood is not there any more, and what is changed is changed in the sheet itself, which is then used as it is. Nothing is cut out of
 * CSS as text.
 *
 * A value may have only functions that are known here to load nothing. url() is asked about; custom properties are values like others, so
 * var() can bring in nothing that was not looked at. */

export interface StyleRules {
  /** A url() of the mail's: what stands in its place; undefined: its declaration goes. */
  url(address: string): string | undefined;
  /** The declaration goes, whatever its value. */
  isUnwanted?(name: string): boolean;
  /** Told of each declaration that stays. */
  onKept?(name: string, value: string): void;
  /** Told of each condition of @media. */
  onMedia?(media: MediaList): void;
}

/** More rules than a mail has; one that has them is drawn without the rest. */
const MAX_RULES = 10_000;
const MAX_DEPTH = 32;

/** A namespace loads nothing, and cannot be deleted before all that follows it. */
const KEPT = new Set(["CSSNamespaceRule", "CSSStyleRule", "CSSMediaRule", "CSSSupportsRule", "CSSContainerRule", "CSSLayerBlockRule", "CSSKeyframesRule", "CSSKeyframeRule", "CSSNestedDeclarations"]);

/** Not image-set(), src(), image(), element(), paint(), attr(): they load something, or make an address out of a text. */
const FUNCTIONS = new Set(
  ("rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix light-dark calc min max clamp abs sign round mod rem var env " +
    "linear-gradient radial-gradient conic-gradient repeating-linear-gradient repeating-radial-gradient repeating-conic-gradient " +
    "-webkit-gradient -webkit-linear-gradient -webkit-radial-gradient from to color-stop " +
    "translate translatex translatey translatez translate3d rotate rotatex rotatey rotatez rotate3d scale scalex scaley scalez scale3d " +
    "skew skewx skewy matrix matrix3d perspective cubic-bezier steps linear " +
    "blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia " +
    "minmax repeat fit-content counter counters rect inset circle ellipse polygon format").split(" "),
);

/** Where a thing may be put that comes from a url(). Elsewhere a url() is of no use to a mail. */
const WITH_PICTURES = new Set(["background-image", "list-style-image", "border-image-source", "content"]);

/** Objects of the frame are no instances of the page's classes. */
function kind(rule: CSSRule): string {
  return Object.prototype.toString.call(rule).slice(8, -1);
}

export function filterSheet(sheet: CSSStyleSheet, rules: StyleRules, prefix: string): void {
  let left = MAX_RULES;
  const walk = (group: { cssRules: CSSRuleList; deleteRule?(index: number): void }, depth: number): void => {
    for (let i = group.cssRules.length - 1; i >= 0; i--) {
      const rule = group.cssRules[i]! as CSSStyleRule & CSSMediaRule;
      if (!KEPT.has(kind(rule)) || depth > MAX_DEPTH || left-- <= 0) {
        group.deleteRule?.(i);
        continue;
      }
      if (kind(rule) === "CSSStyleRule") rule.selectorText = prefixed(rule.selectorText, prefix);
      if (kind(rule) === "CSSMediaRule") rules.onMedia?.(rule.media);
      if (rule.style) filterStyle(rule.style, rules);
      // Keyframes are removed by their key, not by their place; they only have declarations.
      if (kind(rule) === "CSSKeyframesRule") for (const frame of Array.from(rule.cssRules)) filterStyle((frame as CSSKeyframeRule).style, rules);
      else if (rule.cssRules?.length) walk(rule, depth + 1);
    }
  };
  walk(sheet, 0);
}

function filterStyle(style: CSSStyleDeclaration, rules: StyleRules): void {
  for (const name of Array.from(style)) {
    const value = style.getPropertyValue(name);
    const kept = rules.isUnwanted?.(name) ? undefined : filterDeclaration(name, value, rules.url);
    if (kept === undefined) style.removeProperty(name);
    else {
      rules.onKept?.(name, value);
      if (kept === value) continue;
      const priority = style.getPropertyPriority(name);
      style.removeProperty(name); // setProperty leaves what there is when it does not like what it is given
      style.setProperty(name, kept, priority);
    }
  }
}

/** Values that the browser writes down as they came, names without what escapes them: a string that nothing ends is another one with a declaration
 * behind it. */
const AS_IT_CAME = /--|\\|env\(/i;

/** A style as a text that is filtered, and the same when it is read again; "": there is none. `style` is what it is read with. */
export function filterText(text: string, style: CSSStyleDeclaration, rules: StyleRules): string {
  for (let i = 0; i < 4; i++) {
    style.cssText = text;
    filterStyle(style, rules);
    const out = style.cssText;
    if (out === text || !AS_IT_CAME.test(out)) return out;
    text = out;
  }
  return "";
}

/** The value as it may stand; undefined: not at all. */
export function filterDeclaration(name: string, value: string, url: StyleRules["url"]): string | undefined {
  // A shorthand with var(): its parts have no values yet that could be looked at.
  if (value === "") return undefined;
  if (name === "position") return value === "relative" || value === "absolute" || value === "static" ? value : undefined;
  // A picture where the mouse is, is drawn beyond the frame's edge.
  if (name === "cursor") return /^[a-z-]+$/.test(value) ? value : undefined;
  return filterValue(value, (address) => (WITH_PICTURES.has(name) || name.startsWith("--") ? url(address) : undefined));
}

const isSpace = (c: string | undefined): boolean => c === " " || c === "\t" || c === "\n" || c === "\r" || c === "\f";
const isHex = (c: string | undefined): boolean => c !== undefined && "0123456789abcdefABCDEF".includes(c);
const isName = (c: string): boolean => c === "-" || c === "_" || (c >= "0" && c <= "9") || (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c >= "\u0080";

/** An escape (css-syntax-3, 4.3.7), from behind its backslash. */
function escaped(text: string, at: number): [char: string, end: number] {
  let end = at;
  while (end < at + 6 && isHex(text[end])) end++;
  if (end === at) return at < text.length ? [text[at]!, at + 1] : ["\ufffd", at];
  const code = parseInt(text.slice(at, end), 16);
  const char = code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? "\ufffd" : String.fromCodePoint(code);
  return [char, isSpace(text[end]) ? end + 1 : end];
}

/** A string, from its quote on. */
function quoted(text: string, at: number): [value: string, end: number] {
  let value = "";
  for (let i = at + 1; i < text.length; ) {
    if (text[i] === text[at]) return [value, i + 1];
    if (text[i] === "\\") {
      if (text[i + 1] === "\n") i += 2;
      else {
        const [char, end] = escaped(text, i + 1);
        value += char;
        i = end;
      }
    } else value += text[i++];
  }
  return [value, text.length];
}

function named(text: string, at: number): [name: string, end: number] {
  let name = "";
  let i = at;
  while (i < text.length) {
    if (text[i] === "\\" && text[i + 1] !== "\n") {
      const [char, end] = escaped(text, i + 1);
      name += char;
      i = end;
    } else if (isName(text[i]!)) name += text[i++];
    else break;
  }
  return [name, i];
}

/** What stands in url(), from behind its parenthesis; undefined: it is malformed, or has more than an address. */
function address(text: string, at: number): [value: string, end: number] | undefined {
  let i = at;
  while (isSpace(text[i])) i++;
  let value = "";
  if (text[i] === '"' || text[i] === "'") [value, i] = quoted(text, i);
  else
    while (i < text.length && text[i] !== ")" && !isSpace(text[i])) {
      const c = text[i]!;
      if (c === '"' || c === "'" || c === "(" || c < " " || c === "\u007f") return undefined;
      if (c === "\\") [value, i] = ((e) => [value + e[0], e[1]] as [string, number])(escaped(text, i + 1));
      else [value, i] = [value + c, i + 1];
    }
  while (isSpace(text[i])) i++;
  return text[i] === ")" ? [value, i + 1] : undefined;
}

/** The value with its url()s replaced; undefined: it has a function, or an address, that may not be there. */
export function filterValue(value: string, url: StyleRules["url"]): string | undefined {
  if (!value.includes("(")) return value; // no function without one: an escaped parenthesis is a letter
  let out = "";
  for (let i = 0; i < value.length; ) {
    const c = value[i]!;
    if (c === '"' || c === "'") {
      const [, end] = quoted(value, i);
      out += value.slice(i, end);
      i = end;
    } else if (c === "/" && value[i + 1] === "*") {
      const end = value.indexOf("*/", i + 2);
      out += "/**/";
      i = end < 0 ? value.length : end + 2;
    } else if (isName(c) || c === "\\") {
      const [name, end] = named(value, i);
      if (end === i) return undefined; // a backslash before the end of a line
      if (value[end] !== "(") out += value.slice(i, (i = end));
      else if (name.toLowerCase() === "url") {
        const found = address(value, end + 1);
        const replaced = found && url(found[0]);
        if (!found || replaced === undefined) return undefined;
        out += replaced;
        i = found[1];
      } else if (FUNCTIONS.has(name.toLowerCase())) out += value.slice(i, (i = end + 1));
      else return undefined;
    } else {
      out += c;
      i++;
    }
  }
  return out;
}

/** `#id` of a selector, as the browser writes selectors: the filter gives every id a prefix, so that none is one of ours. */
export function prefixed(selector: string, prefix: string): string {
  let out = "";
  for (let i = 0; i < selector.length; ) {
    const c = selector[i]!;
    if (c === '"' || c === "'") {
      const [, end] = quoted(selector, i);
      out += selector.slice(i, end);
      i = end;
    } else if (c === "\\") {
      const [, end] = escaped(selector, i + 1);
      out += selector.slice(i, end);
      i = end;
    } else {
      out += c === "#" ? `#${prefix}` : c;
      i++;
    }
  }
  return out;
}
