/** One bundle, so that the errors of the test are those that the saver knows. */
export { Saver } from "../../src/compose/saver.ts";
export * from "../../src/compose/send.ts";
export { ConnectionLost, FacteurError } from "facteur";
