/* Sorting by anything but the time: every match is taken in, and as many are put in order as are asked for. */
#include "search/facts.h"

#include "base/alloc.h"
#include "search/idset.h"

#include <stdlib.h>

struct sorter {
    struct store_tx *tx;
    const struct search_sort *sort;
    struct sort_item *items; /* in the end a heap, the first in order on top */
    size_t n, cap;
    union sort_value **blocks; /* values of SORT_BLOCK items each */
    size_t n_blocks;
    struct sort_item last;
    struct idmap *threads; /* per comparator: what is known of threads */
};

#define SORT_BLOCK 1024

struct sorter *sorter_new(struct store_tx *tx, const struct search_sort *s)
{
    struct sorter *t = XNEW(struct sorter);

    t->tx = tx;
    t->sort = s;
    t->threads = xcalloc(s->n + 1, sizeof(*t->threads));
    return t;
}

void sorter_free(struct sorter *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_blocks; i++)
        free(s->blocks[i]);
    for (size_t i = 0; i < s->sort->n; i++)
        idmap_done(&s->threads[i]);
    free(s->threads);
    free(s->blocks);
    free(s->items);
    free(s);
}

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

static int load_keyword(struct sorter *s, const struct sort_comparator *c, const struct candidate *e, int64_t *out,
                        struct fct_error *err)
{
    if (!c->keyword.words) {
        *out = (e->flags & c->keyword.bits) != 0;
        return 0;
    }
    sqlite3_stmt *q = store_stmt(s->tx, "SELECT 1 FROM email_keyword WHERE keyword = ?1 AND email_id = ?2");
    bind_text(q, 1, c->keyword.words);
    sqlite3_bind_int64(q, 2, e->id);
    int has_row = store_step(s->tx, q, err);
    store_reset(q);
    *out = has_row > 0;
    return has_row < 0 ? -1 : 0;
}

static int load_thread(struct sorter *s, size_t at, int64_t thread_id, int64_t *out, struct fct_error *err)
{
    const struct sort_comparator *c = &s->sort->v[at];
    int64_t all, with, *known = idmap_get(&s->threads[at], thread_id);

    if (known) {
        *out = *known;
        return 0;
    }
    if (plan_count_in_thread(s->tx, &c->keyword, thread_id, &all, &with, err) < 0)
        return -1;
    *out = c->property == SORT_ALL_IN_THREAD ? with == all : with > 0;
    idmap_put(&s->threads[at], thread_id, *out);
    return 0;
}

static int load_value(struct sorter *s, size_t at, const struct candidate *e, union sort_value *out,
                      struct fct_error *err)
{
    const struct sort_comparator *c = &s->sort->v[at];

    switch (c->property) {
    case SORT_KEYWORD:
        return load_keyword(s, c, e, &out->number, err);
    case SORT_ALL_IN_THREAD:
    case SORT_SOME_IN_THREAD:
        return load_thread(s, at, e->thread_id, &out->number, err);
    case SORT_RELEVANCE:
        out->real = e->rank;
        return 0;
    default:
        return 0; /* facts_fill, when all are there */
    }
}

static struct sort_item *new_item(struct sorter *s)
{
    size_t n_values = s->sort->n;

    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : SORT_BLOCK;
        s->items = xreallocarray(s->items, s->cap, sizeof(*s->items));
    }
    if (s->n % SORT_BLOCK == 0) {
        s->blocks = xreallocarray(s->blocks, s->n_blocks + 1, sizeof(*s->blocks));
        s->blocks[s->n_blocks++] = xcalloc(SORT_BLOCK * (n_values + 1), sizeof(union sort_value));
    }
    struct sort_item *item = &s->items[s->n];
    item->values = s->blocks[s->n_blocks - 1] + (s->n % SORT_BLOCK) * n_values;
    s->n++;
    return item;
}

int sorter_add(struct sorter *s, const struct candidate *c, struct fct_error *err)
{
    struct sort_item *item = new_item(s);

    item->id = c->id;
    item->thread_id = c->thread_id; /* 0 where the row was not needed */
    for (size_t i = 0; i < s->sort->n; i++)
        if (load_value(s, i, c, &item->values[i], err) < 0)
            return -1;
    return 0;
}

/* ---- comparing
 * ---------------------------------------------------------------------------------------------------------- */

static int compare_value(enum sort_property p, union sort_value a, union sort_value b)
{
    if (p == SORT_RELEVANCE)
        return (a.real > b.real) - (a.real < b.real);
    return (a.number > b.number) - (a.number < b.number);
}

static bool comes_first(const struct sorter *s, const struct sort_item *a, const struct sort_item *b)
{
    for (size_t i = 0; i < s->sort->n; i++) {
        int c = compare_value(s->sort->v[i].property, a->values[i], b->values[i]);
        if (c)
            return (c < 0) != s->sort->v[i].is_descending;
    }
    return a->id > b->id;
}

/* ---- a heap: of 100,000 matches fifty are wanted -------------------------------------------------------------------
 */

static void sift_down(struct sorter *s, size_t i)
{
    struct sort_item item = s->items[i];

    for (size_t child; (child = 2 * i + 1) < s->n; i = child) {
        if (child + 1 < s->n && comes_first(s, &s->items[child + 1], &s->items[child]))
            child++;
        if (!comes_first(s, &s->items[child], &item))
            break;
        s->items[i] = s->items[child];
    }
    s->items[i] = item;
}

int sorter_finish(struct sorter *s, struct fct_error *err)
{
    for (size_t i = 0; i < s->sort->n; i++)
        if (facts_have(s->sort->v[i].property) && facts_fill(s->tx, &s->sort->v[i], i, s->items, s->n, err) < 0)
            return -1;
    for (size_t i = s->n / 2; i-- > 0;)
        sift_down(s, i);
    return 0;
}

const struct sort_item *sorter_next(struct sorter *s)
{
    if (s->n == 0)
        return NULL;
    s->last = s->items[0];
    s->items[0] = s->items[--s->n];
    if (s->n)
        sift_down(s, 0);
    return &s->last;
}

const struct sort_item *sorter_rest(const struct sorter *s, size_t *out_n)
{
    *out_n = s->n;
    return s->items;
}
