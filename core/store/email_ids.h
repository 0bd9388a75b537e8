/* email_ids.h - numbers for new Emails: near the time of arrival, and never used twice.
 *
 * The id is that of its time (email_id_of_time), or the next number after it that no Email has or had. Where many messages have
 * the same time (an import, a broken clock) the used numbers form a run; long runs are remembered (table id_run) and stepped over, so
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

/* A number counts 64 seconds: in the index the gaps between neighbours are written down for each word, and fine ones cost
 * a tenth of its size. */
#define EMAIL_ID_SECONDS 64

/* The lowest id that an Email of this time can have. */
static inline int64_t email_id_of_time(int64_t received_at)
{
    return received_at_clamp(received_at) / EMAIL_ID_SECONDS + 1;
}

/* The earliest time of which this is the lowest id. */
static inline int64_t email_id_earliest(int64_t id)
{
    return (id - 1) * EMAIL_ID_SECONDS;
}

/* The latest time that an Email of this id can have. */
static inline int64_t email_id_latest(int64_t id)
{
    return (id - 1) * EMAIL_ID_SECONDS + EMAIL_ID_SECONDS - 1;
}

/* A number >= email_id_of_time(received_at) and > `after` (0 for the first of a batch, then the one before: ids that are given out but not
 * written yet). */
int email_id_allocate(struct store_tx *tx, int64_t received_at, int64_t after, int64_t *out, struct fct_error *err);
/* The id is never given out again. */
int email_id_retire(struct store_tx *tx, int64_t id, struct fct_error *err);

#endif
