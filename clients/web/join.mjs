/* What the first screen is made of becomes one file. A bundler that splits code makes a file of each piece that two parts share: 27 of them
 * before the first row was drawn, in four rounds of requests, and each compressed by itself.
 *
 *   join(outputs, meta)   outputs: name -> text of the scripts that esbuild made; what is returned is the same of what is served
 *
 * The pieces of the first screen are bundled again, as one module that exports what the later parts take from them; those are made to
 * import it from there. Every name tells the whole build: a part never meets a first screen of another one. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import * as esbuild from "esbuild";

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** It, and all that it imports before it runs. */
function closure(name, made, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of made.get(name).imports) if (kind === "import-statement") closure(basename(path), made, seen);
  return seen;
}

export async function join(outputs, meta, entry = "src/main.tsx") {
  const made = new Map(Object.entries(meta.outputs).map(([path, output]) => [basename(path), output]).filter(([name]) => name.endsWith(".js")));
  const [begins] = [...made].find(([, output]) => output.entryPoint === entry);
  const first = closure(begins, made);
  const build = hash([...made.keys()].sort().join());
  const main = `main-${build}.js`;
  const named = new Map([...made.keys()].map((name) => [name, first.has(name) ? main : name.replace(/[^-]*\.js$/, `${hash(name + build)}.js`)]));

  // Of each export of a piece: its name in the first file.
  const exported = new Map();
  let count = 0;
  for (const name of first) exported.set(name, new Map(made.get(name).exports.map((one) => [one, `$${(count++).toString(36)}`])));
  const list = (name, write) => [...exported.get(name)].map(([inside, outside]) => write(inside, outside)).join();

  const pieces = {
    name: "pieces",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path, kind, namespace }) => {
        const name = basename(path);
        if (path === `./${main}`) return { path, external: true };
        if (kind === "dynamic-import") {
          if (first.has(name)) throw new Error(`${name} is of the first screen already: import it, it costs nothing`);
          return { path: `./${named.get(name)}`, external: true };
        }
        if (!first.has(name)) return namespace === "entry" ? { path: name, namespace: "piece" } : { path: `./${named.get(name)}`, external: true };
        return { path: name, namespace: namespace === "first" || namespace === "piece-of-first" ? "piece-of-first" : "taken", sideEffects: namespace !== "piece" };
      });
      build.onResolve({ filter: /^later:/ }, ({ path }) => ({ path: path.slice(6), namespace: "piece" }));
      build.onResolve({ filter: /^first:$/ }, ({ path }) => ({ path, namespace: "first" }));
      build.onLoad({ filter: /.*/, namespace: "first" }, () => ({
        contents: `import "./${begins}";\n${[...first].filter((name) => exported.get(name).size).map((name) => `export {${list(name, (a, b) => `${a} as ${b}`)}} from "./${name}";`).join("\n")}`,
      }));
      build.onLoad({ filter: /.*/, namespace: "piece-of-first" }, ({ path }) => ({ contents: outputs.get(path) }));
      build.onLoad({ filter: /.*/, namespace: "piece" }, ({ path }) => ({ contents: outputs.get(path) }));
      build.onLoad({ filter: /.*/, namespace: "taken" }, ({ path }) => ({ contents: `export {${list(path, (a, b) => `${b} as ${a}`)}} from "./${main}";` }));
    },
  };
  const { outputFiles } = await esbuild.build({
    entryPoints: [{ in: "first:", out: main.slice(0, -3) }, ...[...made.keys()].filter((name) => !first.has(name)).map((name) => ({ in: `later:${name}`, out: named.get(name).slice(0, -3) }))],
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
  return { outputs: new Map(outputFiles.map((file) => [basename(file.path), file.text])), meta: described };
}
