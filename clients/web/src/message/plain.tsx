/** A message without markup, drawn in the page: text nodes, and links whose text is their address. */
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../store/types.ts";
import type { MessageBodyProps } from "./frame.tsx";
import type { Links } from "./links-ui.tsx";
import { linkify, unflow } from "./text.ts";

/** Its text parts, one below the other. */
export function textOf(message: Message): string {
  const out: string[] = [];
  for (const part of message.textBody ?? []) {
    const value = message.bodyValues?.[part.partId ?? ""]?.value;
    if (value === undefined) continue;
    const header = String(part["header:Content-Type"] ?? part["header:content-type"] ?? part.headers?.find(({ name }) => name.toLowerCase() === "content-type")?.value ?? "");
    const isFlowed = /;\s*format\s*=\s*"?flowed\b/i.test(header);
    out.push(isFlowed ? unflow(value, /;\s*delsp\s*=\s*"?yes\b/i.test(header)) : value);
  }
  return out.join("\n");
}

export function PlainText({ message, links, onRemote, onSheet, isDark }: MessageBodyProps & { links: Links }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    onRemote({ count: 0, hosts: [] });
    onSheet?.(isDark ? "dark" : "light");
    return links.watch(root.current!);
  }, []);
  return (
    <div ref={root} class="message-text" dir="auto">
      <Linked text={textOf(message)} />
    </div>
  );
}

export function Linked({ text }: { text: string }) {
  return <>{linkify(text).map((piece) => (typeof piece === "string" ? piece : <a href={piece.href} rel="noopener noreferrer nofollow">{piece.text}</a>))}</>;
}
