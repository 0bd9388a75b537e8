/** Who is signed in here: the token in the browser's storage, and the client that it opens.
 *
 * A token and no cookie: on a loopback address all ports share cookies, so any other server of this machine would be sent it; and what no
 * browser sends by itself needs no defence against pages that make browsers send (docs/decisions/0038). */
import { signal } from "@preact/signals";
import { fetchOrTake, INBOX } from "./early.ts";
import { FacteurError, JmapClient } from "facteur";

const KEY = "facteur.token";

export type SignIn =
  | { state: "starting" }
  /** Nobody: a code or a token is asked for. `refused`: the one that there was is good no more, or the code was wrong. */
  | { state: "out"; refused: boolean }
  /** The bridge does not answer; tried again by itself. */
  | { state: "unreachable"; why: string }
  | { state: "in"; client: JmapClient };

export const signIn = signal<SignIn>({ state: "starting" });

/** About to be signed in: what is asked for first is asked for now, before the page is drawn. */
export const coming = signal<JmapClient | undefined>(undefined);

/** The client, where somebody is signed in. */
export function client(): JmapClient {
  if (signIn.value.state !== "in") throw new Error("nobody is signed in");
  return signIn.value.client;
}

/** The secret that is sent as `Authorization: Bearer`, for what no method of the client asks. */
export function token(): string | null {
  return localStorage.getItem(KEY);
}

/** Who was signed in is so no more: the token was revoked, or its time is over. */
let hasEnded = false;

/** Whether it is so, and not only of the one request that was refused. */
async function end(): Promise<void> {
  if (hasEnded || signIn.value.state !== "in") return;
  hasEnded = true;
  const isOver = await signIn.value.client.refresh().then(() => false, (e: unknown) => e instanceof FacteurError && e.code === 401);
  hasEnded = isOver;
  // The token stays where it is: what is being written is kept in this browser (compose/kept.ts), for whoever comes in again.
  if (isOver) signIn.value = { state: "out", refused: true };
}

async function connect(token: string): Promise<void> {
  const watched = async (url: string, init?: RequestInit): Promise<Response> => {
    const response = await fetchOrTake(url, { ...init, credentials: "omit" }); // a browser that has none asks for none either
    if (response.status === 401) void end();
    return response;
  };
  const made = await JmapClient.connect({ token, fetch: watched as typeof fetch });
  if (hasEnded) {
    // What is open is of who was there before, and asks with their token.
    localStorage.setItem(KEY, token);
    location.reload();
    return new Promise(() => undefined);
  }
  coming.value = made;
  await new Promise((done) => setTimeout(done));
  signIn.value = { state: "in", client: made };
  coming.value = undefined;
}

function isRefusal(e: unknown): boolean {
  return e instanceof FacteurError && e.retry === "never";
}

/** A code stands in the fragment, which no server is sent; it is taken out of the address and the history at once. */
function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("pair") ?? undefined;
  if (code) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

/** So many milliseconds, or until there is reason to think that it would go better now. */
function pauseFor(ms: number): Promise<void> {
  return new Promise((done) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("online", end);
      removeEventListener("focus", end);
      document.removeEventListener("visibilitychange", end);
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    addEventListener("focus", end);
    document.addEventListener("visibilitychange", end);
  });
}

/** Until the bridge has answered, one way or the other; meanwhile it is said that it does not. */
async function insist<T>(what: () => Promise<T>): Promise<T> {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      return await what();
    } catch (e) {
      signIn.value = { state: "unreachable", why: e instanceof Error ? e.message : String(e) };
      await pauseFor(pause);
    }
  }
}

/** Uses the token that is here, or the code of the address. Comes back when it is known who is there. */
export async function start(): Promise<void> {
  const code = takeCode();
  const token = localStorage.getItem(KEY);
  if (token && (await insist(() => use(token)))) return;
  const secret = code && (await insist(() => exchange(code)));
  if (secret && (await insist(() => use(secret)))) return;
  signIn.value = { state: "out", refused: Boolean(token || code) };
}

/** A token of this browser's own for a code, which is good once: so the token is kept at once. undefined: the code was refused. */
async function exchange(code: string): Promise<string | undefined> {
  try {
    const { token } = await JmapClient.pair(location.origin, code);
    localStorage.setItem(KEY, token.secret);
    return token.secret;
  } catch (e) {
    if (!isRefusal(e)) throw e;
    return undefined;
  }
}

/** Signs in with a code. False: it was refused. */
export async function pair(code: string): Promise<boolean> {
  const secret = await exchange(code);
  return secret !== undefined && use(secret);
}

/** Signs in with a token that was made elsewhere (`facteur token create`). False: it was refused. */
export async function use(token: string): Promise<boolean> {
  try {
    await connect(token);
  } catch (e) {
    if (!isRefusal(e)) throw e;
    return false;
  }
  localStorage.setItem(KEY, token);
  return true;
}

/** The id of the token that is used here; its secret names it (docs/access.md). */
export function tokenId(): string | undefined {
  return /^facteur_([^_]+)_/.exec(localStorage.getItem(KEY) ?? "")?.[1];
}

/** Signed out, or in as somebody else, in another window of this browser. */
addEventListener("storage", (e) => {
  if (e.key === KEY && (signIn.value.state === "in" || hasEnded)) location.reload();
});

/** Text of messages that this browser keeps until it is saved (compose/kept.ts). */
const TEXTS = "facteur.draft.";

/** Forgets the token, and what was not saved. It can be revoked besides (Token/set); whoever has its secret could come in otherwise. */
export function leave(): void {
  if (signIn.value.state === "in") signIn.value.client.close();
  for (const name of [KEY, INBOX]) localStorage.removeItem(name);
  for (const name of Object.keys(localStorage)) if (name.startsWith(TEXTS)) localStorage.removeItem(name);
  signIn.value = { state: "out", refused: false };
  location.reload(); // what is open of who has gone, a letter that is being written, goes as well
}
