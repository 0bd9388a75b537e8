/* parcel.h - one submission, read and made ready for a server. Inside outbox/ only.
 *
 * Ownership  everything in it is its own.
 * Threads    parcel_load on one that reads the store (decompressing and scanning take their time), the rest anywhere.
 */
#ifndef OUTBOX_PARCEL_H
#define OUTBOX_PARCEL_H

#include "outbox/outgoing.h"
#include "store/blobs.h"
#include "store/submissions.h"

struct parcel {
    int64_t id;
    struct store_submission s;
    struct blob_view view;
    struct outgoing_facts facts;
    struct buf ascii; /* in place of the kept bytes, for a server that takes nothing else */
    struct outgoing reading;
    struct buf piece;
    /* those who wait for it: as the server is told, and which of the submission's recipients each is */
    struct fct_recipient *to;
    size_t *index;
    char **owned; /* the bytes of `to`: two for each */
    size_t n;
    char *sender, *envid;
    uint32_t ret;
    struct store_recipient_outcome *outcomes;
    size_t n_outcomes;
    bool was_committed;
    bool is_reserved;     /* with others (batch.h) */
    struct fct_error why; /* it could not be read */
};

/* Reserved, and the server cannot have it. */
static inline bool parcel_is_untouched(const struct parcel *p)
{
    return p->is_reserved && !p->was_committed;
}
/* Fills in all that follows p->id. On failure p->s says whether at least its row was found. */
int parcel_load(struct store_tx *tx, struct parcel *p, struct fct_error *err);
/* Makes the message ASCII, if it is not. FCT_E_UNSUPPORTED: it cannot be. Suspends (a worker does it). */
int parcel_downgrade(struct parcel *p, struct fct_error *err);
/* For another try: from its first byte. */
void parcel_begin(struct parcel *p);
void parcel_done(struct parcel *p);

#endif
