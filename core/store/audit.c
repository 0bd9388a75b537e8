#include "store/audit.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

#include <stdlib.h>

#define SWEEP_EVERY 32 /* rows */

void store_audit_done(struct store_audit *a)
{
    free(a->token_name);
    free(a->method);
    free(a->ids);
    free(a->outcome);
    free(a->remote);
    *a = (struct store_audit){0};
}

void store_audit_list_free(struct store_audit *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_audit_done(&list[i]);
    free(list);
}

/* ---- writing ---- */

static int sweep_token(struct store_tx *tx, const struct store_audit *a, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM audit WHERE token_id = ?1 AND is_refused = ?2 AND id <= "
                                     "(SELECT id FROM audit WHERE token_id = ?1 AND is_refused = ?2 "
                                     "ORDER BY id DESC LIMIT 1 OFFSET ?3)");

    sqlite3_bind_int64(q, 1, a->token_id);
    sqlite3_bind_int(q, 2, a->is_refused);
    sqlite3_bind_int(q, 3, a->is_refused ? AUDIT_KEPT_REFUSED : AUDIT_KEPT_OF_TOKEN);
    return store_run(tx, q, err);
}

static int sweep(struct store_tx *tx, const struct store_audit *a, struct fct_error *err)
{
    if (a->id % SWEEP_EVERY != 0)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM audit WHERE id <= ?1");
    sqlite3_bind_int64(q, 1, a->id - AUDIT_KEPT);
    return store_run(tx, q, err) < 0 ? -1 : sweep_token(tx, a, err);
}

int store_audit_add(struct store_tx *tx, struct store_audit *a, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO audit (at, nonce, token_id, token_name, method, account_id, ids, n_ids, "
                       "outcome, is_refused, remote) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");

    sqlite3_bind_int64(q, 1, a->at);
    sqlite3_bind_int64(q, 2, a->nonce);
    sqlite3_bind_int64(q, 3, a->token_id);
    bind_text(q, 4, a->token_name);
    bind_text(q, 5, a->method);
    if (a->account_id)
        sqlite3_bind_int64(q, 6, a->account_id);
    else
        sqlite3_bind_null(q, 6);
    bind_text(q, 7, a->ids ? a->ids : "[]");
    sqlite3_bind_int64(q, 8, a->n_ids);
    bind_text(q, 9, a->outcome);
    sqlite3_bind_int(q, 10, a->is_refused);
    bind_text(q, 11, a->remote);
    if (store_run(tx, q, err) < 0)
        return -1;
    a->id = sqlite3_last_insert_rowid(store_db(tx));
    return sweep(tx, a, err);
}

int store_audit_end(struct store_tx *tx, struct store_audit *a, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE audit SET ids = ?3, n_ids = ?4, outcome = ?5, is_refused = ?6 "
                                     "WHERE id = ?1 AND nonce = ?2");
    struct fct_error why = {0};

    sqlite3_bind_int64(q, 1, a->id);
    sqlite3_bind_int64(q, 2, a->nonce);
    bind_text(q, 3, a->ids ? a->ids : "[]");
    sqlite3_bind_int64(q, 4, a->n_ids);
    bind_text(q, 5, a->outcome);
    sqlite3_bind_int(q, 6, a->is_refused);
    if (store_run_one(tx, q, &why) == 0)
        return 0;
    if (why.code == FCT_E_NOT_FOUND)
        return store_audit_add(tx, a, err);
    if (err)
        *err = why;
    return -1;
}

/* ---- reading ---- */

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

int store_audit_list(struct store_tx *tx, const struct store_audit_query *query, struct store_audit **out,
                     size_t *out_n, struct fct_error *err)
{
    struct store_audit *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, at, token_id, token_name, method, account_id, ids, n_ids, outcome, "
                                     "is_refused, remote FROM audit WHERE id < ?1 AND (?2 = 0 OR token_id = ?2) AND "
                                     "(?3 = 0 OR account_id = ?3) AND at >= ?4 AND at < ?5 ORDER BY id DESC LIMIT ?6");

    sqlite3_bind_int64(q, 1, query->before ? query->before : INT64_MAX);
    sqlite3_bind_int64(q, 2, query->token_id);
    sqlite3_bind_int64(q, 3, query->account_id);
    sqlite3_bind_int64(q, 4, query->since);
    sqlite3_bind_int64(q, 5, query->until ? query->until : INT64_MAX);
    sqlite3_bind_int64(q, 6, (int64_t)query->limit);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = (struct store_audit){.id = sqlite3_column_int64(q, 0),
                                         .at = sqlite3_column_int64(q, 1),
                                         .token_id = sqlite3_column_int64(q, 2),
                                         .token_name = xstrdup(store_text(q, 3)),
                                         .method = xstrdup(store_text(q, 4)),
                                         .account_id = sqlite3_column_int64(q, 5),
                                         .ids = xstrdup(store_text(q, 6)),
                                         .n_ids = sqlite3_column_int64(q, 7),
                                         .outcome = dup_or_null(store_text_or_null(q, 8)),
                                         .is_refused = sqlite3_column_int(q, 9) != 0,
                                         .remote = dup_or_null(store_text_or_null(q, 10))};
    }
    if (has_row < 0) {
        store_audit_list_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}
