/** A link to a place of this page: an address for whoever opens it elsewhere, a step in the history for everybody else. */
import type { ComponentChildren } from "preact";
import { go, pathOf, type Place } from "../app/router.ts";

export function Link({ to, current, children, class: more = "" }: { to: Partial<Place>; current?: boolean; children: ComponentChildren; class?: string }) {
  const follow = (e: MouseEvent): void => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    go(to);
  };
  return <a href={pathOf(to)} class={more} aria-current={current ? "page" : undefined} onClick={follow}>{children}</a>;
}
