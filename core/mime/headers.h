/* headers.h - the header block, found by a scanner of ours: field by field, exact bytes, nothing interpreted.
 *
 * GMime never sees the fields of the message itself but for Content-*: this scanner gives them, so that raw forms are
 * exact (RFC 8621 section 4.1.2.1) and a message that is degraded has its headers all the same. Lenient: "From " of an
 * mbox before the first field, bare LF (or CR, where there is no LF), space before the colon, a line that is no field.
 * Slices point into what was scanned. Linear. Threads: any.
 */
#ifndef MIME_HEADERS_H
#define MIME_HEADERS_H

#include "base/buf.h"

struct mime_header {
    struct fct_bytes name;  /* as written, without space before the colon */
    struct fct_bytes value; /* from after the colon up to the line end that terminates the field; folds inside */
};

struct mime_headers {
    struct mime_header *v;
    size_t n, cap;
    size_t body;  /* offset of the body: behind the empty line; the slice's length when there is none */
    size_t bytes; /* of the header block */
    size_t lines;
    size_t longest; /* the longest value, before it was cut */
    size_t kept;    /* bytes of all values */
};

/* Scans the block at the start of `raw`. At most MIME_MAX_HEADER_LINES fields are kept, values beyond
 * MIME_MAX_FIELD_BYTES cut (those behind MIME_MAX_HEADER_BYTES, beyond MIME_MAX_LATE_FIELD_BYTES); `body` is found
 * wherever it is. */
void headers_scan(struct fct_bytes raw, struct mime_headers *out);
void headers_done(struct mime_headers *h);
/* The last field of that name (RFC 8621 section 4.1.3), NULL when there is none. */
const struct mime_header *headers_last(const struct mime_headers *h, const char *name);
/* The first one: what MIME readers take of a repeated Content-Type. */
const struct mime_header *headers_first(const struct mime_headers *h, const char *name);
/* The raw form: malformed UTF-8 is U+FFFD, NUL dropped. Appends. */
void header_raw(struct fct_bytes value, struct buf *out);

#endif
