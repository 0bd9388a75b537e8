/* kept.h - placements that somebody chose while others of the same Email were given up: rows of `pending` of kind
 * STORE_PENDING_KEPT. Internal to core/store.
 *
 * Who takes an Email out of A to have it in B alone relies on B. What is here of B may be old: another program may have
 * moved the message on. So the server is to lose the message in A only after it was seen in B (is_sent 0: not yet), and
 * a placement that vanishes before it was seen once more, after A has lost the message, is wanted again: it was to
 * stay. The rows end when that has been seen.
 *
 * Threads    the writer.
 */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include "store/email_state.h"

/* Of an Email that waits to leave a mailbox, if it does: all its placements that the server has, or had when we last
 * looked. */
int kept_note(struct counters *c, int64_t email_id, struct fct_error *err);
/* The one placement, whatever its Email waits for. */
int kept_note_one(struct counters *c, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* Returns 1 or 0. */
int kept_find(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
int kept_forget(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);
/* The server has what is noted in this mailbox. What it has as \Deleted, and shall not (pending_unmark), stays noted.
 */
int kept_seen(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);

#endif
