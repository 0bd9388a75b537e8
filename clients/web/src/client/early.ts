/** What the page asks for first, asked for while its script is on its way (begin.ts). Whoever asks for the same is given that answer; if nobody does,
 * it was asked in vain, and nothing else. */

interface Early {
  facteurEarly?: Map<string, Promise<Response>>;
}
const here = globalThis as Early;

/** Also of whose question it is: what a token that is good no more was answered is for no other. */
function nameOf(url: string, { headers, body }: RequestInit = {}): string {
  const { Authorization } = (headers ?? {}) as Record<string, string>; // a plain object, wherever it comes from
  return `${new URL(url, location.href).pathname} ${Authorization} ${typeof body === "string" ? body : ""}`;
}

export function askEarly(url: string, init: RequestInit): void {
  const answer = fetch(url, init);
  answer.catch(() => undefined); // who takes it is told
  (here.facteurEarly ??= new Map()).set(nameOf(url, init), answer);
}

/** As fetch. */
export function fetchOrTake(url: string, init?: RequestInit): Promise<Response> {
  const name = nameOf(url, init);
  const answer = here.facteurEarly?.get(name);
  here.facteurEarly?.delete(name);
  return answer ?? fetch(url, init);
}
