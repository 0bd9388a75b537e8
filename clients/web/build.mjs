/* Builds the web application into a folder of static files: node build.mjs [--out DIR] [--watch]
 *
 *   index.html, sw.js, manifest.webmanifest, icons/   by their names
 *   assets/NAME-HASH.js|css                           for ever
 *   FILE.gz                                           beside each file that becomes smaller
 *   meta.json                                         what each file is made of (the budget test reads it); not served
 */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { icons } from "./icons.mjs";
import { join as joined } from "./join.mjs";
import { messages } from "./messages.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({ options: { out: { type: "string" }, watch: { type: "boolean" } } });
const out = resolve(args.out ?? join(here, "../../build/web"));

function compress(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (statSync(file).isDirectory()) compress(file);
    else if (/\.(html|js|css|svg|json|webmanifest)$/.test(name) && name !== "meta.json") {
      const bytes = readFileSync(file);
      const packed = gzipSync(bytes, { level: 9 });
      if (packed.length < bytes.length) writeFileSync(`${file}.gz`, packed);
    }
  }
}

/** The page names what it begins with; nothing else does. */
function page(meta, drawings, begin) {
  const entries = Object.entries(meta.outputs);
  const of = (source) => entries.find(([, o]) => o.entryPoint === source);
  const [script] = of("src/main.tsx");
  const [style] = of("src/styles/index.css");
  const asset = (path) => `/assets/${basename(path)}`;
  return readFileSync(join(here, "src/index.html"), "utf8")
    .replace("<!-- head -->", [
      `<script src="${begin}"></script>`,
      `<link rel="stylesheet" href="${asset(style)}">`,
      `<link rel="preload" href="${drawings}" as="fetch" crossorigin>`,
      `<script type="module" blocking="render" src="${asset(script)}"></script>`,
    ].join("\n    "))
    .replace("<body>", `<body data-icons="${drawings}">`);
}

async function finish(result, into) {
  const scripts = new Map(result.outputFiles.filter(({ path }) => path.endsWith(".js")).map(({ path, text }) => [basename(path), text]));
  const { outputs, meta } = await joined(scripts, result.metafile);
  for (const [name, text] of outputs) writeFileSync(join(into, "assets", name), text);
  for (const { path, contents } of result.outputFiles) if (!path.endsWith(".js")) writeFileSync(path, contents);
  const drawings = icons();
  const name = `icons-${createHash("sha256").update(drawings).digest("hex").slice(0, 8)}.json`;
  writeFileSync(join(into, "assets", name), drawings);
  writeFileSync(join(into, "index.html"), page(meta, `/assets/${name}`, begin(meta, into)));
  writeFileSync(join(into, "meta.json"), JSON.stringify(meta));
  cpSync(join(here, "public"), into, { recursive: true });
  worker(into);
  compress(into);
}

/** What runs before the page's script, and knows the files of the languages: its own file. */
function begin(meta, into) {
  const words = Object.entries(meta.outputs).filter(([, o]) => /^messages:\w+$/.test(o.entryPoint ?? "")).map(([path, o]) => [o.entryPoint.slice(9), `/assets/${basename(path)}`]);
  const text = small("src/begin.ts", { WORDS: JSON.stringify(Object.fromEntries(words)) });
  const path = `/assets/begin-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.js`;
  writeFileSync(join(into, path), text);
  meta.outputs[path.slice(1)] = { entryPoint: "src/begin.ts", imports: [], exports: [], inputs: { "src/begin.ts": {} }, bytes: text.length };
  return path;
}

/** A script that is no module, by itself. */
function small(source, define) {
  const { outputFiles } = esbuild.buildSync({ absWorkingDir: here, entryPoints: [source], bundle: true, minify: true, write: false, format: "iife", target: "es2022", define });
  return outputFiles[0].contents;
}

/** The service worker knows what belongs to this version; its version is what it knows. */
function worker(into) {
  const named = ["index.html", "manifest.webmanifest", "icons/facteur.svg", "icons/facteur-192.png"];
  const assets = readdirSync(join(into, "assets")).filter((name) => extname(name) !== ".map").map((name) => `/assets/${name}`);
  const shell = ["/", ...named.slice(1).map((path) => `/${path}`), ...assets];
  const hash = createHash("sha256").update(shell.join());
  for (const path of named) hash.update(readFileSync(join(into, path)));
  const version = hash.digest("hex").slice(0, 12);
  const text = small("src/sw.ts", { SHELL: JSON.stringify(shell), VERSION: JSON.stringify(version) });
  writeFileSync(join(into, "sw.js"), text);
}

const into = `${out}.new`;
/** In the place of the old one, at once: a bridge that serves meanwhile sees one or the other. */
const swap = {
  name: "swap",
  setup(build) {
    build.onStart(() => {
      rmSync(into, { recursive: true, force: true });
      mkdirSync(join(into, "assets"), { recursive: true });
    });
    build.onEnd(async (result) => {
      if (result.errors.length) return;
      await finish(result, into);
      rmSync(out, { recursive: true, force: true });
      renameSync(into, out);
      if (args.watch) console.log(new Date().toLocaleTimeString(), "built");
    });
  },
};

const context = await esbuild.context({
  absWorkingDir: here,
  entryPoints: { main: "src/main.tsx", style: "src/styles/index.css" },
  outdir: join(into, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  write: false,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  mangleProps: /^_[a-z]/i, // Squire and Fluent name so what is theirs alone; nothing that comes from elsewhere is
  metafile: true,
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { facteur: resolve(here, "../typescript/src/index.ts") },
  plugins: [messages, swap],
  logLevel: "warning",
});
if (args.watch) await context.watch();
else {
  await context.rebuild();
  await context.dispose();
}
