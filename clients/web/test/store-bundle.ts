/** The store and the client that it is for, in one bundle: their classes are the same then. */
export { Client, ConnectionLost, FacteurError, JmapClient } from "facteur";
export { makeStore } from "../src/store/index.ts";
export { undo } from "../src/store/undo.ts";
