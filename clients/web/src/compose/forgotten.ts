/** Whether the new text speaks of an attachment: what stands in a quote or a signature was said by, or to, somebody else. */

const WORDS =
  /\b(?:attach(?:ed|ing|ment|ments)|enclosed|enclosing|enclosure|ci[- ]joints?|ci[- ]jointes?|(?:en )?pi[èe]ces? (?:jointes?|attach[ée]es?)|joins?|joignons|en annexe|fichiers? joints?|anbei|anh[aä]nge?n?|angeh[aä]ngte?n?|beigef[uü]gte?n?|im anhang|anlagen?|beiliegende?n?|adjunt(?:o|a|os|as|amos|ar)|anex(?:o|a|os|as)|archivos? adjuntos?)(?![\p{L}\p{N}])/iu;

/** Lines of a plain text that are neither quoted, nor below a signature's "-- ", nor of a forwarded message. */
export function newText(text: string): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (/^-- ?$/.test(line) || /^-{5,} ?\S/.test(line)) break;
    if (!line.startsWith(">")) lines.push(line);
  }
  return lines.join("\n");
}

/** The word, for the question; undefined: it speaks of none. */
export function attachmentWord(text: string): string | undefined {
  return WORDS.exec(text)?.[0];
}
