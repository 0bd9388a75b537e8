#include "search/facts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/memory.h"

#include <stdlib.h>

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
        place = column_find(c, place, items[i].id);
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
        column_merge(c, more.ids, more.values, more.n);
    free(more.ids);
    free(more.values);
    return rc;
}

static void rank_texts(struct column *c, size_t at, const struct sort_item *items, size_t n)
{
    texts_rank(&c->texts);
    for (size_t i = 0; i < n; i++)
        items[i].values[at].number = c->texts.rank[items[i].values[at].number];
}

int facts_fill(struct store_tx *tx, const struct sort_comparator *by, size_t at, const struct sort_item *items,
               size_t n, struct fct_error *err)
{
    bool has_texts = is_text(by->property);
    struct memory *m = n ? memory_lock(tx, err) : NULL;

    if (!m)
        return n ? -1 : 0;
    struct column *c = &m->sorted[by->property][has_texts ? by->collation : COLLATE_DEFAULT];
    int rc = look_up(tx, c, by, at, items, n, err);
    if (rc == 0 && has_texts)
        rank_texts(c, at, items, n);
    column_forget_if_large(c);
    memory_unlock(m);
    return rc;
}
