/* mailbox_journal.h - rows of mailbox_wish, for users' changes and for listings. Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_MAILBOX_JOURNAL_H
#define STORE_MAILBOX_JOURNAL_H

#include "store/counters.h"
#include "store/mailbox_wishes.h"

struct wish_row {
    int what, sent;
    int64_t server_parent, sent_parent;
    char *server_name, *sent_full_name, *sent_name;
    uint32_t seen_uidvalidity;
    uint64_t seen_uidnext;
    int64_t seen_messages;
    bool was_told;
};
void wish_row_done(struct wish_row *w);
/* what 0: there is none. */
int wish_row_load(struct store_tx *tx, int64_t mailbox_id, struct wish_row *out, struct fct_error *err);
/* Inserts, updates, or with what 0 deletes. */
int wish_row_write(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, const struct wish_row *w,
                   struct fct_error *err);

/* What users did, in an account with a server. `m`: as it was before. */
int wish_make(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, bool is_subscribed, struct fct_error *err);
int wish_rename(struct store_tx *tx, const struct store_mailbox *m, int64_t parent_id, const char *name,
                struct fct_error *err);
int wish_subscribe(struct store_tx *tx, const struct store_mailbox *m, bool is_subscribed, struct fct_error *err);
/* Notes that it shall be deleted, and what is known of its messages, before any of them goes. Once is enough.  */
int wish_delete(struct store_tx *tx, const struct store_mailbox *m, struct fct_error *err);
/* Its messages are gone; now it is hidden, or removed if the server never had it. */
int mailbox_hide(struct counters *c, const struct store_mailbox *m, struct fct_error *err);
/* A hidden mailbox is shown again, as another (its id has been told to be gone): `id`, a row that was just inserted.
 * What still leaves it leaves that one. */
int mailbox_take_over(struct counters *c, int64_t hidden_id, int64_t id, struct fct_error *err);
/* The row of a hidden mailbox goes. */
int mailbox_drop_hidden(struct counters *c, int64_t id, struct fct_error *err);
/* What is on the server becomes what waits to be made (the server has lost it). */
int mailbox_make_again(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct fct_error *err);

/* What separates levels below a mailbox (0: at the top) of an account; 0: nothing does. */
int mailbox_delimiter(struct store_tx *tx, int64_t account_id, int64_t parent_id, uint32_t *out, struct fct_error *err);

#endif
