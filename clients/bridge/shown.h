/* shown.h - images that were shown lately, so that their senders do not hear of each time that a message is opened.
 *
 * What a server says of keeping them is not asked: "no-store" would be how a sender hears of it. Each credential has
 * its own: what one has looked at is not to be found out by another.
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_SHOWN_H
#define BRIDGE_SHOWN_H

#include "util.h"

#define SHOWN_MS ((uint64_t)86400000)
#define SHOWN_BYTES ((size_t)16 << 20)     /* of all */
#define SHOWN_BYTES_EACH ((size_t)1 << 20) /* a larger one is not kept */
#define SHOWN_MAX 1024

struct shown;
struct shown *shown_new(void);
void shown_free(struct shown *s); /* NULL is accepted */
/* Keeps a copy; what was not asked for longest makes room. `type` lives for ever. */
void shown_keep(struct shown *s, const char *by, const char *url, const char *type, const struct buf *image,
                uint64_t now);
/* Its type, and a copy is added to `out`; NULL: it is not there, or too old. */
const char *shown_find(struct shown *s, const char *by, const char *url, uint64_t now, struct buf *out);

#endif
