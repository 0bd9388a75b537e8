/* compose_content.h - the content of a part, in 7bit, quoted-printable, base64 or 8bit. Internal to compose. Threads:
 * any. */
#ifndef MIME_COMPOSE_CONTENT_H
#define MIME_COMPOSE_CONTENT_H

#include "base/buf.h"

/* What decides about the encoding: how many bytes of each kind, the longest line, CR or LF that stand alone. */
struct text_look {
    size_t high, controls, equals, longest_line;
    bool has_bare_break, has_nul;
};
struct text_look content_look(struct fct_bytes s);

/* A text of ours: its line ends are ours to choose. Adds the encoding field, the empty line and the content, without
 * the line end that belongs to the delimiter behind it (RFC 2046 section 5.1.1). */
void content_add_text(struct fct_bytes text, struct buf *out);
/* A file: it must come out byte for byte. A message must not be encoded (RFC 2046 section 5.2.1). */
void content_add_file(struct fct_bytes bytes, bool is_message, struct buf *out);

#endif
