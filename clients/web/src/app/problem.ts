/** What went wrong, in the user's language. Its words (setup/trouble.ts) are fetched when something does. */
import { reason } from "../store/link.ts";

export async function problemOf(e: unknown): Promise<{ text: string; detail?: string }> {
  try {
    return (await import("../setup/trouble.ts")).problemOf(e);
  } catch {
    return { text: reason(e) }; // not in touch
  }
}
