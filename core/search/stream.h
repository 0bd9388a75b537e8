/* stream.h - the matches of a query one by one, in their order. Internal to search/.
 *
 * Newest first needs no sort: the plan gives descending ids, and an id is never below that of its time, so a match is
 * final as soon as the ids have come down to its received_at. Only a burst of mail within one second waits in a heap
 * for that. Oldest first is the same upward, where a match waits until no id that is still to come can be that far
 * beyond its time. A keyword before the time makes two of these,
 * one behind the other: those with it and those without. Any other order reads every match first.
 */
#ifndef SEARCH_STREAM_H
#define SEARCH_STREAM_H

#include "search/plan.h"

struct stream;
int stream_new(struct store_tx *tx, const struct search_query *q, struct stream **out, struct fct_error *err);
void stream_free(struct stream *s);
DEFINE_FREEP(struct stream *, stream_free);
/* The next Email, with threads collapsed when the query says so. 1, 0 at the end, -1. */
int stream_next(struct stream *s, int64_t *out_id, struct fct_error *err);
/* How many are left; nothing may be asked of the stream afterwards. Cheaper than asking for each. */
int stream_count_rest(struct stream *s, int64_t *out, struct fct_error *err);

/* The total of all results where a counter knows it: without a filter, or in one mailbox (RFC 8621 section 4.4). 1
 * known, 0 it must be counted, -1. In run.c. */
int query_known_total(struct store_tx *tx, const struct search_query *q, int64_t *out, struct fct_error *err);

#endif
