/** Adding an account, without its screens: what is asked for, and the calls that find, try and store it.
 *
 * As `facteur account add` does it (clients/cli/cmd_account.c): nobody is asked for a password before the servers were found; an account is
 * tried before it is stored; where sending alone fails, it can be added without. */
import { type Client, FacteurError } from "facteur";
import type { Certificate, Id, MailServer } from "../../../typescript/src/types.ts";
import type { AccountCheckResult, AccountDiscoverResult } from "../../../typescript/src/methods.ts";
import { asKnown } from "../reader/host.ts";
import { unique } from "../store/unique.ts";
import { Refused } from "./trouble.ts";

export type Found = AccountDiscoverResult;
export type Checked = AccountCheckResult["result"];

export interface Server {
  protocol: "imap" | "pop3" | "smtp";
  host: string;
  port: number;
  tls: "implicit" | "starttls" | "none";
  user: string;
}

/** What is known of the account that is to be. */
export interface Draft {
  address: string;
  /** What others see beside the address. */
  yourName: string;
  /** What the account is called here; "": its address. */
  accountName: string;
  source: Server;
  /** undefined: it only receives. */
  transport: Server | undefined;
  by: "password" | "oauth";
  password: string;
  /** "": the same as for receiving. */
  sendingPassword: string;
  oauth: OAuth;
  clientSecret: string;
  /** "host:port" to the fingerprint that the user has compared. */
  trust: Record<string, string>;
  /** Of how many days the texts are kept here; "all", "none" (headers only). */
  keep: "all" | "365" | "90" | "30" | "none";
  /** Where mail is picked up: for how many days it stays on the server besides. */
  leave: "all" | "30" | "14" | "7" | "none";
}

/** The setting `oauth` (docs/oauth.md). */
export interface OAuth {
  /** "": the endpoints are given. */
  provider: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  deviceEndpoint: string;
  issuer: string;
  scope: string;
}

export const NO_OAUTH: OAuth = { provider: "", clientId: "", authorizationEndpoint: "", tokenEndpoint: "", deviceEndpoint: "", issuer: "", scope: "" };

export function newDraft(): Draft {
  return {
    address: "", yourName: "", accountName: "", source: emptyServer("imap"), transport: emptyServer("smtp"), by: "password", password: "", sendingPassword: "",
    oauth: NO_OAUTH, clientSecret: "", trust: {}, keep: "all", leave: "14",
  };
}

const PORTS = { imap: [993, 143], pop3: [995, 110], smtp: [465, 587] } as const;

/** Where a server of this kind listens, where nobody says otherwise. */
export function usualPort(protocol: Server["protocol"], tls: Server["tls"]): number {
  return PORTS[protocol][tls === "implicit" ? 0 : 1];
}

export function emptyServer(protocol: Server["protocol"]): Server {
  return { protocol, host: "", port: usualPort(protocol, "implicit"), tls: "implicit", user: "" };
}

export function serverOf(found: MailServer, address: string): Server {
  return { protocol: found.protocol, host: found.host, port: found.port, tls: found.tls, user: found.user ?? address };
}

/** For who fills in by hand: the name to begin with is the whole address, which most servers want (RFC 6186 section 4). What one has typed stays;
 * what stood there for the address `before` does not. */
export function usersOf({ address, source, transport }: Draft, before: string): Pick<Draft, "source" | "transport"> {
  const named = (server: Server): Server => (server.user && server.user !== before ? server : { ...server, user: address.trim() });
  return { source: named(source), transport: transport && named(transport) };
}

/** "imaps://jane%40example.org@imap.example.org:993", as Account/set takes it. */
export function urlOf({ protocol, host, port, tls, user }: Server): string {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const scheme = protocol + (tls === "implicit" ? "s" : "");
  return `${scheme}://${user ? `${encodeURIComponent(user)}@` : ""}${name}:${port}${tls === "implicit" ? "" : `?tls=${tls}`}`;
}

/** Whether it looks like one; the core decides. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && at < text.length - 1 && !/[\s<>,]/.test(text);
}

/** What the page that one sees is served from: a browser of the core's own computer comes back to it after consent, another one does not. */
export function isSameComputer(hostname = location.hostname): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** Servers for receiving, each once, the best first; and those for sending. */
export function offersOf(found: Found): { receiving: MailServer[]; sending: MailServer[] } {
  const seen = new Set<string>();
  const once = found.servers.filter((s) => !seen.has(s.url) && seen.add(s.url));
  return { receiving: once.filter((s) => s.protocol !== "smtp"), sending: once.filter((s) => s.protocol === "smtp") };
}

/** How one can sign in there. Where nothing is known of the provider: a password, or whatever is filled in by hand. */
export function waysOf(found: Found | undefined): { password: boolean; oauth: string | undefined; isReady: boolean } {
  const provider = found?.provider;
  const takesPassword = !provider || provider.sasl.length === 0 || provider.sasl.includes("PLAIN");
  return { password: takesPassword, oauth: provider?.oauth ?? undefined, isReady: provider?.oauthReady === true };
}

function settingsOf(draft: Draft): Record<string, unknown> {
  const { oauth } = draft;
  const given = Object.fromEntries(Object.entries(oauth).filter(([, value]) => value.trim() !== ""));
  const isPop = draft.source.protocol === "pop3";
  return {
    ...(draft.by === "oauth" ? { oauth: given } : {}),
    ...(Object.keys(draft.trust).length ? { certificates: draft.trust } : {}),
    ...(!isPop && draft.keep !== "all" ? { keep: { bodies: draft.keep === "none" ? "none" : { days: Number(draft.keep) } } } : {}),
    ...(isPop ? { leaveOnServer: draft.leave === "all" || draft.leave === "none" ? draft.leave : { days: Number(draft.leave) } } : {}),
  };
}

/** As Account/set creates it and Account/check tries it. */
export function objectOf(draft: Draft): Record<string, unknown> {
  const address = draft.address.trim();
  return {
    address,
    name: draft.accountName.trim() || address,
    source: urlOf(draft.source),
    ...(draft.transport ? { transport: urlOf(draft.transport) } : {}),
    settings: settingsOf(draft),
    ...(draft.by === "password" ? { password: draft.password } : {}),
    ...(draft.by === "password" && draft.transport && draft.sendingPassword ? { transportPassword: draft.sendingPassword } : {}),
  };
}

export interface Tried {
  checked: Checked;
  /** Reading works, sending does not: why. */
  sending: FacteurError | undefined;
}

/** Signs in, as the account would. Throws FacteurError, ConnectionLost. */
export async function tryOut(client: Client, draft: Draft): Promise<Tried> {
  const account = objectOf(draft);
  try {
    return { checked: (await client.call("Account/check", { account })).result, sending: undefined };
  } catch (e) {
    if (!draft.transport || !(e instanceof FacteurError)) throw e;
    const checked = await client.call("Account/check", { account: objectOf({ ...draft, transport: undefined }) }).catch(() => {
      throw e; // receiving fails, too: the first error is the one to be told
    });
    return { checked: checked.result, sending: e };
  }
}

/** What was tried last: where its answer was lost, to try again makes no second account. */
let last = { account: "", key: "" };

/** Stores it; it begins to fetch at once. Throws Refused where the core does not take it. `unnamed`: it is there, but without one's name. */
export async function store(client: Client, draft: Draft, unnamed: (why: unknown) => void): Promise<Id> {
  const account = objectOf(draft);
  const text = JSON.stringify(account);
  if (text !== last.account) last = { account: text, key: unique() };
  const { created, notCreated } = await client.call("Account/set", { create: { new: account }, idempotencyKey: last.key });
  last = { account: "", key: "" }; // answered: what comes next is another
  const id = created?.["new"]?.id;
  if (!id) throw new Refused(notCreated?.["new"] ?? { type: "serverFail" });
  if (draft.yourName.trim()) await nameIdentity(client, id, draft).catch(unnamed);
  return id;
}

async function nameIdentity(client: Client, accountId: Id, draft: Draft): Promise<void> {
  const name = draft.yourName.trim();
  const { list } = await client.call("Identity/get", { accountId, ids: null });
  const own = list.find((identity) => identity.email === draft.address.trim());
  await client.call("Identity/set", own ? { accountId, update: { [own.id]: { name } } } : { accountId, create: { own: { name, email: draft.address.trim() } } });
}

export async function forget(client: Client, id: Id): Promise<void> {
  await client.call("Account/set", { destroy: [id] });
}

/** The key of a certificate in the setting `certificates`. */
export function placeOf(certificate: Certificate): string {
  return `${certificate.host}:${certificate.port}`;
}

/** What Account/get has as `source` or `transport`; whoever signs in may stand elsewhere. */
export function serverFrom(url: string, user: string): Server {
  const { hostname, port, username, searchParams } = new URL(asKnown(url));
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
  const kind = scheme.replace(/s$/, "") as Server["protocol"];
  const asked = searchParams.get("tls");
  const tls = asked === "none" || asked === "starttls" || asked === "implicit" ? asked : scheme.endsWith("s") ? "implicit" : "starttls";
  return { protocol: kind, host: hostname, port: Number(port) || usualPort(kind, tls), tls, user: username ? decodeURIComponent(username) : user };
}
