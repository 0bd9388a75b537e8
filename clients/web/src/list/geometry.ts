/** Where rows are: heights, the part that is on the screen, and more rows than a browser can scroll over. */

/** Browsers cut elements off beyond this: Chromium at 33,554,428 px, Firefox at 17,895,697. */
const TALLEST = 15_000_000;

export const ROW_HEIGHTS = {
  cards: { compact: 46, normal: 62, relaxed: 84 },
  table: { compact: 26, normal: 32, relaxed: 40 },
} as const;

export interface Geometry {
  rowHeight: number;
  rows: number;
  /** Of the part that is seen. */
  height: number;
}

/** Of the element that is scrolled. */
export function scrollHeight({ rowHeight, rows }: Geometry): number {
  return Math.min(rows * rowHeight, TALLEST);
}

/** Rows' pixels to one of the scroll bar's: 1, but where there are too many rows. */
function scale(g: Geometry): number {
  const real = g.rows * g.rowHeight - g.height;
  const shown = scrollHeight(g) - g.height;
  return shown > 0 && real > shown ? real / shown : 1;
}

/** The pixel of all rows that is at the top. */
export function topOf(g: Geometry, scrollTop: number): number {
  return scrollTop * scale(g);
}

export function scrollTopOf(g: Geometry, top: number): number {
  return Math.max(0, Math.min(top, g.rows * g.rowHeight - g.height)) / scale(g);
}

/** The rows that are seen, both ends included; last < first where there are none. */
export function rowsAt(g: Geometry, scrollTop: number): { first: number; last: number } {
  const top = topOf(g, scrollTop);
  const first = Math.max(0, Math.floor(top / g.rowHeight));
  return { first, last: Math.min(g.rows - 1, Math.ceil((top + g.height) / g.rowHeight) - 1) };
}

/** Where row `index` is drawn, in the scrolled element. */
export function placeOfRow(g: Geometry, scrollTop: number, index: number): number {
  return index * g.rowHeight - topOf(g, scrollTop) + scrollTop;
}

/** The scrollTop at which the row is wholly seen, moved as little as possible. */
export function reveal(g: Geometry, scrollTop: number, index: number): number {
  const top = topOf(g, scrollTop);
  const begin = index * g.rowHeight;
  if (begin < top) return scrollTopOf(g, begin);
  if (begin + g.rowHeight > top + g.height) return scrollTopOf(g, begin + g.rowHeight - g.height);
  return scrollTop;
}
