/** Where one was in a list, for each entry of the history: back, and a reload, lead there again. */
import { entryKey } from "../app/router.ts";
import type { Id } from "../store/types.ts";

export interface Spot {
  /** Of which list. */
  view: string;
  /** The row at the top (undefined: it was not here yet), where it was, and how many pixels of it were above. */
  id: Id | undefined;
  index: number;
  offset: number;
  cursor: Id | undefined;
  /** Its row; -1: none. */
  at: number;
}

const KEY = "facteur.spots";
const MOST = 50;

function read(): [string, Spot][] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as [string, Spot][]) : [];
  } catch {
    return [];
  }
}

const spots = new Map(read());

/** Cheap: called with each step of scrolling. */
export function keepSpot(spot: Spot): void {
  const key = entryKey();
  spots.delete(key);
  spots.set(key, spot);
}

export function spotOf(view: string): Spot | undefined {
  const spot = spots.get(entryKey());
  return spot?.view === view ? spot : undefined;
}

addEventListener("pagehide", () => sessionStorage.setItem(KEY, JSON.stringify([...spots].slice(-MOST))));
