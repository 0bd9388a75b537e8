/** Pictures that are elsewhere: through the bridge's proxy, or not at all. The frame's policy allows no other way. */
import { token } from "../client/session.ts";

export interface Remote {
  /** How many different pictures the message would load from elsewhere. */
  count: number;
  /** From where. */
  hosts: string[];
  /** They were asked for and are not here: the bridge has no proxy, or did not answer. */
  problem?: "noProxy" | "failed";
}

const AT_ONCE = 100;

/** Where the proxy has each of them (POST /jmap/proxy), in their order; null: it does not want that one. */
export async function proxied(urls: readonly string[]): Promise<(string | null)[] | "noProxy" | "failed"> {
  const out: (string | null)[] = [];
  for (let i = 0; i < urls.length; i += AT_ONCE) {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    const secret = token();
    if (secret) headers["Authorization"] = `Bearer ${secret}`;
    try {
      const response = await fetch("/jmap/proxy", { method: "POST", headers, body: JSON.stringify({ urls: urls.slice(i, i + AT_ONCE) }) });
      if (response.status === 404 || response.status === 405) return "noProxy";
      if (!response.ok) return "failed";
      const { paths } = (await response.json()) as { paths: unknown[] };
      for (const path of paths) out.push(typeof path === "string" && path.startsWith("/proxy/") ? path : null);
    } catch {
      return "failed";
    }
  }
  return out;
}
