/* senders.h - counting by sender: a hash table of what search_statistics adds. Internal to search/.
 *
 * Threads    any; no state of its own.
 */
#ifndef SEARCH_SENDERS_H
#define SEARCH_SENDERS_H

#include "search/statistics.h"

struct senders {
    struct statistics_sender *v; /* messages 0: an empty slot */
    size_t n, cap;               /* cap is a power of two */
};
void senders_done(struct senders *s);
/* Newest first: the first message of a sender is its newest. */
void senders_add(struct senders *s, int64_t hash, int64_t email_id, int64_t at, int64_t size, bool is_unread);
/* The `max` with most messages, with names and addresses, *out owned by the caller; *out_n may be less. */
int senders_best(struct store_tx *tx, struct senders *s, size_t max, struct statistics_sender **out, size_t *out_n,
                 struct fct_error *err);

#endif
