/* utf8.h - checking and mending UTF-8. Any thread, no state. */
#ifndef MIME_UTF8_H
#define MIME_UTF8_H

#include "base/buf.h"

/* Length of the valid sequence at p (n bytes left, n > 0), 0 when there is none (RFC 3629: no surrogates, no overlong
 * forms). */
size_t utf8_sequence(const char *p, size_t n);
bool utf8_is_valid(struct fct_bytes s);
bool utf8_is_ascii(struct fct_bytes s);
/* How many bytes of s, at most max, end at a character boundary. */
size_t utf8_cut(struct fct_bytes s, size_t max);
/* Appends with every malformed run replaced by one U+FFFD. NUL: replaced too, or dropped where `drop_nul`.
 * Returns whether anything was malformed (NUL does not count). */
bool utf8_add_lenient(struct buf *out, struct fct_bytes s, bool drop_nul);
/* The code point at p; *len becomes its length. Malformed: U+FFFD, length 1. */
uint32_t utf8_get(const char *p, size_t n, size_t *len);

/* The same text in ISO-8859-1. False, and nothing appended: it has other characters, C1 controls among them. Appends.
 */
bool utf8_to_latin1(struct fct_bytes s, struct buf *out);

#endif
