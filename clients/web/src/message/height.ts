/** The frame is as high as what is in it: it has no scroll bar of its own, unless it is very long, or would grow for ever. What is too wide for it
 * (a newsletter of 600 pixels on a phone) is made smaller, as far as it can be read then. */

const MIN = 48;
/** A longer message scrolls in itself: surfaces that are higher are not drawn by some browsers. */
const MAX = 30_000;

const MIN_ZOOM = 0.5;

function contentHeight(document: Document, body: HTMLElement): number {
  const zoom = Number(body.style.zoom) || 1;
  return Math.ceil(Math.max(document.documentElement.offsetHeight, body.scrollHeight * zoom, body.offsetHeight * zoom));
}

function fit(frame: HTMLIFrameElement, body: HTMLElement): void {
  body.style.zoom = "";
  const [room, wanted] = [frame.clientWidth, Math.max(body.scrollWidth, body.ownerDocument.documentElement.scrollWidth)];
  if (room > 0 && wanted > room + 1) body.style.zoom = String(Math.max(Math.floor((100 * room) / wanted) / 100, MIN_ZOOM));
}

function onLoads(document: Document, f: () => void): () => void {
  document.addEventListener("load", f, true);
  return () => document.removeEventListener("load", f, true);
}

/** Follows the height of the frame's content until it is told to stop. `onPictures`: how it is known that a picture has come. */
export function followHeight(frame: HTMLIFrameElement, body: HTMLElement, onPictures = onLoads): () => void {
  const document = body.ownerDocument;
  let isFixed = false;
  let isMeasuring = false;
  let width = 0;

  const measure = (): void => {
    if (isFixed || isMeasuring) return;
    isMeasuring = true;
    if (frame.clientWidth !== width) {
      width = frame.clientWidth;
      fit(frame, body);
    }
    // From small on: what is as high as its window would never become lower.
    const before = frame.offsetHeight;
    let height = Math.min(Math.max(contentHeight(document, body), MIN), MAX);
    if (height !== before) {
      frame.style.blockSize = `${height}px`;
      for (let i = 0; i < 3; i++) {
        const next = Math.min(Math.max(contentHeight(document, body), MIN), MAX);
        if (next <= height) break;
        // Higher because its window is: it is measured in parts of it (vh, %).
        if (i === 2) {
          isFixed = true;
          height = Math.round(Math.min(Math.max(height, 480), innerHeight * 0.85));
        } else height = next;
        frame.style.blockSize = `${height}px`;
      }
    }
    isMeasuring = false;
  };

  const observer = new ResizeObserver(measure);
  observer.observe(body);
  observer.observe(document.documentElement);
  // A picture may make it wider; one that is absolutely placed changes no box that is observed.
  const stop = onPictures(document, () => {
    width = 0;
    measure();
  });
  measure();
  return () => {
    observer.disconnect();
    stop();
  };
}
