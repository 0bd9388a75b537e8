/** What opens over the page: the palette, the help, the choice of a mailbox. */
import { Asking } from "../ui/ask.tsx";
import { later } from "../ui/later.tsx";
import { overlay } from "./commands.ts";
import { Help } from "./help.tsx";
import { MailboxPicker } from "./mailbox-picker.tsx";
import { Palette } from "./palette.tsx";

/** Rare enough to be fetched when it is wanted. */
const Snooze = later(() => import("./snooze.tsx").then((module) => module.Snooze));

export function Overlays() {
  return (
    <>
      <Overlay />
      <Asking />
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
    case "move":
    case "label":
      return <MailboxPicker kind={overlay.value} close={close} />;
    case "snooze":
      return <Snooze close={close} />;
    default:
      return null;
  }
}
