/* What the first screen is made of becomes one file, and so does the reader. A bundler that splits code makes a file of each piece that two parts
 * share: 27 of them before the first row was drawn, in four rounds of requests, and each compressed by itself.
 *
 *   join(outputs, meta)   outputs: name -> text of the scripts that esbuild made; what is returned is the same of what is served
 *
 * The pieces of one of these are bundled again, as one module that exports what other parts take from them; those are made to import it
 * from there. Every name tells the whole build: a part never meets a first screen of another one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** It, and all that it imports before it runs. */
function closure(name, made, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of made.get(name).imports) if (kind === "import-statement") closure(basename(path), made, seen);
  return seen;
}

/** With one import for each file that is taken from, and of the names those that are used: the bundler writes one for each piece, with all that it has. */
export function lean(text) {
  const taken = new Map();
  const body = text.replace(/import(?:\{([^}]*)\}from)?("\.\/[^"]+");/g, (_, list, file) => {
    if (!taken.has(file)) taken.set(file, new Map());
    for (const one of list?.split(",") ?? []) {
      const [name, local = name] = one.split(" as ");
      taken.get(file).set(local, name);
    }
    return "";
  });
  // Also where it stands in a text, or for something else: then it stays.
  const isUsed = (local) => new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${local.replaceAll("$", "\\$")}(?![\\w$])`).test(body);
  const imports = [...taken].map(([file, names]) => {
    const used = [...names].filter(([local]) => isUsed(local)).map(([local, name]) => (local === name ? name : `${name} as ${local}`));
    return used.length ? `import{${used.join()}}from${file};` : `import${file};`;
  });
  return imports.join("") + body;
}

/** What is always there when anything that comes after it is: the first screen, and the reader. */
const GROUPS = ["src/main.tsx", "src/reader/conversation.tsx"];

export async function join(outputs, meta, entries = GROUPS) {
  const made = new Map(Object.entries(meta.outputs).map(([path, output]) => [basename(path), output]).filter(([name]) => name.endsWith(".js")));
  // Also of what makes them: another join, or another bundler, makes other files of the same pieces.
  const build = hash([...made.keys()].sort().join() + readFileSync(fileURLToPath(import.meta.url), "utf8") + esbuild.version);
  const hashed = (name) => name.replace(/[^-]*\.js$/, `${hash(name + build)}.js`);
  /** Of each piece that becomes part of a larger file: which, and by what names that exports what it exports. */
  const grouped = new Map();
  const groups = new Map();
  let count = 0;
  for (const entry of entries) {
    const [begins] = [...made].find(([, output]) => output.entryPoint === entry);
    const file = hashed(begins);
    const pieces = [...closure(begins, made)].filter((name) => !grouped.has(name));
    groups.set(file, { begins, pieces });
    for (const name of pieces) grouped.set(name, { file, names: new Map(made.get(name).exports.map((one) => [one, name === begins ? one : `$${(count++).toString(36)}`])) });
  }
  const named = new Map([...made.keys()].map((name) => [name, grouped.get(name)?.file ?? hashed(name)]));
  const list = (name, write) => [...grouped.get(name).names].map(([inside, outside]) => write(inside, outside)).join();

  const pieces = {
    name: "pieces",
    setup(build) {
      // The namespace of a piece is the file that it becomes part of.
      build.onResolve({ filter: /^\.\// }, ({ path, kind, namespace }) => {
        const name = basename(path);
        const file = named.get(name);
        if (!file) return { path, external: true }; // one of those that are being made
        if (kind === "dynamic-import") {
          if (grouped.has(name) && groups.get(file).begins !== name) throw new Error(`${name} is in ${file} already: import it, it costs nothing`);
          return { path: `./${file}`, external: true };
        }
        if (!grouped.has(name)) return { path: `./${file}`, external: true };
        return file === namespace ? { path: name, namespace } : { path: name, namespace: "taken" };
      });
      build.onResolve({ filter: /^file:/ }, ({ path }) => (groups.has(path.slice(5)) ? { path: "all", namespace: path.slice(5) } : { path: path.slice(5), namespace: "alone" }));
      build.onLoad({ filter: /.*/, namespace: "taken" }, ({ path }) => ({ contents: `export {${list(path, (a, b) => `${b} as ${a}`)}} from "./${named.get(path)}";` }));
      build.onLoad({ filter: /.*/ }, ({ path, namespace }) => {
        if (path !== "all") return { contents: outputs.get(path) };
        const { begins, pieces } = groups.get(namespace);
        const exporting = pieces.filter((name) => grouped.get(name).names.size).map((name) => `export {${list(name, (a, b) => `${a} as ${b}`)}} from "./${name}";`);
        return { contents: `import "./${begins}";\n${exporting.join("\n")}` };
      });
    },
  };
  const { outputFiles } = await esbuild.build({
    entryPoints: [...[...groups.keys()].map((file) => [file, file]), ...[...made.keys()].filter((name) => !grouped.has(name)).map((name) => [name, named.get(name)])].map(([from, to]) => ({ in: `file:${from}`, out: to.slice(0, -3) })),
    outdir: "/",
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    // What a first file brings is there already; a bare import of it asks for nothing.
    logOverride: { "ignored-bare-import": "silent" },
    plugins: [pieces],
  });

  // The same of the description that tests and the page are made from.
  const described = { inputs: meta.inputs, outputs: {} };
  for (const [path, output] of Object.entries(meta.outputs)) {
    const to = path.replace(basename(path), named.get(basename(path)) ?? basename(path));
    const imports = output.imports.map((i) => ({ ...i, path: i.path.replace(basename(i.path), named.get(basename(i.path)) ?? basename(i.path)) })).filter((i) => i.path !== to);
    const before = described.outputs[to];
    if (!before) described.outputs[to] = { ...output, imports };
    else Object.assign(before, { imports: [...before.imports, ...imports], inputs: { ...before.inputs, ...output.inputs }, entryPoint: before.entryPoint ?? output.entryPoint });
  }
  return { outputs: new Map(outputFiles.map((file) => [basename(file.path), lean(file.text)])), meta: described };
}
