/** Addresses and what leaves a search, in one bundle: their place is the same then. */
export { go, place } from "../src/app/router.ts";
export { lookFor } from "../src/search/began.ts";
