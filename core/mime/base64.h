/* base64.h - base64 as mail has it: line ends and rubbish are skipped, padding may be missing, and may stand in the
 * middle where two encoded texts were put behind each other. (GMime's decoder drops a last group without padding.) */
#ifndef MIME_BASE64_H
#define MIME_BASE64_H

#include "base/buf.h"

struct base64 {
    uint32_t bits;
    unsigned have;
};

/* Decodes n bytes to `out`, which has room for n / 4 * 3 + 3. Returns how many were written. `s` begins as {0} and
 * carries over. */
size_t base64_decode_step(struct base64 *s, const char *in, size_t n, char *out);

#endif
