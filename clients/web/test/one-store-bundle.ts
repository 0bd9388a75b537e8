/** Who is signed in, and the store that is theirs, in one bundle: their signals are the same then. */
export { Client, ConnectionLost, FacteurError } from "facteur";
export { followSignIn } from "../src/app/one-store.ts";
export { prefer } from "../src/app/preferences.ts";
export { signIn } from "../src/client/session.ts";
export { store } from "../src/store/index.ts";
