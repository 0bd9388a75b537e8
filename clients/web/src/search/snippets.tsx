/** Where the words of a search stand in what was found: SearchSnippet/get for the rows on the screen. */
import { signal } from "@preact/signals";
import type { Id, MailList } from "../store/types.ts";
import { client } from "../client/session.ts";
import { bare } from "../i18n/bare.ts";

export interface Snippet {
  subject: string | null;
  preview: string | null;
}

const snippets = signal<ReadonlyMap<Id, Snippet>>(new Map());
let query = "";
let asked = new Set<Id>();

/** Of this search: another list shows its messages as they are. */
export function snippetOf(id: Id, of: string): Snippet | undefined {
  return of && of === query ? snippets.value.get(id) : undefined;
}

/** As in rows (store/sound.ts). */
const sound = (text: string | null): string | null => text && bare(text);

async function ask(ids: Id[], wanted: string): Promise<void> {
  const batch = client().batch();
  const parse = batch.call("Search/parse", { query: wanted });
  const found = batch.call("SearchSnippet/get", { filter: parse.ref("/filter"), emailIds: ids });
  await batch.send();
  if (wanted !== query) return;
  const answer = found.result;
  const next = new Map(snippets.value);
  for (const one of answer.list) next.set(one.emailId, { subject: sound(one.subject), preview: sound(one.preview) });
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

/** The core marks by <mark>, and escapes everything else (RFC 8621 section 5): the text is taken apart again, never put in as markup. Every other one is
 * marked, the second first. */
export function piecesOf(text: string): string[] {
  return text.split(/(<mark>.*?<\/mark>)/s).map((piece, i) => unescape(i % 2 ? piece.slice(6, -7) : piece));
}

/** As many letters as there is room for before the first mark where a list is narrow. */
const LEAD = 10;

/** With few words before the first mark: what is found is to be seen where the line is cut at its end. */
export function led(pieces: readonly string[]): readonly string[] {
  const [first = "", ...rest] = pieces;
  const letters = Array.from(first);
  if (!rest.length || letters.length <= LEAD * 1.5) return pieces;
  const end = letters.slice(-LEAD).join("");
  // From where a word begins; of what has no spaces, from anywhere.
  const at = end.trimEnd().search(/\s/);
  return [`… ${end.slice(at + 1)}`, ...rest];
}

export function Marked({ text, isLed = false }: { text: string; isLed?: boolean }) {
  const pieces = piecesOf(text);
  return <>{(isLed ? led(pieces) : pieces).map((piece, i) => (i % 2 ? <mark key={i}>{piece}</mark> : piece))}</>;
}

const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'" };
function unescape(text: string): string {
  return text.replace(/&(?:lt|gt|amp|quot|#39|apos);/g, (entity) => ENTITIES[entity]!);
}
