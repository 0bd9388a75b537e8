/* answered.h - a message that has been sent says of the one that it answers, or forwards, that this was done.
 *
 * Which one that is stands in the message: In-Reply-To names what is answered. One that has References without
 * In-Reply-To forwards what it names last, as mime/answer.h makes it. So it holds for every front end, over restarts,
 * and for drafts that were written on under other ids; and a draft that is thrown away leaves nothing.
 *
 * Threads    the writer.
 */
#ifndef STORE_ANSWERED_H
#define STORE_ANSWERED_H

#include "store/store.h"

#define ANSWERED_MAX 10 /* ids of In-Reply-To that are looked at, and Emails of one id */

/* $answered or $forwarded on the Emails that the Email `email_id` of the account answers or forwards: those of its
 * account, or where it has none those of the others. `blob_id`: what was submitted, which is the Email itself. Nothing
 * when the Email is gone, or that was somebody's message that was resent (RFC 5322 section 3.6.6). What cannot take the
 * keyword does without. */
int store_mark_answered(struct store_tx *tx, int64_t account_id, int64_t email_id, int64_t blob_id,
                        struct fct_error *err);

#endif
