/** Who is signed in, and what is asked with their token, in one bundle. */
export { ConnectionLost, FacteurError } from "facteur";
export { signIn, start, use } from "../src/client/session.ts";
