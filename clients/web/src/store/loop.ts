/** Work that is done again when it was asked for meanwhile, and never twice at a time. */
export class Loop {
  #running: Promise<void> | undefined;
  #isWanted = false;

  constructor(private readonly work: () => Promise<void>) {}

  /** Resolves when all that was asked for until then is done. */
  run(): Promise<void> {
    this.#isWanted = true;
    return (this.#running ??= this.#go());
  }

  /** When what was asked for is done. */
  idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #go(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.work();
      }
    } finally {
      this.#running = undefined; // in the same turn as the look above: nothing is asked for in between
    }
  }
}
