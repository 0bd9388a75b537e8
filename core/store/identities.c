#include "store/identities.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void store_identity_done(struct store_identity *i)
{
    free(i->name);
    free(i->email);
    free(i->reply_to);
    free(i->bcc);
    free(i->text_signature);
    free(i->html_signature);
    *i = (struct store_identity){0};
}

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

int store_identity_load(struct store_tx *tx, int64_t id, struct store_identity *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, name, email, reply_to, bcc, text_signature, html_signature "
                                     "FROM identity WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such identity");
    *out = (struct store_identity){
        .id = id,
        .account_id = sqlite3_column_int64(q, 0),
        .name = xstrdup(store_text(q, 1)),
        .email = xstrdup(store_text(q, 2)),
        .reply_to = dup_or_null(store_text_or_null(q, 3)),
        .bcc = dup_or_null(store_text_or_null(q, 4)),
        .text_signature = xstrdup(store_text(q, 5)),
        .html_signature = xstrdup(store_text(q, 6)),
    };
    store_reset(q);
    return 0;
}

int store_identities_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, account_id FROM identity WHERE ?1 < 0 OR account_id = ?1 ORDER BY id");

    sqlite3_bind_int64(q, 1, account_id);
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

/* ---- changing ---- */

static int fail_property(struct fct_error *err, const char *name, const char *why)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %s", name, why);
}

static bool has_controls(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

/* "jane@example.org" or "*@example.org", nothing that could end a header or a command. */
static int check_email(const char *email, struct fct_error *err)
{
    const char *at = email ? strrchr(email, '@') : NULL;
    if (!at || at == email || !at[1])
        return fail_property(err, "email", "an e-mail address is needed");
    if (strlen(email) > 320)
        return fail_property(err, "email", "longer than 320 bytes");
    if (has_controls(email) || strpbrk(email, " <>,;"))
        return fail_property(err, "email", "it holds a character that no address has");
    return 0;
}

static int check(const struct store_identity *i, struct fct_error *err)
{
    if (strlen(i->name) > IDENTITY_NAME_MAX || has_controls(i->name))
        return fail_property(err, "name", "at most 255 bytes, without control characters");
    if (strlen(i->text_signature) > IDENTITY_SIGNATURE_MAX)
        return fail_property(err, "textSignature", "longer than 65,536 bytes");
    if (strlen(i->html_signature) > IDENTITY_HTML_SIGNATURE_MAX)
        return fail_property(err, "htmlSignature", "longer than 524,288 bytes");
    if (i->reply_to && strlen(i->reply_to) > IDENTITY_ADDRESSES_MAX)
        return fail_property(err, "replyTo", "too many addresses");
    if (i->bcc && strlen(i->bcc) > IDENTITY_ADDRESSES_MAX)
        return fail_property(err, "bcc", "too many addresses");
    return 0;
}

static void bind_row(sqlite3_stmt *q, const struct store_identity *i, int64_t modseq)
{
    bind_text(q, 2, i->name);
    bind_text(q, 3, i->reply_to);
    bind_text(q, 4, i->bcc);
    bind_text(q, 5, i->text_signature);
    bind_text(q, 6, i->html_signature);
    sqlite3_bind_int64(q, 7, modseq);
}

int store_identity_create(struct store_tx *tx, const struct store_identity *i, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;

    if (check_email(i->email, err) < 0 || check(i, err) < 0 ||
        store_identities_list(tx, i->account_id, &ids, &n, err) < 0)
        return -1;
    if (n >= IDENTITIES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d identities in one account", IDENTITIES_MAX);
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO identity (account_id, name, reply_to, bcc, text_signature, "
                                     "html_signature, created_modseq, updated_modseq, email) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)");
    sqlite3_bind_int64(q, 1, i->account_id);
    bind_row(q, i, store_tx_bump(tx, i->account_id, STORE_IDENTITY));
    bind_text(q, 8, i->email);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    return correspondents_recount(tx, i->account_id, err);
}

int store_identity_update(struct store_tx *tx, const struct store_identity *i, struct fct_error *err)
{
    if (check(i, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE identity SET name = ?2, reply_to = ?3, bcc = ?4, text_signature = ?5, "
                                     "html_signature = ?6, updated_modseq = ?7 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, i->id);
    bind_row(q, i, store_tx_bump(tx, i->account_id, STORE_IDENTITY));
    return store_run_one(tx, q, err);
}

int store_identity_destroy(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, created_modseq FROM identity WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such identity");
    int64_t account_id = sqlite3_column_int64(q, 0), created = sqlite3_column_int64(q, 1);
    store_reset(q);
    if (store_tombstone(tx, account_id, STORE_IDENTITY, id, created, err) < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM identity WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err) < 0 ? -1 : correspondents_recount(tx, account_id, err);
}

/* The local part counts with its case, as nobody knows what the server makes of it; yet people write both, and mean the
 * same. */
bool store_identity_is_for(const char *pattern, const char *address)
{
    const char *at = strrchr(address, '@');
    if (pattern[0] == '*' && pattern[1] == '@')
        return at && strcasecmp(at, pattern + 1) == 0;
    return strcasecmp(pattern, address) == 0;
}

int store_identity_allows(struct store_tx *tx, int64_t account_id, int64_t identity_id, const char *address, bool *out,
                          struct fct_error *err)
{
    bool allowed = false;
    int has_row;
    sqlite3_stmt *q = store_stmt(tx, "SELECT email FROM identity WHERE account_id = ?1 AND (?2 = 0 OR id = ?2)");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, identity_id);
    while ((has_row = store_step(tx, q, err)) > 0)
        allowed = allowed || store_identity_is_for(store_text(q, 0), address);
    if (has_row < 0)
        return -1;
    *out = allowed;
    return 0;
}

int identities_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM identity WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    return store_run(tx, q, err);
}
