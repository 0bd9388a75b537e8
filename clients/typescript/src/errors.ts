/** A method's error, over JSON-RPC or JMAP. What to decide on is `type` (its names never change) and `retry`. */
export class FacteurError extends Error {
  /** "accountNotFound", "stateMismatch", "invalidArguments"; "" where only the code tells. */
  readonly type: string;
  /** JSON-RPC's code; -32000 for errors with a type. */
  readonly code: number;
  /** All that came with it. */
  readonly data: Record<string, unknown>;

  constructor(readonly method: string, error: { code?: number; message?: string; data?: unknown }) {
    const data = (typeof error.data === "object" && error.data !== null ? error.data : {}) as Record<string, unknown>;
    super(`${method}: ${data["description"] ?? error.message ?? data["type"] ?? "failed"}`);
    this.name = "FacteurError";
    this.data = data;
    this.type = typeof data["type"] === "string" ? data["type"] : "";
    this.code = error.code ?? -32000;
  }

  /** Whether the same may work at once, in a while, or not until something changes. */
  get retry(): "now" | "later" | "never" {
    const retry = this.data["retry"];
    return retry === "now" || retry === "later" ? retry : "never";
  }

  get retryAfterMs(): number | undefined {
    const ms = this.data["retryAfterMs"];
    return typeof ms === "number" ? ms : undefined;
  }

  /** Nothing will change until the user does something. */
  get requiresUserAction(): boolean {
    return this.data["requiresUserAction"] === true;
  }

  /** The arguments or properties that are at fault. */
  get properties(): string[] {
    const properties = this.data["properties"];
    return Array.isArray(properties) ? properties.map(String) : [];
  }
}

/** The connection is gone, or was refused. What was being called may have been done, or not: an idempotencyKey tells. */
export class ConnectionLost extends Error {
  constructor(message: string, readonly problem?: unknown) {
    super(message);
    this.name = "ConnectionLost";
  }
}
