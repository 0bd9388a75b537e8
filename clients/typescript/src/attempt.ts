/** One HTTP request that does not wait for ever: where the network has gone, or the other host sleeps, nobody is told. */
import { ConnectionLost } from "./errors.js";

function isAbort(e: unknown): boolean {
  return e instanceof Error && e.name === "AbortError";
}

export class Attempt {
  /** By hand: AbortSignal.any is not in Node 18. */
  private readonly aborting = new AbortController();
  private end!: (why: ConnectionLost) => void;
  private readonly ended = new Promise<never>((_, failed) => (this.end = failed));

  /** `patienceMs`: so long nothing may come; 0: for ever. */
  constructor(private readonly what: string, readonly patienceMs: number) {
    this.ended.catch(() => undefined); // whoever waits is told
  }

  get signal(): AbortSignal {
    return this.aborting.signal;
  }

  /** It is wanted no more. */
  abort(): void {
    this.aborting.abort();
  }

  /** No answer is expected any more. What was asked for may be done, or not. */
  giveUp(why: string): void {
    this.end(new ConnectionLost(`${this.what}: ${why}`));
    this.aborting.abort(); // also where what fetches takes no notice of it, the end is told
  }

  /** The beginning of the answer, or its next piece. */
  async next<T>(coming: Promise<T>): Promise<T> {
    if (!this.patienceMs) return coming;
    const timer = setTimeout(() => this.giveUp(`nothing came for ${this.patienceMs / 1000} s`), this.patienceMs);
    (timer as { unref?: () => void }).unref?.(); // a program of Node that has ended does not wait for it
    try {
      return await Promise.race([coming, this.ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The whole body. Its size does not matter, as long as it comes. */
  async text(response: Response): Promise<string> {
    if (!response.body) return this.next(response.text());
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    try {
      for (let text = ""; ; ) {
        const { done, value } = await this.next(reader.read());
        if (done) return text + decoder.decode();
        text += decoder.decode(value, { stream: true });
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  /** A body that breaks off is a connection that is lost, and so is one that is no JSON: a page of something in between. */
  async json(response: Response): Promise<unknown> {
    try {
      return JSON.parse(await this.text(response));
    } catch (e) {
      if (e instanceof ConnectionLost || isAbort(e)) throw e;
      throw new ConnectionLost(`${this.what}: the answer is not whole: ${e instanceof Error ? e.message : String(e)}`, e);
    }
  }
}
