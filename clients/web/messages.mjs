/* What the build adds to esbuild: the words of a language as a module. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/* French has spaces before some signs, at which no line may end: in the files they are common ones, which one can see. */

/** Of pages that are seldom opened. */
const PAGES = ["settings.ftl", "setup.ftl", "statistics.ftl"];

/** `import ftl from "messages:en"`: the messages of a language, in one text without its comments; "messages:en/pages": those of PAGES. */
export const messages = {
  name: "messages",
  setup(build) {
    build.onResolve({ filter: /^messages:/ }, ({ path }) => ({ path: path.slice(9), namespace: "messages" }));
    build.onLoad({ filter: /./, namespace: "messages" }, ({ path }) => {
      const [language, pages] = path.split("/");
      const folder = join(here, "src/i18n", language);
      const files = readdirSync(folder).filter((name) => PAGES.includes(name) === Boolean(pages)).sort().map((name) => join(folder, name));
      const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
      const spaced = language === "fr" ? text.replace(/ ([;?!»])/g, "\u202f$1").replace(/ :/g, "\u00a0:").replace(/« /g, "«\u202f") : text;
      return { contents: spaced.replace(/^#.*\n/gm, "").replace(/\n{2,}/g, "\n"), loader: "text", watchFiles: files, watchDirs: [folder] };
    });
  },
};
