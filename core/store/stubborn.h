/* stubborn.h - messages that a server does not give: the connection breaks whenever one is fetched, or it is listed and
 * never comes.
 *
 * One row for each, by mailbox and UID, with the failures in a row; it goes when the message has come, when the server
 * does not have it any more, and with the UIDs of its mailbox. After STUBBORN_FAILURES the message is left out, with a
 * notice, and tried again rarely: what is done when is core/sync/stubborn.c's business. So few that nothing here is
 * measured by the mailbox.
 *
 * Threads    those that change something: the writer. The others: any.
 */
#ifndef STORE_STUBBORN_H
#define STORE_STUBBORN_H

#include "store/store.h"

#define STUBBORN_FAILURES 3 /* after which a message is left out */
#define STUBBORN_MAX 1000   /* of a mailbox; beyond, the one that has not been tried for longest is forgotten */
#define STUBBORN_TOLD 20    /* of a mailbox, one by one: a server that gives nothing has another trouble */
#define STUBBORN_PAUSE_S (INT64_C(24) * 60 * 60) /* between two tries of one that is left out */

struct store_stubborn {
    uint64_t uid;
    uint32_t failures; /* in a row */
    int64_t tried_at;  /* seconds */
    bool is_here;      /* its UID has something here */
    bool is_partial;   /* which is its header */
};

/* Those of a mailbox, ascending by UID. Freed by the caller. */
int store_stubborn_load(struct store_tx *tx, int64_t mailbox_id, struct store_stubborn **out, size_t *out_n,
                        struct fct_error *err);
/* How many messages of the mailbox are left out: nothing of them is here. */
int store_stubborn_left_out(struct store_tx *tx, int64_t mailbox_id, uint64_t *out_n, struct fct_error *err);
/* It did not come. With the failure that makes it left out a notice tells the user. */
int store_stubborn_failed(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, int64_t now, struct fct_error *err);
/* It came, or it is no more. */
int store_stubborn_forget(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct fct_error *err);
/* Where the row meant another UID: it goes on counting there, unless that has one. */
int store_stubborn_move(struct store_tx *tx, int64_t mailbox_id, uint64_t from, uint64_t to, struct fct_error *err);
/* Mailboxes of the account with messages whose last try was before `before` (seconds), or in time to come, or which
 * failed less often than STUBBORN_FAILURES. Freed by the caller. */
int store_stubborn_mailboxes(struct store_tx *tx, int64_t account_id, int64_t before, int64_t **out, size_t *out_n,
                             struct fct_error *err);
/* All of a mailbox. Internal to core/store. */
int stubborn_forget_all(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err);

#endif
