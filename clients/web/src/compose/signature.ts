/** The signature of who writes, which goes with From: the core sets it in (docs/decisions/0026), behind a line "-- " (RFC 3676 section 4.3). */

/** A plain text with another signature in the place of the one that stands there as it was set in; where it was changed by hand it stays.
 * `before`, `after`: as the core sets them in, "\n-- \nJane\n"; "": none. */
export function withSignature(text: string, before: string, after: string): string {
  const at = before ? text.lastIndexOf(before) : -1;
  if (at >= 0) return text.slice(0, at) + after + text.slice(at + before.length);
  if (before || !after) return text;
  const forwarded = text.search(/^-{8} \S/m); // above what is forwarded
  return forwarded > 0 ? `${text.slice(0, forwarded).replace(/\n*$/, "\n")}${after}\n${text.slice(forwarded)}` : text.replace(/\n*$/, "\n") + after;
}

/** The signature in an editor; it is the last of those that are not quoted. */
export function findSignature(root: ParentNode): HTMLElement | undefined {
  const found = [...root.querySelectorAll<HTMLElement>("div.signature")].filter((one) => !one.closest("blockquote"));
  return found.at(-1);
}
