/** Addresses as people type and paste them: RFC 5322 section 3.4, and what other programs put on the clipboard. */

export interface Address {
  name: string | null;
  email: string;
}

const ATOM = /^[^\s()<>[\]:;@\\,."\u0000-\u001f\u007f]+(\.[^\s()<>[\]:;@\\,."\u0000-\u001f\u007f]+)*$/u;
const QUOTED = /^"([^"\\\u0000-\u001f]|\\[\u0020-\u007e])*"$/u;
const LABEL = /^[\p{L}\p{N}_]([\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u;
const LITERAL = /^\[(\d{1,3}(\.\d{1,3}){3}|IPv6:[\da-f:.]+)\]$/i;

/** What can be sent to: local part of at most 64 octets, all of it at most 254 (RFC 5321 section 4.5.3.1); other scripts, too (RFC 6531). */
export function isAddress(email: string): boolean {
  const at = email.lastIndexOf("@");
  const local = email.slice(0, at);
  const domain = email.slice(at + 1).replace(/\.$/, "");
  const octets = (text: string): number => new TextEncoder().encode(text).length;
  if (at < 1 || octets(email) > 254 || octets(local) > 64) return false;
  if (!ATOM.test(local) && !QUOTED.test(local)) return false;
  return LITERAL.test(domain) || domain.split(".").every((label) => label.length <= 63 && LABEL.test(label));
}

/** A name with these characters stands in quotes (RFC 5322: what is no atext, and no space). */
const NEEDS_QUOTES = /[()<>[\]:;@\\,."]/;

export function formatAddress({ name, email }: Address): string {
  if (!name) return email;
  return `${NEEDS_QUOTES.test(name) ? quoted(name) : name} <${email}>`;
}

const quoted = (name: string): string => `"${name.replace(/["\\]/g, "\\$&")}"`;

/** Where the text has a character of `wanted` outside of quotes, comments, angle brackets and domain literals. */
function* topLevel(text: string, wanted: string): Generator<number> {
  let depth = 0;
  let closing = "";
  const [lastQuote, lastAngle, lastBracket] = ['"', ">", "]"].map((c) => text.lastIndexOf(c)) as [number, number, number];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "\\" && (closing === '"' || depth)) i++;
    else if (closing) closing = c === closing ? "" : closing;
    else if (c === "(") depth++;
    else if (c === ")" && depth) depth--;
    else if (depth) continue;
    else if (c === '"' && i < lastQuote) closing = '"';
    else if (c === "<" && i < lastAngle) closing = ">";
    else if (c === "[" && i < lastBracket) closing = "]";
    else if (wanted.includes(c)) yield i;
  }
}

function splitAt(text: string, separators: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const at of topLevel(text, separators)) {
    pieces.push(text.slice(from, at));
    from = at + 1;
  }
  return [...pieces, text.slice(from)];
}

function unquote(text: string): string {
  // One that nothing ends is read to the end once, and stays as it is: else each quote would be looked for an end of.
  return text.replace(/"((?:[^"\\]|\\.)*)("|\\?$)/gs, (all, inside: string, end) => (end === '"' ? inside.replace(/\\(.)/g, "$1") : all));
}

/** One address. What is none keeps its text as the email, so that nothing that was typed is lost. By places, not by one expression, which
 * would try each of a thousand spaces as the end of each part: a link (mailto:) may have any text. */
export function parseAddress(text: string): Address {
  const trimmed = text.trim();
  const open = trimmed.endsWith(")") ? trimmed.lastIndexOf("(") : -1;
  const comment = open < 0 ? "" : trimmed.slice(open + 1, -1);
  const isComment = open >= 0 && !comment.includes(")");
  const head = isComment ? trimmed.slice(0, open).trimEnd() : trimmed;
  const angle = head.endsWith(">") ? head.lastIndexOf("<") : -1;
  const inside = head.slice(angle + 1, -1).trim();
  if (angle >= 0 && !inside.includes(">")) {
    const name = unquote(head.slice(0, angle).trim()).replace(/\s+/g, " ").replace(/^'(.+)'$/, "$1");
    return { name: name || null, email: inside.replace(/^mailto:\s*/i, "") };
  }
  if (isComment && comment && head.lastIndexOf("@", head.length - 2) > 0 && !/\s/.test(head)) return { name: comment.trim(), email: head };
  return { name: null, email: trimmed.replace(/^mailto:\s*/i, "") };
}

/** "Team: anna@x, bob@y;" (RFC 5322 section 3.4, group): only those who are in it. */
function withoutGroup(piece: string): string {
  for (const at of topLevel(piece, ":")) if (!/@|^\s*mailto$/i.test(piece.slice(0, at))) return piece.slice(at + 1);
  return piece;
}

/** All of a list: between commas, semicolons (Outlook) and lines; "Smith, John <john@x>" is one, as people mean it. */
export function parseAddresses(text: string): Address[] {
  const out: Address[] = [];
  for (const line of splitAt(text, ";\n\r\t")) {
    let before = "";
    for (const piece of splitAt(withoutGroup(line), ",")) {
      if (!piece.trim()) continue;
      const whole = before ? `${before}, ${piece.trim()}` : piece.trim();
      before = "";
      if (!piece.includes("@")) {
        before = whole;
        continue;
      }
      const bare = whole.split(/\s+/);
      if (bare.length > 1 && bare.every(isAddress)) out.push(...bare.map((email) => ({ name: null, email })));
      else if (whole.startsWith(piece.trim()) || /<[^<>]*>\s*$/.test(whole))
        out.push(parseAddress(whole.replace(/^([^"<,]*,[^"<]*)</, (_, name: string) => `${quoted(name.trim())} <`)));
      else out.push(...whole.split(",").map(parseAddress));
    }
    if (before) out.push(parseAddress(before));
  }
  return out;
}

/** What needs no more letters, all of it: the domain has a dot, and two letters behind it, or the address stands in angle brackets. Else none. */
export function wholeAddresses(text: string): Address[] {
  const all = parseAddresses(text);
  return all.every(({ email }) => isAddress(email) && (/\.[^.\]]{2,}\.?$|\]$/.test(email) || text.includes(`<${email}>`))) ? all : [];
}

/** Whether what was typed so far ends an address: a comma or semicolon outside of a name in quotes. */
export function isEnded(text: string): boolean {
  const last = text.trimEnd().length - 1;
  for (const at of topLevel(text, ",;")) if (at === last) return text.includes("@");
  return false;
}

/** The same mailbox: case counts nowhere that people know of. */
export function isSame(a: Address, b: Address): boolean {
  return a.email.toLowerCase() === b.email.toLowerCase();
}
