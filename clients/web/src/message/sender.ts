/** What is known about who sent a message, beyond what he says himself: facts, each with the words that it is told in (message-warning-...). */
import type { EmailAddress, EmailHeader } from "../../../typescript/src/types.ts";
import type { Message } from "../store/types.ts";
import { isLookAlike, readable, siteOf } from "./links.ts";

export type Warning =
  /** The receiving server found that the sender's domain disowns it (DMARC). */
  | { kind: "disowned"; isSerious: true; args: { domain: string; by: string } }
  /** The receiving server could not verify who sent it: neither SPF nor DKIM. */
  | { kind: "unverified"; isSerious: false; args: { domain: string; by: string } }
  /** The name that is shown is an address, and another one than the sender's. */
  | { kind: "namedOther"; isSerious: true; args: { shown: string; real: string } }
  /** The domain is written in letters that look like others. */
  | { kind: "lookAlike"; isSerious: true; args: { shown: string; real: string } }
  /** The domain looks like one of ours, and is none. */
  | { kind: "nearOurs"; isSerious: true; args: { shown: string; ours: string } }
  /** Somebody known by this name has another address. */
  | { kind: "knownName"; isSerious: false; args: { name: string; known: string; real: string } }
  /** An answer goes to somebody else's site. */
  | { kind: "replyElsewhere"; isSerious: false; args: { from: string; to: string } };

export interface Known {
  /** The addresses of the account that has the message. */
  own: readonly EmailAddress[];
  /** The host that its mail is fetched from. */
  host?: string | undefined;
  /** Whom one has written to. */
  people?: readonly EmailAddress[];
  /** One has written it oneself, from whatever address. */
  isSent?: boolean;
}

export interface AuthResult {
  method: string;
  result: string;
  /** "header.from" and the like. */
  properties: Record<string, string>;
}
export interface AuthResults {
  /** Who says so: the authserv-id; "" where it does not say. */
  by: string;
  results: AuthResult[];
}

/** The words between the semicolons. Comments (they nest) are spaces; what is quoted belongs to its word without the quotes. */
function groupsOf(value: string): string[][] {
  const groups: string[][] = [[]];
  let word: string | undefined;
  const end = (): void => {
    if (word !== undefined) groups.at(-1)!.push(word);
    word = undefined;
  };
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < value.length; i++) {
    const c = value[i]!;
    if (c === "\\" && (depth || isQuoted)) {
      i++;
      if (isQuoted) word = (word ?? "") + (value[i] ?? "");
    } else if (isQuoted) {
      if (c === '"') isQuoted = false;
      else word = (word ?? "") + c;
    } else if (c === "(") {
      if (!depth++) end();
    } else if (depth) {
      if (c === ")") depth--;
    } else if (c === '"') {
      isQuoted = true;
      word ??= "";
    } else if (c === ";") {
      end();
      groups.push([]);
    } else if (/\s/.test(c)) end();
    else word = (word ?? "") + c;
  }
  end();
  return groups;
}

/** "a = b" is "a=b". */
function joined(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const word of words)
    if (out.length && (word.startsWith("=") || /^[^=]*=$/.test(out.at(-1)!))) out[out.length - 1] += word;
    else out.push(word);
  return out;
}

const pair = (word: string): [name: string, value: string] => {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at).toLowerCase(), word.slice(at + 1)];
};

/** RFC 8601 section 2.2; undefined: it says nothing. */
export function parseResults(value: string): AuthResults | undefined {
  const groups = groupsOf(value).map(joined);
  const [first = ""] = groups[0]!;
  // Microsoft's have no authserv-id: the first group is a result.
  const by = first.includes("=") ? "" : first.toLowerCase();
  if (!first) return undefined;
  const results: AuthResult[] = [];
  for (const [head = "", ...rest] of by ? groups.slice(1) : groups) {
    const [method, result] = pair(head);
    if (result) results.push({ method: method.split("/")[0]!, result: result.toLowerCase(), properties: Object.fromEntries(rest.map(pair)) });
  }
  return { by, results };
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** Hosts that receive for the domains of others by another name. */
const RECEIVERS: Record<string, string> = { "gmail.com": "google.com", "googlemail.com": "google.com", "outlook.com": "outlook.com", "hotmail.com": "outlook.com", "live.com": "outlook.com", "office365.com": "outlook.com", "fastmail.com": "messagingengine.com", "yahoo.com": "yahoo.com", "icloud.com": "apple.com", "me.com": "apple.com", "mac.com": "apple.com", "gmx.net": "gmx.net", "web.de": "web.de" };

/** What the receiving server wrote: the topmost such field, if it is above everything that came from outside, or is signed with our own server's
 * name (RFC 8601 section 5: a server takes out of what comes in whatever bears its name). */
export function receivedResults(headers: readonly EmailHeader[], known: Known): AuthResults | undefined {
  const at = headers.findIndex(({ name }) => name.toLowerCase() === "authentication-results");
  if (at < 0) return undefined;
  const found = parseResults(headers[at]!.value);
  if (!found) return undefined;
  const firstReceived = headers.findIndex(({ name }) => name.toLowerCase() === "received");
  if (firstReceived >= 0 && at < firstReceived) return found;
  const sites = [known.host ?? "", ...known.own.map(({ email }) => domainOf(email))].filter(Boolean).map(siteOf);
  const ours = new Set(sites.flatMap((site) => [site, RECEIVERS[site] ?? site]));
  return found.by && ours.has(siteOf(found.by)) ? found : undefined;
}

function authWarning(message: Message, domain: string, known: Known): Warning | undefined {
  const found = receivedResults(message.headers ?? [], known);
  if (!found || !domain) return undefined;
  const by = found.by || (known.host ?? "");
  const of = (method: string): AuthResult[] => found.results.filter((one) => one.method === method);
  const isPassed = (one: AuthResult): boolean => one.result === "pass";
  const dmarc = of("dmarc");
  if (dmarc.some(isPassed)) return undefined;
  if (dmarc.some(({ result }) => result === "fail")) return { kind: "disowned", isSerious: true, args: { domain, by } };
  const isAligned = (name: string | undefined): boolean => name !== undefined && siteOf(domainOf(name)) === siteOf(domain);
  const isVerified =
    of("dkim").some((one) => isPassed(one) && isAligned(one.properties["header.d"] ?? one.properties["header.i"])) ||
    of("spf").some((one) => isPassed(one) && isAligned(one.properties["smtp.mailfrom"] ?? one.properties["smtp.helo"]));
  const isTried = [...of("dkim"), ...of("spf")].some(({ result }) => result === "fail" || result === "softfail" || result === "permerror" || result === "policy");
  return !isVerified && isTried ? { kind: "unverified", isSerious: false, args: { domain, by } } : undefined;
}

const ADDRESS = /[^\s<>()[\]"',;:]{1,64}@([^\s<>()[\]"',;:@]{1,250}\.[^\s<>()[\]"',;:@.]{2,63})/u;

/** What looks alike is the same. */
function skeleton(domain: string): string {
  return readable(domain).normalize("NFKD").replace(/\p{M}/gu, "").replace(/rn/g, "m").replace(/vv/g, "w").replace(/[1l|iı]/g, "l").replace(/0/g, "o").replace(/5/g, "s").replace(/-/g, "");
}

const plainName = (name: string | null): string => (name ?? "").normalize("NFKC").replace(/["']/g, "").replace(/\s+/g, " ").trim().toLowerCase();

export function warningsOf(message: Message, known: Known): Warning[] {
  const out: Warning[] = [];
  const sender = message.from?.[0];
  if (!sender) return out;
  const real = sender.email.toLowerCase();
  const domain = domainOf(real);
  const isOwn = known.own.some(({ email }) => email.toLowerCase() === real);

  const auth = authWarning(message, domain, known);
  if (auth) out.push(auth);
  if (isLookAlike(domain)) out.push({ kind: "lookAlike", isSerious: true, args: { shown: readable(domain), real: domain } });
  const inName = ADDRESS.exec(sender.name ?? "")?.[0].toLowerCase();
  if (inName && inName !== real && siteOf(domainOf(inName)) !== siteOf(domain)) out.push({ kind: "namedOther", isSerious: true, args: { shown: inName, real } });

  const site = siteOf(domain);
  const near = [...known.own, ...(known.people ?? [])].map(({ email }) => siteOf(domainOf(email))).find((ours) => ours && ours !== site && skeleton(ours) === skeleton(site));
  if (near) out.push({ kind: "nearOurs", isSerious: true, args: { shown: site, ours: near } });

  const name = plainName(sender.name);
  const namesakes = name.includes(" ") ? [...known.own, ...(known.people ?? [])].filter((one) => plainName(one.name) === name) : [];
  if (!isOwn && !known.isSent && namesakes.length && !namesakes.some(({ email }) => email.toLowerCase() === real))
    out.push({ kind: "knownName", isSerious: false, args: { name: sender.name!, known: namesakes[0]!.email, real } });

  const isList = (message.headers ?? []).some(({ name }) => /^list-(id|post)$/i.test(name));
  const elsewhere = isList ? undefined : message.replyTo?.find(({ email }) => siteOf(domainOf(email)) !== site);
  if (elsewhere) out.push({ kind: "replyElsewhere", isSerious: false, args: { from: real, to: elsewhere.email } });
  return out;
}
