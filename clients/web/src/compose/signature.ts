/** The signature of who writes, which goes with From: the core sets it in (docs/decisions/0026), behind a line "-- " (RFC 3676 section 4.3). */

const MARK = "-- \n";

/** As the core has it in a text: at the end, or above what is forwarded. */
function blockOf(signature: string): string {
  return signature ? `\n${MARK}${signature.replace(/\n*$/, "\n")}` : "";
}

/** A plain text with another signature in the place of the one that stands there as it was set in; where it was changed by hand it stays. */
export function withSignature(text: string, before: string, after: string): string {
  const old = blockOf(before);
  const at = old ? text.lastIndexOf(old) : -1;
  if (at >= 0) return text.slice(0, at) + blockOf(after) + text.slice(at + old.length);
  if (before || !after) return text;
  const forwarded = text.search(/^-{8} \S/m); // above what is forwarded
  return forwarded > 0 ? `${text.slice(0, forwarded).replace(/\n*$/, "\n")}${blockOf(after)}\n${text.slice(forwarded)}` : text.replace(/\n*$/, "\n") + blockOf(after);
}

/** The signature in an editor; it is the last of those that are not quoted. */
export function findSignature(root: ParentNode): HTMLElement | undefined {
  const found = [...root.querySelectorAll<HTMLElement>("div.signature")].filter((one) => !one.closest("blockquote"));
  return found.at(-1);
}
