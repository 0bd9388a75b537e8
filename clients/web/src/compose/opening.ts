/** What stands there until a message can be written: a text field that has the keys. Made by hand, so that it is there in the same task. What else it has
 * is fetched (waiting.tsx). */

export class Opening {
  readonly box = document.createElement("section");
  readonly field = document.createElement("textarea");
  /** It was there for so long that what stands in it is the text, and nobody to write to. */
  isText: boolean;
  #isComposing = false;
  #waiting: (() => void) | undefined;
  /** Called when it goes. */
  gone: () => void = () => undefined;

  /** `typed`: what stands in it already. */
  constructor(label: string, typed: string) {
    const { box, field } = this;
    box.className = "composer opening";
    box.setAttribute("aria-label", label);
    field.setAttribute("aria-label", label);
    field.placeholder = label;
    field.dir = "auto";
    field.value = typed;
    this.isText = typed !== "";
    box.append(field);
    // An input method is at work: its letters are there when it has ended.
    field.addEventListener("compositionstart", () => (this.#isComposing = true));
    field.addEventListener("compositionend", () => {
      this.#isComposing = false;
      if (this.#waiting) setTimeout(() => this.#waiting?.());
    });
    box.addEventListener("keydown", (e) => e.stopPropagation());
    document.body.append(box);
    this.focus();
  }

  /** Neither handed over nor closed. */
  get isThere(): boolean {
    return this.box.isConnected;
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  /** Hands over what was typed to who takes the focus, and goes: in one task, so that no key falls in between. */
  handOver(to: (typed: string) => void): void {
    this.#waiting = () => {
      this.#waiting = undefined;
      this.close();
      to(this.field.value);
    };
    if (!this.#isComposing) this.#waiting();
  }

  close(): void {
    this.box.remove();
    this.gone();
  }
}
