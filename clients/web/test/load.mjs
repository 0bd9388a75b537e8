/** Imports a module in Node: bundled as the page's is, so that a test sees what a browser would run. */
import { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { messages } from "../messages.mjs";

/** Browsers have it; Node has it under this name from 20 on. */
globalThis.crypto ??= webcrypto;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** `load("src/app/router.ts")`: what it exports. `options`: esbuild's, such as platform: "node" for what is no page's. */
export async function load(path, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "facteur-web-"));
  const outfile = join(folder, "module.mjs");
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [path],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      jsxImportSource: "preact",
      alias: { facteur: resolve(root, "../typescript/src/index.ts") },
      plugins: [messages],
      logLevel: "error",
      ...options,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
