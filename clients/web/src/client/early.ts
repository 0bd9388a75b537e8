/** What the page asks for first, asked for while its script is on its way (begin.ts). Whoever asks for the same is given that answer; if nobody does,
 * it was asked in vain, and nothing else. */

/** In the browser's storage: the filter of the inbox of all accounts, when it was last looked at. */
export const INBOX = "facteur.inbox";

interface Early {
  facteurEarly?: Map<string, Promise<Response>>;
}
const here = globalThis as Early;

/** A request over JMAP (RFC 8620 section 3.3), word for word as the store sends it. */
export interface Request {
  using: readonly string[];
  methodCalls: readonly (readonly [name: string, args: Record<string, unknown>, id: string])[];
}

/** Also of whose question it is: what a token that is good no more was answered is for no other. */
function nameOf(url: string, { headers, body }: RequestInit = {}): string {
  const { Authorization } = (headers ?? {}) as Record<string, string>; // a plain object, wherever it comes from
  return `${new URL(url, location.href).pathname} ${Authorization} ${typeof body === "string" ? body : ""}`;
}

function keep(url: string, init: RequestInit, answer: Promise<Response>): void {
  answer.catch(() => undefined); // who takes it is told
  (here.facteurEarly ??= new Map()).set(nameOf(url, init), answer);
}

export function askEarly(url: string, init: RequestInit): void {
  keep(url, init, fetch(url, { ...init, credentials: "omit" }));
}

/** Several requests as one, whose calls are made one after the other: what the first of them asks about was so before the second was asked. */
export function askTogether(url: string, headers: Record<string, string>, requests: readonly Request[]): void {
  const init = (request: Request): RequestInit => ({ method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(request) });
  const using = [...new Set(requests.flatMap((request) => request.using))];
  const methodCalls = requests.flatMap((request, n) => request.methodCalls.map(([name, args, id]) => [name, renamed(args, n), `${n}${id}`] as const));
  const answer = fetch(url, { ...init({ using, methodCalls }), credentials: "omit" }).then(async (response) => ({ response, all: response.ok ? ((await response.json()) as Answer) : undefined }));
  requests.forEach((request, n) => keep(url, init(request), answer.then(({ response, all }) => (all ? partOf(all, n) : response.clone()))));
}

interface Answer {
  methodResponses: [name: string, answer: unknown, id: string][];
}

/** Calls of different requests may have the same ids. */
function renamed(args: Record<string, unknown>, n: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, name.startsWith("#") ? { ...(value as object), resultOf: `${n}${(value as { resultOf: string }).resultOf}` } : value]));
}

function partOf(all: Answer, n: number): Response {
  const own = all.methodResponses.filter(([, , id]) => id.startsWith(String(n)));
  return new Response(JSON.stringify({ ...all, methodResponses: own.map(([name, answer, id]) => [name, answer, id.slice(1)]) }));
}

/** The page has what it begins with: what nobody has taken of it by then is old for whoever asks the same later. */
export function forgetEarly(): void {
  here.facteurEarly?.clear();
}

/** As fetch. */
export function fetchOrTake(url: string, init?: RequestInit): Promise<Response> {
  const name = nameOf(url, init);
  const answer = here.facteurEarly?.get(name);
  here.facteurEarly?.delete(name);
  return answer ?? fetch(url, init);
}
