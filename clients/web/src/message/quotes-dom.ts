/** Quotes in HTML: found by the elements that programs put around them, and folded behind a button. */
import { Announced, foldable, isAttribution, isForward, isHead } from "./quotes.ts";
import { PREFIX } from "./filter.ts";

/** Around nothing but what is quoted. */
const WHOLE = `blockquote[type="cite" i], blockquote.gmail_quote, blockquote.protonmail_quote, blockquote.tutanota_quote, blockquote.yahoo_quoted, blockquote[class*="cite" i]`;
/** Around a quote and the line that says whose it is; answers may stand between. */
const AROUND = `.gmail_quote, .gmail_quote_container, .yahoo_quoted, [id^="${PREFIX}yahoo_quoted"], .protonmail_quote, .zmail_extra, .moz-forward-container`;
const INTRODUCES = ".moz-cite-prefix, .gmail_attr";
/** What follows it, to the end of what it stands in, is quoted. */
const BEGINS = `[id="${PREFIX}divRplyFwdMsg"], [id="${PREFIX}OLK_SRC_BODY_SECTION"], [id="${PREFIX}ms-outlook-mobile-reference-message"], [id="${PREFIX}mail-editor-reference-message-container"]`;

const isElement = (node: Node | null | undefined): node is HTMLElement => node?.nodeType === 1;
const textOf = (node: Node): string => node.textContent ?? "";
const isBlankText = (node: Node): boolean => node.nodeType !== 1 && textOf(node).replace(/[\s\u00a0\u200b\u200c\ufeff]/g, "") === "";

/** Of the message that is looked at: much nests deeply, and is asked of again at every level. */
let known = new WeakMap<Node, boolean>();

/** Something that one sees. */
function isSeen(node: Node): boolean {
  let seen = known.get(node);
  if (seen === undefined) known.set(node, (seen = mayBeSeen(node)));
  return seen;
}

function mayBeSeen(node: Node): boolean {
  if (!isElement(node)) return node.nodeType === 3 && !isBlankText(node);
  if (node.style?.display === "none" || node.hidden) return false;
  if (node.nodeName === "HR") return true;
  if (node.nodeName === "IMG") return node.getAttribute("width") !== "1" && node.getAttribute("height") !== "1";
  return Array.from(node.childNodes).some(isSeen);
}

/** It and what follows it, in one parent. */
const from = (node: ChildNode): ChildNode[] => {
  const out: ChildNode[] = [];
  for (let n: ChildNode | null = node; n; n = n.nextSibling) out.push(n);
  return out;
};

/** The nearest node before it that one sees, in the same parent. */
function before(node: ChildNode): ChildNode | undefined {
  let at = node.previousSibling;
  while (at && !isSeen(at)) at = at.previousSibling;
  return at ?? undefined;
}

const INLINE = new Set(["A", "SPAN", "B", "I", "U", "EM", "STRONG", "FONT", "WBR", "SMALL", "BDI"]);
const isInline = (node: Node): boolean => node.nodeType === 3 || INLINE.has(node.nodeName);

/** Where the line begins that ends before this node; over so many lines, for it may have been wrapped. */
function lineStart(node: ChildNode, lines: number): ChildNode | undefined {
  let at = before(node);
  if (!at || !isInline(at)) return at;
  for (let left = lines; at.previousSibling; at = at.previousSibling) {
    const previous: ChildNode = at.previousSibling;
    if (previous.nodeName === "BR" ? --left <= 0 : previous.nodeType === 1 && !isInline(previous)) break;
  }
  return at;
}

/** With the line before it that says whose it is. */
function introduced(element: HTMLElement): ChildNode[] {
  for (const lines of [1, 2, 3]) {
    const first = lineStart(element, lines);
    if (!first) break;
    const all = [first];
    for (let n = first; n !== element; ) all.push((n = n.nextSibling!));
    const text = all.slice(0, -1).map(textOf).join(" ");
    if (text.length < 500 && ((isElement(first) && first.matches(INTRODUCES)) || isAttribution(text, lines > 1))) return all;
  }
  return [element];
}

/** Names of recipients for a whole village. */
const HEAD_MAX = 50_000;

/** Outlook on the desk: a block with a line above it, that has From: and Sent:. */
function isOutlookHead(element: HTMLElement): boolean {
  if (element.nodeName !== "DIV" || !element.style.borderTopStyle || element.style.borderTopStyle === "none") return false;
  if (textOf(element).length > HEAD_MAX) return false;
  const lines = (element.innerText ?? (Array.from(element.querySelectorAll("p, div")).map(textOf).join("\n") || textOf(element))).split("\n").map((line) => line.trim()).filter(Boolean);
  return isHead(lines);
}

/** The outermost element that has nothing else in it. */
function outermost(element: HTMLElement, body: HTMLElement): HTMLElement {
  let at = element;
  while (at.parentElement && at.parentElement !== body && Array.from(at.parentElement.childNodes).every((n) => n === at || !isSeen(n))) at = at.parentElement;
  return at;
}

/** Everything in it is quoted, or says whose it is. */
function isAllQuoted(element: HTMLElement): boolean {
  return Array.from(element.childNodes).every((node) => {
    if (!isSeen(node)) return true;
    if (isElement(node) && (node.matches(WHOLE) || node.matches(INTRODUCES))) return true;
    if (textOf(node).length < 500 && isAttribution(textOf(node))) return true;
    return isElement(node) && node.querySelector(WHOLE) !== null && isAllQuoted(node);
  });
}

type Found = { isQuote: false; length: number; node: Node } | { isQuote: true; length: number; nodes: ChildNode[] };

/** What one sees, in its order: what is new, and what is quoted. */
function find(body: HTMLElement, subject: string | null): Found[] {
  const out: Found[] = [];
  const covered = new Set<Node>();
  const mayHide = !isForward(subject);
  const announced = new Announced();
  known = new WeakMap();
  const quote = (nodes: ChildNode[]): void => {
    for (let last = out.at(-1); last && !last.isQuote; last = out.at(-1)) {
      const { node } = last;
      if (!nodes.some((n) => n.contains(node))) break;
      out.pop(); // the line that introduces it
    }
    for (const node of nodes) covered.add(node);
    out.push({ isQuote: true, nodes, length: nodes.reduce((n, node) => n + textOf(node).trim().length, 0) });
  };
  const walk = (node: ChildNode): void => {
    if (covered.has(node)) return;
    if (!isElement(node)) {
      if (!isSeen(node)) return;
      out.push({ isQuote: false, node, length: textOf(node).trim().length });
      announced.add(textOf(node));
    } else if (mayHide && (node.matches(BEGINS) || isOutlookHead(node)) && !announced.so) {
      const outer = outermost(node, body);
      const rule = before(outer);
      quote(from(isElement(rule) && rule.nodeName === "HR" ? rule : outer));
    } else if (!isSeen(node)) return;
    else if (node.matches(WHOLE) || (node.matches(AROUND) && node.querySelector(WHOLE) && isAllQuoted(node))) quote(introduced(node));
    else if (node.nodeName === "IMG") out.push({ isQuote: false, node, length: 1 });
    else for (const child of Array.from(node.childNodes)) walk(child);
  };
  for (const child of Array.from(body.childNodes)) walk(child);
  return out;
}

export interface FoldWords {
  /** What the button does, in words; while it is folded, and while it is not. */
  show: string;
  hide: string;
  lang: string;
}

/** Puts nodes, which are beside each other, behind something that unfolds them. Comes back with how to take the listeners away. */
export type Fold = (nodes: readonly ChildNode[], words: FoldWords) => () => void;

function behindButton(nodes: readonly ChildNode[], words: FoldWords): () => void {
  const document = nodes[0]!.ownerDocument!;
  const box = document.createElement("div");
  const button = document.createElement("button");
  box.className = "facteur-quote";
  box.hidden = true;
  button.type = "button";
  button.className = "facteur-more";
  button.textContent = "…";
  button.lang = words.lang;
  const say = (): void => {
    const text = box.hidden ? words.show : words.hide;
    button.title = text;
    button.setAttribute("aria-label", text);
    button.setAttribute("aria-expanded", String(!box.hidden));
  };
  const turn = (): void => {
    box.hidden = !box.hidden;
    say();
  };
  nodes[0]!.before(button, box);
  box.append(...nodes);
  say();
  button.addEventListener("click", turn);
  return () => button.removeEventListener("click", turn);
}

/** Folds what may be folded. Comes back with how to take the listeners away. */
export function foldQuotes(body: HTMLElement, subject: string | null, words: FoldWords, fold: Fold = behindButton): () => void {
  const found = find(body, subject);
  const stop: (() => void)[] = [];
  for (const i of foldable(found)) {
    const quote = found[i]!;
    if (quote.isQuote && quote.nodes.length) stop.push(fold(quote.nodes, words));
  }
  return () => stop.forEach((f) => f());
}
