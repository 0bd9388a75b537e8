/* restore.h - an Email that was destroyed comes back, as a new one. Internal to core/store.
 *
 * Where its departure still waits and the server was told nothing, it is where it was and nothing has happened. Where
 * the server is being told, or has lost it, the server shall get it again (docs/sync.md). That needs the bytes: of one
 * of which only the header is here nothing can come back but what the server may still have.
 *
 * Threads    the writer.
 */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "store/email_state.h"

struct lost_email {
    int64_t account_id, email_id; /* which it was */
    int64_t blob_id, received_at;
    uint64_t partial_size;      /* of the message, if the blob is its header only; else 0 */
    const int64_t *mailbox_ids; /* ascending; each of the account, at least one */
    size_t n;
    struct keyword_set flags; /* borrowed */
};
/* FCT_E_FORBIDDEN: a mailbox is read-only. FCT_E_BLOB_NOT_FOUND: only the header is here, and the server has lost it.
 */
int email_restore(struct store_tx *tx, const struct lost_email *l, int64_t *out_id, struct fct_error *err);
/* What still waits to leave the server as one Email leaves it as the other. */
int departures_become(struct store_tx *tx, int64_t from, int64_t to, struct fct_error *err);

#endif
