/** Requests that outlive an interruption: what cannot be sent now is sent when the core answers again. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Batch, ConnectionLost, FacteurError, type JmapClient, type Method, type Params, type Result } from "facteur";
import type { Connection } from "./types.ts";

/** The client sends no more at once than the bridge takes (maxConcurrentRequests); what waits here waits for its like only. */
const AT_ONCE = 3;
/** Another page with the same token has all that the bridge takes. */
const BUSY_MS = 100;
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 5000;

export function reason(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

export class Unwanted extends Error {}

/** What nobody waits for: when it is refused, `connection` tells, or whoever asks next. */
export function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined);
}

export class Link {
  /** Live: the stream of changes is open, and requests are answered. */
  readonly connection: ReadonlySignal<Connection>;
  readonly #state = signal<Connection>({ state: "live" });
  #requestsFail: string | undefined;
  #streamFails: string | undefined;
  #newsFail: string | undefined;
  /** While requests fail: resolves when they do not any more. */
  #again: Promise<void> | undefined;
  /** Ends the pause before the next try. */
  #hurry: () => void = () => undefined;
  /** What is asked first is answered. */
  #opened: Promise<void> | undefined;
  #free = AT_ONCE;
  readonly #queue: (() => void)[] = [];
  isClosed = false;

  constructor(readonly client: JmapClient) {
    this.connection = this.#state;
  }

  /** As `send`, and before all else: what is asked meanwhile waits until this is answered, or refused. */
  async first<T>(fill: (batch: Batch) => T): Promise<T> {
    let open!: () => void;
    this.#opened = new Promise((done) => (open = done));
    try {
      return await this.#ask(fill, () => true);
    } finally {
      open();
    }
  }

  /** What `fill` puts into a batch, with its answers. Tried until it is answered; throws FacteurError where all of it is refused, and
   * Unwanted where it is wanted no more before it was sent. */
  async send<T>(fill: (batch: Batch) => T, isWanted: () => boolean = () => true): Promise<T> {
    await this.#opened;
    return this.#ask(fill, isWanted);
  }

  async #ask<T>(fill: (batch: Batch) => T, isWanted: () => boolean): Promise<T> {
    await this.#enter();
    try {
      for (;;) {
        await this.#again;
        if (!isWanted()) throw new Unwanted();
        const batch = this.client.batch();
        const calls = fill(batch);
        try {
          await this.once(batch);
          return calls;
        } catch (e) {
          if (this.isClosed || !mayWorkLater(e)) throw e;
          this.#lose(reason(e));
        }
      }
    } finally {
      this.#leave();
    }
  }

  /** Sends it, and does not try again when the connection is lost. */
  async once(batch: Batch): Promise<void> {
    for (;;) {
      try {
        return await batch.send();
      } catch (e) {
        if (this.isClosed || !(e instanceof FacteurError && e.type === "limit" && e.retry === "later")) throw e;
      }
      await new Promise((done) => setTimeout(done, BUSY_MS));
    }
  }

  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return (await this.send((b) => b.call(method, params as Parameters<typeof b.call<M>>[1]))).result;
  }

  /** Nothing is asked any more, and nobody waits for an answer. */
  close(): void {
    this.isClosed = true;
    this.#hurry();
  }

  /** How the stream of changes is: undefined, or why it is interrupted. */
  streamIs(problem: unknown): void {
    this.#streamFails = problem === undefined ? undefined : reason(problem);
    if (problem === undefined) this.#hurry();
    this.#tell();
  }

  /** Whether what changed could be asked for: undefined, or why not. */
  newsAre(problem: unknown): void {
    this.#newsFail = problem === undefined ? undefined : reason(problem);
    this.#tell();
  }

  /** A request failed: others wait until one is answered. */
  #lose(why: string): void {
    this.#requestsFail = why;
    this.#tell();
    this.#again ??= this.#probe().then(() => {
      this.#requestsFail = this.#again = undefined;
      this.#tell();
    });
  }

  async #probe(): Promise<void> {
    for (let pause = PAUSE_MS; !this.isClosed; pause = Math.min(2 * pause, PAUSE_MAX_MS)) {
      await new Promise<void>((done) => {
        this.#hurry = done;
        setTimeout(done, pause);
      });
      try {
        await this.client.call("Core/echo", {});
        return;
      } catch (e) {
        if (!mayWorkLater(e)) return; // whoever asks is told
      }
    }
  }

  #tell(): void {
    const why = this.#requestsFail ?? this.#streamFails ?? this.#newsFail;
    const now = this.#state.peek();
    if (why === undefined) {
      if (now.state === "lost") this.#state.value = { state: "live" };
    } else if (now.state === "live" || now.why !== why) {
      this.#state.value = { state: "lost", since: now.state === "lost" ? now.since : Date.now(), why };
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((done) => this.#queue.push(done));
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}

function mayWorkLater(e: unknown): boolean {
  return e instanceof ConnectionLost || (e instanceof FacteurError && e.retry !== "never");
}
