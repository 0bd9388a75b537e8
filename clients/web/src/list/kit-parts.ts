/** What kit.ts fetches, in one file. */
export { labelsOf, RowLabels } from "./labels.tsx";
export { Marked, showSnippets, snippetOf } from "../search/snippets.tsx";
