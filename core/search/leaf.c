#include "search/leaf.h"

int leaf_open(struct leaf *l, struct store_tx *tx, const char *sql, int patience, struct fct_error *err)
{
    *l = (struct leaf){.tx = tx, .patience = patience};
    return store_prepare(tx, sql, &l->q, err);
}

void leaf_close(struct leaf *l)
{
    sqlite3_finalize(l->q);
    l->q = NULL;
}

static int leaf_step(struct leaf *l, struct fct_error *err)
{
    int has_row = store_step(l->tx, l->q, err);

    if (has_row > 0)
        l->current = sqlite3_column_int64(l->q, 0);
    else
        l->is_at_end = true;
    return has_row;
}

int leaf_seek(struct leaf *l, int64_t at_most, struct fct_error *err)
{
    if (l->is_at_end)
        return 0;
    if (l->current != 0) {
        for (int i = 0; l->current > at_most && i < l->patience; i++) {
            int has_row = leaf_step(l, err);
            if (has_row <= 0)
                return has_row;
        }
        if (l->current <= at_most)
            return 1;
        store_reset(l->q);
    }
    sqlite3_bind_int64(l->q, 1, at_most);
    return leaf_step(l, err);
}
