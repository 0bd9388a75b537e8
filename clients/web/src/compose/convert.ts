/** Between rich and plain: what an editor has, in the other one. */

/** Text as HTML, a line a block: as the editor makes them. */
export function htmlOf(text: string, document: Document): string {
  const box = document.createElement("div");
  const quoteOf: HTMLElement[] = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [, marks = "", rest = ""] = /^((?:> ?)*)(.*)$/.exec(line)!;
    const depth = marks.replace(/ /g, "").length;
    while (quoteOf.length > depth) quoteOf.pop();
    while (quoteOf.length < depth) {
      const quote = document.createElement("blockquote");
      quote.setAttribute("type", "cite");
      (quoteOf.at(-1) ?? box).append(quote);
      quoteOf.push(quote);
    }
    const block = document.createElement("div");
    block.append(rest ? document.createTextNode(rest.replace(/ {2}/g, " \u00a0")) : document.createElement("br"));
    (quoteOf.at(-1) ?? box).append(block);
  }
  return box.innerHTML;
}

const BLOCKS = /^(?:P|DIV|UL|OL|LI|BLOCKQUOTE|PRE|H[1-6]|TABLE|TR|HR|ADDRESS|DL|DT|DD|SECTION|ARTICLE|HEADER|FOOTER|CENTER|FORM)$/;
const SPACED = /^(?:P|H[1-6]|UL|OL|BLOCKQUOTE|PRE|TABLE)$/;

class Lines {
  readonly done: string[] = [];
  #line = "";
  #isOpen = false;

  add(text: string, keeps = false): void {
    const tidy = keeps ? text : text.replace(/[\t\n\r ]+/g, " ");
    const added = keeps || (this.#line && !this.#line.endsWith(" ")) ? tidy : tidy.trimStart();
    if (!added) return;
    this.#line += added;
    this.#isOpen = true;
  }
  end(): void {
    const line = this.#line.trimEnd();
    if (this.#isOpen) this.done.push(line === "--" ? "-- " : line); // a signature's line keeps its space (RFC 3676 section 4.3)
    this.#line = "";
    this.#isOpen = false;
  }
  breakLine(): void {
    this.#isOpen = true;
    this.end();
  }
  /** One empty line, and none at the beginning. */
  space(): void {
    this.end();
    if (this.done.length && this.done.at(-1) !== "") this.done.push("");
  }
}

function walk(node: Node, lines: Lines, list: { mark: () => string } | undefined, isPre: boolean): void {
  for (const child of node.childNodes) {
    if (child.nodeType === 3) lines.add(child.nodeValue!.replace(/[\u200b]/g, ""), isPre);
    if (child.nodeType !== 1) continue;
    const element = child as Element;
    const name = element.tagName.toUpperCase();
    if (name === "BR") {
      lines.breakLine();
    } else if (name === "IMG") {
      const alt = element.getAttribute("alt");
      if (alt) lines.add(`[${alt}]`);
    } else if (name === "BLOCKQUOTE" || name === "LI") {
      const inner = new Lines();
      walk(element, inner, name === "LI" ? undefined : list, isPre);
      inner.end();
      if (name === "LI") {
        const mark = list?.mark() ?? "* ";
        lines.end();
        inner.done.forEach((line, i) => lines.done.push((i ? " ".repeat(mark.length) : mark) + line));
      } else {
        lines.end();
        while (inner.done.at(-1) === "") inner.done.pop();
        for (const line of inner.done) lines.done.push(line.startsWith(">") || !line ? `>${line}` : `> ${line}`);
        lines.space();
      }
    } else if (name === "UL" || name === "OL") {
      let n = Number(element.getAttribute("start") ?? 1);
      lines.end();
      walk(element, lines, { mark: () => (name === "OL" ? `${n++}. ` : "* ") }, isPre);
      lines.end();
    } else if (name === "TD" || name === "TH") {
      walk(element, lines, undefined, isPre);
      lines.add(" ");
    } else if (BLOCKS.test(name)) {
      lines.end();
      if (element.textContent === "" && element.querySelector("br")) lines.breakLine();
      else walk(element, lines, undefined, isPre || name === "PRE");
      lines.end();
      if (SPACED.test(name) && name !== "UL" && name !== "OL") lines.space();
    } else if (name === "A") {
      const href = element.getAttribute("href") ?? "";
      const text = element.textContent ?? "";
      walk(element, lines, undefined, isPre);
      if (/^https?:/.test(href) && !text.includes("://") && text.trim() && !href.includes(text.trim())) lines.add(` <${href}>`);
    } else if (name !== "STYLE" && name !== "SCRIPT") {
      walk(element, lines, undefined, isPre);
    }
  }
}

/** What is to be read of nodes, in lines; quotes behind ">". */
export function textOf(root: Node): string {
  const lines = new Lines();
  walk(root, lines, undefined, false);
  lines.end();
  return `${lines.done.join("\n").replace(/\u00a0/g, " ")}\n`;
}

/** Whether plain text would lose something: what formatting there is beyond blocks, breaks, quotes and the signature's own. */
export function hasFormatting(root: ParentNode): boolean {
  const found = root.querySelectorAll("b,strong,i,em,u,s,strike,del,code,pre,ul,ol,table,img,h1,h2,h3,font,span[style],a[href]");
  return [...found].some((element) => !element.closest(".signature, blockquote[type=cite]") && !(element.tagName === "A" && element.textContent === element.getAttribute("href")));
}
