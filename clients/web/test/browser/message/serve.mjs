/** Serves page.tsx with the policies of the bridge, or without, and answers what the page asks of a bridge: the session, blobs, the proxy.
 *
 *   const site = await serve({ filter: true, policy: true, sandbox: true, deaf: false });   deaf: as in WebKit, which calls no listeners in the frame
 *   site.url; site.blobs.set("b7", bytes); site.proxy = (urls) => paths; site.proxied.set(path, bytes or a status); await site.close(); */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { messages } from "../../../messages.mjs";
import { FRAMES, PAGE_POLICY } from "../../../policies.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");

/** The same sources as the application's, but for what a mode leaves out. */
function plugins({ filter, sandbox, deaf }) {
  return [messages, {
    name: "page",
    setup(build) {
      if (!filter) build.onResolve({ filter: /\/filter\.ts$/ }, ({ importer }) => (/unfiltered\.ts$|\/compose\//.test(importer) ? undefined : { path: join(here, "unfiltered.ts") }));
      if (deaf) build.onResolve({ filter: /\/hears\.ts$/ }, () => ({ path: join(here, "deaf.ts") }));
      if (!sandbox)
        build.onLoad({ filter: /message\/frames\.ts$/ }, ({ path }) => {
          const text = readFileSync(path, "utf8");
          const without = text.replace('frame.setAttribute("sandbox", sandbox);', "");
          if (without === text) throw new Error("frames.ts has no sandbox to be left out");
          return { contents: without, loader: "ts" };
        });
    },
  }];
}

async function bundle(mode) {
  const out = mkdtempSync(join(tmpdir(), "facteur-web-"));
  try {
    await esbuild.build({
      absWorkingDir: root, entryPoints: { page: join(here, "page.tsx"), style: "src/styles/index.css" }, outdir: out, bundle: true, splitting: true, format: "esm", target: "es2022",
      jsx: "automatic", jsxImportSource: "preact", alias: { facteur: resolve(root, "../typescript/src/index.ts") }, plugins: plugins(mode), logLevel: "error",
    });
    return new Map(readdirSync(out).map((name) => [`/${name}`, readFileSync(join(out, name))]));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const SESSION = {
  capabilities: { "urn:ietf:params:jmap:core": {}, "urn:facteur:core": {} }, accounts: {}, primaryAccounts: {}, username: "anna", state: "s1",
  apiUrl: "/jmap/api", downloadUrl: "/jmap/download/{accountId}/{blobId}/{name}?type={type}", uploadUrl: "/jmap/upload/{accountId}", eventSourceUrl: "/jmap/events?types={types}&closeafter={closeafter}&ping={ping}",
};

export async function serve(mode = {}) {
  const { filter = true, policy = true, sandbox = true, deaf = false } = mode;
  const files = await bundle({ filter, sandbox, deaf });
  const site = { blobs: new Map(), calls: [], proxied: new Map(), proxy: undefined, api: undefined, slow: undefined };
  const server = createServer(async (from, to) => {
    const { pathname } = new URL(from.url, "http://x");
    let body = "";
    for await (const chunk of from) body += chunk;
    site.calls.push(`${from.method} ${from.url}`);
    const common = { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" };
    const send = (status, headers, content) => to.writeHead(status, { ...common, ...headers }).end(content);
    const json = (value) => send(200, { "Content-Type": "application/json" }, JSON.stringify(value));
    const isSignedIn = from.headers.authorization === "Bearer secret";
    if (pathname === "/") return send(200, { "Content-Type": "text/html; charset=utf-8", ...(policy ? { "Content-Security-Policy": PAGE_POLICY } : {}) },
      '<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><script type="module" src="/page.js"></script></head><body data-icons="/icons.json"><div id="app"></div></body></html>');
    if (pathname in FRAMES) return send(200, { "Content-Type": "text/html; charset=utf-8", ...(policy ? { "Content-Security-Policy": FRAMES[pathname], "X-DNS-Prefetch-Control": "off" } : {}) },
      "<!doctype html><html><head></head><body></body></html>");
    if (pathname === "/icons.json") return send(200, { "Content-Type": "application/json" }, "{}");
    if (files.has(pathname)) return send(200, { "Content-Type": pathname.endsWith(".css") ? "text/css" : "text/javascript" }, files.get(pathname));
    const picture = site.proxied.get(from.url);
    if (picture) return typeof picture === "number" ? send(picture, {}, "") : send(200, { "Content-Type": "image/png" }, picture);
    if (!isSignedIn) return send(pathname.startsWith("/jmap") || pathname.startsWith("/.well") ? 401 : 404, {}, "");
    if (pathname === "/.well-known/jmap") return json(SESSION);
    if (pathname.startsWith("/jmap/download/")) {
      const bytes = site.blobs.get(pathname.split("/")[4]);
      if (bytes && site.slow) {
        to.writeHead(200, { ...common, "Content-Length": bytes.length });
        to.write(bytes.subarray(0, 1000));
        await site.slow;
        return to.end(bytes.subarray(1000));
      }
      return bytes ? send(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes.length }, bytes) : send(404, {}, "");
    }
    if (pathname === "/jmap/proxy" && site.proxy) return json({ paths: site.proxy(JSON.parse(body).urls) });
    if (pathname === "/jmap/api" && site.api) return json({ methodResponses: JSON.parse(body).methodCalls.map(([name, args, id]) => [name, site.api(name, args), id]), sessionState: "s1" });
    send(404, {}, "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  return site;
}

/** A page of it, signed in; what goes wrong in it is in `problems`. */
export async function openPage(browser, site, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  await context.addInitScript(() => localStorage.setItem("facteur.token", "secret"));
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (e) => problems.push(`error: ${e.stack}`));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && problems.push(`${m.type()}: ${m.text()}`));
  await page.goto(site.url);
  await page.locator("body[data-ready]").waitFor();
  return { page, context, problems };
}
