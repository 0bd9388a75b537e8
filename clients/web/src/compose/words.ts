/** What did not work, in the user's words. */
import { t } from "../i18n/i18n.ts";
import { problemOf } from "../setup/trouble.ts";

export interface Problem {
  text: string;
  /** What the core or a server says of it. */
  detail?: string;
}

/** Said in a sentence of its own: `key` has a place for `why`. */
export function problem(key: string, e: unknown, args: Record<string, string> = {}): Problem {
  const { text, ...more } = problemOf(e);
  return { text: t(key, { ...args, why: text }), ...more };
}

export function wordsOf(e: unknown): string {
  return problemOf(e).text;
}
