#include "store/refusals.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/mailbox_names.h"
#include "text/tokens.h"

#include <time.h>

/* The account has news (Account/changes). */
static int bump_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE account SET updated_modseq = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, store_tx_bump_account(tx, account_id));
    return store_run_one(tx, q, err);
}

/* Servers' words end up here: made valid, and bounded. NULL and "" become NULL. */
static char *fit(const char *s)
{
    CLEANUP(buf_done) struct buf clean = {0};

    if (!s || !s[0])
        return NULL;
    text_to_valid_utf8(bytes_str(s), &clean);
    return xstrndup(buf_str(&clean), mailbox_name_cut(buf_str(&clean), clean.n, NOTICE_TEXT_MAX));
}

static int forget_oldest(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM notice WHERE account_id = ?1 AND id <= (SELECT id FROM notice "
                                     "WHERE account_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, NOTICES_KEPT);
    return store_run(tx, q, err);
}

/* What is told again is told once: of a message that the server refuses each time that it is asked. */
static int forget_same(struct store_tx *tx, int64_t account_id, const char *type, int64_t mailbox_id, int64_t email_id,
                       struct fct_error *err)
{
    if (email_id == 0)
        return 0;
    sqlite3_stmt *q =
        store_stmt(tx, "DELETE FROM notice WHERE account_id = ?1 AND type = ?2 AND mailbox_id = ?3 AND email_id = ?4");
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, type);
    sqlite3_bind_int64(q, 3, mailbox_id);
    sqlite3_bind_int64(q, 4, email_id);
    return store_run(tx, q, err);
}

int store_notice_add(struct store_tx *tx, int64_t account_id, const char *type, int64_t mailbox_id, int64_t email_id,
                     const char *text, const char *server, struct fct_error *err)
{
    CLEANUP(freep) char *good_text = fit(text);
    CLEANUP(freep) char *good_server = fit(server);
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO notice (account_id, at, type, mailbox_id, email_id, text, server) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, (int64_t)time(NULL));
    bind_text(q, 3, type);
    if (mailbox_id != 0)
        sqlite3_bind_int64(q, 4, mailbox_id);
    if (email_id != 0)
        sqlite3_bind_int64(q, 5, email_id);
    bind_text(q, 6, good_text ? good_text : "");
    bind_text(q, 7, good_server);
    if (forget_same(tx, account_id, type, mailbox_id, email_id, err) < 0 || store_run(tx, q, err) < 0 ||
        forget_oldest(tx, account_id, err) < 0)
        return -1;
    return bump_account(tx, account_id, err);
}

static void read_notice(sqlite3_stmt *q, int64_t account_id, struct store_notice *out)
{
    const char *server = store_text_or_null(q, 6);

    *out = (struct store_notice){.id = sqlite3_column_int64(q, 0),
                                 .account_id = account_id,
                                 .at = sqlite3_column_int64(q, 1),
                                 .type = xstrdup(store_text(q, 2)),
                                 .mailbox_id = sqlite3_column_int64(q, 3),
                                 .email_id = sqlite3_column_int64(q, 4),
                                 .text = xstrdup(store_text(q, 5)),
                                 .server = server ? xstrdup(server) : NULL};
}

int store_notices_load(struct store_tx *tx, int64_t account_id, struct store_notice **out, size_t *out_n,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, at, type, mailbox_id, email_id, text, server FROM notice "
                                     "WHERE account_id = ?1 ORDER BY id");
    struct store_notice *list = NULL;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        read_notice(q, account_id, &list[n++]);
    }
    if (has_row < 0) {
        store_notice_list_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

int store_notices_of_mailbox_go(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM notice WHERE account_id = ?1 AND mailbox_id = ?2");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, mailbox_id);
    if (store_run(tx, q, err) < 0)
        return -1;
    return sqlite3_changes(store_db(tx)) > 0 ? bump_account(tx, account_id, err) : 0;
}

void store_notice_list_free(struct store_notice *n, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(n[i].type);
        free(n[i].text);
        free(n[i].server);
    }
    free(n);
}

int store_notices_dismiss(struct store_tx *tx, int64_t account_id, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = id ? store_stmt(tx, "DELETE FROM notice WHERE account_id = ?1 AND id = ?2")
                         : store_stmt(tx, "DELETE FROM notice WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    if (id)
        sqlite3_bind_int64(q, 2, id);
    if (store_run(tx, q, err) < 0)
        return -1;
    if (sqlite3_changes(store_db(tx)) > 0)
        return bump_account(tx, account_id, err);
    return id ? fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the account has no such notice") : 0;
}
