/** Facteur over its Unix socket, for Node. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createConnection, type Socket } from "node:net";
import { type Answer, type Call, Client, type Method } from "./client.js";
import { ConnectionLost, FacteurError } from "./errors.js";
import type { Notifications } from "./methods.js";

const LINE_MAX = 256 * 1024 * 1024;
const NOTIFICATIONS_MAX = 1000; // that are kept until somebody looks; then the oldest goes

export type Notification = { [K in keyof Notifications]: { method: K; params: Notifications[K] } }[keyof Notifications];

/** $FACTEUR_PROFILE, $XDG_DATA_HOME/facteur, or ~/.local/share/facteur. */
export function defaultProfile(): string {
  const { FACTEUR_PROFILE: profile, XDG_DATA_HOME: data } = process.env;
  if (profile) return resolve(profile);
  return data?.startsWith("/") ? join(data, "facteur") : join(homedir(), ".local", "share", "facteur");
}

interface Waiting {
  resolve(message: unknown): void;
  reject(why: Error): void;
}

/**
 * A connection to facteurd.
 *
 *     const client = await SocketClient.connect();
 *     const { list } = await client.call("Mailbox/get", { accountId: "*" });
 *     client.close();
 *
 * Any number of calls may be under way; facteurd answers them in their order. Descriptors (Blob/open) do not come through to
 * Node: bytes come by Blob/get.
 */
export class SocketClient extends Client {
  private pieces: Buffer[] = [];
  private kept = 0;
  private waiting: Waiting[] = [];
  private told: Notification[] = [];
  private wake: (() => void) | undefined;
  private lost: ConnectionLost | undefined;
  private lastId = 0;

  private constructor(private readonly socket: Socket) {
    super();
    socket.on("data", (data: Buffer) => this.take(data));
    socket.on("error", (e) => this.lose(new ConnectionLost(e.message)));
    socket.on("close", () => this.lose(new ConnectionLost("facteurd closed the connection")));
  }

  /** `socketPath`: otherwise rpc.sock of `profile`, otherwise of the user's own profile. */
  static connect(where: { socketPath?: string; profile?: string } = {}): Promise<SocketClient> {
    const path = where.socketPath ?? join(where.profile ?? defaultProfile(), "rpc.sock");
    return new Promise((done, failed) => {
      const socket = createConnection(path);
      socket.once("error", failed);
      socket.once("connect", () => {
        socket.removeListener("error", failed);
        done(new SocketClient(socket));
      });
    });
  }

  close(): void {
    this.lose(new ConnectionLost("the connection is closed"));
    this.socket.destroy();
  }

  /** @internal */
  async exchange(calls: readonly Call<Method>[]): Promise<Map<string, Answer>> {
    if (calls.length === 1) {
      const call = calls[0]!;
      return new Map([[call.id, (await this.send(request(++this.lastId, call))) as Answer]]);
    }
    const answers = await this.send(calls.map((call) => request(call.id, call)));
    if (!Array.isArray(answers)) throw new FacteurError("batch", (answers as { error: object }).error);
    return new Map(answers.map((answer: Answer & { id: string }) => [answer.id, answer]));
  }

  /** What facteurd tells of after Push/subscribe, as it comes; ends with the connection. */
  async *notifications(): AsyncGenerator<Notification, void, void> {
    for (;;) {
      const next = this.told.shift();
      if (next) yield next;
      else if (this.lost) return;
      else await new Promise<void>((done) => (this.wake = done));
    }
  }

  private send(message: unknown): Promise<unknown> {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      const line = JSON.stringify(message) + "\n"; // first: what is no JSON is never answered
      this.waiting.push({ resolve, reject });
      this.socket.write(line);
    });
  }

  private take(data: Buffer): void {
    for (let at = 0; at < data.length; ) {
      const end = data.indexOf(10, at);
      const piece = data.subarray(at, end < 0 ? data.length : end);
      this.pieces.push(piece);
      this.kept += piece.length;
      if (this.kept > LINE_MAX) return this.fail(`a line is longer than ${LINE_MAX} bytes`);
      if (end < 0) return;
      const line = Buffer.concat(this.pieces).toString();
      this.pieces = [];
      this.kept = 0;
      at = end + 1;
      try {
        this.takeMessage(JSON.parse(line));
      } catch {
        return this.fail("what came is no JSON-RPC");
      }
    }
  }

  private takeMessage(message: unknown): void {
    if (typeof message !== "object" || message === null) throw new Error();
    if (!("method" in message)) {
      this.waiting.shift()?.resolve(message);
      return;
    }
    if (this.told.length >= NOTIFICATIONS_MAX) this.told.shift();
    this.told.push(message as Notification);
    this.awaken();
  }

  private awaken(): void {
    this.wake?.();
    this.wake = undefined;
  }

  private fail(why: string): void {
    this.lose(new ConnectionLost(why));
    this.socket.destroy();
  }

  private lose(why: ConnectionLost): void {
    this.lost ??= why;
    for (const waiting of this.waiting.splice(0)) waiting.reject(this.lost);
    this.awaken();
  }
}

function request(id: number | string, call: Call<Method>): object {
  return { jsonrpc: "2.0", id, method: call.method, params: call.params };
}
