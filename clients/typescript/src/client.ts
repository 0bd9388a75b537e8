import { ConnectionLost, FacteurError } from "./errors.js";
import type { Methods } from "./methods.js";

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];

/** Stands for a part of an earlier call's result; see Call.ref. */
export class Ref {
  constructor(readonly call: Call<Method>, readonly path: string) {}
}
export type WithRefs<P> = { [K in keyof P]: P[K] | Ref };

/** What came back for one call. JMAP's further responses to it stand in the result as `implicit`, as over the socket. */
export type Answer = { result: unknown } | { error: { code?: number; message?: string; data?: unknown } };

/** A call of a batch. Its result is there when the batch was sent. */
export class Call<M extends Method> {
  /** @internal */
  answer: Answer | undefined;

  constructor(readonly id: string, readonly method: M, readonly params: Record<string, unknown>) {}

  /** The result; throws FacteurError where an error was answered. */
  get result(): Result<M> {
    if (!this.answer) throw new Error(`${this.method}: the batch was not sent`);
    if ("error" in this.answer) throw new FacteurError(this.method, this.answer.error);
    return this.answer.result as Result<M>;
  }

  /** The error; undefined where there is a result. */
  get error(): FacteurError | undefined {
    return this.answer && "error" in this.answer ? new FacteurError(this.method, this.answer.error) : undefined;
  }

  /** A part of the result for an argument of a later call: "/ids", "/list/*\/threadId" (RFC 8620 section 3.7). */
  ref(path: string): Ref {
    return new Ref(this as unknown as Call<Method>, path);
  }
}

function paramsOf(params: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (value instanceof Ref) out["#" + name] = { resultOf: value.call.id, name: value.call.method, path: value.path };
    else if (value !== undefined) out[name] = value;
  }
  return out;
}

/** Calls that are sent together and made one after the other; later ones may use results of earlier ones (Call.ref). */
export class Batch {
  readonly calls: Call<Method>[] = [];

  constructor(private readonly client: Client) {}

  call<M extends Method>(method: M, params: WithRefs<Params<M>>): Call<M> {
    const call = new Call(`c${this.calls.length}`, method, paramsOf(params as Record<string, unknown>));
    this.calls.push(call as unknown as Call<Method>);
    return call;
  }

  /** Each call then has its answer; an error of one call is thrown where its result is asked for. `isLast`: in a browser, of a page that goes: it is sent
   * at once, and arrives when nobody is there any more to hear the answer. 64 KB at most (fetch's `keepalive`). */
  async send(isLast = false): Promise<void> {
    if (this.calls.length === 0) return;
    const answers = await this.client.exchange(this.calls, isLast);
    for (const call of this.calls) {
      call.answer = answers.get(call.id);
      if (!call.answer) throw new ConnectionLost(`${call.method}: no answer in the batch`);
    }
  }
}

/** What all clients have, whatever they speak. */
export abstract class Client {
  /** @internal Makes these calls together. Throws ConnectionLost, or FacteurError where all of them were refused. */
  abstract exchange(calls: readonly Call<Method>[], isLast?: boolean): Promise<Map<string, Answer>>;
  abstract close(): void;

  /** Calls a method, as docs/api has it. Throws FacteurError, ConnectionLost. */
  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const batch = this.batch();
    const call = batch.call(method, params as WithRefs<Params<M>>);
    await batch.send();
    return call.result;
  }

  /**
   * A batch, one round trip:
   *
   *     const b = client.batch();
   *     const query = b.call("Email/query", { query: "is:unread", limit: 10 });
   *     const get = b.call("Email/get", { ids: query.ref("/ids"), properties: ["subject"] });
   *     await b.send();
   *     get.result.list
   */
  batch(): Batch {
    return new Batch(this);
  }
}
