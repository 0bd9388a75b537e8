/** What has not gone out, and the store and the client that tell it, in one bundle: their signals are the same then. */
export { Client, ConnectionLost, FacteurError } from "facteur";
export { followSignIn } from "../src/app/one-store.ts";
export { followOutgoing, outgoingOf, outgoingWords, waiting } from "../src/app/outgoing.ts";
export { signIn } from "../src/client/session.ts";
export { choicesOf, deliveries, isOver, stateWords } from "../src/compose/outbox.ts";
export { setLocale } from "../src/i18n/i18n.ts";
export { isThere } from "../src/ui/later.tsx";
