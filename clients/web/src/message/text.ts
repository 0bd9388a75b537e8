/** Plain text of mail: its links and its quotes. Nothing here makes markup: what comes out are pieces, which are drawn as text nodes. */

export type Piece = string | { text: string; href: string };

/** Everything is bounded: a message may be a megabyte of one word. */
const STARTS = /(?:https?:\/\/|mailto:|www\.)[^\s<>"]{1,8000}|[^\s<>"(),:;@[\]]{1,64}@[^\s<>"(),:;@[\]]{1,255}/giu;
const MAX_TRAILING = 50;
/** What ends a sentence ends no address. */
const TRAILING = new Set(".,;:!?'\"»”’…*_|");
const PAIRS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** Without what follows it in its sentence; a closing bracket belongs to it if it has the opening one. */
function trimmed(found: string): string {
  let end = found.length;
  while (end > 0 && found.length - end < MAX_TRAILING) {
    const last = found[end - 1]!;
    const opening = PAIRS[last];
    const inside = found.slice(0, end);
    const isUnpaired = opening !== undefined && inside.split(opening).length < inside.split(last).length;
    if (!TRAILING.has(last) && !isUnpaired) break;
    end--;
  }
  return found.slice(0, end);
}

function hrefOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  const address = lower.startsWith("www.") ? `https://${text}` : /^(?:https?|mailto):/.test(lower) ? text : `mailto:${text}`;
  try {
    const url = new URL(address);
    if (url.protocol === "mailto:") return /@[^@]+\.[^@.]+$/.test(url.pathname) ? url.href : undefined;
    return (url.protocol === "http:" || url.protocol === "https:") && url.hostname ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The text in pieces; joined they are the text again. */
export function linkify(text: string): Piece[] {
  const out: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(STARTS)) {
    const found = trimmed(match[0]);
    const href = found ? hrefOf(found) : undefined;
    if (!href) continue;
    if (match.index > done) out.push(text.slice(done, match.index));
    out.push({ text: found, href });
    done = match.index + found.length;
  }
  if (done < text.length) out.push(text.slice(done));
  return out;
}

/** format=flowed (RFC 3676 section 4): lines that end in a space go on in the next one of the same depth. */
export function unflow(text: string, isDelsp: boolean): string {
  const out: string[] = [];
  let open: { depth: number } | undefined;
  for (const line of text.split("\n")) {
    const depth = /^>*/.exec(line)![0].length;
    let rest = line.slice(depth);
    if (rest.startsWith(" ")) rest = rest.slice(1); // stuffed
    const isSignature = rest === "-- ";
    const isFlowed = rest.endsWith(" ") && !isSignature;
    const content = isFlowed && isDelsp ? rest.slice(0, -1) : rest;
    if (open && open.depth === depth && !isSignature) out[out.length - 1] += content;
    else out.push(depth ? `${">".repeat(depth)} ${content}` : content);
    open = isFlowed ? { depth } : undefined;
  }
  return out.join("\n");
}
