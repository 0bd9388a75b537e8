/* encode.h - content as lines of ASCII (RFC 2045 sections 6.7 and 6.8). Appends. Threads: any. */
#ifndef MIME_ENCODE_H
#define MIME_ENCODE_H

#include "base/buf.h"

/* In lines of 76, the last one without its end. */
void encode_base64(struct fct_bytes in, struct buf *out);
/* Lines end with CRLF in `in`. White space before a line's end is encoded, or it would be lost. */
void encode_quoted(struct fct_bytes in, struct buf *out);

#endif
