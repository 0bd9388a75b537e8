/* Email/queryChanges, RFC 8620 section 5.6.
 *
 * What a query gave once is not kept. An Email made since then can only be new in the results; one that is gone may
 * have been in them; one that was changed may have entered, left or moved, if filter or sort look at what can change
 * (mailboxes, keywords). Such an Email is said to be removed, and added again at its present place. Where a result
 * hangs on other Emails of the thread (collapsing, keywords of the thread), all Emails of a thread in which something
 * changed are treated so.
 */
#include "search/search.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/idset.h"
#include "search/sort.h"
#include "search/stream.h"
#include "store/emails.h"

#include <stdlib.h>

struct delta {
    struct store_tx *tx;
    const struct search_query *q;
    struct idmap touched; /* id: 1 when it may have been in the old results */
    int64_t *removed;
    size_t n_removed, cap_removed;
    struct search_added *added;
    size_t n_added, cap_added;
    size_t max; /* SIZE_MAX: no limit */
    struct fct_error *err;
};

static int check_max(const struct delta *d)
{
    if (d->n_removed + d->n_added <= d->max)
        return 0;
    return fct_fail(d->err, FCT_E_TOO_MANY_CHANGES, FCT_RETRY_NEVER, "more than %zu changes", d->max);
}

static int add_removed(struct delta *d, int64_t id)
{
    if (d->n_removed == d->cap_removed) {
        d->cap_removed = d->cap_removed ? d->cap_removed * 2 : 64;
        d->removed = xreallocarray(d->removed, d->cap_removed, sizeof(*d->removed));
    }
    d->removed[d->n_removed++] = id;
    return check_max(d);
}

static int add_added(struct delta *d, int64_t id, int64_t index)
{
    if (d->n_added == d->cap_added) {
        d->cap_added = d->cap_added ? d->cap_added * 2 : 64;
        d->added = xreallocarray(d->added, d->cap_added, sizeof(*d->added));
    }
    d->added[d->n_added++] = (struct search_added){id, index};
    return check_max(d);
}

/* `was_there`: the Email existed at the old state. */
static int touch(struct delta *d, int64_t id, bool was_there)
{
    if (!idmap_put(&d->touched, id, was_there) || !was_there)
        return 0;
    return add_removed(d, id);
}

static int touch_thread(struct delta *d, int64_t thread_id, int64_t since)
{
    sqlite3_stmt *q = store_stmt(d->tx, "SELECT id, created_modseq <= ?2 FROM email WHERE thread_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, thread_id);
    sqlite3_bind_int64(q, 2, since);
    while ((has_row = store_step(d->tx, q, d->err)) > 0)
        if (touch(d, sqlite3_column_int64(q, 0), sqlite3_column_int(q, 1)) < 0) {
            store_reset(q);
            return -1;
        }
    return has_row;
}

static int thread_of(struct delta *d, int64_t id, int64_t *out)
{
    sqlite3_stmt *q = store_stmt(d->tx, "SELECT thread_id FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(d->tx, q, d->err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

static int touch_threads_of(struct delta *d, const int64_t *ids, size_t n, struct idmap *seen, int64_t since)
{
    for (size_t i = 0; i < n; i++) {
        int64_t thread_id;
        int found = thread_of(d, ids[i], &thread_id);
        if (found < 0 || (found > 0 && idmap_put(seen, thread_id, 0) && touch_thread(d, thread_id, since) < 0))
            return -1;
    }
    return 0;
}

/* Threads that got or lost an Email. Their own state may be older than that of the Emails, so they are asked for here.
 */
static int touch_changed_threads(struct delta *d, struct idmap *seen, int64_t since)
{
    sqlite3_stmt *q = store_stmt(
        d->tx,
        "SELECT id, account_id FROM thread WHERE account_id IN (SELECT id FROM account WHERE id = ?1 OR ?1 = -1) "
        "AND updated_modseq > ?2");
    int has_row;

    sqlite3_bind_int64(q, 1, d->q->account_id);
    sqlite3_bind_int64(q, 2, since);
    while ((has_row = store_step(d->tx, q, d->err)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0);
        if (d->q->account_id == -1 && !store_tx_sees(d->tx, sqlite3_column_int64(q, 1)))
            continue;
        if (idmap_put(seen, id, 0) && touch_thread(d, id, since) < 0) {
            store_reset(q);
            return -1;
        }
    }
    return has_row;
}

static int touch_all_threads(struct delta *d, const struct store_changes *emails, int64_t since)
{
    CLEANUP(idmap_done) struct idmap seen = {0};

    if (touch_threads_of(d, emails->created, emails->n_created, &seen, since) < 0 ||
        touch_threads_of(d, emails->updated, emails->n_updated, &seen, since) < 0)
        return -1;
    return touch_changed_threads(d, &seen, since);
}

static int touch_changed(struct delta *d, const struct store_changes *c, bool is_mutable, bool uses_threads,
                         int64_t since)
{
    for (size_t i = 0; i < c->n_destroyed; i++)
        if (touch(d, c->destroyed[i], true) < 0)
            return -1;
    for (size_t i = 0; i < c->n_created; i++)
        if (touch(d, c->created[i], false) < 0)
            return -1;
    for (size_t i = 0; is_mutable && i < c->n_updated; i++)
        if (touch(d, c->updated[i], true) < 0)
            return -1;
    return uses_threads ? touch_all_threads(d, c, since) : 0;
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static const struct search_filter *filter_of(const struct delta *d)
{
    static const struct search_filter everything = {.kind = FILTER_AND};
    return d->q->filter ? d->q->filter : &everything;
}

/* How many of the touched Emails are among the results now, so that the walk through them knows when it is done. Where
 * threads are collapsed, one of each that matches is. */
static int count_matching(struct delta *d, size_t *out)
{
    CLEANUP(idmap_done) struct idmap threads = {0};
    CLEANUP(freep) int64_t *ids = xcalloc(d->touched.n + 1, sizeof(*ids));
    CLEANUP(plan_freep) struct plan *p = NULL;
    struct candidate c;
    size_t n = 0;

    for (size_t i = 0; i < d->touched.cap; i++)
        if (d->touched.v[i].id != 0)
            ids[n++] = d->touched.v[i].id;
    qsort(ids, n, sizeof(*ids), descending);
    if (plan_new(d->tx, filter_of(d), d->q->account_id, PLAN_DESCENDING, &p, d->err) < 0)
        return -1;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        int matches = plan_test(p, ids[i], &c, d->err);
        if (matches < 0)
            return -1;
        *out += matches && (!d->q->collapse_threads || idmap_put(&threads, c.thread_id, 0));
    }
    return 0;
}

/* Walks the present results for the touched Emails; ends early behind `up_to_id` (0: never). */
static int find_added(struct delta *d, int64_t up_to_id, int64_t *out_total)
{
    CLEANUP(stream_freep) struct stream *s = NULL;
    size_t n_left;
    int64_t id, index = 0, rest = 0;
    int found = 1, known = d->q->calculate_total ? query_known_total(d->tx, d->q, out_total, d->err) : 0;

    if (known < 0 || count_matching(d, &n_left) < 0 || stream_new(d->tx, d->q, &s, d->err) < 0)
        return -1;
    for (; n_left > 0 && (found = stream_next(s, &id, d->err)) > 0; index++) {
        if (idmap_get(&d->touched, id)) {
            n_left--;
            if (add_added(d, id, index) < 0)
                return -1;
        }
        if (id == up_to_id)
            n_left = 0;
    }
    if (found < 0 || (d->q->calculate_total && !known && found > 0 && stream_count_rest(s, &rest, d->err) < 0))
        return -1;
    if (!known)
        *out_total = d->q->calculate_total ? index + rest : -1;
    return 0;
}

/* up_to_id is heeded only if it is in the results (section 5.6). */
static int check_up_to(struct delta *d, int64_t *io_id)
{
    CLEANUP(plan_freep) struct plan *p = NULL;
    struct candidate c;

    if (*io_id == 0)
        return 0;
    if (plan_new(d->tx, filter_of(d), d->q->account_id, PLAN_DESCENDING, &p, d->err) < 0)
        return -1;
    int found = plan_test(p, *io_id, &c, d->err);
    if (found == 0)
        *io_id = 0;
    return found < 0 ? -1 : 0;
}

static int run(struct delta *d, int64_t since, int64_t up_to_id, struct search_delta *out)
{
    CLEANUP(store_changes_done) struct store_changes changes = {0};
    struct filter_traits traits = {0};

    if (d->q->filter)
        filter_traits(d->q->filter, &traits);
    bool uses_threads = d->q->collapse_threads || traits.has_thread || sort_uses_threads(d->q->sort);
    bool is_mutable = uses_threads || traits.has_mutable || sort_is_mutable(d->q->sort);
    if (sort_uses_relevance(d->q->sort))
        return fct_fail(d->err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER,
                        "the order by relevance changes with every message");
    if (is_mutable)
        up_to_id = 0;
    if (store_changes_since(d->tx, d->q->account_id, STORE_EMAIL, since, 0, &changes, d->err) < 0 ||
        touch_changed(d, &changes, is_mutable, uses_threads, since) < 0 || check_up_to(d, &up_to_id) < 0 ||
        find_added(d, up_to_id, &out->total) < 0)
        return -1;
    out->new_modseq = changes.new_modseq;
    return 0;
}

int search_changes(struct store_tx *tx, const struct search_query *q, int64_t since, size_t max, int64_t up_to_id,
                   struct search_delta *out, struct fct_error *err)
{
    struct delta d = {.tx = tx, .q = q, .max = max ? max : SIZE_MAX, .err = err};
    struct search_delta result = {0};

    int rc = run(&d, since, up_to_id, &result);
    idmap_done(&d.touched);
    if (rc < 0) {
        free(d.removed);
        free(d.added);
        return -1;
    }
    result.removed = d.removed;
    result.n_removed = d.n_removed;
    result.added = d.added;
    result.n_added = d.n_added;
    *out = result;
    return 0;
}

void search_delta_done(struct search_delta *d)
{
    free(d->removed);
    free(d->added);
    *d = (struct search_delta){0};
}
