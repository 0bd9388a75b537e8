/** A drawing (src/icons/names.json, icons.mjs). Decoration: the control that has it says in words what it does. */

/** Name to path, when they are here. The page's head has asked for them. */
let paths: Record<string, string> | undefined;
const waiting = new Map<Element, string>();
const AGAIN_MS = 3000;

function draw(path: Element, name: string): void {
  if (paths) path.setAttribute("d", paths[name] ?? "");
  else waiting.set(path, name);
}

async function fetchPaths(): Promise<void> {
  paths = (await (await fetch(document.body.dataset["icons"]!)).json()) as Record<string, string>;
  for (const [path, name] of waiting) draw(path, name);
  waiting.clear();
}
function insist(): void {
  fetchPaths().catch(() => {
    for (const path of waiting.keys()) if (!path.isConnected) waiting.delete(path);
    setTimeout(insist, AGAIN_MS);
  });
}
insist();

/** One for each name: what is drawn again is then not touched. */
const drawn = new Map<string, (path: Element | null) => void>();
function drawnAs(name: string): (path: Element | null) => void {
  let how = drawn.get(name);
  if (!how) drawn.set(name, (how = (path) => path && draw(path, name)));
  return how;
}

export function Icon({ name, class: more = "" }: { name: string; class?: string }) {
  return (
    <svg class={`icon ${more}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path ref={drawnAs(name)} />
    </svg>
  );
}
