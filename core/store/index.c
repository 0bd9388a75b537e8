#include "store/index.h"

#include "base/alloc.h"
#include "store/blobs.h"
#include "store/inside.h"
#include "text/tokens.h"

#include <jansson.h>

static void bind_bytes(sqlite3_stmt *q, int at, const struct buf *b)
{
    sqlite3_bind_text(q, at, buf_str(b), (int)b->n, SQLITE_STATIC);
}

static int insert_into(struct store_tx *tx, const char *literal, int64_t email_id, const struct mime_summary *s,
                       struct fct_error *err)
{
    CLEANUP(buf_done) struct buf list = {0};
    sqlite3_stmt *q = store_stmt(tx, literal);

    if (s->list_id)
        tokens_join(bytes_str(s->list_id), &list);
    sqlite3_bind_int64(q, 1, email_id);
    bind_bytes(q, 2, &s->fts_from);
    bind_bytes(q, 3, &s->fts_to);
    bind_bytes(q, 4, &s->fts_cc);
    bind_bytes(q, 5, &s->fts_bcc);
    bind_bytes(q, 6, &s->fts_subject);
    bind_bytes(q, 7, &s->fts_body);
    bind_bytes(q, 8, &s->fts_files);
    bind_bytes(q, 9, &list);
    return store_run(tx, q, err);
}

/* 1: the next index has come past this id, 0: not yet, or there is none. */
static int next_has_passed(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    if (!store_of(tx)->is_rebuilding)
        return 0;
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM meta WHERE key = 'index_next' AND value >= ?1");
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    return has_row;
}

int index_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err)
{
    if (insert_into(tx,
                    "INSERT INTO fts (rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    email_id, s, err) < 0)
        return -1;
    int has_passed = next_has_passed(tx, email_id, err);
    return has_passed > 0 ? index_next_insert(tx, email_id, s, err) : has_passed;
}

/* FTS5 takes a row out of a contentless table when it is told again what was put in (fts5.html, "The 'delete'
 * Command"). */
static int replace_in(struct store_tx *tx, const char *delete_literal, const char *insert_literal, int64_t email_id,
                      const struct mime_summary *old, const struct mime_summary *s, struct fct_error *err)
{
    if (old && insert_into(tx, delete_literal, email_id, old, err) < 0)
        return -1;
    return insert_into(tx, insert_literal, email_id, s, err);
}

int index_replace(struct store_tx *tx, int64_t email_id, const struct mime_summary *old, const struct mime_summary *s,
                  struct fct_error *err)
{
    bool is_of_present_rules = false;

    if (index_has_present_rules(tx, &is_of_present_rules, err) < 0)
        return -1;
    if (replace_in(tx,
                   "INSERT INTO fts (fts, rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                   "VALUES ('delete', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                   "INSERT INTO fts (rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                   email_id, is_of_present_rules ? old : NULL, s, err) < 0)
        return -1;
    int has_passed = next_has_passed(tx, email_id, err);
    if (has_passed <= 0)
        return has_passed;
    return replace_in(tx,
                      "INSERT INTO fts_next (fts_next, rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                      "VALUES ('delete', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                      "INSERT INTO fts_next (rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                      email_id, old, s, err);
}

int index_note_rules(struct store_tx *tx, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT OR REPLACE INTO meta (key, value) VALUES ('index_rules', ?1)");

    sqlite3_bind_int(q, 1, TOKENS_RULES);
    return store_run(tx, q, err);
}

int index_has_present_rules(struct store_tx *tx, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM meta WHERE key = 'index_rules' AND value = ?1");

    sqlite3_bind_int(q, 1, TOKENS_RULES);
    int has_row = store_step(tx, q, err);
    store_reset(q);
    *out = has_row > 0;
    return has_row < 0 ? -1 : 0;
}

/* Replaces readable text by its tokens. */
static void tokenize(struct buf *b)
{
    struct buf joined = {0};

    tokens_join(buf_bytes(b), &joined);
    buf_done(b);
    *b = joined;
}

int index_summary_from_blob(struct store_tx *tx, int64_t blob_id, struct mime_summary *out_summary,
                            bool *out_is_damaged, struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    struct fct_error why = {0};

    bool is_damaged = store_blob_view(tx, blob_id, &view, &why) < 0;
    if (is_damaged) {
        if (why.code != FCT_E_CORRUPT && why.code != FCT_E_NOT_FOUND && why.code != FCT_E_BLOB_NOT_FOUND) {
            if (err)
                *err = why;
            return -1;
        }
        view = (struct blob_view){0};
    }
    mime_summarize(view.bytes, out_summary);
    struct buf *all[] = {&out_summary->fts_from, &out_summary->fts_to,      &out_summary->fts_cc,
                         &out_summary->fts_bcc,  &out_summary->fts_subject, &out_summary->fts_body,
                         &out_summary->fts_files};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tokenize(all[i]);
    *out_is_damaged = is_damaged;
    return 0;
}

static void add_tokens(const char *text, struct buf *out)
{
    if (text)
        tokens_join(bytes_str(text), out);
}

/* The words of the name and address of each. */
static void add_addresses(const char *list_json, struct buf *out)
{
    json_auto_t *list = list_json ? json_loads(list_json, 0, NULL) : NULL;
    CLEANUP(buf_done) struct buf text = {0};
    size_t i;
    json_t *address;

    json_array_foreach(list, i, address)
    {
        const char *name = json_string_value(json_object_get(address, "name"));
        const char *email = json_string_value(json_object_get(address, "email"));
        buf_addf(&text, "%s %s ", name ? name : "", email ? email : "");
    }
    tokens_join(buf_bytes(&text), out);
}

/* The words of what is known of a message whose bytes cannot be read any more. */
static int words_of_envelope(struct store_tx *tx, int64_t email_id, struct mime_summary *s, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT subject, preview, list_id, from_json, to_json, cc_json, bcc_json FROM envelope WHERE email_id = ?1");
    struct buf *const addresses[] = {&s->fts_from, &s->fts_to, &s->fts_cc, &s->fts_bcc};

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        const char *list_id = store_text_or_null(q, 2);
        add_tokens(store_text_or_null(q, 0), &s->fts_subject);
        add_tokens(store_text_or_null(q, 1), &s->fts_body);
        free(s->list_id);
        s->list_id = list_id ? xstrdup(list_id) : NULL;
        for (int i = 0; i < 4; i++)
            add_addresses(store_text_or_null(q, 3 + i), addresses[i]);
    }
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int index_summary_of_email(struct store_tx *tx, int64_t email_id, int64_t blob_id, struct mime_summary *out_summary,
                           bool *out_is_damaged, struct fct_error *err)
{
    if (index_summary_from_blob(tx, blob_id, out_summary, out_is_damaged, err) < 0)
        return -1;
    return *out_is_damaged ? words_of_envelope(tx, email_id, out_summary, err) : 0;
}

/* ---- the next index ---- */

static int run_all(struct store_tx *tx, const char *const *literals, struct fct_error *err)
{
    for (; *literals; literals++) {
        if (store_run(tx, store_stmt(tx, *literals), err) < 0)
            return -1;
    }
    return 0;
}

/* FTS5 cannot open a table whose structure record (https://www.sqlite.org/fts5.html, the %_data table: id 10; 1 are its
 * totals) is damaged; so nobody could write, rename or drop it. It is made an empty one, and *out_was_damaged true. */
static int make_openable(struct store_tx *tx, const char *table, bool *out_was_damaged, struct fct_error *err)
{
    CLEANUP(freep) char *probe = xasprintf("SELECT 1 FROM %s LIMIT 0", table);
    CLEANUP(freep)
    char *mend =
        xasprintf("INSERT OR REPLACE INTO %s_data (id, block) VALUES (1, x''), (10, x'00000000000000')", table);

    *out_was_damaged = store_connection_exec(tx->conn, probe, NULL) < 0 &&
                       sqlite3_extended_errcode(store_db(tx)) == SQLITE_CORRUPT_VTAB;
    if (!*out_was_damaged)
        return 0;
    /* The index's own tables are guarded against everybody but FTS5. */
    sqlite3_db_config(store_db(tx), SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    int result = store_connection_exec(tx->conn, mend, err);
    sqlite3_db_config(store_db(tx), SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return result;
}

static int drop(struct store_tx *tx, const char *table, struct fct_error *err)
{
    CLEANUP(freep) char *sql = xasprintf("DROP TABLE IF EXISTS %s", table);
    bool ignored;

    return make_openable(tx, table, &ignored, err) < 0 ? -1 : store_connection_exec(tx->conn, sql, err);
}

/* Until the rebuild is through, mail can come in. Should it be stopped, it is made up for (store_rebuild_pays): the
 * index lacks nearly everything. */
static int open_present(struct store_tx *tx, struct fct_error *err)
{
    bool was_damaged = false;

    if (make_openable(tx, "fts", &was_damaged, err) < 0)
        return -1;
    return was_damaged ? store_run(tx, store_stmt(tx, "DELETE FROM meta WHERE key = 'index_rules'"), err) : 0;
}

int index_next_begin(struct store_tx *tx, struct fct_error *err)
{
    /* As in migrations/0001-initial.sql, where the reasons are. */
    static const char create[] =
        "CREATE VIRTUAL TABLE fts_next USING fts5 (body, subject, sender, recipient, cc, bcc, files, list, "
        "content = '', detail = full, tokenize = 'facteur')";
    static const char *const steps[] = {
        "INSERT INTO fts_next (fts_next, rank) VALUES ('hashsize', 4194304)",
        "INSERT INTO fts_next (fts_next, rank) VALUES ('automerge', 8)",
        "UPDATE fts_dead SET is_swept = 2 WHERE is_swept <> 1 AND is_swept = 0",
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('index_next', 0)",
        NULL,
    };

    if (index_next_end(tx, err) < 0 || open_present(tx, err) < 0 || store_connection_exec(tx->conn, create, err) < 0 ||
        run_all(tx, steps, err) < 0)
        return -1;
    store_of(tx)->is_rebuilding = true;
    return 0;
}

int index_next_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err)
{
    return insert_into(tx,
                       "INSERT INTO fts_next (rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                       email_id, s, err);
}

int index_next_set_cursor(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE meta SET value = ?1 WHERE key = 'index_next'");

    sqlite3_bind_int64(q, 1, id);
    return store_run_one(tx, q, err);
}

int index_next_take_over(struct store_tx *tx, struct fct_error *err)
{
    static const char *const steps[] = {
        "UPDATE fts_dead SET is_swept = 1 WHERE is_swept <> 1 AND is_swept = 2",
        "DELETE FROM meta WHERE key = 'index_next'",
        NULL,
    };

    if (store_connection_exec(tx->conn, "ALTER TABLE fts RENAME TO fts_old", err) < 0 ||
        store_connection_exec(tx->conn, "ALTER TABLE fts_next RENAME TO fts", err) < 0 || run_all(tx, steps, err) < 0)
        return -1;
    return index_note_rules(tx, err);
}

int index_next_end(struct store_tx *tx, struct fct_error *err)
{
    static const char *const steps[] = {
        "DELETE FROM meta WHERE key = 'index_next'",
        "UPDATE fts_dead SET is_swept = 0 WHERE is_swept <> 1 AND is_swept = 2",
        NULL,
    };

    if (drop(tx, "fts_old", err) < 0 || drop(tx, "fts_next", err) < 0 || run_all(tx, steps, err) < 0)
        return -1;
    store_of(tx)->is_rebuilding = false;
    return 0;
}
