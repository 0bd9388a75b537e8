#include "store/accounts.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/history.h"
#include "store/index.h"
#include "store/identities.h"
#include "store/mailbox_rows.h"
#include "store/maildrop.h"
#include "store/submissions.h"
#include "store/undo.h"

#include <time.h>

#define ACCOUNTS_MAX 1000
#define ACCOUNT_TEXT_MAX 65536 /* bytes of any text of an account */

/* ---- reading ---- */

static const char account_columns[] =
    "SELECT id, name, address, source_url, transport_url, settings, is_enabled, sort_order, last_sync_at, "
    "last_error, is_maildrop FROM account WHERE id = ?1";

static void read_row(sqlite3_stmt *q, struct store_account *out)
{
    const char *last_error = store_text_or_null(q, 9);

    *out = (struct store_account){
        .id = sqlite3_column_int64(q, 0),
        .name = xstrdup(store_text(q, 1)),
        .address = xstrdup(store_text(q, 2)),
        .source_url = xstrdup(store_text(q, 3)),
        .transport_url = xstrdup(store_text(q, 4)),
        .settings = xstrdup(store_text(q, 5)),
        .is_enabled = sqlite3_column_int(q, 6) != 0,
        .sort_order = sqlite3_column_int(q, 7),
        .last_sync_at = sqlite3_column_int64(q, 8),
        .last_error = last_error ? xstrdup(last_error) : NULL,
        .is_maildrop = sqlite3_column_int(q, 10) != 0,
    };
    out->is_local = strcmp(out->source_url, "local:") == 0;
}

void store_account_done(struct store_account *a)
{
    free(a->name);
    free(a->address);
    free(a->source_url);
    free(a->transport_url);
    free(a->settings);
    free(a->last_error);
    *a = (struct store_account){0};
}

void store_accounts_free(struct store_account *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        store_account_done(&a[i]);
    free(a);
}

int store_accounts_load(struct store_tx *tx, struct store_account **out, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id, name, address, source_url, transport_url, settings, is_enabled, sort_order, "
            "last_sync_at, last_error, is_maildrop FROM account ORDER BY source_url = 'local:', sort_order, id");
    struct store_account *list = NULL;
    size_t n = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (!store_tx_sees(tx, sqlite3_column_int64(q, 0)))
            continue;
        list = xreallocarray(list, n + 1, sizeof(*list));
        read_row(q, &list[n++]);
    }
    if (has_row < 0) {
        store_accounts_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

static int fail_no_account(struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "no such account");
}

int store_account_load(struct store_tx *tx, int64_t id, struct store_account *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, account_columns);

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_no_account(err);
    read_row(q, out);
    store_reset(q);
    return 0;
}

int store_account_local(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM account WHERE source_url = 'local:' ORDER BY id LIMIT 1");
    int has_row = store_step(tx, q, err);

    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fail_no_account(err);
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* ---- writing ---- */

static int check_texts(const struct store_account *a, struct fct_error *err)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"name", a->name},
                 {"address", a->address},
                 {"sourceUrl", a->source_url},
                 {"transportUrl", a->transport_url},
                 {"settings", a->settings}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text && strlen(texts[i].text) > ACCOUNT_TEXT_MAX)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: longer than %d bytes", texts[i].name,
                            ACCOUNT_TEXT_MAX);
    }
    return 0;
}

/* name ?2 .. sort_order ?8, modseq ?9 */
static void bind_row(struct store_tx *tx, sqlite3_stmt *q, const struct store_account *a)
{
    bind_text(q, 2, a->name ? a->name : "");
    bind_text(q, 3, a->address ? a->address : "");
    bind_text(q, 4, a->source_url ? a->source_url : "");
    bind_text(q, 5, a->transport_url ? a->transport_url : "");
    bind_text(q, 6, a->settings ? a->settings : "{}");
    sqlite3_bind_int(q, 7, a->is_enabled);
    sqlite3_bind_int(q, 8, a->sort_order);
    sqlite3_bind_int64(q, 9, a->id ? store_tx_bump_account(tx, a->id) : store_tx_bump(tx, 0, STORE_ACCOUNT));
}

static int count_accounts(struct store_tx *tx, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM account");

    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

/* There is one local account, and it stays that. `id` 0: a new one. */
static int check_local(struct store_tx *tx, const struct store_account *a, int64_t id, struct fct_error *err)
{
    bool will_be_local = a->source_url && strcmp(a->source_url, "local:") == 0;
    int64_t local = 0;
    struct fct_error why = {0};

    if (store_account_local(tx, &local, &why) < 0 && why.code != FCT_E_NOT_FOUND_ACCOUNT) {
        if (err)
            *err = why;
        return -1;
    }
    if (will_be_local && local != 0 && local != id)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sourceUrl: there is a local account already");
    if (!will_be_local && local != 0 && local == id)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sourceUrl: the local account has no server");
    return 0;
}

/* What an account has whose mailboxes no server lists. */
static int make_own_mailboxes(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    static const struct {
        const char *name;
        int role;
    } mailboxes[] = {{"Inbox", FCT_ROLE_INBOX},     {"Drafts", FCT_ROLE_DRAFTS}, {"Sent", FCT_ROLE_SENT},
                     {"Archive", FCT_ROLE_ARCHIVE}, {"Junk", FCT_ROLE_JUNK},     {"Trash", FCT_ROLE_TRASH}};
    int64_t mailbox;

    for (size_t i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++) {
        if (store_mailbox_create(tx, id, 0, mailboxes[i].name, mailboxes[i].role, 0, true, &mailbox, err) < 0)
            return -1;
    }
    return 0;
}

/* Whoever has an address can send from it. One that no identity can have (it was checked less strictly) has none. */
static int make_identity(struct store_tx *tx, int64_t account_id, const char *address, struct fct_error *err)
{
    char nothing[] = "";
    int64_t id;
    struct fct_error why = {0};
    struct store_identity i = {.account_id = account_id,
                               .name = nothing,
                               .email = (char *)address,
                               .text_signature = nothing,
                               .html_signature = nothing};

    if (!address || !*address || store_identity_create(tx, &i, &id, &why) == 0 || why.code == FCT_E_INVALID)
        return 0;
    if (err)
        *err = why;
    return -1;
}

int store_account_create(struct store_tx *tx, const struct store_account *a, int64_t *out_id, struct fct_error *err)
{
    int64_t n;

    if (check_texts(a, err) < 0 || check_local(tx, a, 0, err) < 0 || count_accounts(tx, &n, err) < 0)
        return -1;
    if (n >= ACCOUNTS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d accounts", ACCOUNTS_MAX);
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO account (id, name, address, source_url, transport_url, settings, is_enabled, "
                       "sort_order, created_modseq, updated_modseq, is_maildrop) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)");
    sqlite3_bind_null(q, 1);
    bind_row(tx, q, a);
    sqlite3_bind_int(q, 10, a->is_maildrop);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    if (a->is_maildrop && make_own_mailboxes(tx, *out_id, err) < 0)
        return -1;
    return make_identity(tx, *out_id, a->address, err);
}

/* For statements that change one row of an account. */
static int run_on_account(struct store_tx *tx, sqlite3_stmt *q, struct fct_error *err)
{
    struct fct_error why = {0};

    if (store_run_one(tx, q, &why) == 0)
        return 0;
    if (why.code == FCT_E_NOT_FOUND)
        return fail_no_account(err);
    if (err)
        *err = why;
    return -1;
}

/* Where its mail is kept does not change with a URL. */
static int check_maildrop(struct store_tx *tx, const struct store_account *a, struct fct_error *err)
{
    CLEANUP(store_account_done) struct store_account before = {0};

    if (store_account_load(tx, a->id, &before, err) < 0)
        return -1;
    if (before.is_maildrop == a->is_maildrop)
        return 0;
    return fct_fail(
        err, FCT_E_INVALID, FCT_RETRY_NEVER,
        "sourceUrl: an account that keeps its mail on the server and one that picks it up there cannot become "
        "each other: add another account");
}

int store_account_update(struct store_tx *tx, const struct store_account *a, struct fct_error *err)
{
    if (check_texts(a, err) < 0 || check_local(tx, a, a->id, err) < 0 || check_maildrop(tx, a, err) < 0 ||
        maildrop_look_again(tx, a->id, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE account SET name = ?2, address = ?3, source_url = ?4, transport_url = ?5, settings = ?6, "
            "is_enabled = ?7, sort_order = ?8, updated_modseq = ?9 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, a->id);
    bind_row(tx, q, a);
    return run_on_account(tx, q, err);
}

int store_account_synced(struct store_tx *tx, int64_t id, const char *error_json, struct fct_error *err)
{
    CLEANUP(store_account_done) struct store_account a = {0};

    if (store_account_load(tx, id, &a, err) < 0)
        return -1;
    /* A sync that goes well again and again is no news: nobody is woken for it. */
    bool is_news =
        (a.last_error == NULL) != (error_json == NULL) || (error_json && strcmp(a.last_error, error_json) != 0);
    sqlite3_stmt *q = store_stmt(tx, "UPDATE account SET last_error = ?2, last_sync_at = ifnull(?3, last_sync_at), "
                                     "updated_modseq = ifnull(?4, updated_modseq) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    bind_text(q, 2, error_json);
    if (!error_json)
        sqlite3_bind_int64(q, 3, (int64_t)time(NULL));
    if (is_news)
        sqlite3_bind_int64(q, 4, store_tx_bump_account(tx, id));
    return run_on_account(tx, q, err);
}

/* ---- destroying ---- */

#define PIECE 1000

int store_account_some_emails(struct store_tx *tx, int64_t id, size_t max, int64_t **out, size_t *out_n,
                              struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM email WHERE account_id = ?1 ORDER BY id LIMIT ?2");
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0, cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, max > INT32_MAX ? INT32_MAX : (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
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

/* Destroys one piece of the account's Emails; *out_n tells how many there were. */
static int destroy_piece(struct store_tx *tx, int64_t id, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    CLEANUP(counters_done) struct counters c = {0};

    store_tx_set_actor(tx, STORE_BY_NOBODY, NULL);
    if (store_account_some_emails(tx, id, PIECE, &ids, out_n, err) < 0 || counters_init(&c, tx, id, err) < 0)
        return -1;
    for (size_t i = 0; i < *out_n; i++) {
        CLEANUP(email_state_done) struct email_state e = {0};
        if (email_state_load(tx, ids[i], &e, err) < 0 || email_remove(&c, &e, err) < 0)
            return -1;
    }
    return counters_flush(&c, err);
}

static int destroy_row(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    static const char *const deletes[] = {
        "DELETE FROM pending WHERE account_id = ?1",           "DELETE FROM notice WHERE account_id = ?1",
        "DELETE FROM stubborn WHERE account_id = ?1",          "DELETE FROM maildrop WHERE account_id = ?1",
        "DELETE FROM maildrop_message WHERE account_id = ?1",  "DELETE FROM thread_ref WHERE account_id = ?1",
        "DELETE FROM vacation WHERE account_id = ?1",          "DELETE FROM vacation_arrival WHERE account_id = ?1",
        "DELETE FROM vacation_answered WHERE account_id = ?1", "DELETE FROM quota WHERE account_id = ?1",
        "DELETE FROM rule WHERE account_id = ?1",              "DELETE FROM rule_arrival WHERE account_id = ?1"};
    sqlite3_stmt *q = store_stmt(tx, "SELECT created_modseq FROM account WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    int64_t created = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        q = store_stmt(tx, deletes[i]);
        sqlite3_bind_int64(q, 1, id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    q = store_stmt(tx, "DELETE FROM account WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    if (store_run_one(tx, q, err) < 0)
        return -1;
    /* States and tombstones of the account stay, for those who follow all accounts at once. */
    return store_tombstone(tx, 0, STORE_ACCOUNT, id, created, err);
}

int store_account_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(store_account_done) struct store_account a = {0};
    size_t n;

    if (store_account_load(tx, id, &a, err) < 0)
        return -1;
    if (a.is_local)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "the local account cannot be removed");
    do {
        if (destroy_piece(tx, id, &n, err) < 0)
            return -1;
    } while (n == PIECE);
    if (undo_forget_account(tx, id, err) < 0 || submissions_forget_account(tx, id, err) < 0 ||
        identities_forget_account(tx, id, err) < 0 || correspondents_forget_account(tx, id, err) < 0 ||
        mailboxes_destroy_all(tx, id, err) < 0)
        return -1;
    return destroy_row(tx, id, err);
}

/* ---- the first run ---- */

static int make_thread_key(struct store_tx *tx, struct fct_error *err)
{
    unsigned char key[16];

    crypto_random(key, sizeof(key));
    sqlite3_stmt *q = store_stmt(tx, "INSERT OR IGNORE INTO meta (key, value) VALUES ('thread_key', ?1)");
    sqlite3_bind_blob(q, 1, key, sizeof(key), SQLITE_STATIC);
    return store_run(tx, q, err);
}

int store_first_run(struct store_tx *tx, struct fct_error *err)
{
    char name[] = "On this computer", nothing[] = "", url[] = "local:", settings[] = "{}";
    const struct store_account local = {.name = name,
                                        .address = nothing,
                                        .source_url = url,
                                        .transport_url = nothing,
                                        .settings = settings,
                                        .is_enabled = true};
    struct fct_error why = {0};
    int64_t id;

    if (store_account_local(tx, &id, &why) == 0)
        return 0;
    if (why.code != FCT_E_NOT_FOUND_ACCOUNT) {
        if (err)
            *err = why;
        return -1;
    }
    if (make_thread_key(tx, err) < 0 || index_note_rules(tx, err) < 0 || store_account_create(tx, &local, &id, err) < 0)
        return -1;
    return make_own_mailboxes(tx, id, err);
}
