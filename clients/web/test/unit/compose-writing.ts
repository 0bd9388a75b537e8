/** One bundle, so that the errors of the test are those that a message being written knows. */
export { Writing } from "../../src/compose/writing.ts";
export { ConnectionLost, FacteurError } from "facteur";
export { preferences } from "../../src/app/preferences.ts";
export { toasts } from "../../src/app/toasts.ts";
