/** The first screen is drawn once, with its list: to draw it without, and again a moment later, takes longer than to wait for that moment. */
import { effect } from "@preact/signals";
import { forgetEarly, INBOX } from "../client/early.ts";
import { signIn } from "../client/session.ts";
import type { MailList, Store } from "../store/index.ts";
import { painted } from "../store/painted.ts";
import { view } from "./mail.ts";
import { followSignIn } from "./one-store.ts";
import { place } from "./router.ts";

/** Who waits longer is shown what there is. */
const PATIENCE_MS = 300;

let answer: () => void;
const answered = new Promise<void>((done) => (answer = done));

/** Which mailboxes the inbox of all accounts is made of: the next page asks for its first rows without having the accounts (begin.ts). */
function remember({ view: { in: place, query, only, sort }, query: asked }: MailList): void {
  if (place === "all" || !("role" in place) || place.role !== "inbox" || query || only || sort || !asked) return;
  try {
    localStorage.setItem(INBOX, JSON.stringify(asked.filter));
  } catch {
    // full: the next page asks as if there were none
  }
}

/** The list that the page begins with is asked for before anything is drawn; the page holds it when it is there. */
function askFor(made: Store): void {
  if (place.value.page !== "mail") return answer();
  const first = made.list(view.value);
  const stop = effect(() => {
    if (first.total.value !== undefined || first.problem.value) answer();
    if (first.total.value !== undefined) remember(first);
  });
  setTimeout(() => {
    stop();
    first.close();
  }, 5000);
}

/** What is not to be seen yet is asked for then. */
const shown = answered.then(painted);
void shown.then(() => setTimeout(forgetEarly));
const drawn = Promise.race([shown, new Promise<void>((done) => setTimeout(done, PATIENCE_MS))]);
followSignIn(askFor, drawn);
effect(() => {
  const { state } = signIn.value;
  if (state === "out" || state === "unreachable") answer();
});

/** When there is something to draw, or it took too long. */
export function firstAnswer(): Promise<void> {
  const timer = new Promise<void>((done) => setTimeout(done, PATIENCE_MS));
  return Promise.race([answered, timer]);
}
