#include "store/stubborn.h"

#include "base/alloc.h"
#include "store/db.h"
#include "store/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A try in time to come was long ago: the clock was set back. */
int store_stubborn_load(struct store_tx *tx, int64_t mailbox_id, struct store_stubborn **out, size_t *out_n,
                        struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT s.uid, s.failures, s.tried_at, "
                       "EXISTS (SELECT 1 FROM placement p WHERE p.mailbox_id = ?1 AND p.uid = s.uid) OR "
                       "EXISTS (SELECT 1 FROM placement_deleted h WHERE h.mailbox_id = ?1 AND h.uid = s.uid) OR "
                       "EXISTS (SELECT 1 FROM departure g WHERE g.mailbox_id = ?1 AND g.uid = s.uid), "
                       "EXISTS (SELECT 1 FROM placement p JOIN email e ON e.id = p.email_id "
                       "WHERE p.mailbox_id = ?1 AND p.uid = s.uid AND e.bits & 4) "
                       "FROM stubborn s WHERE s.mailbox_id = ?1 ORDER BY s.uid LIMIT ?2");
    CLEANUP(freep) struct store_stubborn *v = NULL;
    size_t n = 0, cap = 0;
    int64_t now = (int64_t)time(NULL);
    int has_row;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, STUBBORN_MAX);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 8;
            v = xreallocarray(v, cap, sizeof(*v));
        }
        v[n++] = (struct store_stubborn){.uid = (uint64_t)sqlite3_column_int64(q, 0),
                                         .failures = (uint32_t)sqlite3_column_int(q, 1),
                                         .tried_at = sqlite3_column_int64(q, 2),
                                         .is_here = sqlite3_column_int(q, 3) != 0,
                                         .is_partial = sqlite3_column_int(q, 4) != 0};
        if (v[n - 1].tried_at > now)
            v[n - 1].tried_at = 0;
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(v);
    *out_n = n;
    return 0;
}

int store_stubborn_left_out(struct store_tx *tx, int64_t mailbox_id, uint64_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) struct store_stubborn *v = NULL;
    size_t n = 0;

    if (store_stubborn_load(tx, mailbox_id, &v, &n, err) < 0)
        return -1;
    *out_n = 0;
    for (size_t i = 0; i < n; i++)
        *out_n += !v[i].is_here && v[i].failures >= STUBBORN_FAILURES;
    return 0;
}

/* ---- one more failure ---- */

static int forget_oldest(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "DELETE FROM stubborn WHERE mailbox_id = ?1 AND uid = (SELECT uid FROM stubborn WHERE "
        "mailbox_id = ?1 ORDER BY tried_at LIMIT 1) AND (SELECT count(*) FROM stubborn WHERE mailbox_id = ?1) > ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int(q, 2, STUBBORN_MAX);
    return store_run(tx, q, err);
}

static int tell_user(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, name FROM mailbox WHERE id = ?1");
    char text[NOTICE_TEXT_MAX];

    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    int64_t account_id = sqlite3_column_int64(q, 0);
    snprintf(
        text, sizeof(text),
        "A message in \"%.300s\" (UID %llu) is left out: the server did not give it %d times in a row. At most its "
        "header is shown. It is tried again once a day, and with each sync that is asked for.",
        store_text(q, 1), (unsigned long long)uid, STUBBORN_FAILURES);
    store_reset(q);
    return store_notice_add(tx, account_id, NOTICE_MESSAGE_LEFT_OUT, mailbox_id, 0, text, NULL, err);
}

int store_stubborn_failed(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, int64_t now, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO stubborn (mailbox_id, uid, account_id, failures, tried_at) SELECT "
                                     "?1, ?2, account_id, 1, ?3 FROM mailbox "
                                     "WHERE id = ?1 ON CONFLICT (mailbox_id, uid) DO UPDATE SET failures = "
                                     "min(failures + 1, 1000000), tried_at = ?3 "
                                     "RETURNING failures");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    sqlite3_bind_int64(q, 3, now);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row; /* the mailbox has gone */
    int failures = sqlite3_column_int(q, 0);
    store_reset(q);
    if (failures == 1)
        return forget_oldest(tx, mailbox_id, err);
    if (failures != STUBBORN_FAILURES)
        return 0;
    uint64_t n = 0;
    if (store_stubborn_left_out(tx, mailbox_id, &n, err) < 0)
        return -1;
    return n <= STUBBORN_TOLD ? tell_user(tx, mailbox_id, uid, err) : 0;
}

/* ---- and no more ---- */

int store_stubborn_forget(struct store_tx *tx, int64_t mailbox_id, uint64_t uid, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM stubborn WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)uid);
    return store_run(tx, q, err);
}

int store_stubborn_move(struct store_tx *tx, int64_t mailbox_id, uint64_t from, uint64_t to, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE OR IGNORE stubborn SET uid = ?3 WHERE mailbox_id = ?1 AND uid = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, (int64_t)from);
    sqlite3_bind_int64(q, 3, (int64_t)to);
    return store_run(tx, q, err) < 0 ? -1 : store_stubborn_forget(tx, mailbox_id, from, err);
}

int stubborn_forget_all(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM stubborn WHERE mailbox_id = ?1");

    sqlite3_bind_int64(q, 1, mailbox_id);
    return store_run(tx, q, err);
}

int store_stubborn_mailboxes(struct store_tx *tx, int64_t account_id, int64_t before, int64_t **out, size_t *out_n,
                             struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT DISTINCT mailbox_id FROM stubborn WHERE account_id = ?1 AND (tried_at < ?2 OR tried_at > ?4 OR "
            "failures < ?3)");
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, before);
    sqlite3_bind_int(q, 3, STUBBORN_FAILURES);
    sqlite3_bind_int64(q, 4, (int64_t)time(NULL));
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 8;
            ids = xreallocarray(ids, cap, sizeof(*ids));
        }
        ids[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(ids);
    *out_n = n;
    return 0;
}
