/** Labels of rows: fetched when the list has been drawn. Rows have one height with them and without, so that nothing moves when they come. */
import { signal } from "@preact/signals";
import { whenIdle } from "../ui/later.tsx";

export const labelling = signal<typeof import("./labels.tsx") | undefined>(undefined);

whenIdle(() => void import("./labels.tsx").then((module) => (labelling.value = module), console.warn));
