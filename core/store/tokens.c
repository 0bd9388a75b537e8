#include "store/tokens.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"
#include "store/push_subscriptions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void store_token_done(struct store_token *t)
{
    free(t->name);
    free(t->accounts);
    free(t->last_used_from);
    *t = (struct store_token){0};
}

/* ---- reading ---- */

static bool read_bytes(sqlite3_stmt *q, int column, unsigned char *out, size_t n)
{
    if (sqlite3_column_bytes(q, column) != (int)n)
        return false;
    memcpy(out, sqlite3_column_blob(q, column), n);
    return true;
}

static void read_row(sqlite3_stmt *q, struct store_token *out)
{
    const char *from = store_text_or_null(q, 12);
    out->name = xstrdup(store_text(q, 0));
    out->scopes = (unsigned)sqlite3_column_int(q, 1);
    out->is_whole = sqlite3_column_int(q, 2) != 0;
    out->has_secret = read_bytes(q, 3, out->secret, TOKEN_HASH_SIZE);
    out->has_password =
        read_bytes(q, 4, out->password.salt, TOKEN_SALT_SIZE) && read_bytes(q, 5, out->password.hash, TOKEN_HASH_SIZE);
    out->password.cost_log2 = sqlite3_column_int(q, 6);
    out->password.block_size = sqlite3_column_int(q, 7);
    out->password.parallel = sqlite3_column_int(q, 8);
    out->created_at = sqlite3_column_int64(q, 9);
    out->expires_at = sqlite3_column_int64(q, 10);
    out->last_used_at = sqlite3_column_int64(q, 11);
    out->last_used_from = from ? xstrdup(from) : NULL;
    out->parent_id = sqlite3_column_int64(q, 13);
}

static int collect_ids(struct store_tx *tx, sqlite3_stmt *q, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 8;
            list = xreallocarray(list, cap, sizeof(*list));
        }
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

static int fail_no_token(struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such token");
}

int store_token_load(struct store_tx *tx, int64_t id, struct store_token *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT name, scopes, is_whole, secret, salt, password, cost_log2, block_size, "
                                     "parallel, created_at, expires_at, last_used_at, last_used_from, parent_id "
                                     "FROM token WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_no_token(err);
    *out = (struct store_token){.id = id};
    read_row(q, out);
    store_reset(q);
    q = store_stmt(tx, "SELECT account_id FROM token_account WHERE token_id = ?1 ORDER BY account_id");
    sqlite3_bind_int64(q, 1, id);
    if (collect_ids(tx, q, &out->accounts, &out->n_accounts, err) == 0)
        return 0;
    store_token_done(out);
    return -1;
}

int store_token_find(struct store_tx *tx, const char *name, int64_t *out_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM token WHERE name = ?1");

    bind_text(q, 1, name);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out_id = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

int store_tokens_list(struct store_tx *tx, int64_t **out, size_t *out_n, struct fct_error *err)
{
    return collect_ids(tx, store_stmt(tx, "SELECT id FROM token ORDER BY id"), out, out_n, err);
}

/* ---- writing ---- */

/* Printed by terminals, written into logs, sent as the user's name of HTTP's Basic scheme, which has no colon (RFC 7617
 * section 2). Beside the C0 and C1 controls those that change the direction of a line, or end it, could make a name
 * look like something else (Unicode TR 36 section 2.9). */
static bool is_printable(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
        if (*p < ' ' || *p == 0x7f || *p == ':')
            return false;
        if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
            return false;
        if (p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae)))
            return false;
        if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf)
            return false;
        if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
            return false;
    }
    return true;
}

static int check(const struct store_token *t, struct fct_error *err)
{
    size_t n = strlen(t->name);
    if (n == 0 || n > TOKEN_NAME_MAX || t->name[0] == ' ' || t->name[n - 1] == ' ' || !is_printable(t->name))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                        "name: 1 to %d bytes, without colons, control characters and space around it", TOKEN_NAME_MAX);
    if (t->n_accounts > TOKEN_ACCOUNTS_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "accountIds: more than %d", TOKEN_ACCOUNTS_MAX);
    if (t->scopes == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "scopes: there is none");
    return 0;
}

static int check_name_is_free(struct store_tx *tx, const struct store_token *t, struct fct_error *err)
{
    int64_t other;

    if (store_token_find(tx, t->name, &other, err) < 0)
        return -1;
    return other && other != t->id
               ? fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "there is a token of that name already")
               : 0;
}

static int count_tokens(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM token");

    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int write_accounts(struct store_tx *tx, int64_t id, const struct store_token *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM token_account WHERE token_id = ?1");

    sqlite3_bind_int64(q, 1, id);
    if (store_run(tx, q, err) < 0)
        return -1;
    for (size_t i = 0; !t->is_whole && i < t->n_accounts; i++) {
        q = store_stmt(tx, "INSERT INTO token_account (token_id, account_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        sqlite3_bind_int64(q, 1, id);
        sqlite3_bind_int64(q, 2, t->accounts[i]);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static void bind_if(sqlite3_stmt *q, int at, int64_t number)
{
    if (number)
        sqlite3_bind_int64(q, at, number);
    else
        sqlite3_bind_null(q, at);
}

static void bind_password(sqlite3_stmt *q, int at, const struct store_token *t)
{
    if (!t->has_password)
        return;
    sqlite3_bind_blob(q, at, t->password.salt, TOKEN_SALT_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(q, at + 1, t->password.hash, TOKEN_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int(q, at + 2, t->password.cost_log2);
    sqlite3_bind_int(q, at + 3, t->password.block_size);
    sqlite3_bind_int(q, at + 4, t->password.parallel);
}

int store_token_check(struct store_tx *tx, const struct store_token *t, struct fct_error *err)
{
    int64_t n;

    if (check(t, err) < 0 || check_name_is_free(tx, t, err) < 0 || count_tokens(tx, &n, err) < 0)
        return -1;
    return n >= TOKENS_MAX ? fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d tokens", TOKENS_MAX) : 0;
}

int store_token_create(struct store_tx *tx, const struct store_token *t, int64_t *out_id, struct fct_error *err)
{
    if (store_token_check(tx, t, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO token (name, scopes, is_whole, salt, password, cost_log2, "
                                     "block_size, parallel, parent_id, created_at, expires_at, created_modseq, "
                                     "updated_modseq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)");
    bind_text(q, 1, t->name);
    sqlite3_bind_int64(q, 2, t->scopes);
    sqlite3_bind_int(q, 3, t->is_whole);
    bind_password(q, 4, t);
    bind_if(q, 9, t->parent_id);
    sqlite3_bind_int64(q, 10, t->created_at);
    bind_if(q, 11, t->expires_at);
    sqlite3_bind_int64(q, 12, store_tx_bump(tx, 0, STORE_TOKEN));
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    return write_accounts(tx, *out_id, t, err);
}

int store_token_set_secret(struct store_tx *tx, int64_t id, const unsigned char sha256[TOKEN_HASH_SIZE],
                           struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE token SET secret = ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_blob(q, 2, sha256, TOKEN_HASH_SIZE, SQLITE_STATIC);
    return store_run_one(tx, q, err);
}

/* A parent is older than its children, so there is no circle. The first is `id` itself. */
static int family_of(struct store_tx *tx, int64_t id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *all = xcalloc(1, sizeof(*all));
    size_t n = 1;

    all[0] = id;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(freep) int64_t *children = NULL;
        size_t n_children = 0;
        sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM token WHERE parent_id = ?1");
        sqlite3_bind_int64(q, 1, all[i]);
        if (collect_ids(tx, q, &children, &n_children, err) < 0)
            return -1;
        all = xreallocarray(all, n + n_children + 1, sizeof(*all));
        for (size_t k = 0; k < n_children; k++)
            all[n++] = children[k];
    }
    *out = TAKE(all);
    *out_n = n;
    return 0;
}

int store_token_is_of(struct store_tx *tx, int64_t id, int64_t other, bool *out, struct fct_error *err)
{
    while (id > other) { /* whoever made it is older */
        sqlite3_stmt *q = store_stmt(tx, "SELECT parent_id FROM token WHERE id = ?1");
        sqlite3_bind_int64(q, 1, id);
        int has_row = store_step(tx, q, err);
        if (has_row < 0)
            return -1;
        id = has_row ? sqlite3_column_int64(q, 0) : 0;
        store_reset(q);
    }
    *out = id == other;
    return 0;
}

/* ---- changing ---- */

static bool sees(const struct store_token *t, int64_t account_id)
{
    for (size_t i = 0; i < t->n_accounts; i++)
        if (t->accounts[i] == account_id)
            return true;
    return t->is_whole;
}

bool store_token_is_within(const struct store_token *t, const struct store_token *other)
{
    bool is = !(t->scopes & ~other->scopes) && (!t->is_whole || other->is_whole) &&
              (!other->expires_at || (t->expires_at && t->expires_at <= other->expires_at));
    for (size_t i = 0; is && !t->is_whole && i < t->n_accounts; i++)
        is = sees(other, t->accounts[i]);
    return is;
}

static int write_rights(struct store_tx *tx, const struct store_token *t, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE token SET name = ?2, scopes = ?3, is_whole = ?4, expires_at = ?5, "
                                     "updated_modseq = ?6 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, t->id);
    bind_text(q, 2, t->name);
    sqlite3_bind_int64(q, 3, t->scopes);
    sqlite3_bind_int(q, 4, t->is_whole);
    bind_if(q, 5, t->expires_at);
    sqlite3_bind_int64(q, 6, store_tx_bump(tx, 0, STORE_TOKEN));
    if (store_run_one(tx, q, err) < 0 || store_pushes_forget_token(tx, t->id, err) < 0)
        return -1;
    return write_accounts(tx, t->id, t, err);
}

static int write_password(struct store_tx *tx, const struct store_token *t, struct fct_error *err)
{
    if (!t->has_password)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE token SET salt = ?2, password = ?3, cost_log2 = ?4, block_size = ?5, "
                                     "parallel = ?6 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, t->id);
    bind_password(q, 2, t);
    return store_run_one(tx, q, err);
}

/* Takes from `t` what `before` had and `after` has not. False: that is nothing. */
static bool take_away(struct store_token *t, const struct store_token *before, const struct store_token *after)
{
    unsigned lost = before->scopes & ~after->scopes & t->scopes;
    bool is_shorter = after->expires_at && (!t->expires_at || t->expires_at > after->expires_at) &&
                      (!before->expires_at || before->expires_at > after->expires_at);
    bool is_changed = lost || is_shorter;
    size_t kept = 0;

    t->scopes &= ~lost;
    if (is_shorter)
        t->expires_at = after->expires_at;
    if (t->is_whole && before->is_whole && !after->is_whole) {
        free(t->accounts);
        t->is_whole = false;
        t->accounts = xcalloc(after->n_accounts + 1, sizeof(*t->accounts));
        t->n_accounts = after->n_accounts;
        for (size_t i = 0; i < after->n_accounts; i++)
            t->accounts[i] = after->accounts[i];
        return true;
    }
    for (size_t i = 0; i < t->n_accounts; i++)
        if (!sees(before, t->accounts[i]) || sees(after, t->accounts[i]))
            t->accounts[kept++] = t->accounts[i];
    is_changed = is_changed || kept < t->n_accounts;
    t->n_accounts = kept;
    return is_changed;
}

static int narrow_children(struct store_tx *tx, const struct store_token *before, const struct store_token *after,
                           int64_t **out_ids, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *family = NULL;
    size_t n, changed = 0;

    if (family_of(tx, after->id, &family, &n, err) < 0)
        return -1;
    for (size_t i = 1; i < n; i++) {
        CLEANUP(store_token_done) struct store_token t = {0};
        if (store_token_load(tx, family[i], &t, err) < 0)
            return -1;
        if (!take_away(&t, before, after))
            continue;
        if (write_rights(tx, &t, err) < 0)
            return -1;
        family[changed++] = t.id;
    }
    *out_ids = TAKE(family);
    *out_n = changed;
    return 0;
}

int store_token_update(struct store_tx *tx, const struct store_token *t, int64_t **out_ids, size_t *out_n,
                       struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token before = {0};

    if (check(t, err) < 0 || check_name_is_free(tx, t, err) < 0 || store_token_load(tx, t->id, &before, err) < 0 ||
        write_rights(tx, t, err) < 0 || write_password(tx, t, err) < 0)
        return -1;
    return narrow_children(tx, &before, t, out_ids, out_n, err);
}

/* ---- destroying ---- */

static int destroy_one(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT created_modseq FROM token WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_no_token(err);
    int64_t created = sqlite3_column_int64(q, 0);
    store_reset(q);
    if (store_tombstone(tx, 0, STORE_TOKEN, id, created, err) < 0 || store_pushes_forget_token(tx, id, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM token_account WHERE token_id = ?1");
    sqlite3_bind_int64(q, 1, id);
    if (store_run(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM token_upload WHERE token_id = ?1");
    sqlite3_bind_int64(q, 1, id);
    if (store_run(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM token WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

int store_token_destroy(struct store_tx *tx, int64_t id, int64_t **out_ids, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *all = NULL;
    size_t n;

    if (family_of(tx, id, &all, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (destroy_one(tx, all[i], err) < 0)
            return -1;
    *out_ids = TAKE(all);
    *out_n = n;
    return 0;
}

int store_token_used(struct store_tx *tx, int64_t id, int64_t at, const char *from, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE token SET last_used_at = ?2, last_used_from = ?3, updated_modseq = ?4 "
                                     "WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, at);
    bind_text(q, 3, from);
    sqlite3_bind_int64(q, 4, store_tx_bump(tx, 0, STORE_TOKEN));
    return store_run_one(tx, q, err);
}

/* ---- bytes ---- */

int store_token_uploaded(struct store_tx *tx, int64_t token_id, const unsigned char sha256[32], int64_t expires_at,
                         struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO token_upload (token_id, sha256, expires_at) VALUES (?1, ?2, ?3) "
                                     "ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at");

    sqlite3_bind_int64(q, 1, token_id);
    sqlite3_bind_blob(q, 2, sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 3, expires_at);
    return store_run(tx, q, err);
}

static int has_row_of(struct store_tx *tx, sqlite3_stmt *q, bool *out, struct fct_error *err)
{
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row > 0;
    store_reset(q);
    return 0;
}

int store_blob_is_of_account(struct store_tx *tx, const unsigned char sha256[32], int64_t account_id, bool *out,
                             struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT 1 FROM blob b WHERE b.sha256 = ?1 AND ("
                       "EXISTS (SELECT 1 FROM email e WHERE e.blob_id = b.id AND +e.account_id = ?2) OR "
                       "EXISTS (SELECT 1 FROM submission s WHERE s.blob_id = b.id AND +s.account_id = ?2) OR "
                       "EXISTS (SELECT 1 FROM submission_report r JOIN submission s ON s.id = r.submission_id "
                       "WHERE r.blob_id = b.id AND +s.account_id = ?2))");

    sqlite3_bind_blob(q, 1, sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, account_id);
    return has_row_of(tx, q, out, err);
}

int store_blob_is_of_token(struct store_tx *tx, const unsigned char sha256[32], int64_t token_id, int64_t now,
                           bool *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT 1 FROM token_upload WHERE token_id = ?1 AND sha256 = ?2 AND expires_at > ?3");

    sqlite3_bind_int64(q, 1, token_id);
    sqlite3_bind_blob(q, 2, sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 3, now);
    return has_row_of(tx, q, out, err);
}

int store_token_uploads_size(struct store_tx *tx, int64_t token_id, int64_t now, uint64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT sum(b.size) FROM token_upload u JOIN blob b ON b.sha256 = u.sha256 "
                                     "WHERE u.token_id = ?1 AND u.expires_at > ?2 "
                                     "AND NOT EXISTS (SELECT 1 FROM email WHERE blob_id = b.id)");

    sqlite3_bind_int64(q, 1, token_id);
    sqlite3_bind_int64(q, 2, now);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = (uint64_t)sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

int store_token_uploads_sweep(struct store_tx *tx, int64_t now, size_t max, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM token_upload WHERE (token_id, sha256) IN "
                                     "(SELECT token_id, sha256 FROM token_upload WHERE expires_at < ?1 LIMIT ?2)");

    sqlite3_bind_int64(q, 1, now);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = (size_t)sqlite3_changes(store_db(tx));
    return 0;
}

/* ---- attempts ---- */

int store_attempts_load(struct store_tx *tx, const unsigned char key[ATTEMPT_KEY_SIZE], struct store_attempts *out,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT failures, last_at, is_trusted FROM attempt WHERE key = ?1");

    sqlite3_bind_blob(q, 1, key, ATTEMPT_KEY_SIZE, SQLITE_STATIC);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = (struct store_attempts){0};
    if (has_row) {
        out->failures = sqlite3_column_int64(q, 0);
        out->last_at = sqlite3_column_int64(q, 1);
        out->is_trusted = sqlite3_column_int(q, 2) != 0;
    }
    store_reset(q);
    return 0;
}

int store_attempts_save(struct store_tx *tx, const unsigned char key[ATTEMPT_KEY_SIZE], const struct store_attempts *a,
                        struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO attempt (key, failures, last_at, is_trusted) "
                                     "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET failures = excluded.failures, "
                                     "last_at = excluded.last_at, is_trusted = excluded.is_trusted");

    sqlite3_bind_blob(q, 1, key, ATTEMPT_KEY_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, a->failures);
    sqlite3_bind_int64(q, 3, a->last_at);
    sqlite3_bind_int(q, 4, a->is_trusted);
    if (store_run(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM attempt WHERE key IN (SELECT key FROM attempt "
                       "ORDER BY is_trusted DESC, last_at DESC LIMIT -1 OFFSET ?1)");
    sqlite3_bind_int(q, 1, ATTEMPTS_KEPT);
    return store_run(tx, q, err);
}
