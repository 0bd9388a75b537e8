/* quoted.h - quoted-printable as mail has it (RFC 2045 section 6.7): white space before a line's end was put there on
 * the way and goes, behind the '=' of a soft line break too; what is no code stays as it is. (GMime's decoder keeps
 * that white space, and so breaks lines and words that were none.) */
#ifndef MIME_QUOTED_H
#define MIME_QUOTED_H

#include "base/buf.h"

#define QUOTED_HELD_MAX 80 /* white space beyond it is no padding, and stays */

struct quoted {
    enum { QUOTED_TEXT, QUOTED_SPACE, QUOTED_EQUALS, QUOTED_HEX, QUOTED_BREAK, QUOTED_BREAK_CR } state;
    char held[QUOTED_HELD_MAX]; /* white space that may be padding */
    size_t n_held;
    char first; /* the first digit of a code */
};

/* Decodes n bytes to `out`, which has room for n + QUOTED_HELD_MAX + 2. Returns how many were written. `s` begins as
 * {0} and carries over; what is left in it at the end is padding, or an '=' that ends the content, and goes; but the
 * digit of a code that was cut is given by quoted_decode_end (at most 2 bytes). */
size_t quoted_decode_step(struct quoted *s, const char *in, size_t n, char *out);
size_t quoted_decode_end(struct quoted *s, char out[2]);

#endif
