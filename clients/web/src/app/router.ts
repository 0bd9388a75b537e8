/** The address says what is on the screen: a link to it, the back button and a reload lead there again. What it means: place.ts. */
import { batch, computed, signal } from "@preact/signals";
import { pathOf, type Place, placeOf } from "./place.ts";

export { isMailboxId, pathOf, type Place, type Sort } from "./place.ts";

const address = signal(location.href);
export const place = computed(() => placeOf(new URL(address.value)));

/** What an entry of the history has besides its address. */
interface State {
  /** Before it there is one of ours. */
  ours?: boolean;
  /** Its name. */
  key?: string;
  /** What lies over the page in it. */
  layer?: string;
}
const state = (): State => (history.state as State | null) ?? {};

/** The entry of the history that one is in; "" for the one that the page was opened with. */
export const entryKey = (): string => state().key ?? "";
let made = 0;
const newKey = (): string => `${Date.now().toString(36)}.${++made}`;

/** What lies over the page and has an entry in the history of its own, so that the back button of a phone takes it away and nothing else. */
export const layer = signal(state().layer);

function follow(): void {
  batch(() => {
    address.value = location.href;
    layer.value = state().layer;
  });
}
addEventListener("popstate", follow);

/** `replace`: no entry of its own in the history, as for the next message of a list. What lay over the page has done its work. */
export function go(to: Partial<Place> | string, replace = false): void {
  const path = typeof to === "string" ? to : pathOf(to);
  const { layer: over, ...here } = state();
  if (path === location.pathname + location.search) return over ? history.back() : undefined;
  const next = replace && !over ? here : { ours: true, key: newKey() };
  history[replace || over ? "replaceState" : "pushState"](next, "", path);
  follow();
}

export function openLayer(name: string): void {
  if (state().layer) return;
  history.pushState({ ...state(), ours: true, layer: name }, "", location.href);
  follow();
}

export function closeLayer(): void {
  if (state().layer) history.back();
}

/** Where one came from, if that was a page of ours; else there. */
export function back(otherwise: Partial<Place>): void {
  if (state().ours) history.back();
  else go(otherwise, true);
}
