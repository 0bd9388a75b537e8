/** Frames for messages. Empty ones are made before they are needed, when the browser has nothing else to do: to make it, and to fetch its page and
 * policy, takes longer than to draw a message. Each is used for one message, and thrown away with it. */
import { whenIdle } from "../ui/later.tsx";

/** A frame that is put elsewhere begins anew, unless it is moved. Where nothing can be moved, each is made where it is needed. */
type Movable = HTMLElement & { moveBefore?(node: Node, child: Node | null): void };

const PATH = "/message-frame";
/** Never scripts. */
const SANDBOX = "allow-same-origin";

/** A conversation has several messages that one has not read. */
const SPARES = 2;
let spares: HTMLIFrameElement[] = [];

function make(path: string, sandbox: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", sandbox);
  frame.src = path;
  return frame;
}

/** Its empty page is there; not one of the browser's own, that tells of an error. */
export function isReady(frame: HTMLIFrameElement): boolean {
  const inside = frame.contentDocument;
  return inside?.readyState === "complete" && inside.body !== null && inside.location.pathname === frame.getAttribute("src");
}

/** For those that are needed next. */
export function prepareFrame(): void {
  if ("moveBefore" in Element.prototype)
    void whenIdle(() => {
      // One that could not be fetched has a page of the browser's own, and never becomes ready.
      spares = spares.filter((one) => one.contentDocument ?? one.remove());
      if (spares.length >= SPARES) return;
      const spare = make(PATH, SANDBOX);
      spare.hidden = spare.inert = true;
      document.body.append(spare);
      spares.push(spare);
      prepareFrame();
    });
}

/** A frame in this place: ready, or on its way (then it tells by its load event). */
export function takeFrame(place: HTMLElement, path = PATH, sandbox = SANDBOX): HTMLIFrameElement {
  const there = path === PATH ? spares.find((one) => one.isConnected && isReady(one)) : undefined;
  if (!there) return place.appendChild(make(path, sandbox));
  spares = spares.filter((one) => one !== there);
  there.hidden = there.inert = false;
  (place as Movable).moveBefore!(there, null);
  return there;
}
