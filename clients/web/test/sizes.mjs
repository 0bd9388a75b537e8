/** What a browser fetches: gzip bytes of what build.mjs made, by what is needed when. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { web } from "./servers.mjs";

const { outputs } = JSON.parse(readFileSync(join(web, "meta.json"), "utf8"));
/** By the name of the file: what it is made of. */
export const made = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));

export function bytes(name) {
  const file = join(web, "assets", name);
  return statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size;
}
export const sum = (names) => [...names].reduce((total, name) => total + bytes(name), 0);

/** It, and all that it imports before it runs. */
export function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of made.get(name).imports) if (kind === "import-statement") closure(basename(path), seen);
  return seen;
}

const isLanguage = (name) => /^messages:/.test(made.get(name).entryPoint ?? "");
const all = [...made.keys()].filter((name) => name.endsWith(".js"));
/** The file that begins with this source. */
export const entry = (source) => [...made].find(([, output]) => output.entryPoint === source)?.[0];
export const first = closure(entry("src/main.tsx")).add(entry("src/begin.ts"));
export const styles = [...made.keys()].filter((name) => name.endsWith(".css"));
export const languages = all.filter(isLanguage);
export const scripts = all.filter((name) => !isLanguage(name));

/** What is fetched besides the first screen for what begins in these folders. */
export function part(...folders) {
  const found = new Set();
  for (const name of all)
    if (folders.some((folder) => made.get(name).entryPoint?.startsWith(`src/${folder}/`))) for (const piece of closure(name)) if (!first.has(piece)) found.add(piece);
  return found;
}
