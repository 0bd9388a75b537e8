/* outcomes.h - what came of calls that were given an idempotency key, so that the same call made again, since its answer was lost,
 * is answered and not carried out twice.
 *
 * A row is written before the call is carried out, and gets the answer afterwards. One that has no answer although the call is
 * not under way was cut short by the end of the program: nobody knows how far it came.
 *
 * Threads    the writer.
 */
#ifndef STORE_OUTCOMES_H
#define STORE_OUTCOMES_H

#include "store/store.h"

#define OUTCOME_CALL_SIZE 32            /* a SHA-256 of what is asked */
#define OUTCOME_KEPT_SECONDS (7 * 86400) /* at least */

enum store_outcome {
    OUTCOME_NEW,       /* not seen before: a row says now that it is under way */
    OUTCOME_KNOWN,     /* *out_answer, freed by the caller */
    OUTCOME_UNKNOWN,   /* begun, and never answered */
    OUTCOME_OTHER_CALL /* the key was used for something else */
};
int store_outcome_begin(struct store_tx *tx, const char *key, const unsigned char call[OUTCOME_CALL_SIZE], int64_t now,
                        enum store_outcome *out, char **out_answer, struct fct_error *err);
/* `answer` NULL: the call failed as a whole and changed nothing; the key is free again. */
int store_outcome_end(struct store_tx *tx, const char *key, const char *answer, struct fct_error *err);
/* Forgets up to `max` that are older than `before`. */
int store_outcomes_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);

#endif
