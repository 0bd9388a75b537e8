#include "store/index.h"

#include "store/blobs.h"
#include "store/db.h"
#include "text/tokens.h"

static void bind_bytes(sqlite3_stmt *q, int at, const struct buf *b)
{
    sqlite3_bind_text(q, at, buf_str(b), (int)b->n, SQLITE_STATIC);
}

int index_insert(struct store_tx *tx, int64_t email_id, const struct mime_summary *s, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf list = {0};
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO fts (rowid, sender, recipient, cc, bcc, subject, body, files, list) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

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

/* Replaces readable text by its tokens. */
static void tokenize(struct buf *b)
{
    struct buf joined = {0};

    tokens_join(buf_bytes(b), &joined);
    buf_done(b);
    *b = joined;
}

int index_summary_from_blob(struct store_tx *tx, int64_t blob_id, struct mime_summary *out_summary,
                            struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    struct fct_error why = {0};

    if (store_blob_view(tx, blob_id, &view, &why) < 0) {
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
    return 0;
}
