/* submission_rows.h - what the files of submissions share. Internal to core/store.
 *
 *   submissions.c  rows: reading, making, forgetting    submission_steps.c  from one state to the next
 *
 * Threads    the writer.
 */
#ifndef STORE_SUBMISSION_ROWS_H
#define STORE_SUBMISSION_ROWS_H

#include "store/submissions.h"

/* Writes state, next_try_at, tries, last_error and ended_at of `s`, and numbers the change. */
int submission_save(struct store_tx *tx, const struct store_submission *s, struct fct_error *err);
/* state and reply. */
int submission_save_recipient(struct store_tx *tx, int64_t id, size_t seq, int state, const char *reply,
                              struct fct_error *err);

#endif
