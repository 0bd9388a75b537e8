/** Writing: what the rest of the page knows of it. */
import type { Id } from "../store/types.ts";

export type What =
  | { kind: "new" }
  | { kind: "mailto"; url: string }
  | { kind: "reply" | "reply-all" | "forward" | "draft"; emailId: Id; accountId: Id };

export function openComposer(_what: What): void {}

export function Composers() {
  return null;
}
