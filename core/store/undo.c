/* Actions: reading them, saying what they did, forgetting them. */
#include "store/undo_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"

/* ---- lists of ids ---- */

void id_list_minus(struct id_list *out, const int64_t *a, size_t n_a, const int64_t *b, size_t n_b)
{
    size_t k = 0;

    *out = (struct id_list){.p = xcalloc(n_a + 1, sizeof(*out->p))};
    for (size_t i = 0; i < n_a; i++) {
        while (k < n_b && b[k] < a[i])
            k++;
        if (k == n_b || b[k] != a[i])
            out->p[out->n++] = a[i];
    }
}

/* "3 17"; NULL for none. */
static char *list_text(const struct id_list *l)
{
    CLEANUP(buf_done) struct buf b = {0};

    for (size_t i = 0; i < l->n; i++)
        buf_addf(&b, i ? " %lld" : "%lld", (long long)l->p[i]);
    return l->n ? buf_steal(&b) : NULL;
}

static void list_from(struct id_list *out, const char *text)
{
    struct fct_bytes word;

    *out = (struct id_list){.p = xcalloc(text ? strlen(text) / 2 + 1 : 1, sizeof(*out->p))};
    for (const char *at = text; words_next(&at, &word);)
        out->p[out->n++] = strtoll(word.p, NULL, 10);
}

/* ---- items ---- */

void undo_item_done(struct undo_item *i)
{
    id_list_done(&i->came);
    id_list_done(&i->gone);
    keyword_set_done(&i->added);
    keyword_set_done(&i->removed);
}

int undo_item_insert(struct store_tx *tx, const struct undo_item *i, struct fct_error *err)
{
    CLEANUP(freep) char *came = list_text(&i->came);
    CLEANUP(freep) char *gone = list_text(&i->gone);
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO undo_item (undo_id, seq, account_id, email_id, kind, came, gone, add_flags, remove_flags, "
            "add_keywords, remove_keywords, blob_id, received_at, size) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");

    sqlite3_bind_int64(q, 1, i->undo_id);
    sqlite3_bind_int64(q, 2, i->seq);
    sqlite3_bind_int64(q, 3, i->account_id);
    sqlite3_bind_int64(q, 4, i->email_id);
    sqlite3_bind_int(q, 5, i->kind);
    bind_text(q, 6, came);
    bind_text(q, 7, gone);
    sqlite3_bind_int64(q, 8, i->added.bits);
    sqlite3_bind_int64(q, 9, i->removed.bits);
    bind_text(q, 10, i->added.words);
    bind_text(q, 11, i->removed.words);
    if (i->blob_id) {
        sqlite3_bind_int64(q, 12, i->blob_id);
        sqlite3_bind_int64(q, 13, i->received_at);
    }
    if (i->partial_size)
        sqlite3_bind_int64(q, 14, (int64_t)i->partial_size);
    return store_run(tx, q, err);
}

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);

    return s ? xstrdup(s) : NULL;
}

int undo_item_last(struct store_tx *tx, int64_t undo_id, struct undo_item *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT seq, account_id, email_id, kind, came, gone, add_flags, remove_flags, add_keywords, "
            "remove_keywords, blob_id, received_at, size FROM undo_item WHERE undo_id = ?1 ORDER BY seq DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, undo_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct undo_item){.undo_id = undo_id,
                              .seq = sqlite3_column_int64(q, 0),
                              .account_id = sqlite3_column_int64(q, 1),
                              .email_id = sqlite3_column_int64(q, 2),
                              .kind = (enum undo_item_kind)sqlite3_column_int(q, 3),
                              .added = {(uint32_t)sqlite3_column_int64(q, 6), dup_column(q, 8)},
                              .removed = {(uint32_t)sqlite3_column_int64(q, 7), dup_column(q, 9)},
                              .blob_id = sqlite3_column_int64(q, 10),
                              .received_at = sqlite3_column_int64(q, 11),
                              .partial_size = (uint64_t)sqlite3_column_int64(q, 12)};
    list_from(&out->came, store_text_or_null(q, 4));
    list_from(&out->gone, store_text_or_null(q, 5));
    store_reset(q);
    return 1;
}

int undo_item_delete(struct store_tx *tx, int64_t undo_id, int64_t seq, int64_t blob_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM undo_item WHERE undo_id = ?1 AND seq = ?2");

    sqlite3_bind_int64(q, 1, undo_id);
    sqlite3_bind_int64(q, 2, seq);
    if (store_run_one(tx, q, err) < 0)
        return -1;
    return blob_id ? store_blob_release(tx, blob_id, err) : 0;
}

int undo_email_renamed(struct store_tx *tx, int64_t from, int64_t to, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE undo_item SET email_id = ?2 WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, from);
    sqlite3_bind_int64(q, 2, to);
    return store_run(tx, q, err);
}

/* ---- what an action did, for people ---- */

/* The name of the mailbox that `what` speaks of; NULL: none, or it is gone. Freed by the caller. */
static int mailbox_of(struct store_tx *tx, const char *what, char **out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT name FROM mailbox WHERE id = ?1");

    *out = NULL;
    if (!what || (strncmp(what, "to ", 3) != 0 && strncmp(what, "in ", 3) != 0 && strncmp(what, "of ", 3) != 0))
        return 0;
    sqlite3_bind_int64(q, 1, strtoll(what + 3, NULL, 10));
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = xstrdup(store_text(q, 0));
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static void add_move(struct buf *b, const char *what, const char *mailbox)
{
    if (mailbox && what[0] == 'i')
        buf_addf(b, " put into %s, too", mailbox);
    else if (mailbox && what[0] == 'o')
        buf_addf(b, " taken out of %s", mailbox);
    else if (mailbox)
        buf_addf(b, " moved to %s", mailbox);
    else
        buf_add_str(b, " moved");
}

static int describe(struct store_tx *tx, const struct store_undo *u, const char *what, char **out,
                    struct fct_error *err)
{
    CLEANUP(buf_done) struct buf b = {0};
    CLEANUP(freep) char *mailbox = NULL;
    int64_t n = u->n_emails;

    if (mailbox_of(tx, what, &mailbox, err) < 0)
        return -1;
    buf_addf(&b, "%lld message%s", (long long)n, n == 1 ? "" : "s");
    if (u->kinds == STORE_UNDO_DESTROY)
        buf_add_str(&b, " deleted for good");
    else if (u->kinds & STORE_UNDO_MOVE)
        add_move(&b, what, mailbox);
    else if (u->kinds == STORE_UNDO_SNOOZE)
        buf_add_str(&b, " snoozed until another time");
    else if (what && *what)
        buf_addf(&b, " %s", what);
    else
        buf_add_str(&b, " with other flags");
    if (u->kinds & STORE_UNDO_DESTROY && u->kinds != STORE_UNDO_DESTROY)
        buf_add_str(&b, n == 1 ? ", and deleted for good" : ", some of them deleted for good");
    *out = buf_steal(&b);
    return 0;
}

static const char *without_prefix(const char *text)
{
    static const char *const prefixes[] = {"taken back: ", "done again: "};

    for (size_t i = 0; i < 2; i++) {
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
            return text + strlen(prefixes[i]);
    }
    return text;
}

char *store_undo_reverse_text(const struct store_undo *u)
{
    return xasprintf("%s: %s", u->is_undo ? "done again" : "taken back", without_prefix(u->text));
}

/* ---- actions ---- */

void store_undo_done(struct store_undo *u)
{
    free(u->client);
    free(u->text);
    free(u->account_ids);
    *u = (struct store_undo){0};
}

static int accounts_load(struct store_tx *tx, struct store_undo *u, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM undo_account WHERE id = ?1 ORDER BY account_id");
    int has_row;

    sqlite3_bind_int64(q, 1, u->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        u->account_ids = xreallocarray(u->account_ids, u->n_accounts + 1, sizeof(*u->account_ids));
        u->account_ids[u->n_accounts++] = sqlite3_column_int64(q, 0);
    }
    return has_row;
}

int store_undo_load(struct store_tx *tx, int64_t id, struct store_undo *out, struct fct_error *err)
{
    CLEANUP(store_undo_done) struct store_undo u = {.id = id};
    CLEANUP(freep) char *what = NULL;
    sqlite3_stmt *q = store_stmt(tx, "SELECT at, client, kinds, what, text, reverts, is_undo, undone_by, n_emails, "
                                     "n_items, n_left_out FROM undo WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row > 0) {
        u.at = sqlite3_column_int64(q, 0);
        u.client = dup_column(q, 1);
        u.kinds = (unsigned)sqlite3_column_int(q, 2);
        what = dup_column(q, 3);
        u.text = dup_column(q, 4);
        u.reverts = sqlite3_column_int64(q, 5);
        u.is_undo = sqlite3_column_int(q, 6) != 0;
        u.undone_by = sqlite3_column_int64(q, 7);
        u.n_emails = sqlite3_column_int64(q, 8);
        u.n_items = sqlite3_column_int64(q, 9);
        u.n_left_out = sqlite3_column_int64(q, 10);
        store_reset(q);
        if (accounts_load(tx, &u, err) < 0)
            return -1;
    }
    if (u.n_accounts == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such action, or it is too long ago");
    if (!u.text && describe(tx, &u, what, &u.text, err) < 0)
        return -1;
    *out = u;
    u = (struct store_undo){0};
    return 0;
}

static int ids_collect(struct store_tx *tx, sqlite3_stmt *q, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *list = NULL;
    size_t n = 0;
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = sqlite3_column_int64(q, 0);
    }
    if (has_row < 0)
        return -1;
    *out = TAKE(list);
    *out_n = n;
    return 0;
}

int store_undo_list(struct store_tx *tx, int64_t account_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT DISTINCT id FROM undo_account WHERE ?1 < 0 OR account_id = ?1 ORDER BY id DESC LIMIT ?2");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, UNDO_KEPT);
    return ids_collect(tx, q, out, out_n, err);
}

int store_undo_newest(struct store_tx *tx, int64_t account_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT u.id FROM undo u WHERE u.is_undo = 0 AND u.n_items > 0 AND EXISTS (SELECT 1 FROM undo_account "
            "WHERE id = u.id AND (?1 < 0 OR account_id = ?1)) ORDER BY u.id DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    *out = has_row ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return 0;
}

int undo_bump(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(store_undo_done) struct store_undo u = {.id = id};

    if (accounts_load(tx, &u, err) < 0)
        return -1;
    for (size_t i = 0; i < u.n_accounts; i++) {
        sqlite3_stmt *q =
            store_stmt(tx, "UPDATE undo_account SET updated_modseq = ?3 WHERE account_id = ?1 AND id = ?2");
        sqlite3_bind_int64(q, 1, u.account_ids[i]);
        sqlite3_bind_int64(q, 2, id);
        sqlite3_bind_int64(q, 3, store_tx_bump(tx, u.account_ids[i], STORE_UNDO));
        if (store_run_one(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- forgetting ---- */

int undo_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM undo_account WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    return store_run(tx, q, err);
}

/* The oldest action that is too old, too much, or about accounts that are gone; 0: there is none. */
static int find_superfluous(struct store_tx *tx, int64_t before, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, at, n_items, NOT EXISTS (SELECT 1 FROM undo_account a WHERE a.id = "
                                     "undo.id) FROM undo ORDER BY id DESC");
    int64_t n = 0, items = 0;
    int has_row;

    *out = 0;
    while ((has_row = store_step(tx, q, err)) > 0) {
        items += sqlite3_column_int64(q, 2);
        bool is_too_much = ++n > UNDO_KEPT || (n > 1 && items > UNDO_ITEMS_KEPT);
        if (is_too_much || sqlite3_column_int64(q, 1) < before || sqlite3_column_int(q, 3))
            *out = sqlite3_column_int64(q, 0);
    }
    return has_row;
}

static int forget_items(struct store_tx *tx, int64_t id, size_t max, size_t *out_n, struct fct_error *err)
{
    for (*out_n = 0; *out_n < max; ++*out_n) {
        CLEANUP(undo_item_done) struct undo_item i = {0};
        int found = undo_item_last(tx, id, &i, err);
        if (found <= 0)
            return found;
        if (undo_item_delete(tx, id, i.seq, i.blob_id, err) < 0)
            return -1;
    }
    return 0;
}

struct traces {
    int64_t *accounts, *created;
    size_t n;
};

static void traces_done(struct traces *t)
{
    free(t->accounts);
    free(t->created);
}

/* From now on nobody can ask for it: half of it shall not be taken back. */
static int forget_accounts(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(traces_done) struct traces t = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, created_modseq FROM undo_account WHERE id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        t.accounts = xreallocarray(t.accounts, t.n + 1, sizeof(*t.accounts));
        t.created = xreallocarray(t.created, t.n + 1, sizeof(*t.created));
        t.accounts[t.n] = sqlite3_column_int64(q, 0);
        t.created[t.n++] = sqlite3_column_int64(q, 1);
    }
    for (size_t i = 0; has_row == 0 && i < t.n; i++)
        has_row = store_tombstone(tx, t.accounts[i], STORE_UNDO, id, t.created[i], err);
    if (has_row < 0)
        return -1;
    q = store_stmt(tx, "DELETE FROM undo_account WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

static int forget_row(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM undo WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    return store_run(tx, q, err);
}

int store_undo_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err)
{
    int64_t id;

    *out_n = 0;
    while (*out_n < max) {
        size_t n = 0;
        if (find_superfluous(tx, before, &id, err) < 0)
            return -1;
        if (id == 0)
            return 0;
        if (forget_accounts(tx, id, err) < 0 || forget_items(tx, id, max - *out_n, &n, err) < 0)
            return -1;
        *out_n += n;
        if (*out_n < max) { /* all of them */
            if (forget_row(tx, id, err) < 0)
                return -1;
            ++*out_n;
        }
    }
    return 0;
}
