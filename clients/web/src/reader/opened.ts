/** What follows when a message is opened, in one file. */
export { markRead } from "./mark-read.ts";
export { prepareNext } from "./next.ts";
