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
    bool is_by_id;        /* newest first, where what is alike is so: by the id alone */
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
    /* a keyword, then the time */
    struct halves *halves; /* NULL: another order */
};

/* Those that come first, then the others; the filters that say so. */
struct halves {
    struct search_filter with, without, both[2];
    struct search_filter *negated, *children[2][2];
    struct search_sort by_time;
    struct stream *v[2];
    size_t at;
};

static enum plan_order order_of_plan(const struct search_sort *sort)
{
    return sort_is_oldest_first(sort) ? PLAN_ASCENDING : sort_uses_relevance(sort) ? PLAN_RANKED : PLAN_DESCENDING;
}

/* [keyword, the time] or [keyword]. */
static bool has_halves(const struct search_sort *sort)
{
    if (!sort || sort->n < 1 || sort->n > 2 || sort->v[0].property != SORT_KEYWORD)
        return false;
    return sort->n == 1 || sort->v[1].property == SORT_RECEIVED;
}

static int add_halves(struct stream *s, const struct search_query *q, struct fct_error *err)
{
    struct halves *h = s->halves = XNEW(struct halves);
    struct search_query half = {.account_id = q->account_id, .sort = &h->by_time, .timeout_ms = q->timeout_ms};

    h->by_time = (struct search_sort){q->sort->v + 1, q->sort->n - 1};
    h->with = (struct search_filter){.kind = FILTER_KEYWORD, .keyword = q->sort->v[0].keyword};
    h->negated = &h->with;
    h->without = (struct search_filter){.kind = FILTER_NOT, .children = &h->negated, .n_children = 1};
    for (size_t i = 0; i < 2; i++) {
        bool is_with = (i == 0) == q->sort->v[0].is_descending;
        h->children[i][0] = (struct search_filter *)(uintptr_t)s->filter; /* read only */
        h->children[i][1] = is_with ? &h->with : &h->without;
        h->both[i] = (struct search_filter){.kind = FILTER_AND, .children = h->children[i], .n_children = 2};
        half.filter = &h->both[i];
        if (stream_new(s->tx, &half, &h->v[i], err) < 0)
            return -1;
        h->v[i]->is_by_id = h->by_time.n == 0; /* search.h: what the sort leaves open is decided by the id */
    }
    return 0;
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
    if (has_halves(q->sort)) {
        if (add_halves(s, q, err) < 0)
            return -1;
        *out = TAKE(s);
        return 0;
    }
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
    for (size_t i = 0; s->halves && i < 2; i++)
        stream_free(s->halves->v[i]);
    free(s->halves);
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
    if (s->n_heap == 0 || s->is_at_end || s->is_by_id)
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

static int next_match(struct stream *s, struct pending *out, struct fct_error *err)
{
    struct halves *h = s->halves;

    for (int found; h && h->at < 2; h->at++)
        if ((found = next_match(h->v[h->at], out, err)) != 0)
            return found;
    if (h)
        return 0;
    return s->sort ? next_sorted(s, out, err) : next_by_time(s, out, err);
}

int stream_next(struct stream *s, int64_t *out_id, struct fct_error *err)
{
    struct pending p;

    for (;;) {
        int found = next_match(s, &p, err);
        if (found <= 0)
            return found;
        if (s->collapses && !idmap_put(&s->threads, p.thread_id, 0))
            continue;
        *out_id = p.id;
        return 1;
    }
}

/* A match of which only the number counts. */
static void count(const struct stream *s, int64_t thread_id, struct idmap *threads, int64_t *io_n)
{
    *io_n += !s->collapses || idmap_put(threads, thread_id, 0);
}

/* Of what is left of the plan no order is needed. */
static int count_plan(struct stream *s, struct idmap *threads, int64_t *io_n, struct fct_error *err)
{
    struct candidate c;
    int found;

    while ((found = plan_next(s->plan, s->collapses, &c, err)) > 0)
        count(s, c.thread_id, threads, io_n);
    return found;
}

static int count_left(struct stream *s, struct idmap *threads, int64_t *io_n, struct fct_error *err)
{
    for (size_t i = s->halves ? s->halves->at : 2; i < 2; i++) {
        s->halves->v[i]->collapses = s->collapses;
        if (count_left(s->halves->v[i], threads, io_n, err) < 0)
            return -1;
    }
    if (s->halves)
        return 0;
    for (; s->n_heap > 0; s->n_heap--)
        count(s, s->heap[s->n_heap - 1].thread_id, threads, io_n);
    if (s->sorter) {
        size_t n;
        const struct sort_item *items = sorter_rest(s->sorter, &n);
        for (size_t i = 0; i < n; i++)
            count(s, items[i].thread_id, threads, io_n);
    }
    return s->is_at_end || s->sorter ? 0 : count_plan(s, threads, io_n, err);
}

int stream_count_rest(struct stream *s, int64_t *out, struct fct_error *err)
{
    *out = 0;
    return count_left(s, &s->threads, out, err);
}
