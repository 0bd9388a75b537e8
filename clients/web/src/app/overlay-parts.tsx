/** What overlays.tsx shows, in one piece. */
import { later } from "../ui/later.tsx";
import { ColorPicker } from "./color-picker.tsx";
import { overlay } from "./commands.ts";
import { Help } from "./help.tsx";
import { MailboxPicker } from "./mailbox-picker.tsx";
import { Palette } from "./palette.tsx";

export { Asking } from "../ui/asking.tsx";

const Snooze = later(() => import("./snooze.tsx").then((module) => module.Snooze), true);

export function Overlay({ close }: { close(): void }) {
  switch (overlay.value) {
    case "palette":
      return <Palette close={close} />;
    case "help":
      return <Help close={close} />;
    case "go":
    case "move":
    case "label":
      return <MailboxPicker kind={overlay.value} close={close} />;
    case "color":
      return <ColorPicker close={close} />;
    case "snooze":
      return <Snooze close={close} />;
    default:
      return null;
  }
}
