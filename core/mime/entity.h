/* entity.h - one part of a message (or the message), as its bytes stand there: header, body, and the parts within. For those who must
 * have the exact bytes; what is shown comes from GMime (message.h).
 *
 * Threads    any. Slices point into what was read.
 */
#ifndef MIME_ENTITY_H
#define MIME_ENTITY_H

#include "mime/headers.h"

#define ENTITY_BOUNDARY_MAX 200 /* RFC 2046 section 5.1.1: 70 */

struct entity {
    struct mime_headers headers;
    struct fct_bytes header, body; /* the header with the empty line behind it */
    struct buf type, encoding;     /* Content-Type and Content-Transfer-Encoding without folds; empty: none */
};
void entity_read(struct fct_bytes raw, struct entity *out);
void entity_done(struct entity *e);

/* Whether a value begins with this word ("base64"), is this type ("message/rfc822") or one of those ("multipart/"). */
bool entity_is(const struct buf *value, const char *word);
/* The value of a parameter, as far as it fits; false: there is none. */
bool entity_parameter(const struct buf *type, const char *name, char *out, size_t cap);

/* The line at an offset, with its end. */
struct fct_bytes entity_line(struct fct_bytes text, size_t at);
/* 0: no delimiter; 1: one; 2: the last one. */
int entity_delimiter(struct fct_bytes line, const char *boundary, size_t n);
/* What stands between two delimiters, without the line end that belongs to the second. */
struct fct_bytes entity_between(struct fct_bytes body, size_t from, size_t to);
/* The parts of a multipart body, one after the other: *at begins as 0. False: no more. Linear in all calls together. */
bool entity_next(struct fct_bytes body, const char *boundary, size_t *at, struct fct_bytes *out);
/* The content as it was before it was encoded. Appends. */
void entity_decode(const struct entity *e, struct buf *out);

#endif
