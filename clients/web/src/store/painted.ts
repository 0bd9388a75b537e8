/** What was done is on the screen before it is told to the core: making a request takes as long as drawing a row. */

/** A window that is covered draws nothing. */
const PATIENCE_MS = 50;

/** After the frame: what draws it goes first. */
const AFTER_MS = 8;

/** When the next frame has been drawn; at once where none is. */
export function painted(): Promise<void> {
  if (typeof requestAnimationFrame !== "function" || document.hidden) return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(done, PATIENCE_MS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(done, AFTER_MS);
    });
  });
}
