/** Where the words of a search stand in what was found: SearchSnippet/get for the rows on the screen. */
import { signal } from "@preact/signals";
import type { Id, MailList } from "../store/types.ts";
import { client } from "../client/session.ts";

export interface Snippet {
  subject: string | null;
  preview: string | null;
}

const snippets = signal<ReadonlyMap<Id, Snippet>>(new Map());
let query = "";
let asked = new Set<Id>();

export function snippetOf(id: Id): Snippet | undefined {
  return snippets.value.get(id);
}

async function ask(ids: Id[], wanted: string): Promise<void> {
  const batch = client().batch();
  const parse = batch.call("Search/parse", { query: wanted });
  const found = batch.call("SearchSnippet/get", { filter: parse.ref("/filter"), emailIds: ids });
  await batch.send();
  if (wanted !== query) return;
  const answer = found.result;
  const next = new Map(snippets.value);
  for (const one of answer.list) next.set(one.emailId, { subject: one.subject, preview: one.preview });
  snippets.value = next;
}

export function showSnippets(list: MailList, first: number, last: number): void {
  if (list.view.query !== query) {
    query = list.view.query;
    asked = new Set();
    snippets.value = new Map();
  }
  list.version.value;
  const ids: Id[] = [];
  for (let i = first; i <= last; i++) {
    const id = list.idAt(i);
    if (id && !asked.has(id)) ids.push(id);
  }
  if (!ids.length) return;
  for (const id of ids) asked.add(id);
  // Without snippets the rows have their previews.
  ask(ids, query).catch(() => undefined);
}

/** The core marks by <mark>, and escapes everything else (RFC 8621 section 5): the text is taken apart again, never put in as markup. */
export function Marked({ text }: { text: string }) {
  return (
    <>
      {text.split(/(<mark>.*?<\/mark>)/s).map((piece, i) =>
        i % 2 ? <mark key={i}>{unescape(piece.slice(6, -7))}</mark> : unescape(piece))}
    </>
  );
}

const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'" };
function unescape(text: string): string {
  return text.replace(/&(?:lt|gt|amp|quot|#39|apos);/g, (entity) => ENTITIES[entity]!);
}
