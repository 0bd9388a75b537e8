#include "base/alloc.h"
#include "base/cleanup.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/threads.h"

int store_email_by_blob(struct store_tx *tx, int64_t account_id, const unsigned char sha256[32], int64_t *out,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT e.id FROM blob b JOIN email e ON e.blob_id = b.id AND +e.account_id = ?2 AND e.size = b.size WHERE "
            "b.sha256 = ?1 "
            "ORDER BY e.id LIMIT 1");

    sqlite3_bind_blob(q, 1, sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, account_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

int store_emails_by_blob(struct store_tx *tx, int64_t account_id, const unsigned char sha256[32], int64_t **out,
                         size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT e.id, e.account_id FROM blob b JOIN email e ON e.blob_id = b.id AND (?2 < 0 OR +e.account_id = ?2) "
            "AND e.size = b.size WHERE b.sha256 = ?1 ORDER BY e.id");

    sqlite3_bind_blob(q, 1, sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (account_id < 0 && !store_tx_sees(tx, sqlite3_column_int64(q, 1)))
            continue;
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

int store_email_by_message_id(struct store_tx *tx, int64_t account_id, const char *message_id, int64_t *out,
                              struct fct_error *err)
{
    struct threads_key key;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM email WHERE msgid_hash = ?1 AND +account_id = ?2 LIMIT 2");
    int64_t found = 0;
    int has_row, n = 0;

    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    sqlite3_bind_int64(q, 1, threads_msgid_hash(&key, bytes_str(message_id)));
    sqlite3_bind_int64(q, 2, account_id);
    while ((has_row = store_step(tx, q, err)) > 0 && n++ == 0)
        found = sqlite3_column_int64(q, 0);
    store_reset(q);
    if (has_row < 0)
        return -1;
    *out = n == 1 ? found : 0;
    return 0;
}
