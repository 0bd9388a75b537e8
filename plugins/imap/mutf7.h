/* mutf7.h - mailbox names: modified UTF-7 of RFC 3501 section 5.1.3, to and from UTF-8.
 *
 * Pure functions.
 */
#ifndef IMAP_MUTF7_H
#define IMAP_MUTF7_H

#include "wire/buffer.h"

/* Appends the UTF-8 of a server's name. False, and nothing is appended, when the name is no modified UTF-7 in its one
 * canonical form, so that imap_mutf7_encode gives exactly it again: such a name is shown as it stands. */
bool imap_mutf7_decode(struct fct_bytes name, struct wire_buffer *out);
/* Appends the modified UTF-7 of a name. False, and nothing is appended, when it is no valid UTF-8. */
bool imap_mutf7_encode(struct fct_bytes utf8, struct wire_buffer *out);

/* Whether the bytes are UTF-8 (no overlong forms, no surrogates, no code point beyond U+10FFFF). */
bool imap_is_utf8(struct fct_bytes text);

#endif
