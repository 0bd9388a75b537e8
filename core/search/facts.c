#include "search/facts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/texts.h"

#include <pthread.h>
#include <stdlib.h>

#define N_PROPERTIES (SORT_RELEVANCE + 1)
#define N_COLLATIONS (COLLATE_ASCII_NUMERIC + 1)

/* One property in one collation; ids descending, values beside them: numbers of texts where it has texts. */
struct column {
    int64_t *ids, *values;
    size_t n;
    struct texts texts;
};
struct facts {
    pthread_mutex_t lock;
    int64_t generation; /* of the database, when they were read */
    struct column columns[N_PROPERTIES][N_COLLATIONS];
};

/* ---- the memory -----------------------------------------------------------------------------------------------------
 */

static void column_done(struct column *c)
{
    free(c->ids);
    free(c->values);
    texts_done(&c->texts);
    *c = (struct column){0};
}

static void forget_all(struct facts *f)
{
    for (size_t i = 0; i < N_PROPERTIES; i++)
        for (size_t j = 0; j < N_COLLATIONS; j++)
            column_done(&f->columns[i][j]);
}

static void facts_free(void *arg)
{
    struct facts *f = arg;

    forget_all(f);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static void *facts_new(void)
{
    struct facts *f = XNEW(struct facts);

    pthread_mutex_init(&f->lock, NULL);
    return f;
}

/* ---- one column -----------------------------------------------------------------------------------------------------
 */

static bool is_text(enum sort_property p)
{
    return p == SORT_FROM || p == SORT_TO || p == SORT_SUBJECT;
}

bool facts_have(enum sort_property p)
{
    return is_text(p) || p == SORT_RECEIVED || p == SORT_SIZE || p == SORT_SENT;
}

static struct leaf_sql sql_of(enum sort_property p)
{
    switch (p) {
    case SORT_SIZE:
        return FACT_SIZE;
    case SORT_SENT:
        return FACT_SENT;
    case SORT_FROM:
        return FACT_FROM;
    case SORT_TO:
        return FACT_TO;
    case SORT_SUBJECT:
        return FACT_SUBJECT;
    default:
        return FACT_RECEIVED;
    }
}

/* The first place from `at` on whose id is not above `id`: in steps that double, as a few Emails or nearly all may be
 * asked for. */
static size_t find(const struct column *c, size_t at, int64_t id)
{
    size_t step = 1, end;

    while (at + step < c->n && c->ids[at + step] > id) {
        at += step;
        step *= 2;
    }
    for (end = at + step < c->n ? at + step : c->n; at < end;) {
        size_t middle = at + (end - at) / 2;
        if (c->ids[middle] > id)
            at = middle + 1;
        else
            end = middle;
    }
    return at;
}

/* The value of the Email, read; of one without an envelope, or a date: what comes before all. */
static int read_value(struct column *c, const struct sort_comparator *by, struct leaf *rows, int64_t id, int64_t *out,
                      struct fct_error *err)
{
    CLEANUP(buf_done) struct buf key = {0};
    int found = leaf_seek(rows, id, err);
    bool is_there = found > 0 && rows->current == id && sqlite3_column_type(rows->q, 1) != SQLITE_NULL;

    if (found < 0)
        return -1;
    if (!is_text(by->property)) {
        *out = is_there ? sqlite3_column_int64(rows->q, 1) : INT64_MIN;
        return 0;
    }
    collate_key(by->collation, is_there ? store_text(rows->q, 1) : "", &key);
    if (c->texts.bytes.n + key.n > UINT32_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than 4 GiB of texts to sort");
    *out = texts_add(&c->texts, buf_bytes(&key));
    return 0;
}

/* Takes in what was read: both lists descend. */
static void merge(struct column *c, const struct column *more)
{
    size_t n = c->n + more->n, a = 0, b = 0;
    int64_t *ids = xcalloc(n, sizeof(*ids)), *values = xcalloc(n, sizeof(*values));

    for (size_t i = 0; i < n; i++) {
        bool is_old = b == more->n || (a < c->n && c->ids[a] > more->ids[b]);
        ids[i] = is_old ? c->ids[a] : more->ids[b];
        values[i] = is_old ? c->values[a++] : more->values[b++];
    }
    free(c->ids);
    free(c->values);
    c->ids = ids;
    c->values = values;
    c->n = n;
}

/* The values of all items, from memory or from the database. */
static int look_up(struct store_tx *tx, struct column *c, const struct sort_comparator *by, size_t at,
                   const struct sort_item *items, size_t n, struct fct_error *err)
{
    CLEANUP(leaf_close) struct leaf rows = {0};
    struct column more = {0};
    size_t place = 0;
    int rc = leaf_open(&rows, tx, sql_of(by->property), false, PATIENCE_INDEX, err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        int64_t *value = &items[i].values[at].number;
        place = find(c, place, items[i].id);
        if (place < c->n && c->ids[place] == items[i].id) {
            *value = c->values[place];
            continue;
        }
        if (!more.ids) {
            more.ids = xcalloc(n - i, sizeof(*more.ids));
            more.values = xcalloc(n - i, sizeof(*more.values));
        }
        rc = read_value(c, by, &rows, items[i].id, value, err);
        more.ids[more.n] = items[i].id;
        more.values[more.n] = *value;
        more.n += rc == 0;
    }
    if (more.n)
        merge(c, &more);
    column_done(&more);
    return rc;
}

static void rank_texts(struct column *c, size_t at, const struct sort_item *items, size_t n)
{
    texts_rank(&c->texts);
    for (size_t i = 0; i < n; i++)
        items[i].values[at].number = c->texts.rank[items[i].values[at].number];
}

static int load_generation(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT value FROM meta WHERE key = 'facts'");
    int has_row = store_step(tx, q, err);

    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int facts_fill(struct store_tx *tx, const struct sort_comparator *by, size_t at, const struct sort_item *items,
               size_t n, struct fct_error *err)
{
    struct facts *f = store_beside(tx, facts_new, facts_free);
    int64_t generation;

    if (n == 0)
        return 0;
    if (load_generation(tx, &generation, err) < 0)
        return -1;
    pthread_mutex_lock(&f->lock);
    if (generation != f->generation)
        forget_all(f);
    f->generation = generation;
    struct column *c = &f->columns[by->property][is_text(by->property) ? by->collation : COLLATE_DEFAULT];
    int rc = look_up(tx, c, by, at, items, n, err);
    if (rc == 0 && is_text(by->property))
        rank_texts(c, at, items, n);
    if (c->n > FACTS_MAX || c->texts.bytes.n > FACTS_BYTES_MAX)
        column_done(c);
    pthread_mutex_unlock(&f->lock);
    return rc;
}
