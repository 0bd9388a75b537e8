/* compose_words.h - values as they stand in a header: encoded words, phrases, addresses, parameters, folding. Internal
 * to compose. Threads: any. */
#ifndef MIME_COMPOSE_WORDS_H
#define MIME_COMPOSE_WORDS_H

#include "base/buf.h"

/* One header field under way: what is put after it goes to the next line when this one gets long. */
struct field_writer {
    struct buf *out;
    size_t column;
    bool has_piece;
};
void field_begin(struct field_writer *w, struct buf *out, const char *name);
/* A piece that is not broken, with one space (or a fold) before it. The first one stays on the line of the name,
 * however long: a first line without content is read in different ways. */
void field_piece(struct field_writer *w, struct fct_bytes piece);
/* Directly behind the last piece. */
void field_glue(struct field_writer *w, const char *text);
void field_end(struct field_writer *w);

/* Free text: as it is when it is plain ASCII, else encoded words (RFC 2047), in ISO-8859-1 where that has all of it,
 * else in UTF-8. White space and controls become spaces. */
void field_text(struct field_writer *w, const char *text);
/* A display name: atoms, a quoted string, or encoded words. */
void field_phrase(struct field_writer *w, const char *text);
/* "; name=value", quoted or as RFC 2231 wants it, on a line of its own. */
void field_parameter(struct field_writer *w, const char *name, const char *value);
/* The same as encoded words in a quoted string: what RFC 2047 section 5 forbids, and programs read that know no RFC
 * 2231. For a parameter that is said a second time. */
void field_parameter_words(struct field_writer *w, const char *name, const char *value);

bool is_ascii_text(const char *s); /* %x20-7e only */
bool has_control(const char *s);   /* below %x20, %x7f */
bool is_token(const char *s);      /* RFC 2045 section 5.1 */

#endif
