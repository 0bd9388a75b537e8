/** Facteur over JMAP (RFC 8620), as facteur-bridge speaks it: for browsers, and wherever there is fetch. */
import { Attempt } from "./attempt.js";
import { type Answer, type Call, Client, type Method } from "./client.js";
import { ConnectionLost, FacteurError } from "./errors.js";
import { eventsOf, Silence } from "./events.js";
import { capabilities, type StateChange } from "./methods.js";
import type { Token } from "./types.js";

/** The session object (RFC 8620 section 2). */
export interface Session {
  capabilities: Record<string, Record<string, unknown>>;
  accounts: Record<string, { name: string; isPersonal: boolean; isReadOnly: boolean; accountCapabilities: Record<string, unknown> }>;
  primaryAccounts: Record<string, string>;
  username: string;
  apiUrl: string;
  downloadUrl: string;
  uploadUrl: string;
  eventSourceUrl: string;
  state: string;
}

export interface Uploaded {
  accountId: string;
  blobId: string;
  type: string;
  size: number;
}

/** What a code is exchanged for; `secret` is the `token` of JmapOptions, `sessionUrl` its `url`. */
export interface Paired {
  token: Pick<Token, "id" | "name" | "scopes" | "accountIds" | "expiresAt"> & { secret: string };
  sessionUrl: string;
}

export interface JmapOptions {
  /** Where the bridge is, "https://mail.example.org"; or the address of the session object. In a browser: the page's own. */
  url?: string | URL;
  /** Sent as `Authorization: Bearer`. */
  token?: string;
  fetch?: typeof fetch;
  /**
   * When nothing of an answer has come for so long, or nothing more of one that has begun: ConnectionLost. 90,000 (no method waits so long by
   * itself); 0: never. Uploads and downloads take as long as they take.
   */
  patienceMs?: number;
}

const PATIENCE_MS = 90_000;

export const CORE = "urn:ietf:params:jmap:core";
/** What the methods take beyond the RFCs: accountId "*" or none, `query`, idempotencyKey. */
export const OURS = "urn:facteur:core";

/** [name, arguments, id of the call] (RFC 8620 section 3.2). */
export type Invocation = [string, Record<string, unknown>, string];

/** Methods' errors have no JSON-RPC code over JMAP, but for those that JSON-RPC has a code for. */
const CODES: Record<string, number> = { unknownMethod: -32601, invalidArguments: -32602, serverFail: -32603 };

/** The body of a request to facteur-bridge, or to a server that knows nothing of it. */
export function requestOf(calls: readonly Call<Method>[], isOurs = true): { using: string[]; methodCalls: Invocation[] } {
  const using = new Set(isOurs ? [CORE, OURS] : [CORE]);
  for (const call of calls) using.add(capabilities[call.method] ?? CORE);
  return { using: [...using], methodCalls: calls.map((call) => [call.method, call.params, call.id]) };
}

/** One answer a call. Further responses to the same call stand in its result as `implicit`. */
export function answersOf(responses: readonly Invocation[]): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const [name, content, id] of responses) {
    const before = answers.get(id);
    if (name === "error") {
      const type = String(content["type"]);
      answers.set(id, { error: { code: CODES[type] ?? -32000, message: type, data: content } });
    } else if (!before) {
      answers.set(id, { result: content });
    } else if ("result" in before) {
      const result = before.result as { implicit?: unknown[] };
      (result.implicit ??= []).push([name, content]);
    }
  }
  return answers;
}

/** RFC 6570 level 1: {name}. */
export function expand(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

/** Types of what has no type but its HTTP status, by the names that methods' errors have. */
const TYPES: Record<number, string> = { 401: "forbidden", 403: "forbidden", 404: "notFound" };

/**
 * What was refused for good is a FacteurError, with `application/problem+json` (RFC 8620 sections 3.6.1 and 6.1) or without; ConnectionLost,
 * where the same may work in a while.
 */
async function refused(what: string, response: Response, attempt?: Attempt): Promise<Error> {
  const { status } = response;
  const text = await (attempt ? attempt.text(response) : response.text()).catch(() => "");
  let problem: Record<string, unknown> = {};
  try {
    problem = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    // not JSON: the status has to do
  }
  const named = typeof problem["type"] === "string" && problem["type"] !== "about:blank" ? problem["type"].replace("urn:ietf:params:jmap:error:", "") : undefined;
  const description = problem["detail"] ?? `${status} ${response.statusText}`;
  const isBusy = status >= 500 || status === 408 || status === 429 || String(problem["limit"]).startsWith("maxConcurrent");
  if (isBusy && !named) return new ConnectionLost(`${what}: ${status} ${String(description)}`, problem);
  const retry = isBusy ? "later" : "never";
  return new FacteurError(what, { code: status, data: { ...problem, type: named ?? TYPES[status] ?? "", description, retry } });
}

/** Why nothing comes, as the event `down` has it. */
function describe(data: string): string {
  try {
    return String((JSON.parse(data) as { description?: unknown }).description);
  } catch {
    return data;
  }
}

/** An answer that is none of an error, as soon as it begins. */
async function fetched(what: string, url: string, init: RequestInit, fetchWith: typeof fetch, attempt?: Attempt): Promise<Response> {
  let response: Response;
  try {
    const coming = fetchWith(url, attempt ? { ...init, signal: attempt.signal } : init);
    response = await (attempt ? attempt.next(coming) : coming);
  } catch (e) {
    throw e instanceof ConnectionLost ? e : new ConnectionLost(`${what}: ${e instanceof Error ? e.message : String(e)}`, e);
  }
  if (!response.ok) throw await refused(what, response, attempt);
  return response;
}

/**
 * A client of facteur-bridge.
 *
 *     const client = await JmapClient.connect({ url: "https://mail.example.org", token });
 *     const { list } = await client.call("Mailbox/get", { accountId: "*" });
 *
 * Other JMAP servers are spoken to in the same way; they have no "*", and nothing else that is not in the RFCs.
 */
export class JmapClient extends Client {
  private readonly closing = new AbortController();
  /** Requests, of which a server takes maxConcurrentRequests at a time (RFC 8620 section 2); the others wait. */
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];
  /** Those that were sent, but for downloads. */
  private readonly attempts = new Set<Attempt>();

  private constructor(private readonly options: JmapOptions, private readonly sessionUrl: URL, public session: Session) {
    super();
  }

  static async connect(options: JmapOptions = {}): Promise<JmapClient> {
    const base = new URL(options.url ?? globalThis.location.origin);
    const url = base.pathname === "/" ? new URL("/.well-known/jmap", base) : base;
    const client = new JmapClient(options, url, undefined as unknown as Session);
    await client.refresh();
    return client;
  }

  /** Exchanges the code of an invitation (Token/invite) for its token, once: the secret is to be kept. */
  static async pair(url: string | URL, code: string, fetchWith = fetch): Promise<Paired> {
    const body = JSON.stringify({ code });
    const attempt = new Attempt("pair", PATIENCE_MS);
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const response = await fetched("pair", new URL("/pair", url).href, init, fetchWith, attempt);
    return (await attempt.json(response)) as Paired;
  }

  close(): void {
    this.closing.abort();
    for (const attempt of this.attempts) attempt.abort();
  }

  /** Fetches the session again: its `state` is no longer what answers say. */
  async refresh(): Promise<Session> {
    return this.attempt("session", this.patienceMs, async (attempt) => {
      const response = await this.fetch("session", this.sessionUrl.href, {}, attempt);
      const session = (await attempt.json(response)) as Session;
      for (const name of ["apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"] as const)
        session[name] = new URL(session[name], response.url || this.sessionUrl).href.replace(/%7B/gi, "{").replace(/%7D/gi, "}");
      return (this.session = session);
    });
  }

  /** @internal */
  async exchange(calls: readonly Call<Method>[], isLast = false): Promise<Map<string, Answer>> {
    if (isLast) return this.post(calls, true);
    const limit = Number(this.session.capabilities[CORE]?.["maxConcurrentRequests"] ?? 4);
    if (this.underWay >= limit) await new Promise<void>((done) => this.waiting.push(done));
    else this.underWay++;
    try {
      return await this.post(calls);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.underWay--;
    }
  }

  private async post(calls: readonly Call<Method>[], keepalive = false): Promise<Map<string, Answer>> {
    const what = calls.length === 1 ? calls[0]!.method : "batch";
    const body = JSON.stringify(requestOf(calls, OURS in this.session.capabilities));
    return this.attempt(what, this.patienceMs, async (attempt) => {
      const response = await this.fetch(what, this.session.apiUrl, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive }, attempt);
      const { methodResponses } = (await attempt.json(response)) as { methodResponses: Invocation[] };
      return answersOf(methodResponses);
    });
  }

  /** Stores bytes; the blobId is for Email/import, attachments and the like. */
  async upload(accountId: string, bytes: Blob | ArrayBuffer | Uint8Array | string, type = "application/octet-stream"): Promise<Uploaded> {
    const init = { method: "POST", headers: { "Content-Type": type }, body: bytes as BodyInit };
    return this.attempt("upload", 0, async (attempt) => {
      return (await attempt.json(await this.fetch("upload", expand(this.session.uploadUrl, { accountId }), init, attempt))) as Uploaded;
    });
  }

  /** The bytes of a blob; `range`: from the first to the last byte, both counted from 0. */
  download(accountId: string, blobId: string, more: { name?: string; type?: string; range?: [number, number] } = {}): Promise<Response> {
    const { name = blobId, type = "application/octet-stream", range } = more;
    const url = expand(this.session.downloadUrl, { accountId, blobId, name, type });
    return this.fetch("download", url, range ? { headers: { Range: `bytes=${range[0]}-${range[1]}` } } : {});
  }

  /**
   * What changes, as it does (RFC 8620 section 7.3). Comes back by itself after an interruption, and then says at once what changed
   * meanwhile; ends when the client is closed. `types`: names, or "*". `ping`: after three times so many seconds silence is an interruption, and
   * what was asked for by then and is not answered is ConnectionLost, too, but for uploads and downloads.
   * `told` hears how it stands: undefined when the stream is open, or why it is not, or why nothing comes although it is (facteur-bridge says
   * so when facteurd has gone). `pauseMs`: at most so long until the next try.
   */
  async *changes(types: readonly string[] | "*" = "*", ping = 30, told?: (problem: unknown) => void, pauseMs = 60_000): AsyncGenerator<StateChange, void, void> {
    let lastId: string | undefined;
    let isDown = false;
    for (let pause = 0; !this.closing.signal.aborted; pause = Math.min(pause * 2 + 500, pauseMs)) {
      if (pause) await this.sleep(pause);
      try {
        let url = expand(this.session.eventSourceUrl, { types: types === "*" ? "*" : types.join(","), closeafter: "no", ping: String(ping) });
        const headers: Record<string, string> = { Accept: "text/event-stream" };
        if (lastId !== undefined) {
          headers["Last-Event-ID"] = lastId;
          if (OURS in this.session.capabilities) url += `&since=${encodeURIComponent(lastId)}`; // over HTTP/2 facteur-bridge does not see the header
        }
        const attempt = this.begin("eventSource", this.patienceMs);
        try {
          const response = await this.fetch("eventSource", url, { headers, cache: "no-store" }, attempt);
          told?.(undefined);
          isDown = false;
          for await (const event of eventsOf(response.body!, ping * 3000)) {
            pause = 0;
            lastId = event.id ?? lastId;
            if (event.type === "down") told?.(new ConnectionLost(`eventSource: ${describe(event.data)}`));
            else if (isDown && event.type === "state") told?.(undefined);
            isDown = event.type === "down" || (isDown && event.type !== "state");
            if (event.type === "state") yield JSON.parse(event.data) as StateChange;
          }
        } finally {
          this.attempts.delete(attempt);
        }
        told?.(new ConnectionLost("eventSource: it ended"));
      } catch (e) {
        if (e instanceof Silence) for (const other of this.attempts) if (other.patienceMs) other.giveUp(e.message);
        told?.(e);
        if (e instanceof FacteurError && e.retry === "never") throw e; // it was refused: no interruption
      }
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        this.closing.signal.removeEventListener("abort", end);
        done();
      };
      const timer = setTimeout(end, ms);
      this.closing.signal.addEventListener("abort", end);
    });
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? PATIENCE_MS;
  }

  private begin(what: string, patienceMs: number): Attempt {
    const attempt = new Attempt(what, patienceMs);
    if (this.closing.signal.aborted) attempt.abort();
    this.attempts.add(attempt);
    return attempt;
  }

  /** Until it is answered, given up, or the client is closed. */
  private async attempt<T>(what: string, patienceMs: number, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt = this.begin(what, patienceMs);
    try {
      return await work(attempt);
    } finally {
      this.attempts.delete(attempt);
    }
  }

  private fetch(what: string, url: string, init: RequestInit, attempt?: Attempt): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
    if (this.options.token) headers["Authorization"] = `Bearer ${this.options.token}`;
    return fetched(what, url, { ...init, headers, signal: this.closing.signal }, this.options.fetch ?? fetch, attempt);
  }
}
