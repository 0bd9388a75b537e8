/** What a user does, and the store and the client that it is done with, in one bundle: their signals and classes are the same then. */
export { Client, ConnectionLost, FacteurError } from "facteur";
export { followSignIn } from "../src/app/one-store.ts";
export { toasts } from "../src/app/toasts.ts";
export { remember, triage, undo } from "../src/app/triage.ts";
export { signIn } from "../src/client/session.ts";
export { setLocale } from "../src/i18n/i18n.ts";
export { store } from "../src/store/index.ts";
