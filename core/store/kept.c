#include "store/kept.h"

#include "store/db.h"
#include "store/pending.h"

#include <time.h>

static int run_about(struct store_tx *tx, sqlite3_stmt *q, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    return store_run(tx, q, err);
}

int kept_note(struct counters *c, int64_t email_id, struct fct_error *err)
{
    static const char *const statements[] = {
        "UPDATE pending SET is_sent = 0 WHERE email_id = ?2 AND kind = 3",
        "INSERT INTO pending (account_id, mailbox_id, email_id, uid, kind, created_at) "
        "SELECT ?1, pl.mailbox_id, ?2, pl.uid, 3, ?3 FROM placement pl WHERE pl.email_id = ?2 AND EXISTS (SELECT 1 "
        "FROM departure d WHERE d.email_id = ?2) AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.email_id = ?2 AND "
        "p.mailbox_id = pl.mailbox_id AND p.kind IN (2, 3))",
    };

    if (run_about(c->tx, store_stmt(c->tx, statements[0]), 0, email_id, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(c->tx, statements[1]);
    sqlite3_bind_int64(q, 3, (int64_t)time(NULL));
    return run_about(c->tx, q, c->account_id, email_id, err);
}

int kept_note_one(struct counters *c, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        c->tx, "INSERT INTO pending (account_id, mailbox_id, email_id, uid, kind, created_at) SELECT ?3, ?1, ?2, uid, "
               "3, ?4 FROM placement WHERE mailbox_id = ?1 AND email_id = ?2 AND NOT EXISTS (SELECT 1 FROM pending p "
               "WHERE p.email_id = ?2 AND p.mailbox_id = ?1 AND p.kind IN (2, 3))");

    sqlite3_bind_int64(q, 3, c->account_id);
    sqlite3_bind_int64(q, 4, (int64_t)time(NULL));
    return run_about(c->tx, q, mailbox_id, email_id, err);
}

int kept_find(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM pending WHERE mailbox_id = ?1 AND email_id = ?2 AND kind = 3");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, email_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

int kept_forget(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    return run_about(tx, store_stmt(tx, "DELETE FROM pending WHERE mailbox_id = ?1 AND email_id = ?2 AND kind = 3"),
                     mailbox_id, email_id, err);
}

/* One that has no UID just now (the mailbox was renumbered) was not found yet. */
int kept_seen(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    static const char *const statements[] = {
        "DELETE FROM pending WHERE mailbox_id = ?1 AND kind = 3 AND uid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
        "departure d WHERE d.email_id = pending.email_id) AND NOT EXISTS (SELECT 1 FROM pending f WHERE f.email_id = "
        "pending.email_id AND f.mailbox_id = ?1 AND f.kind = 1 AND f.remove_flags & 16)",
        "UPDATE pending SET is_sent = 1 WHERE mailbox_id = ?1 AND kind = 3 AND uid IS NOT NULL AND is_sent = 0",
    };

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, statements[i]);
        sqlite3_bind_int64(q, 1, mailbox_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}
