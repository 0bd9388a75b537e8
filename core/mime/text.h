/* text.h - plain text that people read: flowed lines joined, and the line that previews a message. */
#ifndef MIME_TEXT_H
#define MIME_TEXT_H

#include "base/buf.h"

/* format=flowed (RFC 3676 section 4) undone: soft line breaks joined, space-stuffing off, quote depth kept as "> ".
 * Appends. */
void text_unflow(struct fct_bytes text, bool delsp, struct buf *out);
/* At most MIME_MAX_PREVIEW_CHARS characters of `text` in one line: quoted lines, the line that introduces them and the
 * signature are left out, unless nothing else is left. Appends. */
void text_preview(struct fct_bytes text, struct buf *out);

#endif
