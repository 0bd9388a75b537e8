/* text.h - plain text that people read and write: flowed lines joined and broken, and the line that previews a message.
 */
#ifndef MIME_TEXT_H
#define MIME_TEXT_H

#include "base/buf.h"

/* format=flowed (RFC 3676 section 4) undone: soft line breaks joined, space-stuffing off, quote depth kept as "> ".
 * Appends. */
void text_unflow(struct fct_bytes text, bool delsp, struct buf *out);
/* The opposite: each line of `text` is a paragraph, which is broken after 72 characters at most where it has a space
 * (RFC 3676 section 4.2, DelSp=no); leading '>' are quote depth, 100 at most. text_unflow gives it back, but for spaces
 * at the ends of lines and those between quote marks. Lines end with LF. Linear. Appends. */
void text_flow(struct fct_bytes text, struct buf *out);
/* At most MIME_MAX_PREVIEW_CHARS characters of `text` in one line: quoted lines, the line that introduces them and the
 * signature are left out, unless nothing else is left. Appends. */
void text_preview(struct fct_bytes text, struct buf *out);

#endif
