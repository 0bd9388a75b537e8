#include "store/push_subscriptions.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "store/accounts.h"
#include "store/db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void store_push_done(struct store_push *p)
{
    if (p->url)
        crypto_wipe(p->url, strlen(p->url));
    free(p->accounts);
    free(p->device);
    free(p->url);
    free(p->types);
    free(p->vapid_key);
    crypto_wipe(p, sizeof(*p));
}

void store_pushes_free(struct store_push *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_push_done(&p[i]);
    free(p);
}

bool store_push_sees(const struct store_push *p, int64_t account_id)
{
    for (size_t i = 0; i < p->n_accounts; i++)
        if (p->accounts[i] == account_id)
            return true;
    return p->all_accounts;
}

/* ---- rows ---- */

#define COLUMNS                                                                                                       \
    "SELECT id, token_id, accounts, device_client_id, url, p256dh, auth, types, code, vapid_key, state, created_at, " \
    "expires_at, told_modseq, failures, next_try_at FROM push_subscription "

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static void read_accounts(const char *text, struct store_push *out)
{
    out->all_accounts = !text;
    while (text && *text) {
        char *end;
        int64_t id = strtoll(text, &end, 10);
        if (end == text)
            return;
        out->accounts = xreallocarray(out->accounts, out->n_accounts + 1, sizeof(*out->accounts));
        out->accounts[out->n_accounts++] = id;
        text = end;
    }
}

static void read_row(sqlite3_stmt *q, struct store_push *out)
{
    *out = (struct store_push){
        .id = sqlite3_column_int64(q, 0),
        .token_id = sqlite3_column_int64(q, 1),
        .device = xstrdup(store_text(q, 3)),
        .url = xstrdup(store_text(q, 4)),
        .has_keys = sqlite3_column_bytes(q, 5) == PUSH_P256DH && sqlite3_column_bytes(q, 6) == PUSH_AUTH,
        .types = dup_or_null(store_text_or_null(q, 7)),
        .vapid_key = xstrdup(store_text(q, 9)),
        .state = sqlite3_column_int(q, 10),
        .created_at = sqlite3_column_int64(q, 11),
        .expires_at = sqlite3_column_int64(q, 12),
        .told = sqlite3_column_int64(q, 13),
        .failures = sqlite3_column_int(q, 14),
        .next_try_at = sqlite3_column_int64(q, 15),
    };
    read_accounts(store_text_or_null(q, 2), out);
    snprintf(out->code, sizeof(out->code), "%s", store_text(q, 8));
    if (out->has_keys) {
        memcpy(out->p256dh, sqlite3_column_blob(q, 5), PUSH_P256DH);
        memcpy(out->auth, sqlite3_column_blob(q, 6), PUSH_AUTH);
    }
}

int store_push_load(struct store_tx *tx, int64_t id, struct store_push *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, COLUMNS "WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such push subscription");
    read_row(q, out);
    store_reset(q);
    return 0;
}

int store_pushes_load(struct store_tx *tx, int64_t token_id, struct store_push **out, size_t *out_n,
                      struct fct_error *err)
{
    struct store_push *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = token_id < 0 ? store_stmt(tx, COLUMNS "ORDER BY id")
                                   : store_stmt(tx, COLUMNS "WHERE token_id = ?1 ORDER BY id");

    if (token_id >= 0)
        sqlite3_bind_int64(q, 1, token_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        read_row(q, &list[n++]);
    }
    if (has_row < 0) {
        store_pushes_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

/* ---- changing ---- */

static int count(struct store_tx *tx, int64_t token_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = token_id < 0 ? store_stmt(tx, "SELECT count(*) FROM push_subscription")
                                   : store_stmt(tx, "SELECT count(*) FROM push_subscription WHERE token_id = ?1");

    if (token_id >= 0)
        sqlite3_bind_int64(q, 1, token_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int check_room(struct store_tx *tx, int64_t token_id, struct fct_error *err)
{
    int64_t all, own;

    if (count(tx, -1, &all, err) < 0 || count(tx, token_id, &own, err) < 0)
        return -1;
    if (own >= PUSH_SUBSCRIPTIONS_PER_TOKEN)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d push subscriptions",
                        PUSH_SUBSCRIPTIONS_PER_TOKEN);
    if (all >= PUSH_SUBSCRIPTIONS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d push subscriptions in this profile",
                        PUSH_SUBSCRIPTIONS_MAX);
    return 0;
}

/* The newest state of all. */
static int present(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    *out = 0;
    for (int type = STORE_ACCOUNT; type < STORE_N_TYPES; type++) {
        int64_t modseq;
        if (store_state(tx, -1, (enum store_type)type, &modseq, err) < 0)
            return -1;
        if (modseq > *out)
            *out = modseq;
    }
    return 0;
}

int store_push_create(struct store_tx *tx, struct store_push *p, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf accounts = {0};

    if (check_room(tx, p->token_id, err) < 0 || present(tx, &p->told, err) < 0)
        return -1;
    for (size_t i = 0; i < p->n_accounts; i++)
        buf_addf(&accounts, "%s%" PRId64, i ? " " : "", p->accounts[i]);
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO push_subscription (token_id, accounts, device_client_id, url, p256dh, auth, types, "
                       "code, vapid_key, state, created_at, expires_at, told_modseq) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12)");
    sqlite3_bind_int64(q, 1, p->token_id);
    bind_text(q, 2, p->all_accounts ? NULL : buf_str(&accounts));
    bind_text(q, 3, p->device);
    bind_text(q, 4, p->url);
    if (p->has_keys) {
        sqlite3_bind_blob(q, 5, p->p256dh, PUSH_P256DH, SQLITE_STATIC);
        sqlite3_bind_blob(q, 6, p->auth, PUSH_AUTH, SQLITE_STATIC);
    }
    bind_text(q, 7, p->types);
    bind_text(q, 8, p->code);
    bind_text(q, 9, p->vapid_key);
    sqlite3_bind_int64(q, 10, p->created_at);
    sqlite3_bind_int64(q, 11, p->expires_at);
    sqlite3_bind_int64(q, 12, p->told);
    if (store_run(tx, q, err) < 0)
        return -1;
    p->id = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

int store_push_update(struct store_tx *tx, const struct store_push *p, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE push_subscription SET types = ?2, state = ?3, expires_at = ?4 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, p->id);
    bind_text(q, 2, p->types);
    sqlite3_bind_int(q, 3, p->state);
    sqlite3_bind_int64(q, 4, p->expires_at);
    return store_run_one(tx, q, err);
}

int store_push_progress(struct store_tx *tx, const struct store_push *p, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE push_subscription SET state = max(state, ?2), told_modseq = ?3, "
                                     "failures = ?4, next_try_at = ?5 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, p->id);
    sqlite3_bind_int(q, 2, p->state);
    sqlite3_bind_int64(q, 3, p->told);
    sqlite3_bind_int(q, 4, p->failures);
    sqlite3_bind_int64(q, 5, p->next_try_at);
    return store_run(tx, q, err);
}

int store_push_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM push_subscription WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

int store_pushes_forget_token(struct store_tx *tx, int64_t token_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM push_subscription WHERE token_id = ?1");

    sqlite3_bind_int64(q, 1, token_id);
    return store_run(tx, q, err);
}

/* ---- what changed ---- */

int store_push_news(struct store_tx *tx, const struct store_push *p, struct store_change **out, size_t *out_n,
                    struct fct_error *err)
{
    CLEANUP(freep) struct store_change *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, type, modseq FROM state WHERE modseq > ?1 AND account_id > 0 "
                                     "AND type <> 1 /* the list of accounts */ ORDER BY modseq");

    sqlite3_bind_int64(q, 1, p->told);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (!store_push_sees(p, sqlite3_column_int64(q, 0)))
            continue;
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = (struct store_change){sqlite3_column_int64(q, 0), (enum store_type)sqlite3_column_int(q, 1),
                                          sqlite3_column_int64(q, 2)};
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

/* ---- what the owner decided ---- */

void store_push_setting_done(struct store_push_setting *s)
{
    free(s->private_hosts);
    free(s->contact);
    *s = (struct store_push_setting){0};
}

int store_push_setting_load(struct store_tx *tx, struct store_push_setting *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT private_hosts, contact FROM push_setting WHERE id = 1");
    int has_row = store_step(tx, q, err);

    if (has_row < 0)
        return -1;
    out->private_hosts = xstrdup(has_row ? store_text(q, 0) : "[]");
    out->contact = has_row ? dup_or_null(store_text_or_null(q, 1)) : NULL;
    store_reset(q);
    return 0;
}

int store_push_setting_save(struct store_tx *tx, const struct store_push_setting *s, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO push_setting (id, private_hosts, contact) VALUES (1, ?1, ?2) "
                                     "ON CONFLICT DO UPDATE SET private_hosts = excluded.private_hosts, "
                                     "contact = excluded.contact");

    bind_text(q, 1, s->private_hosts);
    bind_text(q, 2, s->contact);
    return store_run(tx, q, err);
}

/* ---- our key ---- */

static int load_key(struct store_tx *tx, char **out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT vapid_key FROM push_setting WHERE id = 1");
    int has_row = store_step(tx, q, err);

    if (has_row < 0)
        return -1;
    *out = has_row ? dup_or_null(store_text_or_null(q, 0)) : NULL;
    store_reset(q);
    return 0;
}

static int forget_other_keys(struct store_tx *tx, const char *vapid_key, int *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM push_subscription WHERE vapid_key <> ?1");

    bind_text(q, 1, vapid_key);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = sqlite3_changes(store_db(tx));
    return 0;
}

int store_push_use_key(struct store_tx *tx, const char *vapid_key, int *out_n, struct fct_error *err)
{
    CLEANUP(freep) char *before = NULL;

    *out_n = 0;
    if (load_key(tx, &before, err) < 0)
        return -1;
    if (before && strcmp(before, vapid_key) == 0)
        return 0;
    if (forget_other_keys(tx, vapid_key, out_n, err) < 0)
        return -1;
    if (before)
        store_tx_bump(tx, 0, STORE_ACCOUNT);
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO push_setting (id, private_hosts, vapid_key) VALUES (1, '[]', ?1) "
                                     "ON CONFLICT DO UPDATE SET vapid_key = excluded.vapid_key");
    bind_text(q, 1, vapid_key);
    return store_run(tx, q, err);
}
