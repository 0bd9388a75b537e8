/* compare.h - what the server has against what is here, and what must be done about it. Pure: no I/O, no protocol.
 *
 * Both sides ascend by UID; one walk over both gives the plan. Windows to fetch come newest first, so that the mail that
 * people look at is here within seconds, and each is a run of UIDs of which none is here: a short command on the wire.
 */
#ifndef SYNC_COMPARE_H
#define SYNC_COMPARE_H

#include "store/emails.h"
#include "sync/listing.h"

#define SYNC_GAP_MAX 1000 /* UIDs that nobody listed, within one range to fetch: some servers number by the second */

struct sync_plan {
    struct uid_ranges fetch;    /* newest first; a range may span UIDs that exist nowhere */
    uint64_t n_fetch;           /* messages in these ranges */
    struct uid_ranges vanished; /* here, but not on the server */
    size_t *reflag;             /* positions in the listing whose flags may differ from those here */
    size_t n_reflag;
};

/* `complete`: the listing is all that the mailbox holds, so what it lacks has vanished. Otherwise it is news only.
 * `window`: how many messages one range to fetch may hold. */
void sync_compare(const struct listing *server, bool complete, const struct store_uid_flags *local, size_t n_local, size_t window,
                  struct sync_plan *out);
void sync_plan_done(struct sync_plan *p);

/* UIDs that are gone, in bites for one transaction each: a server may say "1:*", and a mailbox may hold 500,000. */
struct uid_bites {
    struct uid_ranges ranges;             /* ascending, none overlaps */
    const struct store_uid_flags *local;  /* ascends by UID; borrowed */
    size_t n_local;
    size_t at, at_local;
};
/* `r` in any order. */
void uid_bites_begin(struct uid_bites *b, const struct uid_ranges *r, const struct store_uid_flags *local, size_t n_local);
/* The next ranges, replacing what *out held, of which at most `max` messages are here. False: nothing is left. */
bool uid_bites_next(struct uid_bites *b, size_t max, struct uid_ranges *out);
void uid_bites_done(struct uid_bites *b);

#endif
