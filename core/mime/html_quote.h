/* html_quote.h - HTML that a stranger wrote, made fit to stand inside HTML of ours: a quote in a reply.
 *
 * What shows text stays, as do links, pictures, tables and plain styles. What could run, load, submit, or reach beyond
 * its place goes: scripts, style sheets, forms, frames, handlers, addresses of other schemes than http, https, mailto,
 * tel, ftp, mid and cid (pictures: also data:image), styles with url() or position. Every element is closed where it
 * belongs and none is that was not opened inside, so that nothing gets out of the quote.
 *
 * One pass, no tree, no recursion; linear. Threads: any.
 */
#ifndef MIME_HTML_QUOTE_H
#define MIME_HTML_QUOTE_H

#include "base/buf.h"

/* `html` is UTF-8. Appends. */
void html_quote(struct fct_bytes html, struct buf *out);
/* Text as HTML: special characters escaped, line ends as <br>. Appends. */
void html_add_text(struct fct_bytes text, struct buf *out);

#endif
