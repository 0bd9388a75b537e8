/* Reading Emails. */
#include "store/emails.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);

    return s ? xstrdup(s) : NULL;
}

void store_email_done(struct store_email *e)
{
    char *const strings[] = {e->keywords,   e->subject,  e->sender_json,   e->from_json,  e->to_json,
                             e->cc_json,    e->bcc_json, e->reply_to_json, e->message_id, e->in_reply_to,
                             e->references, e->preview,  e->list_id};

    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        free(strings[i]);
    free(e->mailbox_ids);
    *e = (struct store_email){0};
}

static int load_row(struct store_tx *tx, struct store_email *e, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT e.account_id, e.thread_id, e.blob_id, b.sha256, e.received_at, e.size, e.sent_at, e.flags, "
            "e.bits, s.until, s.to_mailbox_id FROM email e JOIN blob b ON b.id = e.blob_id LEFT JOIN snooze s ON "
            "s.email_id = e.id WHERE e.id = ?1");

    sqlite3_bind_int64(q, 1, e->id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such email");
    e->account_id = sqlite3_column_int64(q, 0);
    e->thread_id = sqlite3_column_int64(q, 1);
    e->blob_id = sqlite3_column_int64(q, 2);
    if (sqlite3_column_bytes(q, 3) == (int)sizeof(e->sha256))
        memcpy(e->sha256, sqlite3_column_blob(q, 3), sizeof(e->sha256));
    e->received_at = sqlite3_column_int64(q, 4);
    e->size = sqlite3_column_int64(q, 5);
    e->has_sent_at = sqlite3_column_type(q, 6) != SQLITE_NULL;
    e->sent_at = sqlite3_column_int64(q, 6);
    e->flags = (uint32_t)sqlite3_column_int64(q, 7);
    e->bits = (unsigned)sqlite3_column_int(q, 8) & (STORE_HAS_ATTACHMENT | STORE_DEGRADED | STORE_PARTIAL);
    e->snoozed_until = sqlite3_column_int64(q, 9);
    e->snoozed_to = sqlite3_column_int64(q, 10);
    store_reset(q);
    return 0;
}

static int load_mailboxes(struct store_tx *tx, struct store_email *e, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT mailbox_id FROM placement WHERE email_id = ?1 ORDER BY mailbox_id");
    int has_row;

    sqlite3_bind_int64(q, 1, e->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        e->mailbox_ids = xreallocarray(e->mailbox_ids, e->n_mailboxes + 1, sizeof(*e->mailbox_ids));
        e->mailbox_ids[e->n_mailboxes++] = sqlite3_column_int64(q, 0);
    }
    return has_row;
}

static int load_keywords(struct store_tx *tx, struct store_email *e, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf words = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT keyword FROM email_keyword WHERE email_id = ?1 ORDER BY keyword");
    int has_row;

    sqlite3_bind_int64(q, 1, e->id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (words.n > 0)
            buf_add_char(&words, ' ');
        buf_add_str(&words, store_text(q, 0));
    }
    if (words.n > 0)
        e->keywords = buf_steal(&words);
    return has_row;
}

static int load_envelope(struct store_tx *tx, struct store_email *e, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT subject, sender_json, from_json, to_json, cc_json, bcc_json, reply_to_json, message_id, "
                       "in_reply_to, refs, preview, list_id, sent_zone FROM envelope WHERE email_id = ?1");
    char **const strings[] = {&e->subject,     &e->sender_json, &e->from_json,     &e->to_json,
                              &e->cc_json,     &e->bcc_json,    &e->reply_to_json, &e->message_id,
                              &e->in_reply_to, &e->references,  &e->preview,       &e->list_id};

    sqlite3_bind_int64(q, 1, e->id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "an email has lost its envelope");
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        *strings[i] = dup_column(q, (int)i);
    e->sent_zone = sqlite3_column_int(q, 12);
    e->has_envelope = true;
    store_reset(q);
    return 0;
}

int store_email_load(struct store_tx *tx, int64_t id, bool with_envelope, struct store_email *out,
                     struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {.id = id};

    if (load_row(tx, &e, err) < 0 || load_mailboxes(tx, &e, err) < 0 || load_keywords(tx, &e, err) < 0)
        return -1;
    if (with_envelope && load_envelope(tx, &e, err) < 0)
        return -1;
    *out = e;
    e = (struct store_email){0};
    return 0;
}

static int ids_collect(struct store_tx *tx, sqlite3_stmt *q, int64_t **out, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0, cap = 0;
    int has_row;

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

int store_thread_emails(struct store_tx *tx, int64_t thread_id, int64_t **out, size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM email WHERE thread_id = ?1 ORDER BY received_at, id");

    sqlite3_bind_int64(q, 1, thread_id);
    return ids_collect(tx, q, out, out_n, err);
}

int store_threads_some(struct store_tx *tx, int64_t account_id, size_t max, int64_t **out, size_t *out_n,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM thread WHERE account_id = ?1 AND created_modseq > 0 "
                                     "ORDER BY created_modseq LIMIT ?2");

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, (int64_t)max);
    return ids_collect(tx, q, out, out_n, err);
}

int store_thread_account(struct store_tx *tx, int64_t thread_id, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id FROM thread WHERE id = ?1");

    sqlite3_bind_int64(q, 1, thread_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such thread");
    *out = sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

int store_email_placements(struct store_tx *tx, int64_t id, struct store_placement **out, size_t *out_n,
                           struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT mailbox_id, uid, flags, keywords, remote_id FROM placement WHERE email_id = ?1 "
                       "ORDER BY mailbox_id");
    struct store_placement *list = NULL;
    size_t n = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        list = xreallocarray(list, n + 1, sizeof(*list));
        list[n++] = (struct store_placement){sqlite3_column_int64(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                                             (uint32_t)sqlite3_column_int64(q, 2), dup_column(q, 3), dup_column(q, 4)};
    }
    if (has_row < 0) {
        store_placements_free(list, n);
        return -1;
    }
    *out = list;
    *out_n = n;
    return 0;
}

void store_placements_free(struct store_placement *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(p[i].keywords);
        free(p[i].remote_id);
    }
    free(p);
}
