/** What may be wanted after something was done: how far it is, and to take it back. Fetched with the first action. */
export { follow } from "./progress.tsx";
export { takeBack } from "./take-back.ts";
