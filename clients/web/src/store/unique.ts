/** For idempotencyKey and undoGroup: nobody else has it. (crypto.randomUUID is only there where the page came by TLS or over the loopback.) */
export function unique(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
}
