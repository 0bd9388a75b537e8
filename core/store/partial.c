#include "store/partial.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/envelopes.h"
#include "store/index.h"
#include "store/threads.h"
#include "store/submissions.h"
#include "text/tokens.h"

#include <time.h>

#define RELEASE_BYTES (8u << 20) /* of messages parsed in one job of a reader, if they are more than one */

/* ---- what it is ---- */

int partial_size(struct store_tx *tx, int64_t email_id, uint64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT size FROM email WHERE id = ?1 AND bits & 4");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

int email_is_partial(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err)
{
    uint64_t size;

    if (partial_size(tx, email_id, &size, err) < 0)
        return -1;
    *out = size > 0;
    return 0;
}

/* ---- the blob is exchanged ---- */

struct exchange {
    int64_t email_id, account_id, old_blob, new_blob;
    bool becomes_partial;
    int64_t body_at; /* 0: NULL */
    const struct mime_summary *summary;
};

static int write_row(struct store_tx *tx, const struct exchange *x, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE email SET blob_id = ?2, bits = CASE WHEN ?3 THEN bits | 4 ELSE bits & ~4 END, body_at = ?4, "
            "updated_modseq = ?5 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, x->email_id);
    sqlite3_bind_int64(q, 2, x->new_blob);
    sqlite3_bind_int(q, 3, x->becomes_partial);
    if (x->body_at)
        sqlite3_bind_int64(q, 4, x->body_at);
    sqlite3_bind_int64(q, 5, store_tx_bump(tx, x->account_id, STORE_EMAIL));
    return store_run_one(tx, q, err);
}

static int add_bytes(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

/* Of a partial one the blob is the header. */
static bool has_same_header(struct store_tx *tx, const struct exchange *x)
{
    CLEANUP(blob_view_done) struct blob_view header = {0};
    CLEANUP(buf_done) struct buf begin = {0};
    struct fct_error ignored = {0}; /* what cannot be read is not the same */

    return store_blob_view(tx, x->old_blob, &header, &ignored) == 0 &&
           store_blob_read(tx, x->new_blob, 0, header.bytes.n, add_bytes, &begin, &ignored) == 0 &&
           bytes_equal(buf_bytes(&begin), header.bytes);
}

/* The words go with the bytes, what is shown in lists only comes. */
static int exchange(struct store_tx *tx, const struct exchange *x, struct fct_error *err)
{
    CLEANUP(mime_summary_done) struct mime_summary old = {0};
    struct threads_key key;
    bool is_damaged = false, has_changed;

    if (index_summary_from_blob(tx, x->old_blob, &old, &is_damaged, err) < 0 || write_row(tx, x, err) < 0)
        return -1;
    if (!x->becomes_partial && (threads_key_load(tx, &key, err) < 0 ||
                                envelope_refresh(tx, x->email_id, &key, x->summary, &has_changed, err) < 0))
        return -1;
    if (!x->becomes_partial && !has_same_header(tx, x) && store_facts_changed(tx, err) < 0)
        return -1;
    if (index_replace(tx, x->email_id, is_damaged ? NULL : &old, x->summary, err) < 0)
        return -1;
    if (!x->becomes_partial && x->summary->report && submission_reported(tx, x->new_blob, x->summary->report, err) < 0)
        return -1;
    return store_blob_release(tx, x->old_blob, err);
}

int email_complete(struct store_tx *tx, int64_t email_id, int64_t blob_id, const struct mime_summary *s,
                   bool is_asked_for, bool *out_done, struct fct_error *err)
{
    struct exchange x = {
        .email_id = email_id, .new_blob = blob_id, .summary = s, .body_at = is_asked_for ? (int64_t)time(NULL) : 0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, blob_id FROM email WHERE id = ?1 AND bits & 4");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        x.account_id = sqlite3_column_int64(q, 0);
        x.old_blob = sqlite3_column_int64(q, 1);
    }
    store_reset(q);
    *out_done = has_row > 0;
    return has_row > 0 ? exchange(tx, &x, err) : has_row;
}

/* ---- bodies to be fetched ---- */

/* A place where the server has the message, and whether the policy of any place wants it. */
static int look_at_places(struct store_tx *tx, const struct keep_rules *rules, int64_t now, uint64_t size,
                          struct store_body *io, bool *out_wanted, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT mailbox_id, uid FROM placement WHERE email_id = ?1 AND uid IS NOT NULL ORDER BY mailbox_id");
    int has_row;

    *out_wanted = false;
    sqlite3_bind_int64(q, 1, io->email_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        int64_t mailbox_id = sqlite3_column_int64(q, 0);
        if (!io->uid) {
            io->mailbox_id = mailbox_id;
            io->uid = (uint64_t)sqlite3_column_int64(q, 1);
        }
        *out_wanted |= rules && keep_wants(keep_rules_of(rules, mailbox_id), now, io->received_at, size);
    }
    return has_row;
}

struct candidate {
    struct store_body body;
    uint64_t size;
};

static int list_partial(struct store_tx *tx, const struct store_bodies *b, size_t max, struct candidate *out,
                        size_t *out_n, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx,
        "SELECT id, received_at, size FROM email WHERE bits & 4 AND account_id = ?1 AND (received_at, id) < (?2, ?3) "
        "ORDER BY received_at DESC, id DESC LIMIT ?4");
    int has_row;

    sqlite3_bind_int64(q, 1, b->account_id);
    sqlite3_bind_int64(q, 2, b->before);
    sqlite3_bind_int64(q, 3, b->before_id);
    sqlite3_bind_int64(q, 4, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[(*out_n)++] =
            (struct candidate){{.email_id = sqlite3_column_int64(q, 0), .received_at = sqlite3_column_int64(q, 1)},
                               (uint64_t)sqlite3_column_int64(q, 2)};
    return has_row;
}

int store_bodies_due(struct store_tx *tx, struct store_bodies *b, size_t max_looked, struct fct_error *err)
{
    CLEANUP(freep) struct candidate *list = xcalloc(max_looked, sizeof(*list));
    size_t n = 0;

    b->n = 0;
    if (list_partial(tx, b, max_looked, list, &n, err) < 0)
        return -1;
    b->v = xreallocarray(b->v, n + 1, sizeof(*b->v));
    for (size_t i = 0; i < n; i++) {
        bool is_wanted;
        if (look_at_places(tx, b->rules, b->now, list[i].size, &list[i].body, &is_wanted, err) < 0)
            return -1;
        if (is_wanted)
            b->v[b->n++] = list[i].body;
        b->before = list[i].body.received_at;
        b->before_id = list[i].body.email_id;
    }
    b->is_done = n < max_looked;
    return 0;
}

int store_body_place(struct store_tx *tx, int64_t email_id, struct store_body *out, bool *out_is_partial,
                     struct fct_error *err)
{
    bool ignored;

    *out = (struct store_body){.email_id = email_id};
    if (email_is_partial(tx, email_id, out_is_partial, err) < 0)
        return -1;
    if (!*out_is_partial)
        return 0;
    return look_at_places(tx, NULL, 0, 0, out, &ignored, err) < 0 ? -1 : out->uid != 0;
}

/* ---- bodies to be let go ---- */

struct leaving {
    int64_t email_id, blob_id, received_at;
    uint64_t size;
    struct blob_stage *header;
    struct mime_summary summary;
};

struct store_release {
    struct leaving *v;
    size_t n;
};

static void leaving_done(struct leaving *l)
{
    blob_stage_free(l->header);
    mime_summary_done(&l->summary);
}

void store_release_free(struct store_release *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        leaving_done(&r->v[i]);
    free(r->v);
    free(r);
}

size_t store_release_count(const struct store_release *r)
{
    return r->n;
}

/* Whether the server has it wherever it is shown, nothing of it waits for the server, and the user has no mark on it
 * (12: FCT_FLAG_FLAGGED, FCT_FLAG_DRAFT). The writer asks again. Returns 1 or 0. */
static int may_go(struct store_tx *tx, const struct leaving *l, int64_t now, int64_t *out_account,
                  struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT account_id FROM email e WHERE id = ?1 AND blob_id = ?2 AND NOT bits & 4 AND NOT flags & 12 AND "
            "(body_at IS NULL OR body_at < ?3) AND EXISTS (SELECT 1 FROM placement p WHERE p.email_id = e.id) AND "
            "NOT EXISTS (SELECT 1 FROM placement p WHERE p.email_id = e.id AND p.uid IS NULL) AND "
            "NOT EXISTS (SELECT 1 FROM pending w WHERE w.email_id = e.id) AND "
            "NOT EXISTS (SELECT 1 FROM departure d WHERE d.email_id = e.id)");

    sqlite3_bind_int64(q, 1, l->email_id);
    sqlite3_bind_int64(q, 2, l->blob_id);
    sqlite3_bind_int64(q, 3, now - BODY_ASKED_SECONDS);
    int has_row = store_step(tx, q, err);
    *out_account = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row;
}

static int list_whole(struct store_tx *tx, int64_t account_id, int64_t after, size_t max, struct leaving *out,
                      size_t *out_n, int64_t *out_last, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, blob_id, received_at, size, bits & 4 FROM email "
                                     "WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int64(q, 3, (int64_t)max);
    while ((has_row = store_step(tx, q, err)) > 0) {
        *out_last = sqlite3_column_int64(q, 0);
        if (sqlite3_column_int(q, 4))
            continue;
        out[(*out_n)++] = (struct leaving){.email_id = *out_last,
                                           .blob_id = sqlite3_column_int64(q, 1),
                                           .received_at = sqlite3_column_int64(q, 2),
                                           .size = (uint64_t)sqlite3_column_int64(q, 3)};
    }
    return has_row;
}

/* The header with the empty line that ends it, as BODY[HEADER] is (RFC 9051 section 6.4.5); 0: there is nothing behind
 * it. */
static size_t header_length(struct fct_bytes raw)
{
    for (size_t at = 0; at < raw.n;) {
        const char *end = memchr(raw.p + at, '\n', raw.n - at);
        if (!end)
            return 0;
        size_t next = (size_t)(end - raw.p) + 1, length = next - at;
        if (length == 1 || (length == 2 && raw.p[at] == '\r'))
            return next < raw.n ? next : 0;
        at = next;
    }
    return 0;
}

static void fold(struct mime_summary *s)
{
    struct buf *const all[] = {&s->fts_from,    &s->fts_to,   &s->fts_cc,   &s->fts_bcc,
                               &s->fts_subject, &s->fts_body, &s->fts_files};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct buf joined = {0};
        tokens_join(buf_bytes(all[i]), &joined);
        buf_done(all[i]);
        *all[i] = joined;
    }
}

/* What cannot be read stays as it is. Returns 1 when it is ready. */
static int make_ready(struct store_tx *tx, struct leaving *l, struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(blob_stage_freep) struct blob_stage *stage = NULL;
    struct fct_error why = {0};

    if (store_blob_view(tx, l->blob_id, &view, &why) < 0) {
        view = (struct blob_view){0};
        if (why.code == FCT_E_CORRUPT || why.code == FCT_E_BLOB_NOT_FOUND)
            return 0;
        *err = why;
        return -1;
    }
    size_t n = header_length(view.bytes);
    if (n == 0)
        return 0;
    struct fct_bytes header = bytes_of(view.bytes.p, n);
    stage = blob_stage_new(store_of(tx));
    if (blob_stage_add(stage, header, err) < 0 || blob_stage_finish(stage, err) < 0)
        return -1;
    mime_summarize(header, &l->summary);
    fold(&l->summary);
    l->header = TAKE(stage);
    return 1;
}

int store_release_prepare(struct store_tx *tx, int64_t account_id, const struct keep_rules *rules, int64_t now,
                          int64_t after, size_t max_looked, struct store_release **out, int64_t *out_last,
                          struct fct_error *err)
{
    CLEANUP(store_release_freep) struct store_release *r = XNEW(struct store_release);
    CLEANUP(freep) struct leaving *list = xcalloc(max_looked, sizeof(*list));
    uint64_t bytes = 0;
    size_t n = 0;

    *out_last = after;
    if (list_whole(tx, account_id, after, max_looked, list, &n, out_last, err) < 0)
        return -1;
    r->v = xcalloc(n + 1, sizeof(*r->v));
    for (size_t i = 0; i < n; i++) {
        struct store_body body = {.email_id = list[i].email_id, .received_at = list[i].received_at};
        bool is_wanted;
        int64_t ignored;
        if (look_at_places(tx, rules, now, list[i].size, &body, &is_wanted, err) < 0)
            return -1;
        int goes = is_wanted ? 0 : may_go(tx, &list[i], now, &ignored, err);
        if (goes < 0)
            return -1;
        if (!goes)
            continue;
        if (bytes > RELEASE_BYTES) { /* the rest of them next time */
            *out_last = list[i].email_id - 1;
            break;
        }
        bytes += list[i].size;
        int is_ready = make_ready(tx, &list[i], err);
        if (is_ready < 0)
            return -1;
        if (is_ready)
            r->v[r->n++] = list[i];
    }
    *out = TAKE(r);
    return 0;
}

int store_release_apply(struct store_tx *tx, struct store_release *r, size_t *out_n, struct fct_error *err)
{
    *out_n = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct exchange x = {.email_id = r->v[i].email_id,
                             .old_blob = r->v[i].blob_id,
                             .becomes_partial = true,
                             .summary = &r->v[i].summary};
        int goes = may_go(tx, &r->v[i], (int64_t)time(NULL), &x.account_id, err);
        if (goes < 0)
            return -1;
        if (!goes)
            continue;
        if (store_blob_add(tx, r->v[i].header, 0, &x.new_blob, err) < 0 || exchange(tx, &x, err) < 0)
            return -1;
        (*out_n)++;
    }
    return 0;
}
