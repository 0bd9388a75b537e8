#include "search/memory.h"

#include "base/alloc.h"

#include <stdlib.h>

/* ---- a list ----------------------------------------------------------------------------------------------------- */

void column_forget(struct column *c)
{
    uint64_t epoch = c->epoch;

    free(c->ids);
    free(c->values);
    texts_done(&c->texts);
    *c = (struct column){.epoch = epoch + 1};
}

void column_forget_if_large(struct column *c)
{
    if (c->n > MEMORY_MAX || c->texts.bytes.n > MEMORY_BYTES_MAX)
        column_forget(c);
}

/* In steps that double, as a few Emails or nearly all may be asked for. */
size_t column_find(const struct column *c, size_t at, int64_t id)
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

void column_merge(struct column *c, const int64_t *ids, const int64_t *values, size_t n)
{
    size_t most = c->n + n, a = 0, b = 0, to = 0;
    int64_t *all_ids = xcalloc(most + 1, sizeof(*all_ids)), *all_values = xcalloc(most + 1, sizeof(*all_values));

    while (a < c->n || b < n) {
        bool is_old = b == n || (a < c->n && c->ids[a] >= ids[b]);
        if (is_old && b < n && c->ids[a] == ids[b])
            b++;
        all_ids[to] = is_old ? c->ids[a] : ids[b];
        all_values[to++] = is_old ? c->values[a++] : values[b++];
    }
    free(c->ids);
    free(c->values);
    c->ids = all_ids;
    c->values = all_values;
    c->n = to;
}

/* ---- of a store ------------------------------------------------------------------------------------------------- */

static void forget_all(struct memory *m)
{
    for (size_t i = 0; i < N_PROPERTIES; i++)
        for (size_t j = 0; j < N_COLLATIONS; j++)
            column_forget(&m->sorted[i][j]);
    column_forget(&m->fields);
}

static void memory_free(void *arg)
{
    struct memory *m = arg;

    forget_all(m);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static void *memory_new(void)
{
    struct memory *m = XNEW(struct memory);

    pthread_mutex_init(&m->lock, NULL);
    return m;
}

struct memory *memory_lock(struct store_tx *tx, struct fct_error *err)
{
    struct memory *m = store_beside(tx, memory_new, memory_free);
    sqlite3_stmt *q = store_stmt(tx, "SELECT value FROM meta WHERE key = 'facts'");
    int has_row = store_step(tx, q, err);
    int64_t generation = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;

    store_reset(q);
    if (has_row < 0)
        return NULL;
    pthread_mutex_lock(&m->lock);
    if (generation != m->generation)
        forget_all(m);
    m->generation = generation;
    return m;
}

void memory_unlock(struct memory *m)
{
    pthread_mutex_unlock(&m->lock);
}
