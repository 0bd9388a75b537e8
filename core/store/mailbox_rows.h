/* mailbox_rows.h - writing rows of mailboxes, for users' changes and for servers' listings. Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_MAILBOX_ROWS_H
#define STORE_MAILBOX_ROWS_H

#include "store/counters.h"
#include "store/mailboxes.h"

#define MAILBOXES_MAX 50000 /* of one account */

struct mailbox_row {
    int64_t parent_id; /* 0: top */
    const char *name;
    int role, sort_order;
    bool is_subscribed;
    uint32_t attrs;
    struct fct_bytes wire_name; /* p NULL: none */
    const char *remote_mailbox_id, *full_name;
    uint32_t delimiter;
    bool is_own_role; /* a user gave it */
};
/* FCT_E_EXISTS when a sibling has the name. */
int mailbox_row_insert(struct store_tx *tx, int64_t account_id, const struct mailbox_row *row, int64_t *out_id,
                       struct fct_error *err);
/* The mailbox with its placements, and the Emails that have no other. Its children are the caller's care. The caller
 * flushes. */
int mailbox_row_remove(struct counters *c, int64_t id, struct fct_error *err);
/* Everything is taken out of the mailbox: placements, what carries \Deleted, pending changes. */
int mailbox_empty(struct counters *c, int64_t id, struct fct_error *err);
/* All mailboxes of an account that has no Emails any more. */
int mailboxes_destroy_all(struct store_tx *tx, int64_t account_id, struct fct_error *err);

#endif
