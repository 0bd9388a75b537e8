/* pending_set.h - pending flag changes as sets. Internal to core/store.
 *
 * An entry is what the server still has to be told about one message: flags to add and to remove. While it is not on
 * its way (is_sent 0) it is the difference between what is shown and what the server has, so a wish that is taken back
 * leaves nothing. Once it may be on its way, what the server has is not known, and a wish that is taken back becomes
 * its opposite.
 */
#ifndef STORE_PENDING_SET_H
#define STORE_PENDING_SET_H

#include "store/email_state.h"
#include "store/keywords.h"
#include "store/pending.h"

/* What is shown when the server says `server`: the pending changes of that placement on top. What the server has by
 * itself meanwhile is taken out of the journal. The caller calls keyword_set_done(out). */
int pending_apply(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *server,
                  struct keyword_set *out, struct fct_error *err);
/* The other way round: what the server has of a placement that is shown with `shown`. *out_is_sent: something may be on
 * its way. The caller calls keyword_set_done(out). */
int pending_server_side(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, const struct keyword_set *shown,
                        struct keyword_set *out, bool *out_is_sent, struct fct_error *err);
/* A placement that is new here and that the server has, or will have, with other flags: what it must be told.
 * `is_sent`: some of it may have been. */
int pending_wish(struct store_tx *tx, int64_t account_id, const struct email_place *p, int64_t email_id,
                 const struct keyword_set *server, bool is_sent, struct fct_error *err);

/* A placement that the server has as \Deleted and that is shown nevertheless, as somebody took the deletion back: the
 * mark shall be taken away there. Whoever set it may be expunging just now: so the placement is kept (kept.h) until it
 * was seen without the mark. */
int pending_unmark(struct counters *c, int64_t mailbox_id, int64_t email_id, uint64_t uid, struct fct_error *err);
/* Whether that waits. Returns 1 or 0. */
int pending_unmarks(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err);

#endif
