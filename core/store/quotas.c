#include "store/quotas.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

void store_quota_done(struct store_quota *q)
{
    free(q->root);
    free(q->resource);
    *q = (struct store_quota){0};
}

void store_quotas_free(struct store_quota *q, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_quota_done(&q[i]);
    free(q);
}

static struct store_quota from_row(sqlite3_stmt *q)
{
    return (struct store_quota){.id = sqlite3_column_int64(q, 0),
                                .account_id = sqlite3_column_int64(q, 1),
                                .root = xstrdup(store_text(q, 2)),
                                .resource = xstrdup(store_text(q, 3)),
                                .used = sqlite3_column_int64(q, 4),
                                .limit = sqlite3_column_int64(q, 5)};
}

int store_quota_load(struct store_tx *tx, int64_t id, struct store_quota *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, account_id, root, resource, used, hard_limit FROM quota WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such quota");
    *out = from_row(q);
    store_reset(q);
    return 0;
}

int store_quotas_list(struct store_tx *tx, int64_t account_id, struct store_quota **out, size_t *out_n,
                      struct fct_error *err)
{
    struct store_quota *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, account_id, root, resource, used, hard_limit FROM quota "
                                     "WHERE ?1 < 0 OR account_id = ?1 ORDER BY id");

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (account_id < 0 && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = from_row(q);
    }
    if (has_row < 0) {
        store_quotas_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

/* ---- what is told ---- */

static int insert(struct store_tx *tx, int64_t account_id, const struct store_quota *v, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO quota (account_id, root, resource, used, hard_limit, created_modseq, "
                                     "updated_modseq, props_modseq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)");

    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, v->root);
    bind_text(q, 3, v->resource);
    sqlite3_bind_int64(q, 4, v->used);
    sqlite3_bind_int64(q, 5, v->limit);
    sqlite3_bind_int64(q, 6, store_tx_bump(tx, account_id, STORE_QUOTA));
    return store_run(tx, q, err);
}

static int update(struct store_tx *tx, const struct store_quota *was, const struct store_quota *v,
                  struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE quota SET used = ?2, props_modseq = iif(hard_limit <> ?3, ?4, props_modseq), "
                       "hard_limit = ?3, updated_modseq = ?4 WHERE id = ?1");

    if (was->used == v->used && was->limit == v->limit)
        return 0;
    sqlite3_bind_int64(q, 1, was->id);
    sqlite3_bind_int64(q, 2, v->used);
    sqlite3_bind_int64(q, 3, v->limit);
    sqlite3_bind_int64(q, 4, store_tx_bump(tx, was->account_id, STORE_QUOTA));
    return store_run_one(tx, q, err);
}

static int destroy(struct store_tx *tx, const struct store_quota *was, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT created_modseq FROM quota WHERE id = ?1");

    sqlite3_bind_int64(q, 1, was->id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    int64_t created = sqlite3_column_int64(q, 0);
    store_reset(q);
    if (store_tombstone(tx, was->account_id, STORE_QUOTA, was->id, created, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM quota WHERE id = ?1");
    sqlite3_bind_int64(q, 1, was->id);
    return store_run(tx, q, err);
}

static const struct store_quota *find(const struct store_quota *v, size_t n, const struct store_quota *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i].root, wanted->root) == 0 && strcmp(v[i].resource, wanted->resource) == 0)
            return &v[i];
    return NULL;
}

int store_quotas_are(struct store_tx *tx, int64_t account_id, const struct store_quota *v, size_t n, bool *out,
                     struct fct_error *err)
{
    struct store_quota *here = NULL;
    size_t n_here = 0;

    if (store_quotas_list(tx, account_id, &here, &n_here, err) < 0)
        return -1;
    *out = n == n_here;
    for (size_t i = 0; i < n && *out; i++) {
        const struct store_quota *was = find(here, n_here, &v[i]);
        *out = was && was->used == v[i].used && was->limit == v[i].limit;
    }
    store_quotas_free(here, n_here);
    return 0;
}

static int compare_all(struct store_tx *tx, int64_t account_id, const struct store_quota *here, size_t n_here,
                       const struct store_quota *v, size_t n, struct fct_error *err)
{
    for (size_t i = 0; i < n_here; i++)
        if (!find(v, n, &here[i]) && destroy(tx, &here[i], err) < 0)
            return -1;
    for (size_t i = 0; i < n && i < STORE_QUOTAS_MAX; i++) {
        const struct store_quota *was = find(here, n_here, &v[i]);
        if (find(v, i, &v[i])) /* said twice: the first counts */
            continue;
        if (was ? update(tx, was, &v[i], err) < 0 : insert(tx, account_id, &v[i], err) < 0)
            return -1;
    }
    return 0;
}

int store_quotas_told(struct store_tx *tx, int64_t account_id, const struct store_quota *v, size_t n,
                      struct fct_error *err)
{
    struct store_quota *here = NULL;
    size_t n_here = 0;

    if (store_quotas_list(tx, account_id, &here, &n_here, err) < 0)
        return -1;
    int result = compare_all(tx, account_id, here, n_here, v, n, err);
    store_quotas_free(here, n_here);
    return result;
}
