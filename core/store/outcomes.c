#include "store/outcomes.h"

#include "base/alloc.h"
#include "store/db.h"

#include <string.h>

static int begin_new(struct store_tx *tx, const char *key, const unsigned char *call, int64_t now,
                     struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO outcome (key, call, at) VALUES (?1, ?2, ?3)");

    bind_text(q, 1, key);
    sqlite3_bind_blob(q, 2, call, OUTCOME_CALL_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(q, 3, now);
    return store_run(tx, q, err);
}

int store_outcome_begin(struct store_tx *tx, const char *key, const unsigned char call[OUTCOME_CALL_SIZE], int64_t now,
                        enum store_outcome *out, char **out_answer, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT call, answer FROM outcome WHERE key = ?1");

    bind_text(q, 1, key);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = OUTCOME_NEW;
    if (has_row == 0)
        return begin_new(tx, key, call, now, err);
    const char *answer = store_text_or_null(q, 1);
    if (sqlite3_column_bytes(q, 0) != OUTCOME_CALL_SIZE ||
        memcmp(sqlite3_column_blob(q, 0), call, OUTCOME_CALL_SIZE) != 0)
        *out = OUTCOME_OTHER_CALL;
    else if (!answer)
        *out = OUTCOME_UNKNOWN;
    else
        *out = OUTCOME_KNOWN, *out_answer = xstrdup(answer);
    store_reset(q);
    return 0;
}

int store_outcome_end(struct store_tx *tx, const char *key, const char *answer, struct fct_error *err)
{
    sqlite3_stmt *q = answer ? store_stmt(tx, "UPDATE outcome SET answer = ?2 WHERE key = ?1")
                             : store_stmt(tx, "DELETE FROM outcome WHERE key = ?1");

    bind_text(q, 1, key);
    if (answer)
        bind_text(q, 2, answer);
    return store_run_one(tx, q, err);
}

int store_outcomes_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "DELETE FROM outcome WHERE key IN (SELECT key FROM outcome WHERE at < ?1 ORDER BY at LIMIT ?2)");

    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = (size_t)sqlite3_changes(store_db(tx));
    return 0;
}
