/* Messages that the server does not give (store/stubborn.h): they come last and alone, so that they cost nobody else's time; after some
 * failures the header alone is tried; then they are left out, and tried again once a day, or when somebody asks for a sync. */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/log.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#define NOTED_AT_ONCE 100 /* of those that do not come in one visit: a server that gives nothing at all has another trouble */

void sync_stubborn_done(struct stubborn_list *s)
{
    free(s->v);
    *s = (struct stubborn_list){0};
}

static int read_stubborn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct stubborn_list *s = arg;
    return store_stubborn_load(tx, s->mailbox_id, &s->v, &s->n, err);
}

int sync_stubborn_load(struct sync_engine *e, int64_t mailbox_id, struct stubborn_list *out, struct fct_error *err)
{
    sync_stubborn_done(out);
    out->mailbox_id = mailbox_id;
    return store_read(e->o.store, read_stubborn, out, err);
}

const struct store_stubborn *sync_stubborn_find(const struct stubborn_list *s, uint64_t uid)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].uid == uid)
            return &s->v[i];
    return NULL;
}

/* ---- noted --------------------------------------------------------------------------------------------------------- */

struct noting {
    int64_t mailbox_id;
    uint64_t uid, to;
};

static int write_failed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct noting *n = arg;
    return store_stubborn_failed(tx, n->mailbox_id, n->uid, (int64_t)time(NULL), err);
}

static int write_forgotten(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct noting *n = arg;
    return store_stubborn_forget(tx, n->mailbox_id, n->uid, err);
}

static int write_moved(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct noting *n = arg;
    return store_stubborn_move(tx, n->mailbox_id, n->uid, n->to, err);
}

static int note(struct sync_engine *e, int (*fn)(struct store_tx *, void *, struct fct_error *), int64_t mailbox_id, uint64_t uid, uint64_t to,
                struct fct_error *err)
{
    return store_write(e->o.store, fn, &(struct noting){mailbox_id, uid, to}, err);
}

/* An end of the conversation that the message may have been the reason of. */
static bool is_break(int code)
{
    return code == FCT_E_NETWORK || code == FCT_E_TIMEOUT || code == FCT_E_PROTOCOL || code == FCT_E_TLS || code == FCT_E_LIMIT;
}

void sync_note_broken(struct sync_engine *e, int64_t mailbox_id, const struct fct_error *why)
{
    struct fct_session_stats stats = {.size = sizeof(stats)};
    struct fct_error err = {0};
    if (e->sink_failed || !is_break(why->code) || !e->o.source->stats)
        return;
    e->o.source->stats(e->o.session, &stats);
    if (stats.suspect_uid == 0)
        return;
    log_info(e->o.label, "the connection broke at the message with UID %llu", (unsigned long long)stats.suspect_uid);
    if (note(e, write_failed, mailbox_id, stats.suspect_uid, 0, &err) < 0)
        log_error(e->o.label, "cannot write down which message broke the connection: %s", err.message);
}

struct came {
    int64_t mailbox_id;
    struct fct_uid_range span;
    struct store_uid_flags *v;
    size_t n;
};

static int read_came(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct came *c = arg;
    return store_mailbox_uids_between(tx, c->mailbox_id, c->span.first, c->span.last, &c->v, &c->n, err);
}

static bool is_among(const struct came *c, uint64_t uid)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->v[mid].uid < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->n && c->v[low].uid == uid;
}

/* Of one range: what was listed in it and is not here. */
static int note_range(struct sync_engine *e, const struct listed *listed, size_t n, const struct fct_uid_range *r, size_t *io_noted,
                      struct fct_error *err)
{
    struct came c = {.mailbox_id = e->selected, .span = *r};
    int result = store_read(e->o.store, read_came, &c, err);
    for (size_t i = 0; result == 0 && i < n && *io_noted < NOTED_AT_ONCE; i++) {
        if (listed[i].uid < r->first || listed[i].uid > r->last || is_among(&c, listed[i].uid))
            continue;
        ++*io_noted;
        result = note(e, write_failed, e->selected, listed[i].uid, 0, err);
    }
    free(c.v);
    return result;
}

static size_t first_from(const struct listing *l, uint64_t uid)
{
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->v[mid].uid < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int sync_note_missing(struct sync_engine *e, const struct listing *listed, const struct uid_ranges *fetch, struct fct_error *err)
{
    size_t noted = 0;
    for (size_t i = 0; i < fetch->n && noted < NOTED_AT_ONCE; i++) {
        size_t first = first_from(listed, fetch->v[i].first), last = first_from(listed, fetch->v[i].last + 1);
        if (note_range(e, listed->v + first, last - first, &fetch->v[i], &noted, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- in a visit ---------------------------------------------------------------------------------------------------- */

static bool holds(const struct uid_ranges *r, uint64_t uid)
{
    for (size_t i = 0; i < r->n; i++)
        if (uid >= r->v[i].first && uid <= r->v[i].last)
            return true;
    return false;
}

/* What a row is about by what the server lists now. Where a connection broke before a message had begun, nobody knows whose turn it was: a
 * UID that is none means the next one that is missing. */
static int review(struct sync_engine *e, struct store_stubborn *row, uint64_t listed_from, const struct uid_ranges *fetch, struct fct_error *err)
{
    size_t at = first_from(&e->news, row->uid);
    bool is_listed = at < e->news.n && e->news.v[at].uid == row->uid;
    if (row->is_here && !row->is_partial) {
        row->failures = 0;
        return note(e, write_forgotten, e->selected, row->uid, 0, err);
    }
    if (is_listed || row->uid < listed_from)
        return 0;
    uint64_t before = row->uid;
    bool moves = !row->is_here && row->failures < STUBBORN_FAILURES && at < e->news.n && holds(fetch, e->news.v[at].uid);
    if (!moves) {
        row->failures = 0;
        return note(e, write_forgotten, e->selected, before, 0, err);
    }
    row->uid = e->news.v[at].uid;
    return note(e, write_moved, e->selected, before, row->uid, err);
}

static int by_uid(const void *a, const void *b)
{
    const struct store_stubborn *x = a, *y = b;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Forgotten rows leave the list, of two for one UID one stays. */
static void tidy(struct stubborn_list *s)
{
    size_t kept = 0;
    if (s->n > 0)
        qsort(s->v, s->n, sizeof(s->v[0]), by_uid);
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].failures > 0 && (kept == 0 || s->v[kept - 1].uid != s->v[i].uid))
            s->v[kept++] = s->v[i];
    s->n = kept;
}

int sync_set_stubborn_aside(struct sync_engine *e, struct stubborn_list *s, uint64_t listed_from, struct uid_ranges *fetch, uint64_t *n_fetch,
                            struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges aside = {0};
    if (sync_stubborn_load(e, e->selected, s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++)
        if (review(e, &s->v[i], listed_from, fetch, err) < 0)
            return -1;
    tidy(s);
    for (size_t i = s->n; i-- > 0;)
        if (!s->v[i].is_here && holds(fetch, s->v[i].uid)) {
            uid_ranges_add(&aside, s->v[i].uid, s->v[i].uid);
            *n_fetch -= *n_fetch > 0;
        } else if (s->v[i].failures < STUBBORN_FAILURES) {
            s->v[i].failures = 0; /* its turn is not now */
        }
    uid_ranges_subtract(fetch, &aside);
    tidy(s);
    return 0;
}

static int fetch_alone(struct sync_engine *e, uint64_t uid, bool only_header, bool is_new, bool *out_here, struct fct_error *err)
{
    const struct fct_uid_range range = {uid, uid};
    const struct fct_source *source = e->o.source;
    struct came c = {.mailbox_id = e->selected, .span = range};
    ingest_to(e->ingest, e->selected, is_new);
    int fetched = only_header ? source->fetch_headers(e->o.session, &range, 1, &e->sink, err) : source->fetch(e->o.session, &range, 1, &e->sink, err);
    if (sync_asked(e, fetched, err) < 0) {
        ingest_flush(e->ingest, NULL);
        sync_note_broken(e, e->selected, err);
        return -1;
    }
    if (ingest_flush(e->ingest, err) < 0 || store_read(e->o.store, read_came, &c, err) < 0)
        return -1;
    *out_here = c.n > 0;
    free(c.v);
    return 0;
}

/* Whole, or as the policy has it. */
static int try_again(struct sync_engine *e, const struct store_stubborn *row, bool is_new, bool *out_came, struct fct_error *err)
{
    uint64_t before = ingest_count(e->ingest);
    bool is_here;
    if (fetch_alone(e, row->uid, sync_keeps_none(e), is_new, &is_here, err) < 0)
        return -1;
    *out_came = is_here && ingest_count(e->ingest) > before;
    return note(e, *out_came ? write_forgotten : write_failed, e->selected, row->uid, 0, err);
}

int sync_try_stubborn(struct sync_engine *e, const struct stubborn_list *s, bool is_new, uint64_t *out_missing, struct fct_error *err)
{
    *out_missing = 0;
    for (size_t i = s->n; i-- > 0;) {
        const struct store_stubborn *row = &s->v[i];
        bool came = false, is_here = false;
        if (row->is_here || row->failures > STUBBORN_FAILURES)
            continue;
        if (row->failures < STUBBORN_FAILURES) {
            if (try_again(e, row, is_new, &came, err) < 0)
                return -1;
            *out_missing += !came && row->failures + 1 < STUBBORN_FAILURES;
        } else if (sync_gives_headers(e)) { /* once: a failure counts, and it is more than STUBBORN_FAILURES then */
            if (fetch_alone(e, row->uid, true, is_new, &is_here, err) < 0)
                return -1;
            if (!is_here && note(e, write_failed, e->selected, row->uid, 0, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- another day --------------------------------------------------------------------------------------------------- */

struct due_mailboxes {
    int64_t account_id, before, *ids;
    size_t n;
};

static void due_mailboxes_done(struct due_mailboxes *d)
{
    free(d->ids);
}

static int read_due_mailboxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct due_mailboxes *d = arg;
    return store_stubborn_mailboxes(tx, d->account_id, d->before, &d->ids, &d->n, err);
}

static int try_mailbox(struct sync_engine *e, int64_t mailbox_id, int64_t before, struct fct_error *err)
{
    CLEANUP(sync_stubborn_done) struct stubborn_list s = {0};
    bool is_there, came;
    if (sync_go_to(e, mailbox_id, &is_there, err) < 0)
        return -1;
    if (!is_there || sync_stubborn_load(e, mailbox_id, &s, err) < 0)
        return is_there ? -1 : 0;
    for (size_t i = s.n; i-- > 0;) {
        const struct store_stubborn *row = &s.v[i];
        bool is_due = row->failures < STUBBORN_FAILURES ? row->is_partial : row->tried_at < before;
        if (is_due && (!row->is_here || row->is_partial) && try_again(e, row, false, &came, err) < 0)
            return -1;
    }
    return 0;
}

int sync_try_left_out(struct sync_engine *e, bool is_asked_for, struct fct_error *err)
{
    int64_t before = is_asked_for ? INT64_MAX : (int64_t)time(NULL) - STUBBORN_PAUSE_S;
    CLEANUP(due_mailboxes_done) struct due_mailboxes d = {.account_id = e->o.account_id, .before = before};
    struct fct_error why = {0};
    if (store_read(e->o.store, read_due_mailboxes, &d, err) < 0)
        return -1;
    for (size_t i = 0; i < d.n; i++) {
        e->is_refusal = false;
        if (try_mailbox(e, d.ids[i], before, &why) == 0)
            continue;
        if (!e->is_refusal) {
            if (err)
                *err = why;
            return -1;
        }
        log_warn(e->o.label, "what was left out is tried another day: %s", why.message);
        why = (struct fct_error){0};
    }
    return 0;
}
