/** A message without markup, drawn in the page: text nodes, and links whose text is their address. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { client } from "../client/session.ts";
import { bare, t } from "../i18n/i18n.ts";
import { problemOf } from "../app/problem.ts";
import type { Message } from "../store/types.ts";
import type { TextProps } from "./frame.tsx";
import { isHtml } from "./parts.ts";
import { foldedBlocks, textBlocks } from "./quotes-text.ts";
import { linkify, unflow } from "./text.ts";

/** Its text parts, one below the other. */
export function textOf(message: Message): string {
  const out: string[] = [];
  for (const part of message.textBody ?? []) {
    const value = message.bodyValues?.[part.partId ?? ""]?.value;
    if (value === undefined) continue;
    const isAlone = message.textBody.length === 1 && part.type === "text/plain";
    const whole = isAlone ? message.headers : undefined; // a message of one part has the part's fields
    const header = String(part["header:Content-Type"] ?? part["header:content-type"] ?? (part.headers ?? whole)?.find(({ name }) => name.toLowerCase() === "content-type")?.value ?? "");
    const isFlowed = /;\s*format\s*=\s*"?flowed\b/i.test(header);
    out.push(isFlowed ? unflow(value, /;\s*delsp\s*=\s*"?yes\b/i.test(header)) : value);
  }
  return out.join("\n");
}

/** What it says without its markup, as the core reads it; a message within a message is no email of its own. */
async function unmarked(message: Message): Promise<string> {
  const properties = ["plainText"];
  const { list } = await client().call("Email/get", { accountId: message.accountId, ids: [message.id], properties });
  if (list[0]) return list[0].plainText ?? "";
  const { parsed } = await client().call("Email/parse", { accountId: message.accountId, blobIds: [message.blobId], properties });
  return parsed?.[message.blobId]?.plainText ?? "";
}

export function PlainText({ message, links, onRemote, onSheet, isDark }: TextProps) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    onRemote({ count: 0, hosts: [] });
    onSheet?.(isDark ? "dark" : "light");
    return root.current ? links.watch(root.current) : undefined;
  }, []);
  // Of HTML alone, the text is not here: what is would be its markup.
  const isMarkup = (message.textBody ?? []).some(isHtml);
  const text = useSignal(isMarkup ? "" : textOf(message));
  const problem = useSignal("");
  useEffect(() => {
    if (isMarkup) unmarked(message).then((it) => (text.value = it), async (e: unknown) => (problem.value = t("message-attachment-failed", { why: (await problemOf(e)).text })));
  }, []);
  if (problem.value) return <p class="notice danger" role="alert">{problem.value}</p>;
  const blocks = textBlocks(text.value, message.subject);
  const folded = foldedBlocks(blocks);
  return (
    <div ref={root} class="message-text" dir="auto">
      {blocks.map((block, i) => {
        const content = block.isQuote ? <Quoted text={block.text} /> : <Linked text={block.text} />;
        const end = i < blocks.length - 1 ? "\n" : "";
        return folded.includes(i) ? <Folded>{content}{end}</Folded> : <>{content}{end}</>;
      })}
      {!text.value.trim() && <p class="message-empty">{t("message-empty")}</p>}
    </div>
  );
}

/** How many > a line begins with. */
const depthOf = (line: string): number => /^(?:> ?)*/.exec(line)![0].split(">").length - 1;

/** Lines of one depth together, each depth in a colour of its own. */
function Quoted({ text }: { text: string }) {
  const runs: { depth: number; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const depth = depthOf(line);
    if (runs.at(-1)?.depth === depth) runs.at(-1)!.lines.push(line);
    else runs.push({ depth, lines: [line] });
  }
  return <>{runs.map(({ depth, lines }, i) => <span class={`quoted depth-${Math.min(depth, 3)}`}><Linked text={lines.join("\n") + (i < runs.length - 1 ? "\n" : "")} /></span>)}</>;
}

function Folded({ children }: { children: ComponentChildren }) {
  const isOpen = useSignal(false);
  const label = t(isOpen.value ? "message-quote-hide" : "message-quote-show");
  return (
    <>
      <button type="button" class="message-more" title={label} aria-label={label} aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>…</button>
      <div hidden={!isOpen.value}>{children}</div>
    </>
  );
}

/** What a link shows is where it leads: nothing in it turns its direction. */
export function Linked({ text }: { text: string }) {
  return <>{linkify(text).map((piece) => (typeof piece === "string" ? piece : <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">{bare(piece.text)}</a>))}</>;
}
