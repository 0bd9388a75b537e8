/* html.h - HTML becomes text that can be read, searched and quoted.
 *
 * A tokenizer of ours, one pass, no tree, no recursion: what is not closed or nested a million deep costs nothing more.
 * Head, scripts, styles and hidden elements are dropped; blocks make lines, quotes get "> ", list items "- ", table
 * cells a tab; images give their alternative text; <pre> is kept as it is. Threads: any.
 */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include "base/buf.h"

enum html_flag { HTML_LINKS = 1 /* "label <url>", unless the label says it already */ };

/* `html` is UTF-8. Appends at most about `max` bytes of text (whole characters); the last line has no line end. */
void html_to_text(struct fct_bytes html, unsigned flags, size_t max, struct buf *out);

/* The character reference at p (an '&'); 0 when it is none, else its length with one or two code points. */
size_t html_entity(const char *p, const char *end, uint32_t out[2]);

#endif
