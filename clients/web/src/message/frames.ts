/** Frames for messages. Empty ones are made before they are needed, when the browser has nothing else to do: to make it, and to fetch its page and
 * policy, takes longer than to draw a message. Each is used for one message, and thrown away with it. */
import { painted } from "../store/painted.ts";
import { whenIdle } from "../ui/later.tsx";

/** A frame that is put elsewhere begins anew, unless it is moved. Where nothing can be moved, each is made where it is needed. */
type Movable = HTMLElement & { moveBefore?(node: Node, child: Node | null): void };
export const canMove = "moveBefore" in Element.prototype;

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
  if (canMove)
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

/** To take a frame apart takes longer than to draw some messages: it is hidden, and goes when the next one is on the screen. */
export function dropFrame(frame: HTMLIFrameElement): void {
  if (!canMove || !frame.isConnected || document.activeElement === frame) return frame.remove();
  frame.hidden = true;
  frame.className = "";
  (document.body as Movable).moveBefore!(frame, null);
  void painted().then(() => frame.remove());
}

/** One that is ready, and not to be seen yet. */
export function spareFrame(): HTMLIFrameElement | undefined {
  const there = spares.find((one) => one.isConnected && isReady(one));
  spares = spares.filter((one) => one !== there);
  return there;
}

export function putFrame(frame: HTMLIFrameElement, place: HTMLElement): void {
  frame.hidden = frame.inert = false;
  (place as Movable).moveBefore!(frame, null);
}

/** A frame in this place: ready, or on its way (then it tells by its load event). */
export function takeFrame(place: HTMLElement, path = PATH, sandbox = SANDBOX): HTMLIFrameElement {
  const there = path === PATH ? spareFrame() : undefined;
  if (!there) return place.appendChild(make(path, sandbox));
  putFrame(there, place);
  return there;
}
