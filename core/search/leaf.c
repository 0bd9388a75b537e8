#include "search/leaf.h"

int leaf_open(struct leaf *l, struct store_tx *tx, struct leaf_sql sql, bool is_upward, int patience,
              struct fct_error *err)
{
    *l = (struct leaf){.tx = tx, .is_upward = is_upward, .patience = patience};
    return store_prepare(tx, is_upward ? sql.up : sql.down, &l->q, err);
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

static bool is_before(const struct leaf *l, int64_t bound)
{
    return l->is_upward ? l->current < bound : l->current > bound;
}

int leaf_seek(struct leaf *l, int64_t bound, struct fct_error *err)
{
    if (l->is_at_end)
        return 0;
    if (l->current != 0) {
        for (int i = 0; is_before(l, bound) && i < l->patience; i++) {
            int has_row = leaf_step(l, err);
            if (has_row <= 0)
                return has_row;
        }
        if (!is_before(l, bound))
            return 1;
        store_reset(l->q);
    }
    sqlite3_bind_int64(l->q, 1, bound);
    return leaf_step(l, err);
}
