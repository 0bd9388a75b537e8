/** What stands there until a message can be written: a text field that has the keys. Made by hand, so that it is there in the same task. */

export class Opening {
  private readonly box = document.createElement("section");
  private readonly field = document.createElement("textarea");
  private isComposing = false;
  private waiting: (() => void) | undefined;

  constructor(label: string) {
    const { box, field } = this;
    box.className = "composer opening";
    box.setAttribute("aria-label", label);
    field.setAttribute("aria-label", label);
    field.placeholder = label;
    field.dir = "auto";
    box.append(field);
    // An input method is at work: its letters are there when it has ended.
    field.addEventListener("compositionstart", () => (this.isComposing = true));
    field.addEventListener("compositionend", () => {
      this.isComposing = false;
      if (this.waiting) setTimeout(() => this.waiting?.());
    });
    field.addEventListener("keydown", (e) => e.stopPropagation());
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
    this.waiting = () => {
      this.waiting = undefined;
      const typed = this.field.value;
      this.box.remove();
      to(typed);
    };
    if (!this.isComposing) this.waiting();
  }

  fail(why: string, again: string, close: string, retry: () => void): void {
    const said = document.createElement("p");
    said.setAttribute("role", "alert");
    said.textContent = why;
    const button = (label: string, run: () => void): HTMLButtonElement => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button";
      made.textContent = label;
      made.addEventListener("click", run);
      return made;
    };
    const clear = (): void => {
      for (const added of [said, ...buttons]) added.remove();
    };
    const buttons = [
      button(again, () => {
        clear();
        this.field.focus();
        retry();
      }),
      button(close, () => this.box.remove()),
    ];
    this.box.append(said, ...buttons);
  }
}
