/** HTML of a message, in its frame. */
import { useEffect, useRef } from "preact/hooks";
import { locale, t } from "../i18n/i18n.ts";
import { draw, type Drawn } from "./draw.ts";
import type { TextProps } from "./frame.tsx";
import { followHeight } from "./height.ts";

export function HtmlText({ message, showRemote, isDark, sheet, links, ...on }: TextProps) {
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
