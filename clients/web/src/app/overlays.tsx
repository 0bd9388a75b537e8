/** What opens over the page: the palette, the help, the choice of a mailbox, questions. Fetched when the page has been drawn. */
import { asked } from "../ui/ask.ts";
import { later } from "../ui/later.tsx";
import { overlay } from "./commands.ts";

const parts = (): Promise<typeof import("./overlay-parts.ts")> => import("./overlay-parts.ts");
const Asking = later(() => parts().then((module) => module.Asking), true);
const Help = later(() => parts().then((module) => module.Help), true);
const MailboxPicker = later(() => parts().then((module) => module.MailboxPicker), true);
const Palette = later(() => parts().then((module) => module.Palette), true);
const Snooze = later(() => import("./snooze.tsx").then((module) => module.Snooze), true);

export function Overlays() {
  return (
    <>
      <Overlay />
      {asked.value && <Asking />}
    </>
  );
}

function Overlay() {
  const close = (): void => {
    overlay.value = undefined;
  };
  switch (overlay.value) {
    case "palette":
      return <Palette close={close} />;
    case "help":
      return <Help close={close} />;
    case "go":
    case "move":
    case "label":
      return <MailboxPicker kind={overlay.value} close={close} />;
    case "snooze":
      return <Snooze close={close} />;
    default:
      return null;
  }
}
