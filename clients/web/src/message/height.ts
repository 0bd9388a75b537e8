/** The frame is as high as what is in it: it has no scroll bar of its own, unless it is very long, or would grow for ever. */

const MIN = 48;
/** A longer message scrolls in itself: surfaces that are higher are not drawn by some browsers. */
const MAX = 30_000;

function contentHeight(document: Document, body: HTMLElement): number {
  return Math.ceil(Math.max(document.documentElement.offsetHeight, body.scrollHeight, body.offsetHeight));
}

/** Follows the height of the frame's content until it is told to stop. */
export function followHeight(frame: HTMLIFrameElement, body: HTMLElement): () => void {
  const document = body.ownerDocument;
  let isFixed = false;
  let isMeasuring = false;

  const measure = (): void => {
    if (isFixed || isMeasuring) return;
    isMeasuring = true;
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
  // A picture that is absolutely placed changes no box that is observed.
  document.addEventListener("load", measure, true);
  measure();
  return () => {
    observer.disconnect();
    document.removeEventListener("load", measure, true);
  };
}
