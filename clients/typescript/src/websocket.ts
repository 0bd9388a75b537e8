/** JMAP over WebSocket (RFC 8887): requests and what changes over one connection. */
import { type Answer, type Call, Client, type Method } from "./client.js";
import { ConnectionLost, FacteurError } from "./errors.js";
import { answersOf, type Invocation, requestOf } from "./jmap.js";
import type { StateChange } from "./methods.js";

/** The part of WebSocket that is used, so that another implementation may be given. */
export interface WebSocketLike {
  send(text: string): void;
  close(): void;
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

interface Waiting {
  resolve(answers: Map<string, Answer>): void;
  reject(why: Error): void;
}

type Message = { "@type": string; requestId?: string | null; methodResponses?: Invocation[]; pushState?: string } & Record<string, unknown>;

/**
 *     const socket = await WebSocketClient.over(new WebSocket(url, "jmap"));
 *     socket.subscribe(["Email"]);
 *     for await (const change of socket.changes()) ...
 *
 * The address stands in the session: capabilities["urn:ietf:params:jmap:websocket"].url. How the connection says who it is for is
 * up to whoever opens it: the package ws takes headers, `{ headers: { Authorization: "Bearer ..." } }`. A browser's WebSocket takes none, and
 * there JmapClient.changes() is the way.
 */
export class WebSocketClient extends Client {
  private readonly waiting = new Map<string, Waiting>();
  private told: StateChange[] = [];
  private wake: (() => void) | undefined;
  private lost: ConnectionLost | undefined;
  private lastId = 0;
  /** Of the last change: given to subscribe() of the next connection, it says what was missed. */
  pushState: string | undefined;

  private constructor(private readonly socket: WebSocketLike) {
    super();
    socket.addEventListener("message", (event) => this.take(String(event.data)));
    socket.addEventListener("close", () => this.lose(new ConnectionLost("the connection is closed")));
    socket.addEventListener("error", () => this.lose(new ConnectionLost("the connection is lost")));
  }

  static over(socket: WebSocketLike): Promise<WebSocketClient> {
    return new Promise((done, failed) => {
      socket.addEventListener("open", () => done(new WebSocketClient(socket)));
      socket.addEventListener("error", () => failed(new ConnectionLost("the connection is refused")));
      socket.addEventListener("close", () => failed(new ConnectionLost("the connection is refused")));
    });
  }

  close(): void {
    this.socket.close();
    this.lose(new ConnectionLost("the connection is closed"));
  }

  /** @internal */
  exchange(calls: readonly Call<Method>[]): Promise<Map<string, Answer>> {
    if (this.lost) return Promise.reject(this.lost);
    const id = `r${++this.lastId}`;
    return new Promise((resolve, reject) => {
      const text = JSON.stringify({ "@type": "Request", id, ...requestOf(calls) }); // first: what is no JSON is never answered
      this.waiting.set(id, { resolve, reject });
      this.socket.send(text);
    });
  }

  /** Asks for changes (section 4.3.5.2); null: of all types. */
  subscribe(dataTypes: readonly string[] | null, pushState?: string): void {
    this.socket.send(JSON.stringify({ "@type": "WebSocketPushEnable", dataTypes, ...(pushState === undefined ? {} : { pushState }) }));
  }

  unsubscribe(): void {
    this.socket.send(JSON.stringify({ "@type": "WebSocketPushDisable" }));
  }

  /** What changes, as it does; at most the newest of those that nobody has looked at. Ends with the connection. */
  async *changes(): AsyncGenerator<StateChange, void, void> {
    for (;;) {
      const next = this.told.shift();
      if (next) yield next;
      else if (this.lost) return;
      else await new Promise<void>((done) => (this.wake = done));
    }
  }

  private take(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      this.close();
      return;
    }
    const waiting = this.waiting.get(String(message.requestId));
    if (message["@type"] === "Response" && waiting) {
      this.waiting.delete(String(message.requestId));
      waiting.resolve(answersOf(message.methodResponses ?? []));
    } else if (message["@type"] === "RequestError" && waiting) {
      this.waiting.delete(String(message.requestId));
      const type = String(message["type"]).replace("urn:ietf:params:jmap:error:", "");
      waiting.reject(new FacteurError("batch", { data: { ...message, type, description: message["detail"] } }));
    } else if (message["@type"] === "StateChange") {
      if (typeof message.pushState === "string") this.pushState = message.pushState;
      if (this.told.length >= 1000) this.told.shift();
      this.told.push(message as unknown as StateChange);
      this.awaken();
    }
  }

  private awaken(): void {
    this.wake?.();
    this.wake = undefined;
  }

  private lose(why: ConnectionLost): void {
    this.lost ??= why;
    for (const waiting of this.waiting.values()) waiting.reject(this.lost);
    this.waiting.clear();
    this.awaken();
  }
}
