/* plan.h - how the Emails of a filter are found in the order of their ids, without looking at more than needed.
 * Internal to search/.
 *
 * A filter becomes a tree of nodes, negations pushed down to the leaves. All that is pure text becomes one query of the
 * full-text index. Every node can seek: name the highest id up to a bound that may match, which an index answers (or,
 * in ascending order, the lowest from a bound on); and test: decide for one Email. An AND leapfrogs: each child that
 * has an index moves on to where the others are, so the rarest decides, with no estimates made beforehand. A child
 * without an index (size, "in another mailbox") only tests. Where nothing has an index, the table of Emails is walked.
 *
 * Order: email.id is that of its time or the next free number after it (store/email_ids.h), so descending ids are
 * nearly newest first, and order.h makes it exact.
 *
 * Stale rows of the index (Emails that were destroyed) fall out because each id is looked up among the Emails, unless
 * some list that was consulted holds only living ones.
 */
#ifndef SEARCH_PLAN_H
#define SEARCH_PLAN_H

#include "search/filter.h"
#include "search/leaf.h"

struct candidate {
    int64_t id, account_id, thread_id, received_at, size, blob_id;
    uint32_t flags;
    unsigned bits;
    double rank; /* of a plan made for ranking */
};

/* PLAN_RANKED: descending, and candidates get a rank, higher is better. PLAN_ONE: only plan_test is asked, of one Email, and no
 * list is read beyond it: what a mailbox holds beside it makes no difference. */
enum plan_order { PLAN_DESCENDING, PLAN_ASCENDING, PLAN_RANKED, PLAN_ONE };

struct plan;
int plan_new(struct store_tx *tx, const struct search_filter *f, int64_t account_id, enum plan_order order,
             struct plan **out, struct fct_error *err);
void plan_free(struct plan *p);
DEFINE_FREEP(struct plan *, plan_free);
/* plan_next fails with FCT_E_TIMEOUT after so long; 0: never. */
void plan_set_timeout(struct plan *p, uint32_t ms);
/* The next match behind the last one. With `want_row` all of *out is filled, else only id, for less. 1, 0 at the end,
 * -1 error. */
int plan_next(struct plan *p, bool want_row, struct candidate *out, struct fct_error *err);
/* Whether the Email matches; for Emails in descending order of id, on a descending plan that plan_next was not called
 * on. 1, 0, -1. */
int plan_test(struct plan *p, int64_t id, struct candidate *out, struct fct_error *err);
/* How the plan works, one line a node: for tests and for doctor. */
void plan_describe(const struct plan *p, struct buf *out);
/* How many Emails the thread has, and how many of them have the keyword. */
int plan_count_in_thread(struct store_tx *tx, const struct keyword_set *k, int64_t thread_id, int64_t *out_all,
                         int64_t *out_with, struct fct_error *err);
/* How far an id may lie beyond that of its time. */
int plan_displacement(struct store_tx *tx, int64_t *out, struct fct_error *err);

#endif
