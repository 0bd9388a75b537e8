#include "store/email_ids.h"

#include "store/db.h"

#define RUN_MIN 16 /* shorter runs are cheaper to walk than to remember */

struct run {
    int64_t first, last;
};

/* The run that holds `id`, or ends just before it; {0} when there is none. */
static int run_find(struct store_tx *tx, int64_t id, struct run *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT first, last FROM id_run WHERE first <= ?1 ORDER BY first DESC LIMIT 1");

    *out = (struct run){0};
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        struct run found = {sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
        if (found.last >= id - 1)
            *out = found;
    }
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int is_used(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT 1 FROM email WHERE id = ?1 UNION ALL SELECT 1 FROM fts_dead WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

/* Remembers that every number from first to last is used. */
static int run_save(struct store_tx *tx, const struct run *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO id_run (first, last) VALUES (?1, ?2) "
                                     "ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)");

    sqlite3_bind_int64(q, 1, r->first);
    sqlite3_bind_int64(q, 2, r->last);
    return store_run(tx, q, err);
}

static int run_delete(struct store_tx *tx, int64_t first, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM id_run WHERE first = ?1");

    sqlite3_bind_int64(q, 1, first);
    return store_run(tx, q, err);
}

int email_id_allocate(struct store_tx *tx, int64_t received_at, int64_t after, int64_t *out, struct fct_error *err)
{
    int64_t start = email_id_of_time(received_at), id;
    struct run run = {0};  /* the run that we walk along */
    bool is_grown = false; /* and it is longer than what is saved of it */

    if (start <= after)
        start = after + 1;
    for (id = start;;) {
        struct run next;
        if (run_find(tx, id, &next, err) < 0)
            return -1;
        if (next.last >= id) { /* within a known run: step over it, and join it with the one before */
            if (run.first != 0 && run.first != next.first && run.last >= next.first - 1) {
                if (run_delete(tx, next.first, err) < 0)
                    return -1;
                next.first = run.first;
                is_grown = true;
            }
            run = next;
            id = next.last + 1;
        } else if (next.first != 0 && run.first == 0) {
            run = next;
        }
        int used = is_used(tx, id, err);
        if (used < 0)
            return -1;
        if (!used)
            break;
        if (run.first == 0)
            run.first = id;
        run.last = id++;
        is_grown = true;
    }
    if (is_grown && run.last - run.first + 1 >= RUN_MIN && run_save(tx, &run, err) < 0)
        return -1;
    *out = id;
    return 0;
}

int email_id_retire(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT OR IGNORE INTO fts_dead (email_id) VALUES (?1)");

    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}
