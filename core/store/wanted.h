/* wanted.h - placements that the server shall get: rows of `pending` of kind STORE_PENDING_PLACE. Internal to
 * core/store.
 *
 * Such a placement has no UID. It is settled when it gets one: by COPYUID or APPENDUID, or because the message was
 * found in the mailbox (store_placement_relink).
 *
 * Threads    the writer.
 */
#ifndef STORE_WANTED_H
#define STORE_WANTED_H

#include "store/email_state.h"

/* How far a wanted placement has come: pending.is_sent. */
enum wanted_step {
    WANTED_WAITS = 0,
    WANTED_SENT = 1,     /* COPY, MOVE or APPEND may be on its way */
    WANTED_ACCEPTED = 2, /* the server took it, and did not say under which UID */
};

/* The placement and its row. Takes nothing over. */
int wanted_add(struct counters *c, int64_t email_id, const struct email_place *p, struct fct_error *err);
/* The row alone. */
int wanted_note(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* Returns 1 and how far it has come, or 0: it is not wanted. */
int wanted_find(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, enum wanted_step *out,
                struct fct_error *err);
/* It is there. */
int wanted_settle(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);

#endif
