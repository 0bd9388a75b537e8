#include "store/maildrop.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#define FORGET_AFTER (INT64_C(180) * 86400)

/* ---- reading ------------------------------------------------------------------------------------------------ */

void store_maildrop_free(struct maildrop_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(rows[i].uidl);
    free(rows);
}

static void read_row(sqlite3_stmt *q, struct maildrop_row *r)
{
    const char *uidl = store_text_or_null(q, 1);

    *r = (struct maildrop_row){
        .id = sqlite3_column_int64(q, 0),
        .uidl = uidl ? xstrdup(uidl) : NULL,
        .state = (enum maildrop_state)sqlite3_column_int(q, 2),
        .size = sqlite3_column_int64(q, 4),
        .listed_size = sqlite3_column_int64(q, 5),
        .is_sure = sqlite3_column_int(q, 6) != 0,
        .fetched_at = sqlite3_column_int64(q, 7),
        .is_missing = sqlite3_column_type(q, 8) != SQLITE_NULL,
        .tries = sqlite3_column_int(q, 9),
        .tried_at = sqlite3_column_int64(q, 10),
        .pass = sqlite3_column_int64(q, 11),
        .number = (uint64_t)sqlite3_column_int64(q, 12),
        .is_wanted = sqlite3_column_int(q, 13) != 0,
    };
    if (sqlite3_column_bytes(q, 3) == MAILDROP_DIGEST_SIZE)
        memcpy(r->header, sqlite3_column_blob(q, 3), MAILDROP_DIGEST_SIZE);
}

/* Only what may be there still is asked for its Email. */
static sqlite3_stmt *load_statement(struct store_tx *tx, bool with_places)
{
    if (!with_places)
        return store_stmt(tx, "SELECT id, uidl, state, header, size, listed_size, is_sure, fetched_at, missing_since, "
                              "tries, tried_at, pass, number, 1 FROM maildrop_message WHERE account_id = ?1");
    return store_stmt(
        tx,
        "SELECT r.id, r.uidl, r.state, r.header, r.size, r.listed_size, r.is_sure, r.fetched_at, r.missing_since, "
        "r.tries, r.tried_at, r.pass, r.number, r.missing_since IS NOT NULL OR r.state = 3 OR EXISTS (SELECT 1 FROM "
        "email e JOIN placement p ON p.email_id = e.id JOIN mailbox m ON m.id = p.mailbox_id "
        "WHERE e.blob_id = r.blob_id AND +e.account_id = ?1 AND m.role <> 5) "
        "FROM maildrop_message r WHERE r.account_id = ?1");
}

int store_maildrop_load(struct store_tx *tx, int64_t account_id, bool with_places, struct maildrop_row **out,
                        size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = load_statement(tx, with_places);
    struct maildrop_row *rows = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    _Static_assert(FCT_ROLE_TRASH == 5 && MAILDROP_GONE == 3, "the statement says so");
    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 256;
            rows = xreallocarray(rows, cap, sizeof(*rows));
        }
        read_row(q, &rows[n++]);
    }
    if (has_row < 0) {
        store_maildrop_free(rows, n);
        return -1;
    }
    *out = rows;
    *out_n = n;
    return 0;
}

int store_maildrop_look(struct store_tx *tx, int64_t account_id, struct maildrop_look *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT pass, messages, octets, listed_at, due_at, email_modseq FROM maildrop WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    *out = (struct maildrop_look){.messages = -1};
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = (struct maildrop_look){
            .pass = sqlite3_column_int64(q, 0),
            .messages = sqlite3_column_int64(q, 1),
            .octets = sqlite3_column_int64(q, 2),
            .listed_at = sqlite3_column_int64(q, 3),
            .due_at = sqlite3_column_int64(q, 4),
            .email_modseq = sqlite3_column_int64(q, 5),
        };
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* ---- looks -------------------------------------------------------------------------------------------------- */

int store_maildrop_looked(struct store_tx *tx, int64_t account_id, const struct maildrop_look *look,
                          struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT OR REPLACE INTO maildrop (account_id, pass, messages, octets, listed_at, due_at, email_modseq) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, look->pass);
    sqlite3_bind_int64(q, 3, look->messages);
    sqlite3_bind_int64(q, 4, look->octets);
    sqlite3_bind_int64(q, 5, look->listed_at);
    sqlite3_bind_int64(q, 6, look->due_at);
    sqlite3_bind_int64(q, 7, look->email_modseq);
    return store_run(tx, q, err);
}

int maildrop_look_again(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE maildrop SET listed_at = 0 WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    return store_run(tx, q, err);
}

/* ---- marks -------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *mark_statement(struct store_tx *tx, enum maildrop_news news)
{
    switch (news) {
    case MAILDROP_LISTED: /* one that was leaving goes on leaving */
        return store_stmt(
            tx,
            "UPDATE maildrop_message SET missing_since = NULL, listed_size = ?3, state = CASE state WHEN 3 THEN 1 ELSE "
            "state END WHERE id = ?1");
    case MAILDROP_MISSING:
        return store_stmt(tx,
                          "UPDATE maildrop_message SET missing_since = ifnull(missing_since, ?2), deleted_at = CASE "
                          "state WHEN 2 THEN ?2 ELSE deleted_at END, state = CASE state WHEN 2 THEN 3 ELSE state END "
                          "WHERE id = ?1");
    case MAILDROP_CONFUSED:
        return store_stmt(tx,
                          "UPDATE maildrop_message SET uidl = NULL, state = CASE state WHEN 2 THEN 1 ELSE state END "
                          "WHERE id = ?1");
    case MAILDROP_SENT:
        return store_stmt(tx, "UPDATE maildrop_message SET state = 2 WHERE id = ?1 AND state = 1");
    default:
        return store_stmt(tx, "UPDATE maildrop_message SET state = 3, deleted_at = ?2, missing_since = NULL "
                              "WHERE id = ?1 AND state = 2");
    }
}

int store_maildrop_mark(struct store_tx *tx, const struct maildrop_mark *marks, size_t n, int64_t now,
                        struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *q = mark_statement(tx, marks[i].news);
        sqlite3_bind_int64(q, 1, marks[i].id);
        sqlite3_bind_int64(q, 2, now);
        sqlite3_bind_int64(q, 3, marks[i].listed_size);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int store_maildrop_failed(struct store_tx *tx, int64_t account_id, const char *uidl, int64_t pass, uint64_t number,
                          int64_t now, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO maildrop_message (account_id, uidl, state, size, listed_size, is_sure, first_seen_at, tries, "
            "tried_at, pass, number) VALUES (?1, ?2, 0, 0, 0, 0, ?3, 1, ?3, ?4, ?5) "
            "ON CONFLICT (account_id, uidl) WHERE uidl IS NOT NULL DO UPDATE SET tries = tries + 1, tried_at = ?3");

    if (!uidl)
        return 0; /* it cannot be told from the others */
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, uidl);
    sqlite3_bind_int64(q, 3, now);
    sqlite3_bind_int64(q, 4, pass);
    sqlite3_bind_int64(q, 5, (int64_t)number);
    return store_run(tx, q, err);
}

/* ---- arrivals ----------------------------------------------------------------------------------------------- */

static void bind_digest(sqlite3_stmt *q, int at, const unsigned char *digest)
{
    sqlite3_bind_blob(q, at, digest, MAILDROP_DIGEST_SIZE, SQLITE_STATIC);
}

/* Nothing came under this UIDL before. */
static int forget_failing(struct store_tx *tx, int64_t account_id, const char *uidl, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM maildrop_message WHERE uidl = ?2 AND account_id = ?1 AND state = 0");

    if (!uidl)
        return 0;
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, uidl);
    return store_run(tx, q, err);
}

/* A row that was taken for this message by its header, and is another's. `own`: the one that is not; 0: none. */
static int unlink_uidl(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a, int64_t own,
                       struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE maildrop_message SET uidl = NULL, missing_since = ?3 WHERE account_id = ?1 "
                       "AND uidl = ?2 AND id <> ?4");

    if (!a->uidl)
        return 0;
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, a->uidl);
    sqlite3_bind_int64(q, 3, a->now);
    sqlite3_bind_int64(q, 4, own);
    return store_run(tx, q, err);
}

/* The row with the id is this message of this pass. */
static int link_row(struct store_tx *tx, int64_t id, const struct maildrop_arrival *a, bool is_sure,
                    struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE maildrop_message SET uidl = ?2, listed_size = ?3, is_sure = ?4, missing_since = NULL, pass = ?5, "
            "number = ?6, state = CASE state WHEN 3 THEN 1 ELSE state END WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    bind_text(q, 2, a->uidl);
    sqlite3_bind_int64(q, 3, a->listed_size);
    sqlite3_bind_int(q, 4, is_sure);
    sqlite3_bind_int64(q, 5, a->pass);
    sqlite3_bind_int64(q, 6, (int64_t)a->number);
    return store_run(tx, q, err);
}

/* One that was found by its header is looked up under its own UIDL, too: whether the content is the same. */
static sqlite3_stmt *content_statement(struct store_tx *tx)
{
    return store_stmt(
        tx, "SELECT id FROM maildrop_message WHERE account_id = ?1 AND content = ?2 AND (missing_since IS NOT NULL OR "
            "(uidl IS NULL AND state <> 3 AND (pass <> ?3 OR (number = ?4 AND is_sure = 0))) OR (uidl = ?5 AND is_sure "
            "= 0)) "
            "ORDER BY uidl IS NOT ?5, id LIMIT 1");
}

static sqlite3_stmt *header_statement(struct store_tx *tx)
{
    return store_stmt(
        tx, "SELECT id FROM maildrop_message WHERE account_id = ?1 AND header = ?2 AND (missing_since IS NOT NULL OR "
            "(uidl IS NULL AND state <> 3 AND pass <> ?3)) AND (listed_size = ?4 OR size = ?4) ORDER BY id LIMIT 1");
}

static int find_and_link(struct store_tx *tx, sqlite3_stmt *q, int64_t account_id, const struct maildrop_arrival *a,
                         bool is_sure, bool *out_known, struct fct_error *err)
{
    int has_row = store_step(tx, q, err);
    int64_t id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;

    store_reset(q);
    *out_known = has_row > 0;
    if (has_row <= 0)
        return has_row;
    if (forget_failing(tx, account_id, a->uidl, err) < 0 || unlink_uidl(tx, account_id, a, id, err) < 0)
        return -1;
    return link_row(tx, id, a, is_sure, err);
}

int store_maildrop_recognise(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a, bool *out_known,
                             struct fct_error *err)
{
    *out_known = false;
    if (!a->may_be_known)
        return 0;
    sqlite3_stmt *q = content_statement(tx);
    sqlite3_bind_int64(q, 1, account_id);
    bind_digest(q, 2, a->digest.content);
    sqlite3_bind_int64(q, 3, a->pass);
    sqlite3_bind_int64(q, 4, (int64_t)a->number);
    bind_text(q, 5, a->uidl);
    return find_and_link(tx, q, account_id, a, true, out_known, err);
}

int store_maildrop_recognise_header(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a,
                                    bool *out_known, struct fct_error *err)
{
    sqlite3_stmt *q = header_statement(tx);

    *out_known = false;
    if (!a->digest.has_id)
        return 0;
    sqlite3_bind_int64(q, 1, account_id);
    bind_digest(q, 2, a->digest.header);
    sqlite3_bind_int64(q, 3, a->pass);
    sqlite3_bind_int64(q, 4, a->listed_size);
    return find_and_link(tx, q, account_id, a, false, out_known, err);
}

int store_maildrop_arrived(struct store_tx *tx, int64_t account_id, const struct maildrop_arrival *a,
                           struct fct_error *err)
{
    if (a->may_be_known &&
        (forget_failing(tx, account_id, a->uidl, err) < 0 || unlink_uidl(tx, account_id, a, 0, err) < 0))
        return -1;
    sqlite3_stmt *q = store_stmt(
        tx,
        "INSERT INTO maildrop_message (account_id, uidl, state, content, header, blob_id, size, listed_size, is_sure, "
        "first_seen_at, fetched_at, pass, number) VALUES (?1, ?2, 1, ?3, ?4, (SELECT blob_id FROM email WHERE id = "
        "?5), ?6, ?7, 1, ?8, ?8, ?9, ?10)");
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, a->uidl);
    bind_digest(q, 3, a->digest.content);
    bind_digest(q, 4, a->digest.header);
    sqlite3_bind_int64(q, 5, a->email_id);
    sqlite3_bind_int64(q, 6, a->size);
    sqlite3_bind_int64(q, 7, a->listed_size);
    sqlite3_bind_int64(q, 8, a->now);
    sqlite3_bind_int64(q, 9, a->pass);
    sqlite3_bind_int64(q, 10, (int64_t)a->number);
    return store_run(tx, q, err);
}

int store_maildrop_sweep(struct store_tx *tx, int64_t account_id, int64_t now, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "DELETE FROM maildrop_message WHERE account_id = ?1 AND (missing_since < ?2 OR (state = 3 AND deleted_at < ?2) "
        "OR (state = 0 AND tried_at < ?2))");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, now - FORGET_AFTER);
    return store_run(tx, q, err);
}
