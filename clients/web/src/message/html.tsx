/** HTML of a message, in its frame. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { ahead, draw, type Drawn } from "./draw.ts";
import type { TextProps } from "./frame.tsx";
import { dropFrame, isReady, prepareFrame, takeFrame } from "./frames.ts";
import { hears } from "./hears.ts";
import { followHeight } from "./height.ts";

/** What draws where none of our listeners is called. Known, and fetched, when the first frame was there. */
type Deaf = typeof import("./deaf.ts");
let known: Deaf | undefined;

prepareFrame();

export function HtmlText({ message, showRemote, isDark, sheet, links, ...on }: TextProps) {
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement | undefined>(undefined);
  const drawn = useRef<Drawn | undefined>(undefined);
  const stop = useRef<(() => void)[]>([]);
  const latest = useRef({ ...on, showRemote });
  latest.current = { ...on, showRemote };
  const [deaf, setDeaf] = useState(known);

  const tell = (isShown: boolean): void => {
    const of = drawn.current;
    void of?.setRemote(isShown).then((remote) => of === drawn.current && (remote.problem || remote.lost) && latest.current.onRemote(remote));
  };
  const clear = (): void => {
    for (const f of stop.current.splice(0)) f();
    drawn.current?.dispose();
    drawn.current = undefined;
  };
  const fill = (there?: Drawn): void => {
    const element = frame.current;
    // Something else than our empty page: the bridge is gone, and the browser shows an error there.
    if (!element || !isReady(element) || drawn.current) return;
    const inside = element.contentDocument!;
    if (!deaf && !hears(inside)) {
      void import("./deaf.ts").then((module) => setDeaf((known = module)), console.warn);
      return;
    }
    const made = (drawn.current = there ?? draw(element, message, { isDark, sheet, folds: true, fold: deaf?.foldInDetails }));
    stop.current.push(followHeight(element, made.body, deaf?.onPictures));
    if (deaf) stop.current.push(deaf.watchDeaf(element, links));
    else {
      const key = (e: KeyboardEvent): void => latest.current.onKey(e);
      inside.addEventListener("keydown", key);
      stop.current.push(() => inside.removeEventListener("keydown", key), links.watch(inside));
    }
    latest.current.onSheet?.(made.sheet);
    latest.current.onRemote(made.remote);
    if (latest.current.showRemote) tell(true);
  };
  // Before the page's own frame is drawn: where an empty one is ready, so is the message.
  useLayoutEffect(() => {
    const there = deaf || sheet ? undefined : ahead.take?.(place.current!, message, isDark);
    const element = (frame.current = there?.frame ?? takeFrame(place.current!, deaf?.PATH, deaf?.SANDBOX));
    element.className = "message-frame";
    element.title = t("message-frame");
    element.addEventListener("load", () => fill());
    fill(there?.drawn);
    return () => {
      clear();
      frame.current = undefined; // what is still on its way is not drawn any more
      dropFrame(element);
      prepareFrame();
    };
  }, [deaf]);
  useEffect(() => tell(showRemote), [showRemote]);
  return <div ref={place} />;
}
