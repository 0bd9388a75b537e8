/* Bytes that are damaged here, fetched again: the Email stays what it is. */
#include "account/audit.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/partial.h"
#include "store/repair.h"

#include <stddef.h>
#include <stdlib.h>

#define FETCH_AT_ONCE 64
#define PIECE_BYTES ((size_t)256 << 10) /* that a worker compresses at once */

/* Where a damaged message is on the server. */
struct source_place {
    int64_t mailbox_id, email_id;
    uint64_t uid;
    bool is_partial; /* its header is all that is here, and all that is fetched */
};

struct places {
    const int64_t *ids;
    size_t n_ids;
    struct source_place *v;
    size_t n, cap;
};

static void places_done(struct places *p)
{
    free(p->v);
}

static void add_place(struct places *p, struct source_place place)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 16;
        p->v = xreallocarray(p->v, p->cap, sizeof(p->v[0]));
    }
    p->v[p->n++] = place;
}

/* The first of its placements that the server has. */
static int read_places_of(struct store_tx *tx, struct places *p, int64_t id, struct fct_error *err)
{
    struct store_placement *list;
    size_t n;
    bool is_partial;
    if (email_is_partial(tx, id, &is_partial, err) < 0 || store_email_placements(tx, id, &list, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (list[i].uid != 0) {
            add_place(p, (struct source_place){list[i].mailbox_id, id, list[i].uid, is_partial});
            break;
        }
    store_placements_free(list, n);
    return 0;
}

static int read_places(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct places *p = arg;
    for (size_t i = 0; i < p->n_ids; i++)
        if (read_places_of(tx, p, p->ids[i], err) < 0)
            return -1;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct source_place *x = a, *y = b;
    if (x->mailbox_id != y->mailbox_id)
        return x->mailbox_id < y->mailbox_id ? -1 : 1;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* ---- one mailbox ----------------------------------------------------------------------------------------------------- */

struct fetching {
    struct audit *a;
    struct store_mailbox row;
    const struct source_place *places; /* ascending by UID */
    size_t n;
    /* the message that comes */
    struct blob_stage *stage;
    struct buf piece;
    int staged;
    struct fct_error err;
    int64_t email_id; /* whose message has come */
};

static void fetching_done(struct fetching *f)
{
    store_mailbox_done(&f->row);
    blob_stage_free(f->stage);
    buf_done(&f->piece);
}

static int read_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct fetching *f = arg;
    return store_mailbox_load(tx, f->row.id, &f->row, err);
}

static void stage_piece(void *arg)
{
    struct fetching *f = arg;
    f->staged = blob_stage_add(f->stage, buf_bytes(&f->piece), &f->err);
}

static void stage_last(void *arg)
{
    struct fetching *f = arg;
    stage_piece(f);
    if (f->staged == 0)
        f->staged = blob_stage_finish(f->stage, &f->err);
}

static int stage(struct fetching *f, void (*fn)(void *arg), struct fct_error *err)
{
    if (wait_offload(fn, f, err) < 0)
        return -1;
    buf_clear(&f->piece);
    if (f->staged < 0 && err)
        *err = f->err;
    return f->staged;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct fetching *f = ctx;
    if (octets > BLOB_MAX_BYTES)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "a message of %llu bytes is too large", (unsigned long long)octets);
    blob_stage_free(f->stage);
    f->stage = blob_stage_new(f->a->core->store);
    buf_clear(&f->piece);
    return 0;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct fetching *f = ctx;
    buf_add(&f->piece, part.p, part.n);
    return f->piece.n < PIECE_BYTES ? 0 : stage(f, stage_piece, err);
}

static int replace(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct fetching *f = arg;
    bool replaced;
    return store_repair_bytes(tx, f->email_id, f->stage, &replaced, err);
}

static int compare_uids(const void *a, const void *b)
{
    const struct source_place *x = a, *y = b;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Other bytes than those that were here: it stays as it is, and the next comparison says so. */
static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct fetching *f = ctx;
    struct fct_error why = {0};
    const struct source_place key = {.uid = m->uid}, *p = bsearch(&key, f->places, f->n, sizeof(key), compare_uids);
    if (stage(f, stage_last, err) < 0)
        return -1;
    if (!p)
        return 0;
    f->email_id = p->email_id;
    if (store_write(f->a->core->store, replace, f, &why) == 0 || why.code == FCT_E_NOT_FOUND)
        return 0;
    if (err)
        *err = why;
    return -1;
}

static int ignore_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    (void)ctx, (void)m, (void)err;
    return 0;
}

static int ignore_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    (void)ctx, (void)r, (void)n, (void)err;
    return 0;
}

static int ignore_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    (void)ctx, (void)messages, (void)err;
    return 0;
}

/* Some of them: the whole ones, or the headers. */
static int fetch_some(struct fetching *f, const struct fct_source *source, void *session, const struct fct_sink *sink, bool headers,
                      struct fct_error *err)
{
    struct fct_uid_range ranges[FETCH_AT_ONCE];
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (f->places[i].is_partial == headers)
            ranges[n++] = (struct fct_uid_range){f->places[i].uid, f->places[i].uid};
        if (n == 0 || (n < FETCH_AT_ONCE && i + 1 < f->n))
            continue;
        if ((headers ? source->fetch_headers : source->fetch)(session, ranges, n, sink, err) < 0)
            return -1;
        n = 0;
    }
    return 0;
}

static int fetch(void *ctx, const struct fct_source *source, void *session, struct fct_error *err)
{
    struct fetching *f = ctx;
    bool gives_headers = source->size > offsetof(struct fct_source, fetch_headers) && source->fetch_headers;
    const struct fct_sink sink = {
        .size = sizeof(sink),
        .ctx = f,
        .flags = ignore_flags,
        .vanished = ignore_vanished,
        .exists = ignore_exists,
        .message_begin = on_begin,
        .message_data = on_data,
        .message_end = on_end,
    };
    const struct fct_known known = {.size = sizeof(known), .uidvalidity = f->row.uidvalidity, .read_only = 1};
    struct fct_mailbox_status status = {.size = sizeof(status)};
    bool caught_up;
    if (source->select(session, buf_bytes(&f->row.wire_name), &known, &sink, &status, &caught_up, err) < 0)
        return -1;
    if (status.uidvalidity != f->row.uidvalidity)
        return 0; /* these UIDs mean nothing now */
    if (fetch_some(f, source, session, &sink, false, err) < 0)
        return -1;
    return gives_headers ? fetch_some(f, source, session, &sink, true, err) : 0;
}

static int fetch_of_mailbox(struct audit *a, const struct source_place *places, size_t n, struct fct_error *err)
{
    CLEANUP(fetching_done) struct fetching f = {.a = a, .places = places, .n = n, .row = {.id = places->mailbox_id}};
    struct fct_error why = {0};
    if (store_read(a->core->store, read_row, &f, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    audit_tell(a, "fetching", f.row.name);
    return audit_with_session(a, fetch, &f, err);
}

int audit_fetch_bytes(struct audit *a, const int64_t *email_ids, size_t n, struct fct_error *err)
{
    CLEANUP(places_done) struct places p = {.ids = email_ids, .n_ids = n};
    if (store_read(a->core->store, read_places, &p, err) < 0)
        return -1;
    if (p.n > 0)
        qsort(p.v, p.n, sizeof(p.v[0]), by_place);
    for (size_t at = 0, end; at < p.n; at = end) {
        for (end = at; end < p.n && p.v[end].mailbox_id == p.v[at].mailbox_id;)
            end++;
        if (fetch_of_mailbox(a, p.v + at, end - at, err) < 0)
            return -1;
    }
    return 0;
}
