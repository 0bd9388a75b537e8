/* What the build adds to esbuild: the words of a language as a module. */
import { readdirSync, readFileSync } from "node:fs";
import { FluentResource } from "@fluent/bundle";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/* French has spaces before some signs, at which no line may end: in the files they are common ones, which one can see. */

/** Of pages that are seldom opened. */
const PAGES = ["rules.ftl", "settings.ftl", "setup.ftl", "statistics.ftl"];

/** As the page has them: [id, value, attributes], where there are any. */
const compact = ({ id, value, attributes }) => (Object.keys(attributes).length ? [id, value, attributes] : [id, value]);

/** `import list from "messages:en"`: the messages of a language, read here, so that no browser need do it; "messages:en/pages": those of PAGES. */
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
      // As a text: a browser takes a fifth of the time to read it so.
      const words = JSON.stringify(new FluentResource(spaced).body.map(compact));
      return { contents: `export default JSON.parse(${JSON.stringify(words)});`, loader: "js", watchFiles: files, watchDirs: [folder] };
    });
  },
};
