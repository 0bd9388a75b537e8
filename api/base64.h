/* base64.h - base64 as JSON carries it: RFC 4648 section 4, strictly. Threads: any. */
#ifndef API_BASE64_H
#define API_BASE64_H

#include "base/buf.h"

void base64_encode(struct fct_bytes data, struct buf *out); /* appends */
/* Appends the bytes. False when `text` is not canonical base64 with its padding; then `out` holds a beginning. */
bool base64_decode(struct fct_bytes text, struct buf *out);

#endif
