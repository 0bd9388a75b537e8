/** A message in a frame in which none of our listeners is called (hears.ts): WebKit's. Everything that the browser does by itself is left to it, in
 * a frame whose policy lets links open windows of their own (/message-frame-links, docs/decisions/0045); what has to pass through our hands becomes
 * a <details>: pressed, it opens by itself, and that an observer is told. The keyboard is given back to the page, which hears it. */
import { doubtOfLink } from "./links.ts";
import type { Links } from "./links-ui.tsx";
import type { FoldWords } from "./quotes-dom.ts";

export const PATH = "/message-frame-links";
/** Never scripts. */
export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** How often it is looked where the mouse is, or the keyboard: only while one of them is in the frame. */
const LOOK_MS = 100;

/** What is pressed looks like a link, and like a button; whatever the mail says of its links comes after it. */
const STYLE =
  ".facteur-press { display: inline-block; max-inline-size: 100%; } .facteur-press > summary { display: inline; cursor: pointer; }" +
  "summary:is(.facteur-more, .facteur-press > *) { list-style: none; } summary:is(.facteur-more, .facteur-press > *)::-webkit-details-marker { display: none; }" +
  ":where(.facteur-press a) { color: LinkText; text-decoration: underline; } summary.facteur-more { inline-size: max-content; }";

function style(document: Document): void {
  const sheet = new (document.defaultView as Window & typeof globalThis).CSSStyleSheet();
  sheet.replaceSync(STYLE);
  const [ground, ...mail] = document.adoptedStyleSheets;
  document.adoptedStyleSheets = [...(ground ? [ground] : []), sheet, ...mail];
}

/** Calls `f` whenever the element is pressed; comes back with how to stop. */
function onPress(details: HTMLDetailsElement, f: () => void): () => void {
  const observer = new MutationObserver(() => {
    if (!details.open) return;
    details.open = false;
    f();
  });
  observer.observe(details, { attributes: true, attributeFilter: ["open"] });
  return () => observer.disconnect();
}

/** Links that are not simply followed: those that one is asked about, to addresses of mail, and within the message. */
function isOurs(link: HTMLElement): boolean {
  const address = link.getAttribute("href")!;
  return address.startsWith("#") || address.startsWith("mailto:") || doubtOfLink(link, address) !== undefined;
}

/** Where each of those links leads, which has no href any more. */
type Pressed = Map<Element, string>;

function takeLinks(document: Document, links: Links, pressed: Pressed): (() => void)[] {
  const stop: (() => void)[] = [];
  // All are looked at before the first is changed: the layout is asked what one sees of each.
  for (const link of Array.from(document.querySelectorAll<HTMLElement>("a[href], area[href]")).filter(isOurs)) {
    const address = link.getAttribute("href")!;
    link.removeAttribute("href");
    link.removeAttribute("target");
    if (link.nodeName !== "A") continue; // an area of a picture cannot be within another element: it leads nowhere
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    details.className = "facteur-press";
    summary.setAttribute("role", "link");
    link.replaceWith(details);
    details.append(summary);
    summary.append(link);
    pressed.set(summary, address);
    stop.push(onPress(details, () => links.follow(link, address)));
  }
  return stop;
}

/** In the place of quotes-dom.ts' button: what folds by itself. */
export function foldInDetails(nodes: readonly ChildNode[], words: FoldWords): () => void {
  const document = nodes[0]!.ownerDocument!;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const box = document.createElement("div");
  box.className = "facteur-quote";
  summary.className = "facteur-more";
  summary.textContent = "…";
  summary.lang = words.lang;
  const say = (): void => {
    const text = details.open ? words.hide : words.show;
    summary.title = text;
    summary.setAttribute("aria-label", text);
  };
  nodes[0]!.before(details);
  details.append(summary, box);
  box.append(...nodes);
  say();
  const observer = new MutationObserver(say);
  observer.observe(details, { attributes: true, attributeFilter: ["open"] });
  return () => observer.disconnect();
}

/** Calls `f` when a picture has come whose address was set. */
export function onPictures(document: Document, f: () => void): () => void {
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) if (target.nodeName === "IMG") void (target as HTMLImageElement).decode().then(f, f);
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["src"], subtree: true });
  return () => observer.disconnect();
}

/** The frame that had the keyboard last: what is chosen in it is what one copies. */
let last: HTMLIFrameElement | undefined;

/** A finger alone: what it has chosen is gone when the frame has lost the keyboard. */
const isFingerOnly = (): boolean => !matchMedia("(any-pointer: fine)").matches;

/** What is chosen in the frame, when nothing is in the page. */
function chosen(frame: HTMLIFrameElement): Selection | undefined {
  const inside = frame.contentDocument?.getSelection();
  if (last !== frame || !inside || inside.isCollapsed || !(document.getSelection()?.isCollapsed ?? true)) return undefined;
  return document.activeElement?.matches("input, textarea") ? undefined : inside;
}

/** Copying is for who has the keyboard: the page, which then has nothing chosen. */
function copies(frame: HTMLIFrameElement): () => void {
  const offer = (e: Event): void => {
    if (chosen(frame)) e.preventDefault(); // there is something to be copied
  };
  const copy = (e: ClipboardEvent): void => {
    const selection = chosen(frame);
    if (!selection || !e.clipboardData) return;
    const box = frame.contentDocument!.createElement("div");
    box.append(selection.getRangeAt(0).cloneContents());
    for (const summary of box.querySelectorAll("details.facteur-press > summary")) summary.parentElement!.replaceWith(...Array.from(summary.childNodes));
    e.clipboardData.setData("text/plain", selection.toString());
    e.clipboardData.setData("text/html", box.innerHTML);
    e.preventDefault();
  };
  document.addEventListener("beforecopy", offer);
  document.addEventListener("copy", copy);
  return () => {
    document.removeEventListener("beforecopy", offer);
    document.removeEventListener("copy", copy);
  };
}

function giveBack(frame: HTMLIFrameElement): void {
  frame.blur();
  focus();
  frame.closest<HTMLElement>("section[tabindex]")?.focus({ preventScroll: true });
}

/** Links, the keyboard, and what is said of a link; until it is told to stop. */
export function watchDeaf(frame: HTMLIFrameElement, links: Links): () => void {
  const inside = frame.contentDocument!;
  const pressed: Pressed = new Map();
  style(inside);
  const stop = takeLinks(inside, links, pressed);
  let timer: ReturnType<typeof setInterval> | undefined;
  let hasMouse = false;

  /** What was reached by the keyboard within the frame: from there one goes on with it. */
  const reached = (): Element | undefined => {
    const element = document.activeElement === frame ? inside.activeElement : null;
    return element && element !== inside.body && element.matches(":focus-visible") ? element : undefined;
  };
  const look = (): void => {
    if (document.activeElement === frame && !reached() && !(isFingerOnly() && !(inside.getSelection()?.isCollapsed ?? true))) {
      if (last !== frame) last?.contentDocument?.getSelection()?.removeAllRanges();
      last = frame;
      giveBack(frame);
    }
    const at = reached() ?? (hasMouse ? inside.querySelector("a[href]:hover, area[href]:hover, .facteur-press > summary:hover") : null);
    links.point(at ?? undefined, (at && (pressed.get(at) ?? at.getAttribute("href"))) ?? "");
    if (hasMouse || document.activeElement === frame) return;
    clearInterval(timer);
    timer = undefined;
  };
  const watch = (): void => {
    timer ??= setInterval(look, LOOK_MS);
  };
  const enter = (): void => {
    hasMouse = true;
    watch();
  };
  const leave = (): void => {
    hasMouse = false;
    look();
  };
  /** The page has lost the keyboard: where to, is to be seen afterwards. */
  const lost = (): void => void setTimeout(() => {
    if (document.activeElement !== frame || !frame.isConnected) return;
    watch();
    look();
  });
  frame.addEventListener("mouseenter", enter);
  frame.addEventListener("mouseleave", leave);
  addEventListener("blur", lost);
  if (frame.matches(":hover")) enter(); // it was drawn where the mouse was
  stop.push(copies(frame), () => {
    clearInterval(timer);
    frame.removeEventListener("mouseenter", enter);
    frame.removeEventListener("mouseleave", leave);
    removeEventListener("blur", lost);
    if (last === frame) last = undefined;
  });
  return () => stop.forEach((f) => f());
}
