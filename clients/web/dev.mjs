/* For work on the page: builds on each change, serves build/web, and passes what is JMAP's on to a bridge that runs.
 *
 *   node dev.mjs [--port 8766] [--bridge 127.0.0.1:8765] [--no-build]
 *
 * The policies are those of the bridge (clients/bridge/app.c): what they forbid is to be seen here, too. */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FRAMES, PAGE_POLICY } from "./policies.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({
  options: { port: { type: "string", default: "8766" }, bridge: { type: "string", default: "127.0.0.1:8765" }, dir: { type: "string" }, "no-build": { type: "boolean" } },
});
const folder = resolve(args.dir ?? join(here, "../../build/web"));
const [host, port] = args.bridge.split(":");

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json" };
const PAGES = /^\/($|mail|compose|settings|setup|statistics)/;

function pass(from, to) {
  const onward = request({ host, port, path: from.url, method: from.method, headers: from.headers }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  });
  onward.on("error", () => to.destroy());
  to.on("close", () => onward.destroy());
  from.pipe(onward);
}

createServer((from, to) => {
  const path = new URL(from.url, "http://x").pathname;
  const common = { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" };
  if (path in FRAMES) {
    to.writeHead(200, { ...common, "Content-Type": TYPES[".html"], "Content-Security-Policy": FRAMES[path], "X-DNS-Prefetch-Control": "off" });
    return to.end("<!doctype html><html><head></head><body></body></html>");
  }
  const file = join(folder, PAGES.test(path) ? "index.html" : path);
  if (file.startsWith(folder) && existsSync(file) && statSync(file).isFile()) {
    to.writeHead(200, { ...common, "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": PAGE_POLICY, "X-DNS-Prefetch-Control": "off", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-cache" });
    return createReadStream(file).pipe(to);
  }
  pass(from, to);
}).listen(Number(args.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${args.port}/`));

if (!args["no-build"]) spawn(process.execPath, [join(here, "build.mjs"), "--watch", "--out", folder], { stdio: "inherit" });
