/* A pass over a maildrop (POP3): list, compare with the ledger, pick up, delete what shall not stay.
 *
 * A UIDL is believed as long as the size agrees, or the header: where one has come to mean another message, all may have, and each
 * message is recognised by what it is.
 *
 * What is fetched is committed, bytes and ledger together, before anything is deleted there; and before that its header is
 * asked for once more, so that a server whose UIDLs have come to mean other messages loses none. */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "sync/engine_internal.h"
#include "sync/maildrop_plan.h"

#include <string.h>
#include <time.h>

#define DROP_MAX ((size_t)2000000)   /* messages that a server may list */
#define LOOK_AT_LEAST_S 3600         /* how long the same count and size are believed to mean the same messages */
#define FETCH_AT_ONCE 512            /* messages that the source is handed at once, so that it can pipeline */
#define HEADERS_AT_ONCE 256
#define HEADER_MAX ((size_t)1 << 20) /* of one message, when it is only looked at */
#define RECOGNISE_FROM 8             /* fewer are fetched right away, and recognised then */
#define TRIES_MAX 3                  /* then a message that the server does not give is asked for once a day */
#define TRY_AGAIN_S 86400

struct drop {
    struct sync_engine *e;
    int64_t inbox, now, email_modseq;
    struct maildrop_look look;
    struct maildrop_policy policy;
    struct fct_mailbox_status status;
    struct maildrop_entry *entries; /* by number */
    size_t n, cap;
    bool *is_known; /* of each entry: it was recognised by its header */
    size_t *suspects; /* entries whose size is not the one that is known */
    size_t n_suspects;
    struct maildrop_row *rows;
    size_t n_rows;
    struct maildrop_mark *marks; /* to be written */
    size_t n_marks;
    bool has_lost; /* rows that are not listed, or have no UIDL: what is unknown may be one of them */
    bool has_failing;
    bool gives_headers; /* the server has given one in this session */
    size_t n_deleted;
};

static void drop_done(struct drop *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->entries[i].uidl);
    free(d->entries);
    free(d->is_known);
    free(d->suspects);
    store_maildrop_free(d->rows, d->n_rows);
    free(d->marks);
}

/* ---- what is known ------------------------------------------------------------------------------------------------------ */

static int read_state(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct drop *d = arg;
    int64_t account = d->e->o.account_id;
    return store_mailbox_by_role(tx, account, FCT_ROLE_INBOX, &d->inbox, err) < 0 || store_maildrop_look(tx, account, &d->look, err) < 0 ||
                   maildrop_policy_load(tx, account, &d->policy, err) < 0 || store_state(tx, account, STORE_EMAIL, &d->email_modseq, err) < 0
               ? -1
               : 0;
}

static int write_inbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct drop *d = arg;
    return store_mailbox_create(tx, d->e->o.account_id, 0, "Inbox", FCT_ROLE_INBOX, 0, true, &d->inbox, err);
}

/* STAT costs one short answer; a listing one line for each message. */
static bool is_quiet(const struct drop *d)
{
    const struct maildrop_look *l = &d->look;
    if (l->messages < 0 || l->messages != d->status.messages || l->octets != (int64_t)d->status.octets)
        return false;
    if (l->listed_at > d->now || d->now - l->listed_at >= LOOK_AT_LEAST_S || (l->due_at && d->now >= l->due_at))
        return false;
    return !d->policy.follows || l->email_modseq == d->email_modseq;
}

/* ---- listing ------------------------------------------------------------------------------------------------------------ */

/* RFC 1939 section 7: 1 to 70 characters of 0x21 to 0x7E. Longer ones occur. */
static bool is_good_uidl(struct fct_bytes u)
{
    if (u.n == 0 || u.n > MAILDROP_UIDL_MAX)
        return false;
    for (size_t i = 0; i < u.n; i++)
        if (u.p[i] < 0x21 || u.p[i] > 0x7e)
            return false;
    return true;
}

static int on_listed(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct drop *d = ctx;
    if (d->n == DROP_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %zu messages", DROP_MAX);
    if (m->uid == 0 || (d->n > 0 && m->uid <= d->entries[d->n - 1].number))
        return 0; /* no message has such a number */
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 256;
        d->entries = xreallocarray(d->entries, d->cap, sizeof(d->entries[0]));
    }
    d->entries[d->n++] = (struct maildrop_entry){
        .number = m->uid,
        .uidl = is_good_uidl(m->remote_id) ? xstrndup(m->remote_id.p, m->remote_id.n) : NULL,
        .size = m->octets <= INT64_MAX ? (int64_t)m->octets : INT64_MAX,
    };
    return 0;
}

static int by_uidl(const void *a, const void *b)
{
    const struct maildrop_entry *x = *(struct maildrop_entry *const *)a, *y = *(struct maildrop_entry *const *)b;
    return strcmp(x->uidl, y->uidl);
}

/* A UIDL that two messages have says nothing about either. On a worker: there may be many. */
static void drop_repeated(void *arg)
{
    struct drop *d = arg;
    CLEANUP(freep) struct maildrop_entry **by = xcalloc(d->n + 1, sizeof(by[0]));
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->entries[i].uidl)
            by[n++] = &d->entries[i];
    qsort(by, n, sizeof(by[0]), by_uidl);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcmp(by[i]->uidl, by[end]->uidl) == 0;)
            end++;
        for (size_t k = i; end - i > 1 && k < end; k++) {
            free(by[k]->uidl);
            by[k]->uidl = NULL;
        }
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct maildrop_row *x = a, *y = b;
    if (x->uidl && y->uidl)
        return strcmp(x->uidl, y->uidl);
    if (x->uidl || y->uidl)
        return x->uidl ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static struct maildrop_row *find_row(const struct drop *d, const char *uidl, size_t n_with_uidl)
{
    size_t low = 0, high = n_with_uidl;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int k = strcmp(d->rows[mid].uidl, uidl);
        if (k == 0)
            return &d->rows[mid];
        if (k < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* Rows without a UIDL belong to the numbers that they were found under in this pass. */
static void match_numbers(struct drop *d, size_t first)
{
    size_t at = 0;
    for (size_t i = first; i < d->n_rows; i++) {
        if (d->rows[i].pass != d->look.pass)
            continue;
        while (at < d->n && d->entries[at].number < d->rows[i].number)
            at++;
        if (at < d->n && d->entries[at].number == d->rows[i].number && !d->entries[at].uidl)
            d->entries[at].row = &d->rows[i];
    }
}

static void mark(struct drop *d, const struct maildrop_row *r, enum maildrop_news news)
{
    d->marks[d->n_marks++] = (struct maildrop_mark){r->id, news, 0};
}

static void mark_listed(struct drop *d, const struct maildrop_entry *entry)
{
    struct maildrop_row *r = entry->row;
    d->marks[d->n_marks++] = (struct maildrop_mark){r->id, MAILDROP_LISTED, entry->size};
    r->listed_size = entry->size;
    if (r->state == MAILDROP_GONE)
        r->state = MAILDROP_HERE;
    if (r->is_missing)
        r->is_wanted = true; /* whether it is was not looked up: the next pass does */
}

/* What the listing says of the rows, in d->marks. On a reader: the loop has others to serve. */
static void match(struct drop *d)
{
    CLEANUP(freep) bool *is_listed = xcalloc(d->n_rows + 1, sizeof(is_listed[0]));
    size_t with_uidl = 0;
    d->n_suspects = 0;
    if (d->n_rows > 0)
        qsort(d->rows, d->n_rows, sizeof(d->rows[0]), compare_rows);
    while (with_uidl < d->n_rows && d->rows[with_uidl].uidl)
        with_uidl++;
    d->n_marks = 0;
    d->has_lost = false;
    free(d->marks);
    d->marks = xcalloc(2 * d->n_rows + 1, sizeof(d->marks[0]));
    for (size_t i = 0; i < d->n; i++) {
        struct maildrop_row *r = d->entries[i].uidl ? find_row(d, d->entries[i].uidl, with_uidl) : NULL;
        d->entries[i].row = NULL;
        if (!r)
            continue;
        is_listed[r - d->rows] = true;
        d->entries[i].row = r;
        if (r->state != MAILDROP_FAILING && r->listed_size != d->entries[i].size)
            d->suspects[d->n_suspects++] = i;
        else if (r->is_missing || r->state == MAILDROP_GONE)
            mark_listed(d, &d->entries[i]);
    }
    match_numbers(d, with_uidl);
    for (size_t i = 0; i < d->n_rows; i++) {
        const struct maildrop_row *r = &d->rows[i];
        if (is_listed[i] || r->state == MAILDROP_GONE || r->state == MAILDROP_FAILING)
            continue;
        d->has_lost = true;
        if (r->uidl && !r->is_missing)
            mark(d, r, MAILDROP_MISSING);
    }
}

static int load_and_match(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct drop *d = arg;
    store_maildrop_free(d->rows, d->n_rows);
    d->rows = NULL;
    d->n_rows = 0;
    if (store_state(tx, d->e->o.account_id, STORE_EMAIL, &d->email_modseq, err) < 0 ||
        store_maildrop_load(tx, d->e->o.account_id, d->policy.follows, &d->rows, &d->n_rows, err) < 0)
        return -1;
    match(d);
    return 0;
}

static int write_marks(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct drop *d = arg;
    if (store_maildrop_mark(tx, d->marks, d->n_marks, d->now, err) < 0)
        return -1;
    d->n_marks = 0;
    return store_maildrop_looked(tx, d->e->o.account_id, &d->look, err);
}

static int list(struct drop *d, struct fct_error *err)
{
    struct sync_engine *e = d->e;
    struct fct_sink sink = e->sink;
    sink.ctx = d;
    sink.flags = on_listed;
    if (sync_asked(e, e->o.source->list_messages(e->o.session, (struct fct_uid_range){1, UINT64_MAX}, 0, true, &sink, err), err) < 0)
        return -1;
    if (wait_offload(drop_repeated, d, err) < 0)
        return -1;
    d->is_known = xcalloc(d->n + 1, sizeof(d->is_known[0]));
    d->suspects = xcalloc(d->n + 1, sizeof(d->suspects[0]));
    if (d->look.listed_at / 86400 != d->now / 86400)
        d->look.listed_at = 0;
    d->look.pass++;
    d->look.messages = -1; /* not settled, until it is */
    if (store_read(e->o.store, load_and_match, d, err) < 0)
        return -1;
    return store_write(e->o.store, write_marks, d, err);
}

/* ---- what the server does not give ----------------------------------------------------------------------------------------- */

static size_t find_number(const struct drop *d, uint64_t number)
{
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (d->entries[mid].number < number)
            low = mid + 1;
        else
            high = mid;
    }
    return low < d->n && d->entries[low].number == number ? low : SIZE_MAX;
}

struct failure {
    struct drop *d;
    const size_t *v;
    size_t n;
};

static int write_failed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct failure *f = arg;
    const struct drop *d = f->d;
    for (size_t i = 0; i < f->n; i++) {
        const struct maildrop_entry *entry = &d->entries[f->v[i]];
        if (store_maildrop_failed(tx, d->e->o.account_id, entry->uidl, d->look.pass, entry->number, d->now, err) < 0)
            return -1;
    }
    return 0;
}

/* One that is here, and at which a session broke when it was looked at once more: not again today. */
static bool is_avoided(const struct drop *d, const struct maildrop_row *r)
{
    return r->state != MAILDROP_FAILING && r->tries > 0 && d->now - r->tried_at < TRY_AGAIN_S && d->now >= r->tried_at;
}

/* The session broke: in the midst of a message that is tried last the next time, so that it holds up no other. */
static void note_suspect(struct drop *d)
{
    struct sync_engine *e = d->e;
    struct fct_session_stats stats = {.size = sizeof(stats)};
    if (e->o.source->stats)
        e->o.source->stats(e->o.session, &stats);
    size_t at = stats.suspect_uid ? find_number(d, stats.suspect_uid) : SIZE_MAX;
    if (at == SIZE_MAX)
        return;
    log_warn(e->o.label, "message %llu was not received whole; it is tried again after the others",
             (unsigned long long)stats.suspect_uid);
    store_write(e->o.store, write_failed, &(struct failure){d, &at, 1}, NULL);
}

/* ---- recognising by headers ---------------------------------------------------------------------------------------------- */

struct header {
    size_t entry;
    struct maildrop_digest digest;
};

struct probe {
    struct drop *d;
    struct buf text;
    bool is_too_long;
    struct header *v; /* those that came; in the order in which they came */
    size_t n;
};

static void probe_done(struct probe *p)
{
    buf_done(&p->text);
    free(p->v);
}

static int on_header_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct probe *p = ctx;
    (void)octets, (void)err;
    p->text.n = 0;
    p->is_too_long = false;
    return 0;
}

static int on_header_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct probe *p = ctx;
    (void)err;
    p->is_too_long |= part.n > HEADER_MAX - p->text.n;
    if (!p->is_too_long)
        buf_add(&p->text, part.p, part.n);
    return 0;
}

static int on_header_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct probe *p = ctx;
    size_t at = find_number(p->d, m->uid);
    (void)err;
    if (p->is_too_long || at == SIZE_MAX || p->n == HEADERS_AT_ONCE)
        return 0;
    p->v[p->n].entry = at;
    maildrop_digest(buf_bytes(&p->text), NULL, &p->v[p->n++].digest);
    return 0;
}

/* The headers of at most HEADERS_AT_ONCE entries. *out_refused: the server does not give any. */
static int probe_headers(struct drop *d, const size_t *which, size_t n, struct probe *p, bool *out_refused, struct fct_error *err)
{
    struct sync_engine *e = d->e;
    CLEANUP(freep) struct fct_uid_range *ranges = xcalloc(n, sizeof(ranges[0]));
    struct fct_sink sink = e->sink;
    for (size_t i = 0; i < n; i++)
        ranges[i].first = ranges[i].last = d->entries[which[i]].number;
    *p = (struct probe){.d = d, .v = xcalloc(HEADERS_AT_ONCE, sizeof(p->v[0]))};
    sink.ctx = p;
    sink.message_begin = on_header_begin;
    sink.message_data = on_header_data;
    sink.message_end = on_header_end;
    *out_refused = !e->o.source->fetch_headers;
    if (*out_refused)
        return 0;
    int fetched = sync_asked(e, e->o.source->fetch_headers(e->o.session, ranges, n, &sink, err), err);
    d->gives_headers |= p->n > 0;
    if (fetched == 0)
        return 0;
    *out_refused = e->is_refusal;
    e->is_refusal = false;
    return *out_refused ? 0 : -1;
}

static int write_recognised(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct probe *p = arg;
    struct drop *d = p->d;
    for (size_t i = 0; i < p->n; i++) {
        const struct maildrop_entry *entry = &d->entries[p->v[i].entry];
        const struct maildrop_arrival a = {.uidl = entry->uidl,
                                           .digest = p->v[i].digest,
                                           .listed_size = entry->size,
                                           .pass = d->look.pass,
                                           .number = entry->number,
                                           .now = d->now};
        if (store_maildrop_recognise_header(tx, d->e->o.account_id, &a, &d->is_known[p->v[i].entry], err) < 0)
            return -1;
    }
    return 0;
}

/* No UIDL is believed any more: what was known under one is found by what it is. */
static void distrust(struct drop *d)
{
    log_warn(d->e->o.label, "the server has given UIDLs of messages to others; all are recognised by their content");
    d->n_marks = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        if (d->rows[i].uidl && d->rows[i].state != MAILDROP_FAILING)
            mark(d, &d->rows[i], MAILDROP_CONFUSED);
    for (size_t i = 0; i < d->n; i++)
        if (d->entries[i].row && d->entries[i].row->state != MAILDROP_FAILING)
            d->entries[i].row = NULL;
    d->has_lost = true;
}

static bool has_same_header(const struct drop *d, const struct header *h)
{
    const struct maildrop_row *r = d->entries[h->entry].row;
    return memcmp(h->digest.header, r->header, MAILDROP_DIGEST_SIZE) == 0;
}

/* Sizes that are not what they were: a server that writes into messages what was done to them, or one that counts as it likes; or
 * they are other messages. */
static int check_suspects(struct drop *d, struct fct_error *err)
{
    size_t n_same = 0, n = 0;
    bool is_refused = false;
    for (size_t i = 0; i < d->n_suspects; i++)
        if (!is_avoided(d, d->entries[d->suspects[i]].row))
            d->suspects[n++] = d->suspects[i];
    d->n_suspects = n;
    d->n_marks = 0;
    for (size_t at = 0; at < d->n_suspects && !is_refused; at += HEADERS_AT_ONCE) {
        CLEANUP(probe_done) struct probe p = {0};
        size_t count = d->n_suspects - at < HEADERS_AT_ONCE ? d->n_suspects - at : HEADERS_AT_ONCE;
        if (probe_headers(d, d->suspects + at, count, &p, &is_refused, err) < 0) {
            note_suspect(d);
            return -1;
        }
        for (size_t i = 0; i < p.n; i++)
            if (has_same_header(d, &p.v[i])) {
                mark_listed(d, &d->entries[p.v[i].entry]);
                n_same++;
            }
    }
    if (n_same < d->n_suspects)
        distrust(d);
    return d->n_suspects > 0 ? store_write(d->e->o.store, write_marks, d, err) : 0;
}

/* Many unknown ones, while known ones are not there any more: the server may have given them other UIDLs. */
static int recognise(struct drop *d, struct fct_error *err)
{
    CLEANUP(freep) size_t *unknown = xcalloc(d->n + 1, sizeof(unknown[0]));
    size_t n = 0, nameless = 0;
    bool is_refused = false;
    for (size_t i = 0; i < d->n; i++)
        if (!d->entries[i].row) {
            nameless += !d->entries[i].uidl;
            unknown[n++] = i;
        }
    if (!d->has_lost || n == 0 || (n < RECOGNISE_FROM && nameless == 0))
        return 0;
    for (size_t at = 0; at < n && !is_refused; at += HEADERS_AT_ONCE) {
        CLEANUP(probe_done) struct probe p = {0};
        size_t count = n - at < HEADERS_AT_ONCE ? n - at : HEADERS_AT_ONCE;
        if (probe_headers(d, unknown + at, count, &p, &is_refused, err) < 0) {
            note_suspect(d);
            return -1;
        }
        if (store_write(d->e->o.store, write_recognised, &p, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- fetching ------------------------------------------------------------------------------------------------------------ */

static int on_fetch_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct drop *d = ctx;
    return d->e->sink.message_begin(d->e, octets, err);
}

static int on_fetch_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct drop *d = ctx;
    return d->e->sink.message_data(d->e, part, err);
}

/* With the UIDL and the size of the listing, as they were understood there. */
static int on_fetch_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct drop *d = ctx;
    struct fct_message as_listed = {.size = sizeof(as_listed), .uid = m->uid, .internal_date = m->internal_date};
    size_t at = find_number(d, m->uid);
    if (at != SIZE_MAX) {
        as_listed.octets = (uint64_t)d->entries[at].size;
        as_listed.remote_id = bytes_str(d->entries[at].uidl);
    }
    return d->e->sink.message_end(d->e, &as_listed, err);
}

static int fetch_group(struct drop *d, const size_t *which, size_t n, struct fct_error *err)
{
    struct sync_engine *e = d->e;
    CLEANUP(freep) struct fct_uid_range *ranges = xcalloc(n, sizeof(ranges[0]));
    for (size_t i = 0; i < n; i++)
        ranges[i].first = ranges[i].last = d->entries[which[i]].number;
    struct fct_sink sink = e->sink;
    sink.ctx = d;
    sink.message_begin = on_fetch_begin;
    sink.message_data = on_fetch_data;
    sink.message_end = on_fetch_end;
    ingest_to(e->ingest, d->inbox, e->o.was_in_step);
    if (sync_asked(e, e->o.source->fetch(e->o.session, ranges, n, &sink, err), err) == 0)
        return 0;
    ingest_flush(e->ingest, NULL); /* what has come is kept, whatever cut it off */
    note_suspect(d);
    return -1;
}

/* Newest first, as given. `may_be_known`: rows of the ledger may be of these. */
static int fetch(struct drop *d, const size_t *which, size_t n, bool may_be_known, struct fct_error *err)
{
    ingest_maildrop(d->e->ingest, d->look.pass, may_be_known);
    for (size_t at = 0; at < n; at += FETCH_AT_ONCE) {
        size_t count = n - at < FETCH_AT_ONCE ? n - at : FETCH_AT_ONCE;
        if (fetch_group(d, which + at, count, err) < 0)
            return -1;
    }
    return ingest_flush(d->e->ingest, err);
}

static bool is_put_off(const struct drop *d, const struct maildrop_row *r)
{
    return r->tries >= TRIES_MAX && d->now - r->tried_at < TRY_AGAIN_S && d->now >= r->tried_at;
}

static int fetch_new(struct drop *d, struct fct_error *err)
{
    CLEANUP(freep) size_t *which = xcalloc(2 * d->n + 1, sizeof(which[0]));
    size_t *failing = which + d->n, n = 0, n_failing = 0;
    for (size_t i = d->n; i-- > 0;) {
        const struct maildrop_row *r = d->entries[i].row;
        if (!r && !d->is_known[i])
            which[n++] = i;
        else if (r && r->state == MAILDROP_FAILING && !is_put_off(d, r))
            failing[n_failing++] = i;
    }
    memmove(which + n, failing, n_failing * sizeof(which[0]));
    d->e->progress.messages_total = n + n_failing;
    sync_tell_progress(d->e);
    if (fetch(d, which, n, d->has_lost, err) < 0 || fetch(d, which + n, n_failing, true, err) < 0)
        return -1;
    n += n_failing;
    if (store_read(d->e->o.store, load_and_match, d, err) < 0)
        return -1;
    size_t n_missing = 0;
    for (size_t i = 0; i < n; i++) {
        const struct maildrop_row *r = d->entries[which[i]].row;
        if (!r || r->state == MAILDROP_FAILING)
            which[n_missing++] = which[i];
    }
    d->has_failing = n_missing > 0;
    for (size_t i = 0; i < d->n; i++)
        d->e->report.missing += !d->entries[i].row || d->entries[i].row->state == MAILDROP_FAILING;
    if (n_missing == 0)
        return 0;
    log_warn(d->e->o.label, "the server does not give %zu message%s", n_missing, n_missing == 1 ? "" : "s");
    return store_write(d->e->o.store, write_failed, &(struct failure){d, which, n_missing}, err);
}

/* ---- deleting ------------------------------------------------------------------------------------------------------------ */

/* What was recognised by its header, and is to be deleted, is fetched first: then it is here for sure. */
static int make_sure(struct drop *d, struct fct_error *err)
{
    struct maildrop_doomed doomed;
    size_t n = 0;
    maildrop_plan(&d->policy, d->entries, d->n, d->now, true, &doomed);
    CLEANUP(freep) size_t *which = doomed.v;
    for (size_t i = 0; i < doomed.n; i++)
        if (!d->entries[which[i]].row->is_sure && !is_avoided(d, d->entries[which[i]].row))
            which[n++] = which[i];
    if (n == 0)
        return 0;
    return fetch(d, which, n, true, err) < 0 ? -1 : store_read(d->e->o.store, load_and_match, d, err);
}

/* Leaves in `which` those whose header is the one that is known. Of a server that gives none the size has to do, which agrees. */
static int keep_confirmed(struct drop *d, size_t *which, size_t *io_n, struct fct_error *err)
{
    CLEANUP(freep) size_t *confirmed = xcalloc(*io_n + 1, sizeof(confirmed[0]));
    size_t n = 0, n_others = 0;
    bool is_refused = false;
    for (size_t at = 0; at < *io_n && !is_refused; at += HEADERS_AT_ONCE) {
        CLEANUP(probe_done) struct probe p = {0};
        size_t count = *io_n - at < HEADERS_AT_ONCE ? *io_n - at : HEADERS_AT_ONCE;
        if (probe_headers(d, which + at, count, &p, &is_refused, err) < 0) {
            note_suspect(d);
            return -1;
        }
        if (is_refused && !d->gives_headers)
            return 0;
        for (size_t i = 0; i < p.n; i++) {
            if (has_same_header(d, &p.v[i]))
                confirmed[n++] = p.v[i].entry;
            else
                n_others++;
        }
    }
    d->has_failing |= is_refused;
    if (n_others > 0) { /* nothing is deleted now; the next pass finds out what is what */
        distrust(d);
        d->has_failing = true;
        *io_n = 0;
        return store_write(d->e->o.store, write_marks, d, err);
    }
    memcpy(which, confirmed, n * sizeof(which[0]));
    *io_n = n;
    return 0;
}

static int mark_all(struct drop *d, const size_t *which, size_t n, enum maildrop_news news, struct fct_error *err)
{
    d->n_marks = 0;
    for (size_t i = 0; i < n; i++)
        mark(d, d->entries[which[i]].row, news);
    return store_write(d->e->o.store, write_marks, d, err);
}

/* The session has ended afterwards. A refusal leaves it open what became of them: the next listing tells. */
static int expunge(struct drop *d, const size_t *which, size_t n, struct fct_error *err)
{
    struct sync_engine *e = d->e;
    CLEANUP(freep) struct fct_uid_range *ranges = xcalloc(n, sizeof(ranges[0]));
    for (size_t i = 0; i < n; i++)
        ranges[i].first = ranges[i].last = d->entries[which[i]].number;
    if (mark_all(d, which, n, MAILDROP_SENT, err) < 0)
        return -1;
    d->n_deleted = n;
    if (sync_asked(e, e->o.source->expunge(e->o.session, ranges, n, err), err) == 0)
        return mark_all(d, which, n, MAILDROP_DELETED, err);
    if (!e->is_refusal)
        return -1;
    e->is_refusal = false;
    log_warn(e->o.label, "the server does not delete what was picked up: %s", err->server[0] ? err->server : err->message);
    *err = (struct fct_error){0};
    return 0;
}

static int delete_there(struct drop *d, struct fct_error *err)
{
    struct maildrop_doomed doomed;
    if (!d->e->o.source->expunge || make_sure(d, err) < 0)
        return d->e->o.source->expunge ? -1 : 0;
    maildrop_plan(&d->policy, d->entries, d->n, d->now, false, &doomed);
    CLEANUP(freep) size_t *which = doomed.v;
    d->look.due_at = doomed.due_at;
    size_t n = 0;
    for (size_t i = 0; i < doomed.n; i++)
        if (!is_avoided(d, d->entries[which[i]].row))
            which[n++] = which[i];
    doomed.n = n;
    if (doomed.n == 0)
        return 0;
    if (keep_confirmed(d, which, &doomed.n, err) < 0)
        return -1;
    return doomed.n > 0 ? expunge(d, which, doomed.n, err) : 0;
}

/* ---- a pass -------------------------------------------------------------------------------------------------------------- */

static int write_settled(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct drop *d = arg;
    if (d->look.listed_at == 0 && store_maildrop_sweep(tx, d->e->o.account_id, d->now, err) < 0)
        return -1;
    d->look.listed_at = d->now;
    return store_maildrop_looked(tx, d->e->o.account_id, &d->look, err);
}

static int settle(struct drop *d, struct fct_error *err)
{
    d->look.email_modseq = d->email_modseq;
    if (d->n_deleted == 0 && !d->has_failing) { /* else the count has changed, or something is to be tried again */
        d->look.messages = d->status.messages;
        d->look.octets = (int64_t)d->status.octets;
    }
    return store_write(d->e->o.store, write_settled, d, err);
}

int sync_maildrop_pass(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(drop_done) struct drop d = {.e = e, .now = (int64_t)time(NULL), .status = {.size = sizeof(d.status), .messages = -1}};
    const struct fct_known known = {.size = sizeof(known)};
    bool ignored;
    if (store_read(e->o.store, read_state, &d, err) < 0 || (d.inbox == 0 && store_write(e->o.store, write_inbox, &d, err) < 0))
        return -1;
    snprintf(e->progress.mailbox, sizeof(e->progress.mailbox), "Inbox");
    if (sync_asked(e, e->o.source->select(e->o.session, bytes_of("INBOX", 5), &known, &e->sink, &d.status, &ignored, err), err) < 0)
        return -1;
    if (is_quiet(&d)) {
        e->report.mailboxes_skipped = 1;
        return 0;
    }
    e->report.mailboxes = 1;
    if (list(&d, err) < 0 || check_suspects(&d, err) < 0 || recognise(&d, err) < 0)
        return -1;
    if (fetch_new(&d, err) < 0 || delete_there(&d, err) < 0)
        return -1;
    return settle(&d, err);
}
