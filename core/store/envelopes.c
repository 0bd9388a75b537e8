#include "store/envelopes.h"

#include "base/alloc.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/partial.h"

int envelope_bits(const struct mime_summary *s)
{
    return (s->has_attachment ? STORE_HAS_ATTACHMENT : 0) | (s->degraded ? STORE_DEGRADED : 0);
}

/* ---- the wide row ---- */

/* The lists of ids as the row has them. */
struct id_texts {
    struct buf ids, replies, references;
};

static void id_texts_done(struct id_texts *t)
{
    buf_done(&t->ids);
    buf_done(&t->replies);
    buf_done(&t->references);
}

/* Ids separated by one space; NULL when the header is absent or empty. The text lives in `b`. */
static const char *join_ids(char *const *ids, bool is_present, struct buf *b)
{
    if (!is_present || !ids || !ids[0])
        return NULL;
    for (size_t i = 0; ids[i]; i++) {
        if (i > 0)
            buf_add_char(b, ' ');
        buf_add_str(b, ids[i]);
    }
    return buf_str(b);
}

static void bind_envelope(sqlite3_stmt *q, int64_t email_id, const struct mime_summary *s, struct id_texts *t)
{
    sqlite3_bind_int64(q, 1, email_id);
    bind_text(q, 2, s->has_subject ? s->subject : NULL);
    bind_text(q, 3, s->base_subject ? s->base_subject : "");
    bind_text(q, 4, s->sender);
    bind_text(q, 5, s->from);
    bind_text(q, 6, s->to);
    bind_text(q, 7, s->cc);
    bind_text(q, 8, s->bcc);
    bind_text(q, 9, s->reply_to);
    bind_text(q, 10, join_ids(s->message_ids, s->has_message_id, &t->ids));
    bind_text(q, 11, join_ids(s->in_reply_to, s->has_in_reply_to, &t->replies));
    bind_text(q, 12, join_ids(s->references, s->has_references, &t->references));
    sqlite3_bind_int(q, 13, s->sent_at_zone);
    bind_text(q, 14, s->preview ? s->preview : "");
    bind_text(q, 15, s->list_id);
}

int envelope_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err)
{
    CLEANUP(id_texts_done) struct id_texts t = {0};
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO envelope (email_id, subject, base_subject, sender_json, from_json, to_json, cc_json, "
            "bcc_json, reply_to_json, message_id, in_reply_to, refs, sent_zone, preview, list_id) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");

    bind_envelope(q, email_id, s, &t);
    return store_run(tx, q, err);
}

static int account_of(struct store_tx *tx, int64_t email_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0)
        *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return has_row;
}

static int replace_envelope(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    int64_t account_id;

    int is_here = account_of(tx, email_id, &account_id, err);
    if (is_here <= 0)
        return is_here;
    if (counters_init(&c, tx, account_id, err) < 0 || correspondents_before(&c, email_id, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM envelope WHERE email_id = ?1");
    sqlite3_bind_int64(q, 1, email_id);
    if (store_run(tx, q, err) < 0 || envelope_insert(tx, email_id, s, err) < 0 ||
        correspondents_after(&c, email_id, err) < 0)
        return -1;
    return counters_flush(&c, err);
}

static int refresh_envelope(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, bool *io_changed,
                            struct fct_error *err)
{
    CLEANUP(id_texts_done) struct id_texts t = {0};
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT 1 FROM envelope WHERE email_id = ?1 AND subject IS ?2 AND base_subject IS ?3 AND sender_json IS ?4 AND "
        "from_json IS ?5 AND to_json IS ?6 AND cc_json IS ?7 AND bcc_json IS ?8 AND reply_to_json IS ?9 AND "
        "message_id IS ?10 AND in_reply_to IS ?11 AND refs IS ?12 AND sent_zone IS ?13 AND preview IS ?14 AND list_id "
        "IS ?15");

    bind_envelope(q, email_id, s, &t);
    int is_same = store_step(tx, q, err);
    store_reset(q);
    if (is_same != 0)
        return is_same < 0 ? -1 : 0;
    *io_changed = true;
    return replace_envelope(tx, email_id, s, err);
}

/* ---- the narrow one ---- */

static void bind_columns(sqlite3_stmt *q, int64_t email_id, const struct threads_key *key, const struct mime_summary *s)
{
    sqlite3_bind_int64(q, 1, email_id);
    if (s->has_sent_at)
        sqlite3_bind_int64(q, 2, s->sent_at);
    sqlite3_bind_int(q, 3, envelope_bits(s));
    if (s->message_ids && s->message_ids[0])
        sqlite3_bind_int64(q, 4, threads_msgid_hash(key, bytes_str(s->message_ids[0])));
}

static int refresh_columns(struct store_tx *tx, int64_t email_id, const struct threads_key *key,
                           const struct mime_summary *s, bool *io_changed, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT 1 FROM email e WHERE id = ?1 AND sent_at IS ?2 AND msgid_hash IS ?4 AND (bits & 4 OR (bits & 7 = ?3 "
        "AND size = (SELECT size FROM blob b WHERE b.id = e.blob_id)))");

    bind_columns(q, email_id, key, s);
    int is_same = store_step(tx, q, err);
    store_reset(q);
    if (is_same != 0)
        return is_same < 0 ? -1 : 0;
    *io_changed = true;
    q = store_stmt(tx, "UPDATE email SET sent_at = ?2, bits = CASE WHEN bits & 4 THEN bits ELSE (bits & ~7) | ?3 END, "
                       "msgid_hash = ?4, "
                       "size = CASE WHEN bits & 4 THEN size ELSE (SELECT size FROM blob b WHERE b.id = blob_id) END "
                       "WHERE id = ?1");
    bind_columns(q, email_id, key, s);
    return store_run_one(tx, q, err);
}

/* ---- both ---- */

static int note_update(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    int64_t account_id;

    int is_here = account_of(tx, email_id, &account_id, err);
    if (is_here <= 0)
        return is_here;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE email SET updated_modseq = ?2 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int64(q, 2, store_tx_bump(tx, account_id, STORE_EMAIL));
    return store_run_one(tx, q, err);
}

int store_facts_changed(struct store_tx *tx, struct fct_error *err)
{
    return store_run(tx,
                     store_stmt(tx, "INSERT INTO meta (key, value) VALUES ('facts', 1) "
                                    "ON CONFLICT (key) DO UPDATE SET value = value + 1"),
                     err);
}

/* All that an Email may be sorted by, in one text; the caller frees. */
static int load_facts(struct store_tx *tx, int64_t email_id, char **out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT json_array(e.received_at, e.size, e.sent_at, v.base_subject, v.from_json, v.to_json) "
                       "FROM email e JOIN envelope v ON v.email_id = e.id WHERE e.id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    *out = xstrdup(has_row > 0 ? store_text(q, 0) : "");
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int compare_facts(struct store_tx *tx, int64_t email_id, const char *before, struct fct_error *err)
{
    CLEANUP(freep) char *after = NULL;

    if (load_facts(tx, email_id, &after, err) < 0)
        return -1;
    return strcmp(before, after) == 0 ? 0 : store_facts_changed(tx, err);
}

/* Of a message whose body was here once: the header says nothing of it. */
static int load_preview(struct store_tx *tx, int64_t email_id, char **out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT preview FROM envelope WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? xstrdup(store_text(q, 0)) : NULL;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int envelope_refresh(struct store_tx *tx, int64_t email_id, const struct threads_key *key, const struct mime_summary *s,
                     bool *out_changed, struct fct_error *err)
{
    struct mime_summary kept = *s; /* borrows */
    CLEANUP(freep) char *preview = NULL;
    CLEANUP(freep) char *facts = NULL;
    bool is_changed = false, is_partial = false;

    if (email_is_partial(tx, email_id, &is_partial, err) < 0 ||
        (is_partial && load_preview(tx, email_id, &preview, err) < 0))
        return -1;
    if (is_partial)
        kept.preview = preview;
    if (load_facts(tx, email_id, &facts, err) < 0 || refresh_envelope(tx, email_id, &kept, &is_changed, err) < 0 ||
        refresh_columns(tx, email_id, key, s, &is_changed, err) < 0)
        return -1;
    *out_changed = is_changed;
    if (!is_changed)
        return 0;
    return compare_facts(tx, email_id, facts, err) < 0 ? -1 : note_update(tx, email_id, err);
}
