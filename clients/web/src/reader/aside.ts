/** What there is beside a message that is open, and what follows from opening it, in one file: fetched when the first one is on the screen. */
export { Details } from "./details.tsx";
export { Labels } from "./labels.tsx";
export { Leaving } from "./leaving.tsx";
export { LostPictures, Problem, RemotePictures } from "./notices.tsx";
export { markRead } from "./mark-read.ts";
export { prepareNext } from "./next.ts";
export { SenderNotes } from "./sender-notes.tsx";
export { isVerified } from "./trust.ts";
export { unsubscribe } from "./unsubscribe.ts";
