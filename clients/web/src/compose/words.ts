/** Errors as people can read them: what the core says of the matter. */
import { FacteurError } from "facteur";

export function wordsOf(e: unknown): string {
  if (e instanceof FacteurError) return String(e.data["description"] ?? e.message).replace(/^[A-Za-z]+\/[A-Za-z]+: /, "");
  return e instanceof Error ? e.message : String(e);
}
