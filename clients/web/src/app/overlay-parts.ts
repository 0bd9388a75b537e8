/** What overlays.tsx shows, in one piece. */
export { Asking } from "../ui/asking.tsx";
export { Help } from "./help.tsx";
export { MailboxPicker } from "./mailbox-picker.tsx";
export { Palette } from "./palette.tsx";
