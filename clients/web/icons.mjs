/** The icons that src/icons/names.json lists, drawn by lucide (ISC), under our names: of each one path, as a page with a hundred of them draws and forgets one
 * element sooner than five, and a `use` of another file later than either. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** A full turn: two arcs. */
const round = (x, y, rx, ry) => `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;

/** As SVG 2 says that each of them is drawn (chapter 10). */
const SHAPES = {
  path: ({ d }) => d.replace(/^m/, "M0 0m"), // what the first move of a path is relative to is not where the shape before it ended
  circle: ({ cx, cy, r }) => round(+cx, +cy, +r, +r),
  ellipse: ({ cx, cy, rx, ry }) => round(+cx, +cy, +rx, +ry),
  line: ({ x1, y1, x2, y2 }) => `M${x1} ${y1}L${x2} ${y2}`,
  polyline: ({ points }) => `M${points}`,
  polygon: ({ points }) => `M${points}z`,
  rect({ x = 0, y = 0, width, height, rx = 0, ry = rx }) {
    const corner = (dx, dy) => (+rx ? `a${rx} ${ry} 0 0 1 ${dx} ${dy}` : "");
    return `M${+x + +rx} ${y}h${width - 2 * rx}${corner(+rx, +ry)}v${height - 2 * ry}${corner(-rx, +ry)}h${2 * rx - width}${corner(-rx, -ry)}v${2 * ry - height}${corner(+rx, -ry)}z`;
  },
};

export function drawing(svg) {
  const inside = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)[1];
  return [...inside.matchAll(/<(\w+)([^>]*)>/g)].map(([, shape, text]) => {
    const attributes = Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value.replace(/\s+/g, " ").trim()]));
    if (!SHAPES[shape]) throw new Error(`an icon has a ${shape}, which is not known`);
    return SHAPES[shape](attributes);
  }).join("");
}

/** Name to path, as JSON. */
export function icons() {
  const names = JSON.parse(readFileSync(join(here, "src/icons/names.json"), "utf8"));
  const paths = Object.entries(names).map(([name, lucide]) => [name, drawing(readFileSync(join(here, "node_modules/lucide-static/icons", `${lucide}.svg`), "utf8"))]);
  return JSON.stringify(Object.fromEntries(paths));
}
