/** Pictures that are elsewhere: through the bridge's proxy, or not at all. The frame's policy allows no other way. */
import { token } from "../client/session.ts";
import type { Resource } from "./filter.ts";
import { inTurn } from "./parts.ts";

/** Why one of them is not here: its address is never asked (a private network's), it is none that is shown (SVG), larger than the proxy takes, its
 * server took too long, or does not give it. */
export type Loss = "refused" | "kind" | "large" | "late" | "failed";

export interface Remote {
  /** How many different pictures the message would load from elsewhere. */
  count: number;
  /** From where. */
  hosts: string[];
  /** They were asked for and are not here: the bridge has no proxy, or did not answer. */
  problem?: "noProxy" | "failed";
  /** How many could not be loaded, by what kept them. */
  lost?: Partial<Record<Loss, number>>;
}

/** Addresses in one question. */
const AT_ONCE = 100;
/** A browser has six connections to a host, and a picture may take a quarter of a minute: the mailbox needs some, too. */
const PICTURES_AT_ONCE = 3;

/** What the proxy says by its status (/proxy/). */
const LOSSES: Readonly<Record<number, Loss>> = { 403: "refused", 413: "large", 415: "kind", 504: "late" };

/** Fetches a picture into the browser's cache; resolves with why it does not come. An image alone would not tell. */
async function lossOf(path: string | null | undefined): Promise<Loss | undefined> {
  if (!path) return "refused";
  try {
    const response = await fetch(path);
    if (!response.ok) return LOSSES[response.status] ?? "failed";
    await response.blob();
    const image = new Image();
    image.src = path;
    await image.decode();
    return undefined;
  } catch (e) {
    // It came, and cannot be drawn.
    return e instanceof DOMException && e.name === "EncodingError" ? "kind" : "failed";
  }
}

/** Loads those that are elsewhere, and sets the address of each that is here, as long as it is wanted. Resolves with what went wrong. */
export async function loadRemote(resources: readonly Resource[], set: (at: number, address: string) => void, isWanted: () => boolean): Promise<Pick<Remote, "problem" | "lost">> {
  const list = resources.map((resource, at) => ({ ...resource, at })).filter(({ kind }) => kind === "remote");
  const paths = await proxied(list.map(({ address }) => address));
  if (typeof paths === "string") return { problem: paths };
  const lost: NonNullable<Remote["lost"]> = {};
  await inTurn(list.map(({ at }, i) => ({ at, path: paths[i] })), PICTURES_AT_ONCE, async ({ at, path }) => {
    if (!isWanted()) return;
    const loss = await lossOf(path);
    if (loss) lost[loss] = (lost[loss] ?? 0) + 1;
    else if (isWanted()) set(at, path!);
  });
  return Object.keys(lost).length ? { lost } : {};
}

/** Where the proxy has each of them (POST /jmap/proxy), in their order; null: it does not want that one. */
async function proxied(urls: readonly string[]): Promise<(string | null)[] | "noProxy" | "failed"> {
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
