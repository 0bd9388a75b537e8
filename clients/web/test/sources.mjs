/** The files of src/, for tests that read them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const src = join(dirname(fileURLToPath(import.meta.url)), "../src");

/** [path below src, text] of every file whose name ends so. */
export function sources(...endings) {
  return readdirSync(src, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && endings.some((ending) => file.name.endsWith(ending)))
    .map((file) => join(file.path ?? file.parentPath, file.name))
    .map((path) => [relative(src, path), readFileSync(path, "utf8")]);
}

/** Calls `visit(node, where)` for every node of every script; `where(node)` is "file:line". */
export function nodes(visit) {
  for (const [path, text] of sources(".ts", ".tsx")) {
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
    const where = (node) => `${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
    const walk = (node) => {
      visit(node, where);
      ts.forEachChild(node, walk);
    };
    walk(tree);
  }
}
