/* pending.h - the journal of local changes that the server has not accepted yet. */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "store/store.h"

/* Numbers are stored. FLAGS: of a placement; PLACE: a placement that the server shall get (store/transfers.h); KEPT: one that was chosen
 * while others were given up, nothing to be sent (kept.h). What the server shall lose has a table of its own, departure. */
enum store_pending_kind { STORE_PENDING_FLAGS = 1, STORE_PENDING_PLACE = 2, STORE_PENDING_KEPT = 3 };

struct store_pending {
    int64_t id, account_id, mailbox_id, email_id;
    uint64_t uid;
    int kind, tries;
    uint32_t add_flags, remove_flags;
    char *add_keywords, *remove_keywords; /* separated by one space, or NULL */
};
/* Called by store/change_email.c: coalesces with what waits for the same message (flag on, flag off: nothing is left). */
int store_pending_flags(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, int64_t email_id, uint64_t uid,
                        const struct fct_flags *add, const struct fct_flags *remove, struct fct_error *err);
/* Up to `max` changes of flags of a mailbox, oldest first, to be sent now. Call it on the writer: it notes that they may be on their way, so
 * that a wish which is taken back meanwhile is told to the server too. (On a reader it only looks.) */
int store_pending_load(struct store_tx *tx, int64_t mailbox_id, size_t max, struct store_pending **out, size_t *out_n, struct fct_error *err);
void store_pending_free(struct store_pending *p, size_t n);
/* The mailboxes of an account with changes of flags to be sent; how many changes of every kind wait in all. */
int store_pending_mailboxes(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err);
int store_pending_count(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err);
/* The server accepted it: the entry as it was loaded goes; what was added to it meanwhile stays. */
int store_pending_done(struct store_tx *tx, const struct store_pending *p, struct fct_error *err);
/* The server refused it for good: undone locally. */
int store_pending_refused(struct store_tx *tx, const struct store_pending *p, const char *why, struct fct_error *err);

#endif
