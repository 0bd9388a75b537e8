#include "search/stream.h"

#include "base/alloc.h"
#include "search/idset.h"
#include "search/sort.h"
#include "store/email_ids.h"

#include <stdlib.h>

struct pending {
    int64_t id, thread_id, received_at;
};

struct stream {
    struct plan *plan;
    bool collapses, counts; /* counts: threads are counted to the end */
    struct idmap threads;   /* those that were given already */
    /* newest or oldest first */
    bool is_upward;
    int64_t displacement; /* upward: plan_displacement */
    struct pending *heap; /* the first in order on top */
    size_t n_heap, cap_heap;
    int64_t last_id;
    bool is_at_end;
    /* any other order */
    const struct search_sort *sort; /* NULL: newest or oldest first */
    const struct search_filter *filter;
    struct store_tx *tx;
    struct sorter *sorter; /* NULL: nothing read yet */
};

static enum plan_order order_of_plan(const struct search_sort *sort)
{
    return sort_is_oldest_first(sort) ? PLAN_ASCENDING : sort_uses_relevance(sort) ? PLAN_RANKED : PLAN_DESCENDING;
}

int stream_new(struct store_tx *tx, const struct search_query *q, struct stream **out, struct fct_error *err)
{
    static const struct search_filter everything = {.kind = FILTER_AND};
    CLEANUP(stream_freep) struct stream *s = XNEW(struct stream);

    s->tx = tx;
    s->filter = q->filter ? q->filter : &everything;
    s->is_upward = sort_is_oldest_first(q->sort);
    s->sort = s->is_upward || sort_is_newest_first(q->sort) ? NULL : q->sort;
    s->collapses = q->collapse_threads;
    s->counts = q->calculate_total;
    s->last_id = s->is_upward ? 0 : INT64_MAX;
    if (plan_new(tx, s->filter, q->account_id, order_of_plan(q->sort), &s->plan, err) < 0 ||
        (s->is_upward && plan_displacement(tx, &s->displacement, err) < 0))
        return -1;
    plan_set_timeout(s->plan, q->timeout_ms);
    *out = TAKE(s);
    return 0;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    plan_free(s->plan);
    sorter_free(s->sorter);
    idmap_done(&s->threads);
    free(s->heap);
    free(s);
}

/* ---- newest or oldest first
 * ------------------------------------------------------------------------------------------------ */

static bool is_first(const struct stream *s, const struct pending *a, const struct pending *b)
{
    if (a->received_at != b->received_at)
        return s->is_upward ? a->received_at < b->received_at : a->received_at > b->received_at;
    return a->id > b->id;
}

static void swap(struct pending *a, struct pending *b)
{
    struct pending t = *a;
    *a = *b;
    *b = t;
}

static void heap_push(struct stream *s, struct pending p)
{
    if (s->n_heap == s->cap_heap) {
        s->cap_heap = s->cap_heap ? s->cap_heap * 2 : 16;
        s->heap = xreallocarray(s->heap, s->cap_heap, sizeof(*s->heap));
    }
    size_t i = s->n_heap++;
    s->heap[i] = p;
    for (; i > 0 && is_first(s, &s->heap[i], &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&s->heap[i], &s->heap[(i - 1) / 2]);
}

static struct pending heap_pop(struct stream *s)
{
    struct pending top = s->heap[0];

    s->heap[0] = s->heap[--s->n_heap];
    for (size_t i = 0;;) {
        size_t best = i, left = 2 * i + 1, right = left + 1;
        if (left < s->n_heap && is_first(s, &s->heap[left], &s->heap[best]))
            best = left;
        if (right < s->n_heap && is_first(s, &s->heap[right], &s->heap[best]))
            best = right;
        if (best == i)
            return top;
        swap(&s->heap[i], &s->heap[best]);
        i = best;
    }
}

/* All that is still to come has an id below last_id, hence no later time than such an id can have; at the same second
 * the higher id is first, and that is the one we have. */
static bool top_is_final(const struct stream *s)
{
    if (s->n_heap == 0 || s->is_at_end)
        return s->n_heap > 0;
    if (s->is_upward) /* at the same second a higher id that is still to come would be first */
        return s->heap[0].received_at < email_id_earliest(s->last_id + 1 - s->displacement);
    return s->heap[0].received_at >= email_id_latest(s->last_id - 1);
}

static int next_by_time(struct stream *s, struct pending *out, struct fct_error *err)
{
    while (!top_is_final(s)) {
        struct candidate c;
        if (s->is_at_end)
            return 0;
        int found = plan_next(s->plan, true, &c, err);
        if (found < 0)
            return -1;
        if (!found) {
            s->is_at_end = true;
            continue;
        }
        s->last_id = c.id;
        heap_push(s, (struct pending){c.id, c.thread_id, c.received_at});
    }
    *out = heap_pop(s);
    return 1;
}

/* ---- any other order --------------------------------------------------------------------------------------------- */

static int read_all(struct stream *s, struct fct_error *err)
{
    struct candidate c = {0};
    bool needs_row = (s->collapses && s->counts) || sort_needs_row(s->sort);
    int found;

    s->sorter = sorter_new(s->tx, s->sort);
    while ((found = plan_next(s->plan, needs_row, &c, err)) > 0)
        if (sorter_add(s->sorter, &c, err) < 0)
            return -1;
    return found < 0 ? -1 : sorter_finish(s->sorter, err);
}

/* Of the few that are looked at; the row was not needed to sort them. */
static int load_thread(struct stream *s, struct pending *io, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(s->tx, "SELECT thread_id FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, io->id);
    int has_row = store_step(s->tx, q, err);
    io->thread_id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 1;
}

static int next_sorted(struct stream *s, struct pending *out, struct fct_error *err)
{
    if (!s->sorter && read_all(s, err) < 0)
        return -1;
    const struct sort_item *item = sorter_next(s->sorter);
    if (!item)
        return 0;
    *out = (struct pending){.id = item->id, .thread_id = item->thread_id};
    return s->collapses && !out->thread_id ? load_thread(s, out, err) : 1;
}

/* -------------------------------------------------------------------------------------------------------------------
 */

int stream_next(struct stream *s, int64_t *out_id, struct fct_error *err)
{
    struct pending p;

    for (;;) {
        int found = s->sort ? next_sorted(s, &p, err) : next_by_time(s, &p, err);
        if (found <= 0)
            return found;
        if (s->collapses && !idmap_put(&s->threads, p.thread_id, 0))
            continue;
        *out_id = p.id;
        return 1;
    }
}

/* Of what is left of the plan no order is needed. */
static int count_plan(struct stream *s, int64_t *io_n, struct fct_error *err)
{
    struct candidate c;
    int found;

    while ((found = plan_next(s->plan, s->collapses, &c, err)) > 0)
        *io_n += !s->collapses || idmap_put(&s->threads, c.thread_id, 0);
    return found;
}

int stream_count_rest(struct stream *s, int64_t *out, struct fct_error *err)
{
    int64_t n = 0;

    for (; s->n_heap > 0; s->n_heap--)
        n += !s->collapses || idmap_put(&s->threads, s->heap[s->n_heap - 1].thread_id, 0);
    if (s->sorter) {
        size_t n_items;
        const struct sort_item *items = sorter_rest(s->sorter, &n_items);
        for (size_t i = 0; i < n_items; i++)
            n += !s->collapses || idmap_put(&s->threads, items[i].thread_id, 0);
    }
    if (!s->is_at_end && !s->sorter && count_plan(s, &n, err) < 0)
        return -1;
    *out = n;
    return 0;
}
