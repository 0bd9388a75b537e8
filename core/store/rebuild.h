/* rebuild.h - what follows from the messages' bytes, made again from them.
 *
 * The full-text index is filled beside the one in use and then takes its place, so search goes on meanwhile; it leaves out
 * what is dead in the old one (SQLite 3.40 cannot delete from it). On the way, what the store keeps of each message (envelopes,
 * dates, attachments), what ties the Threads, and the counters are compared with the bytes, and put right where they
 * differ; then those Emails count as updated. Nothing that a user or a server said (mailboxes, flags) is touched. A message
 * whose bytes are damaged keeps what is known of it, and is found by that.
 *
 * It works in pieces of bounded size: readers parse, the writer stores, and whatever else is asked of either comes in
 * between. One that is interrupted, by a crash too, changed nothing in the index in use and leaves garbage that the next one, or
 * store_rebuild_clean, removes.
 */
#ifndef STORE_REBUILD_H
#define STORE_REBUILD_H

#include "store/store.h"

struct store_rebuild_report {
    uint64_t done, total; /* Emails */
    uint64_t corrected;   /* Emails of which the store had kept something else than the bytes say */
    uint64_t tied;        /* Emails whose Thread was merged with another */
    uint64_t damaged;     /* Emails whose bytes cannot be read */
    bool counters_were_wrong;
};

/* Called after each piece, on the fiber; false: stop. */
typedef bool (*store_rebuild_fn)(void *ctx, const struct store_rebuild_report *so_far);
/* FCT_E_BUSY when another one is under way, FCT_E_CANCELLED when `go_on` said so or the fiber was cancelled. Suspends. */
int store_rebuild(struct store *st, store_rebuild_fn go_on, void *ctx, struct store_rebuild_report *out, struct fct_error *err);
/* Removes what an interrupted one left behind. Suspends. */
int store_rebuild_clean(struct store *st, struct fct_error *err);
/* Whether so much of the index is dead that a rebuild pays, or it was made by other rules for words. Inside store_read. */
int store_rebuild_pays(struct store_tx *tx, bool *out, struct fct_error *err);

#endif
