/* Sorting by anything but "newest first": every match is read, then sorted. */
#include "search/sort.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/idset.h"

#include <stdlib.h>

struct sorter {
    struct store_tx *tx;
    const struct search_sort *sort;
    struct sort_item *items;
    size_t n, cap;
    union sort_value **blocks; /* values of SORT_BLOCK items each */
    size_t n_blocks;
    struct buf bytes;
    bool needs_people, needs_subject;
    struct idmap *threads; /* per comparator: what is known of threads */
};

#define SORT_BLOCK 1024

struct sorter *sorter_new(struct store_tx *tx, const struct search_sort *s)
{
    struct sorter *t = XNEW(struct sorter);

    t->tx = tx;
    t->sort = s;
    t->threads = xcalloc(s->n + 1, sizeof(*t->threads));
    for (size_t i = 0; i < s->n; i++) {
        enum sort_property p = s->v[i].property;
        t->needs_people |= p == SORT_FROM || p == SORT_TO;
        t->needs_subject |= p == SORT_SUBJECT;
    }
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
    buf_done(&s->bytes);
    free(s);
}

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

static int load_sent(struct sorter *s, int64_t id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(s->tx, "SELECT sent_at FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(s->tx, q, err);
    *out = INT64_MIN; /* without a date: before all */
    if (has_row > 0 && sqlite3_column_type(q, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static union sort_value add_text(struct sorter *s, const struct sort_comparator *c, const char *text)
{
    union sort_value v = {.text = {.at = (uint32_t)s->bytes.n}};

    collate_key(c->collation, text, &s->bytes);
    v.text.n = (uint32_t)(s->bytes.n - v.text.at);
    return v;
}

/* RFC 8621 section 4.4.2: the first address's name, else its email. */
static int load_texts(struct sorter *s, int64_t id, union sort_value *values, struct fct_error *err)
{
    sqlite3_stmt *q =
        s->needs_people
            ? store_stmt(s->tx, "SELECT base_subject, "
                                "ifnull(nullif(from_json ->> '$[0].name', ''), from_json ->> '$[0].email'), "
                                "ifnull(nullif(to_json ->> '$[0].name', ''), to_json ->> '$[0].email') "
                                "FROM envelope WHERE email_id = ?1")
            : store_stmt(s->tx, "SELECT base_subject FROM envelope WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(s->tx, q, err);
    if (has_row < 0)
        return -1;
    for (size_t i = 0; i < s->sort->n; i++) {
        const struct sort_comparator *c = &s->sort->v[i];
        int column = c->property == SORT_SUBJECT ? 0 : c->property == SORT_FROM ? 1 : c->property == SORT_TO ? 2 : -1;
        if (column >= 0)
            values[i] = add_text(s, c, has_row ? store_text(q, column) : "");
    }
    store_reset(q);
    return 0;
}

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
    case SORT_RECEIVED:
        out->number = e->received_at;
        return 0;
    case SORT_SIZE:
        out->number = e->size;
        return 0;
    case SORT_SENT:
        return load_sent(s, e->id, &out->number, err);
    case SORT_KEYWORD:
        return load_keyword(s, c, e, &out->number, err);
    case SORT_ALL_IN_THREAD:
    case SORT_SOME_IN_THREAD:
        return load_thread(s, at, e->thread_id, &out->number, err);
    case SORT_RELEVANCE:
        out->real = e->rank;
        return 0;
    case SORT_FROM:
    case SORT_TO:
    case SORT_SUBJECT:
        break; /* load_texts */
    }
    return 0;
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
    item->thread_id = c->thread_id;
    for (size_t i = 0; i < s->sort->n; i++)
        if (load_value(s, i, c, &item->values[i], err) < 0)
            return -1;
    if (s->bytes.n > UINT32_MAX / 2)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than 2 GiB of texts to sort");
    return s->needs_people || s->needs_subject ? load_texts(s, c->id, item->values, err) : 0;
}

/* ---- comparing
 * ---------------------------------------------------------------------------------------------------------- */

static int compare_text(const struct sorter *s, union sort_value a, union sort_value b)
{
    size_t n = a.text.n < b.text.n ? a.text.n : b.text.n;
    int c = n ? memcmp(s->bytes.p + a.text.at, s->bytes.p + b.text.at, n) : 0;
    return c ? c : (a.text.n > b.text.n) - (a.text.n < b.text.n);
}

static int compare_value(const struct sorter *s, enum sort_property p, union sort_value a, union sort_value b)
{
    switch (p) {
    case SORT_FROM:
    case SORT_TO:
    case SORT_SUBJECT:
        return compare_text(s, a, b);
    case SORT_RELEVANCE:
        return (a.real > b.real) - (a.real < b.real);
    default:
        return (a.number > b.number) - (a.number < b.number);
    }
}

static int compare_items(const void *x, const void *y, void *ctx)
{
    const struct sort_item *a = x, *b = y;
    const struct sorter *s = ctx;

    for (size_t i = 0; i < s->sort->n; i++) {
        int c = compare_value(s, s->sort->v[i].property, a->values[i], b->values[i]);
        if (c)
            return s->sort->v[i].is_descending ? -c : c;
    }
    return (a->id < b->id) - (a->id > b->id);
}

const struct sort_item *sorter_finish(struct sorter *s, size_t *out_n)
{
    if (s->n)
        qsort_r(s->items, s->n, sizeof(*s->items), compare_items, s);
    *out_n = s->n;
    return s->items;
}
