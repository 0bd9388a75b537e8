/* What the build adds to esbuild: the words of a language as a module. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** `import ftl from "messages:en"`: all messages of a language, in one text without its comments. */
export const messages = {
  name: "messages",
  setup(build) {
    build.onResolve({ filter: /^messages:/ }, ({ path }) => ({ path: path.slice(9), namespace: "messages" }));
    build.onLoad({ filter: /./, namespace: "messages" }, ({ path }) => {
      const folder = join(here, "src/i18n", path);
      const files = readdirSync(folder).sort().map((name) => join(folder, name));
      const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
      return { contents: text.replace(/^#.*\n/gm, "").replace(/\n{2,}/g, "\n"), loader: "text", watchFiles: files, watchDirs: [folder] };
    });
  },
};
