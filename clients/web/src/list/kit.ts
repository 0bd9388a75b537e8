/** What rows say besides: labels, and what a search marks in them. Fetched when the list has been drawn, or with the first search. Rows have one height
 * with it and without, so that nothing moves when it comes. */
import { signal } from "@preact/signals";
import { whenIdle } from "../ui/later.tsx";

export const kit = signal<typeof import("./kit-parts.ts") | undefined>(undefined);

export function loadKit(): void {
  import("./kit-parts.ts").then((module) => (kit.value = module), console.warn);
}
void whenIdle(loadKit);
