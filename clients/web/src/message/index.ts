/** What the reader uses of a message: its text, its attachments, its source. Imported when the first message is opened. */
export { MessageBody, type MessageBodyProps } from "./frame.tsx";
export type { Sheet } from "./draw.ts";
export type { Remote } from "./remote.ts";
export { hasFiles, hasHtml } from "./parts.ts";
