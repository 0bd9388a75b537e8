/** The text of one message. HTML in a frame of its own, which has a policy of its own (/message-frame) and runs no script; plain text in the page. */
import { useSignal } from "@preact/signals";
import { t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { later } from "../ui/later.tsx";
import type { Sheet } from "./draw.ts";
import { LinkTold, type Links, useLinks } from "./links-ui.tsx";
import { hasHtml } from "./parts.ts";
import type { Remote } from "./remote.ts";

/** A message needs one of them. Most are HTML: that is fetched while the message is. */
const html = () => import("./html.tsx").then((module) => module.HtmlText);
const HtmlText = later(html);
const PlainText = later(() => import("./plain.tsx").then((module) => module.PlainText));
void html().catch(() => undefined); // asked for again when it is needed

export interface MessageBodyProps {
  message: Message;
  /** Load pictures from elsewhere, through the bridge's proxy. */
  showRemote: boolean;
  /** It should be dark, if it can: as the page is, or as one wants this message. */
  isDark: boolean;
  /** What it would load from elsewhere; again, with `problem` or `lost`, where it could not. */
  onRemote(found: Remote): void;
  /** A key that was pressed in the frame. Whoever prevents its default has dealt with it. */
  onKey(e: KeyboardEvent): void;
  onCompose?: (mailto: string) => void;
  /** As the user wants this one, whatever it says; undefined: as is best. */
  sheet?: Sheet | undefined;
  /** What it is drawn on. */
  onSheet?: (sheet: Sheet) => void;
  /** Its text without markup, even where it has HTML. */
  isPlain?: boolean;
}

export function MessageBody(props: MessageBodyProps) {
  const links = useLinks(props.onCompose);
  const problem = useSignal<Remote["problem"]>(undefined);
  const onRemote = (found: Remote): void => {
    problem.value = found.problem;
    props.onRemote(found);
  };
  const { message, sheet, isDark } = props;
  const isFramed = !props.isPlain && hasHtml(message);
  const isCut = (isFramed ? message.htmlBody : message.textBody)?.some(({ partId }) => message.bodyValues?.[partId ?? ""]?.isTruncated);
  return (
    <div class="message-body">
      {isFramed ? <HtmlText key={`${message.id} ${message.blobId} ${sheet ?? ""} ${isDark}`} links={links} {...props} onRemote={onRemote} /> : <PlainText key={message.id} links={links} {...props} />}
      {problem.value && props.showRemote && <p class="notice warn" role="alert">{t(`message-remote-${problem.value}`)}</p>}
      {isCut && <p class="notice">{t("message-cut")}</p>}
      <LinkTold links={links} onCompose={props.onCompose} />
    </div>
  );
}

export type TextProps = MessageBodyProps & { links: Links };
