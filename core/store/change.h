/* change.h - what the files of users' changes share (change_email.c, change_places.c). Internal to core/store.
 *
 * Threads    the writer.
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "store/store.h"

/* Whether no server is to be told of changes: the account has none, or a maildrop. FCT_E_NOT_FOUND_ACCOUNT. */
int account_is_local(struct store_tx *tx, int64_t account_id, bool *out, struct fct_error *err);
/* The server lets messages come and go: FCT_E_FORBIDDEN. */
int mailbox_check_writable(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);
/* A sorted copy without duplicates of the mailboxes that a caller wants, checked. */
int mailboxes_check(struct store_tx *tx, int64_t account_id, const int64_t *ids, size_t n, int64_t **out, size_t *out_n,
                    struct fct_error *err);
/* In such a list. */
bool mailbox_is_among(int64_t id, const int64_t *ids, size_t n);

#endif
