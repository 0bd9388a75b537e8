/** The rich editor: Squire, as the page's policy lets it be (docs/decisions/0042).
 *
 * Squire writes HTML with innerHTML in one place, its undo, and marks pictures that are resized with style attributes; both are replaced here.
 * Everything that comes into the editor goes through `filterForEditor`. */
import Squire from "squire-rte";
import { textOf } from "./convert.ts";
import { filterForEditor, SRC } from "./filter.ts";
import type { Pictures } from "./pictures.ts";
import type { Realm } from "./realm.ts";

export type Format = "bold" | "italic" | "underline" | "strike" | "bullets" | "numbers" | "quote" | "code" | "link";

const TAGS: Record<Exclude<Format, "link">, readonly string[]> = { bold: ["B"], italic: ["I"], underline: ["U"], strike: ["S"], bullets: ["UL"], numbers: ["OL"], quote: ["BLOCKQUOTE"], code: ["PRE", "CODE"] };

/** What switches it on, and off. */
const METHODS = {
  bold: ["bold", "removeBold"],
  italic: ["italic", "removeItalic"],
  underline: ["underline", "removeUnderline"],
  strike: ["strikethrough", "removeStrikethrough"],
  bullets: ["makeUnorderedList", "removeList"],
  numbers: ["makeOrderedList", "removeList"],
  quote: ["increaseQuoteLevel", "decreaseQuoteLevel"],
  code: ["toggleCode", "toggleCode"],
} as const;

export class RichEditor extends Squire {
  readonly #realm: Realm;
  readonly #pictures: Pictures;

  constructor(root: HTMLElement, realm: Realm, pictures: Pictures) {
    super(root, {
      addLinks: true,
      undo: { documentSizeThreshold: 2_000_000, undoLimit: 100 },
      // setHTML("") comes before the fields of this class are there.
      sanitizeToDOMFragment: (html) => (html ? filterForEditor(html, realm, { known: pictures.known }) : document.createDocumentFragment()),
      toPlainText: (html) => textOf(filterForEditor(html, realm, { known: pictures.known })),
      didError: (e: unknown) => reportError(e),
    });
    this.#realm = realm;
    this.#pictures = pictures;
    this._imageResizer.destroy();
    // Ours is picture-tools.tsx: it needs no pointer.
    this._imageResizer = { destroy: () => undefined } as typeof this._imageResizer;
    // They would shadow the browser's scrolling; Squire means to help where a page does not scroll.
    this.setKeyHandler("PageUp", null).setKeyHandler("PageDown", null);
    // Tab leaves the editor unless it is in a list: nobody is trapped (WCAG 2.1.2).
  }

  /** What a browser's menu or a phone's keyboard asks for; Squire would only ever switch it on. */
  override _beforeInput(event: InputEvent): void {
    const format = ({ formatBold: "bold", formatItalic: "italic", formatUnderline: "underline", formatStrikeThrough: "strike" } as Record<string, "bold" | "italic" | "underline" | "strike">)[event.inputType];
    if (!format) return super._beforeInput(event);
    event.preventDefault();
    this.toggle(format);
  }

  override _setRawHTML(html: string): this {
    const fragment = filterForEditor(html, this.#realm, { known: this.#pictures.known, keepsSelection: true });
    const root = this.getRoot();
    root.replaceChildren(fragment);
    if (!root.firstElementChild) root.append(this.createDefaultBlock());
    this._ignoreChange = true;
    return this;
  }

  /** With pictures, as they come. */
  load(html: string): void {
    this.setHTML(html);
    void this.#pictures.show(this.getRoot());
  }

  /** Those that were put in as parts of the message. */
  showPictures(): Promise<void> {
    return this.#pictures.show(this.getRoot());
  }

  override insertHTML(html: string, isPaste?: boolean): this {
    super.insertHTML(html, isPaste);
    void this.#pictures.show(this.getRoot());
    return this;
  }

  /** As it stands in the message. Its nodes are copied into a document that nothing is drawn of: there a picture that is named is not loaded. */
  message(): string {
    const copy = this.#copy();
    for (const image of copy.querySelectorAll("img")) {
      const kept = image.getAttribute(SRC);
      if (kept) image.setAttribute("src", kept);
      image.removeAttribute(SRC);
    }
    return copy.innerHTML.replace(/\u200b/g, "");
  }

  /** What is read of it. */
  text(): string {
    return textOf(this.#copy());
  }

  /** Without quotes, signature, and what is forwarded: what was written here, or nearly. */
  newText(): string {
    const copy = this.#copy();
    for (const other of copy.querySelectorAll("blockquote[type=cite], .signature")) other.remove();
    return textOf(copy);
  }

  #copy(): HTMLElement {
    const copy = document.implementation.createHTMLDocument("").importNode(this.getRoot(), true);
    for (const mark of copy.querySelectorAll("input")) mark.remove();
    // Squire takes the space from a line's end, which makes "-- " what it is (RFC 3676 section 4.3).
    for (const line of copy.querySelectorAll(".signature > :first-child")) if (line.textContent?.trim() === "--") line.textContent = "-- ";
    return copy;
  }

  /** What is on at the cursor. */
  formats(): ReadonlySet<Format> {
    const on = new Set<Format>();
    const range = this.getSelection();
    for (const [format, tags] of Object.entries(TAGS)) if (tags.some((tag) => this.hasFormat(tag, null, range.cloneRange()))) on.add(format as Format);
    if (this.hasFormat("A", null, range.cloneRange())) on.add("link");
    return on;
  }

  toggle(format: Exclude<Format, "link">): void {
    this[METHODS[format][Number(this.formats().has(format))]!]();
  }

  /** The picture that is selected, alone. */
  selectedPicture(): HTMLImageElement | undefined {
    const range = this.getSelection();
    const images = [...this.getRoot().querySelectorAll("img")].filter((image) => range.intersectsNode(image));
    return images.length === 1 && range.toString().trim() === "" && !range.collapsed ? images[0] : undefined;
  }

  /** A change that Squire does not know of: can be taken back, and is saved. */
  change(what: () => void): void {
    this.saveUndoState();
    what();
  }
}
