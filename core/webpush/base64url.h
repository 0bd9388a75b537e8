/* base64url.h - RFC 4648 section 5, without padding. Any thread. */
#ifndef WEBPUSH_BASE64URL_H
#define WEBPUSH_BASE64URL_H

#include "base/buf.h"

/* Appends. */
void base64url_write(struct fct_bytes data, struct buf *out);
/* Exactly `n` bytes; padding at the end may be there. False: `text` is something else. */
bool base64url_read(const char *text, unsigned char *out, size_t n);

#endif
