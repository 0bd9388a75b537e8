/** The text of one message. HTML in a frame of its own, which has a policy of its own (/message-frame) and runs no script; plain text in the page. */
import { useEffect, useRef } from "preact/hooks";
import { locale, t } from "../i18n/i18n.ts";
import type { Message } from "../store/types.ts";
import { draw, type Drawn, hasHtml, type Sheet } from "./draw.ts";
import { followHeight } from "./height.ts";
import { LinkTold, type Links, useLinks } from "./links-ui.tsx";
import type { Remote } from "./remote.ts";
import { PlainText } from "./plain.tsx";

export interface MessageBodyProps {
  message: Message;
  /** Load pictures from elsewhere, through the bridge's proxy. */
  showRemote: boolean;
  /** It should be dark, if it can: as the page is, or as one wants this message. */
  isDark: boolean;
  /** What it would load from elsewhere; again, with `problem`, where it could not. */
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
  const { message, sheet, isDark } = props;
  const isFramed = !props.isPlain && hasHtml(message);
  return (
    <div class="message-body">
      {isFramed ? <Frame key={`${message.id} ${message.blobId} ${sheet ?? ""} ${isDark}`} links={links} {...props} /> : <PlainText key={message.id} links={links} {...props} />}
      <LinkTold links={links} onCompose={props.onCompose} />
    </div>
  );
}

function Frame({ message, showRemote, isDark, sheet, links, ...on }: MessageBodyProps & { links: Links }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const drawn = useRef<Drawn | undefined>(undefined);
  const stop = useRef<(() => void)[]>([]);
  const latest = useRef({ ...on, showRemote });
  latest.current = { ...on, showRemote };

  const tell = (isShown: boolean): void => {
    const of = drawn.current;
    void of?.setRemote(isShown).then((remote) => of === drawn.current && remote.problem && latest.current.onRemote(remote));
  };
  const clear = (): void => {
    for (const f of stop.current.splice(0)) f();
    drawn.current?.dispose();
    drawn.current = undefined;
  };
  const fill = (): void => {
    const element = frame.current;
    const inside = element?.contentDocument;
    // Something else than our empty page: the bridge is gone, and the browser shows an error there.
    if (!element || !inside?.body || inside.location.pathname !== "/message-frame" || drawn.current) return;
    const made = (drawn.current = draw(element, message, { isDark, sheet, words: { show: t("message-quote-show"), hide: t("message-quote-hide"), lang: locale.value } }));
    const key = (e: KeyboardEvent): void => latest.current.onKey(e);
    inside.addEventListener("keydown", key);
    stop.current.push(() => inside.removeEventListener("keydown", key), links.watch(inside), followHeight(element, made.body));
    latest.current.onSheet?.(made.sheet);
    latest.current.onRemote(made.remote);
    if (latest.current.showRemote) tell(true);
  };
  useEffect(() => {
    if (frame.current?.contentDocument?.readyState === "complete") fill();
    return clear;
  }, []);
  useEffect(() => tell(showRemote), [showRemote]);
  return <iframe ref={frame} class="message-frame" title={t("message-frame")} src="/message-frame" sandbox="allow-same-origin" onLoad={fill} />;
}
