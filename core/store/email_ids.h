/* email_ids.h - numbers for new Emails: near the time of arrival, and never used twice.
 *
 * The id is received_at in seconds, or the next number after it that no Email has or had. Where many messages have the same
 * second (an import, a broken clock) the used numbers form a run; long runs are remembered (table id_run) and stepped over, so
 * that n messages of one second cost n steps, not n².
 *
 * Threads    the writer.
 */
#ifndef STORE_EMAIL_IDS_H
#define STORE_EMAIL_IDS_H

#include "store/store.h"

#define RECEIVED_AT_MIN 1
#define RECEIVED_AT_MAX (INT64_C(1) << 40) /* the year 36812 */

static inline int64_t received_at_clamp(int64_t t)
{
    return t < RECEIVED_AT_MIN ? RECEIVED_AT_MIN : t > RECEIVED_AT_MAX ? RECEIVED_AT_MAX : t;
}

/* A number >= received_at and > `after` (0 for the first of a batch, then the one before: ids that are given out but not
 * written yet). */
int email_id_allocate(struct store_tx *tx, int64_t received_at, int64_t after, int64_t *out, struct fct_error *err);
/* The id is never given out again. */
int email_id_retire(struct store_tx *tx, int64_t id, struct fct_error *err);

#endif
