/* snoozes.h - Emails that are out of sight until a moment, and come back then.
 *
 * A snoozed Email is in the account's mailbox with the role snoozed, a mailbox like any other that the server has, too
 * (made when it is needed first), so other programs see it there. When its time has come it is in its mailbox again,
 * the inbox unless another was named: unread, and with the keyword $new, by which lists put it first; reading it takes
 * that away (decision 41). Whoever takes it out of the mailbox before, here or with another program, has ended it.
 *
 * Threads    reading: any. The rest: the writer.
 * Errors     FCT_E_NOT_FOUND: there is no such Email.
 */
#ifndef STORE_SNOOZES_H
#define STORE_SNOOZES_H

#include "store/store.h"

#define SNOOZE_MAX_SECONDS (INT64_C(100) * 366 * 86400)
#define KEYWORD_NEW "$new"

/* Until then. One that is snoozed already gets the new time. `to_mailbox_id` 0: the inbox. FCT_E_INVALID ("until:
 * ..."). */
int store_email_snooze(struct store_tx *tx, int64_t email_id, int64_t until, int64_t to_mailbox_id, int64_t now,
                       struct fct_error *err);
/* Back where it was, as it was. *out_was false: it was not snoozed, and nothing happened. */
int store_email_unsnooze(struct store_tx *tx, int64_t email_id, bool *out_was, struct fct_error *err);

/* The account's mailbox where they wait: with the role, or one of that name which gets it then. *out 0: there is none
 * yet, and snoozing makes it. */
int store_snooze_mailbox(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err);

/* When the next wakes; 0: none is waited for. */
int store_snoozes_next(struct store_tx *tx, int64_t *out_until, struct fct_error *err);
/* Up to `max` of those whose time has come at `now`: *out_n of them are awake. One that can have no further keyword is
 * so without $new. One that cannot be moved now (its mailbox is read-only) is tried again in SNOOZE_AGAIN_SECONDS. */
#define SNOOZE_AGAIN_SECONDS 3600
int store_snoozes_wake(struct store_tx *tx, int64_t now, size_t max, size_t *out_n, struct fct_error *err);

/* ---- internal to core/store ---- */

/* The Email's mailboxes have changed. */
int snooze_placed(struct store_tx *tx, int64_t email_id, struct fct_error *err);

/* What is waited for, so that it can be taken back that it became another moment (undo.h). until 0: it is not snoozed.
 */
struct snooze_moment {
    int64_t until, to_mailbox_id;
};
int snooze_moment_load(struct store_tx *tx, int64_t email_id, struct snooze_moment *out, struct fct_error *err);
/* Of one that is snoozed. */
int snooze_moment_set(struct store_tx *tx, int64_t email_id, int64_t account_id, const struct snooze_moment *m,
                      struct fct_error *err);

#endif
