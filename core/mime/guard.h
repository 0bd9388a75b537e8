/* guard.h - the linear scan that stands in front of GMime.
 *
 * It decides whether a message may be taken apart at all: parts, nesting, header sizes, parameters, addresses, groups,
 * comments (limits.h names the bounds). Two kinds of counting go on in one pass: that of the structure as GMime will
 * see it, and, so that no disagreement between the two scanners can be exploited, a coarser one that counts every line
 * of the message that could be a delimiter or a Content-* field wherever it stands. Threads: any. Never fails, never
 * recurses, linear in the message.
 */
#ifndef MIME_GUARD_H
#define MIME_GUARD_H

#include "mime/headers.h"
#include "mime/limits.h"

/* Where parts begin that have neither header nor empty line: GMime loses what stands there, unless an empty line is put
 * in front of it. */
struct guard_repairs {
    size_t at[MIME_MAX_REPAIRS]; /* offsets into `raw`, ascending */
    size_t n;
};

/* NULL when GMime may have the message; else which limit it breaks, as a static string: "more than 1000 parts". `h` is
 * the scanned header block of `raw`. `repairs` may be NULL. */
const char *guard_check(struct fct_bytes raw, const struct mime_headers *h, struct guard_repairs *repairs);
/* The check of one address field alone. */
const char *guard_check_addresses(struct fct_bytes value);

#endif
