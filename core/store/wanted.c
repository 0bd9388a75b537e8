#include "store/wanted.h"

#include "store/db.h"
#include "store/pending.h"

#include <time.h>

int wanted_note(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO pending (account_id, mailbox_id, email_id, kind, created_at) VALUES (?1, ?2, ?3, ?4, ?5)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    sqlite3_bind_int64(q, 3, email_id);
    sqlite3_bind_int(q, 4, STORE_PENDING_PLACE);
    sqlite3_bind_int64(q, 5, (int64_t)time(NULL));
    return store_run(tx, q, err);
}

int wanted_add(struct counters *c, int64_t email_id, const struct email_place *p, struct fct_error *err)
{
    if (email_place_insert(c->tx, email_id, p, NULL, err) < 0)
        return -1;
    return wanted_note(c->tx, c->account_id, p->mailbox_id, email_id, err);
}

int wanted_find(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, enum wanted_step *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT is_sent FROM pending WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = 2");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (enum wanted_step)sqlite3_column_int(q, 0);
    store_reset(q);
    return 1;
}

int wanted_settle(struct store_tx *tx, int64_t mailbox_id, int64_t email_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM pending WHERE email_id = ?1 AND mailbox_id = ?2 AND kind = 2");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    return store_run(tx, q, err);
}
