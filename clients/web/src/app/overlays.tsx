/** What opens over the page: the palette, the help, the choice of a mailbox, questions. Fetched when the page has been drawn. */
import { asked } from "../ui/ask.ts";
import { later } from "../ui/later.tsx";
import { overlay } from "./commands.ts";

const parts = (): Promise<typeof import("./overlay-parts.tsx")> => import("./overlay-parts.tsx");
const Asking = later(() => parts().then((module) => module.Asking), true);
const Overlay = later(() => parts().then((module) => module.Overlay), true);

function close(): void {
  overlay.value = undefined;
}

export function Overlays() {
  return (
    <>
      {overlay.value && <Overlay close={close} />}
      {asked.value && <Asking />}
    </>
  );
}
