/* words.h - text in header fields: unfolding, RFC 2047 encoded words, Normalization Form C. Any thread, linear. */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include "base/buf.h"

/* The Text form (RFC 8621 section 4.1.2.2) of a raw value: unfolded, leading spaces off, encoded words decoded where
 * RFC 2047 section 5 allows them (between white space), in NFC. Appends. */
void words_text(struct fct_bytes raw, struct buf *out);
/* Decodes without NFC, and not skipping leading space: for the parts of a structured field (a phrase, a comment). */
void words_decode(struct fct_bytes raw, struct buf *out);
/* Length of the encoded word that begins at p, whatever follows it; 0 when none does. */
size_t words_encoded_length(const char *p, const char *end);
/* Brings out->p[from..] into Normalization Form C. */
void words_normalize(struct buf *out, size_t from);

#endif
