#include "store/mailbox_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/mailbox_journal.h"
#include "store/stubborn.h"

int mailbox_row_insert(struct store_tx *tx, int64_t account_id, const struct mailbox_row *row, int64_t *out_id,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO mailbox (account_id, parent_id, name, role, sort_order, is_subscribed, attrs, wire_name, "
            "remote_mailbox_id, created_modseq, updated_modseq, props_modseq, full_name, delimiter, own_role) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10, ?11, ?12, ?13)");

    sqlite3_bind_int64(q, 1, account_id);
    if (row->parent_id != 0)
        sqlite3_bind_int64(q, 2, row->parent_id);
    bind_text(q, 3, row->name);
    sqlite3_bind_int(q, 4, row->role);
    sqlite3_bind_int(q, 5, row->sort_order);
    sqlite3_bind_int(q, 6, row->is_subscribed);
    sqlite3_bind_int64(q, 7, row->attrs);
    if (row->wire_name.p)
        sqlite3_bind_blob64(q, 8, row->wire_name.p, row->wire_name.n, SQLITE_STATIC);
    bind_text(q, 9, row->remote_mailbox_id);
    sqlite3_bind_int64(q, 10, store_tx_bump(tx, account_id, STORE_MAILBOX));
    bind_text(q, 11, row->full_name);
    sqlite3_bind_int64(q, 12, row->delimiter);
    if (row->is_own_role)
        sqlite3_bind_int(q, 13, row->role);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

static int row_delete(struct store_tx *tx, int64_t account_id, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM mailbox WHERE id = ?1 RETURNING created_modseq");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such mailbox");
    int64_t created = sqlite3_column_int64(q, 0);
    store_reset(q);
    return store_tombstone(tx, account_id, STORE_MAILBOX, id, created, err);
}

int mailbox_empty(struct counters *c, int64_t id, struct fct_error *err)
{
    if (placements_leave(c, id, err) < 0 || stubborn_forget_all(c->tx, id, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(c->tx, "DELETE FROM pending WHERE mailbox_id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run(c->tx, q, err);
}

static int forget_wish(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM mailbox_wish WHERE mailbox_id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

int mailbox_row_remove(struct counters *c, int64_t id, struct fct_error *err)
{
    /* The counters know the mailbox as long as its row is there. */
    if (mailbox_empty(c, id, err) < 0 || counters_flush(c, err) < 0 || forget_wish(c->tx, id, err) < 0)
        return -1;
    if (c->trash == id)
        c->trash = 0;
    return row_delete(c->tx, c->account_id, id, err);
}

/* Those that nobody sees. */
static int destroy_hidden(struct counters *c, struct fct_error *err)
{
    int has_row;

    do {
        sqlite3_stmt *q = store_stmt(c->tx, "SELECT id FROM mailbox WHERE account_id = ?1 AND is_hidden <> 0 LIMIT 1");
        sqlite3_bind_int64(q, 1, c->account_id);
        has_row = store_step(c->tx, q, err);
        int64_t id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
        store_reset(q);
        if (has_row > 0 && mailbox_drop_hidden(c, id, err) < 0)
            return -1;
    } while (has_row > 0);
    return has_row;
}

int mailboxes_destroy_all(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    struct store_mailbox *list;
    size_t n;
    int rc = 0;

    if (counters_init(&c, tx, account_id, err) < 0 || store_mailboxes_load(tx, account_id, &list, &n, err) < 0)
        return -1;
    for (size_t i = n; i > 0 && rc == 0; i--) /* children before parents */
        rc = mailbox_row_remove(&c, list[i - 1].id, err);
    store_mailboxes_free(list, n);
    return rc == 0 ? destroy_hidden(&c, err) : -1;
}
