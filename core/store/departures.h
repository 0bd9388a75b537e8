/* departures.h - messages that the server has and that are shown there no more: what it shall lose. Internal to
 * core/store.
 *
 * docs/sync.md has the whole. A departure is idle when nothing relies on it: no placement of its Email waits for the
 * server (pending, kind 2), or only such as cannot be sent (the mailbox is not made, or it was refused), which will be
 * copied from where the server has the Email otherwise; and none was chosen in its stead that was not seen yet (kind 3,
 * kept.h). A departure holds the bytes until the server has
 * lost the message, so that what it refuses to lose can be shown again. Without a UID it may be there or not (it was on
 * its way, or the mailbox was renumbered) and is looked for among what is new in the mailbox.
 *
 * Threads    the writer.
 */
#ifndef STORE_DEPARTURES_H
#define STORE_DEPARTURES_H

#include "store/email_state.h"

struct departure {
    int64_t id, mailbox_id, email_id, blob_id, received_at;
    uint64_t uid;             /* 0: to be found */
    uint64_t size;            /* of the message; larger than the blob if that is its header only */
    struct keyword_set flags; /* the server's */
    bool is_sent;             /* MOVE or EXPUNGE may be on its way */
};
void departure_done(struct departure *d);

/* `server`: what flags the server has. The placement itself is the caller's to delete. */
int departure_insert(struct store_tx *tx, const struct email_state *e, const struct email_place *p,
                     const struct keyword_set *server, struct fct_error *err);
/* Returns 1, or 0 when there is none. Of an Email in a mailbox, one with a UID if there are several; at a UID; by its
 * id. */
int departure_of_email(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct departure *out,
                       struct fct_error *err);
int departure_at(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct departure *out, struct fct_error *err);
int departure_load(struct store_tx *tx, int64_t id, struct departure *out, struct fct_error *err);
/* The server's flags of one. */
int departure_set_flags(struct store_tx *tx, int64_t id, const struct keyword_set *server, struct fct_error *err);
/* It is found: this is its UID. */
int departure_link(struct store_tx *tx, int64_t id, uint64_t uid, struct fct_error *err);
/* The server has lost it, or it is shown again. Lets its bytes go where nothing else needs them. */
int departure_forget(struct store_tx *tx, const struct departure *d, struct fct_error *err);
/* Those with a UID between the two: expunged. *out_n grows. */
int departures_vanished(struct store_tx *tx, int64_t mailbox_id, int64_t first, int64_t last, size_t *out_n,
                        struct fct_error *err);
/* Those with a UID, up to *io_left, which is lowered. Returns 1 when it did not suffice. */
int departures_forget_some(struct store_tx *tx, int64_t mailbox_id, size_t *io_left, struct fct_error *err);
/* All of a mailbox; only those without a UID. */
int departures_forget_all(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
int departures_forget_unlinked(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
/* Those whose Email does not wait to come elsewhere. */
int departures_forget_idle(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);

/* It is shown again: at its Email, or as a new one when that is gone. The caller flushes the counters. */
int departure_show_again(struct counters *c, const struct departure *d, struct fct_error *err);

#endif
