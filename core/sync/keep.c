/* How much of the mail is kept here: what a policy wants is fetched, what it does not is let go; and bodies for those who ask. */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/partial.h"
#include "sync/engine_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_AT_ONCE 2000   /* partial Emails in one job of a reader */
#define BODIES_AT_ONCE 256  /* that the source is handed at once, so that readers and local changes have their turn */
#define RELEASE_AT_ONCE 200 /* Emails that one job looks at */
#define EVERY_MS (24u * 60 * 60 * 1000)

/* ---- the rules ----------------------------------------------------------------------------------------------------- */

static int read_rules(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sync_engine *e = arg;
    struct keep_rules rules;
    if (keep_rules_load(tx, e->o.account_id, &rules, err) < 0)
        return -1;
    keep_rules_done(&e->rules);
    e->rules = rules;
    return 0;
}

int sync_load_rules(struct sync_engine *e, struct fct_error *err)
{
    return store_read(e->o.store, read_rules, e, err);
}

bool sync_gives_headers(const struct sync_engine *e)
{
    const struct fct_source *s = e->o.source;
    return s->size > offsetof(struct fct_source, fetch_headers) && s->fetch_headers;
}

bool sync_is_selective(const struct sync_engine *e)
{
    return sync_gives_headers(e) && !keep_is_all(keep_rules_of(&e->rules, e->selected));
}

bool sync_keeps_none(const struct sync_engine *e)
{
    return sync_is_selective(e) && keep_rules_of(&e->rules, e->selected)->days == 0;
}

bool sync_keeps(const struct sync_engine *e, int64_t now, int64_t received_at, uint64_t size)
{
    return !sync_is_selective(e) || keep_wants(keep_rules_of(&e->rules, e->selected), now, received_at, size);
}

/* ---- bodies -------------------------------------------------------------------------------------------------------- */

/* By mailbox; in each the newest UIDs first. */
static int by_place(const void *a, const void *b)
{
    const struct store_body *x = a, *y = b;
    if (x->mailbox_id != y->mailbox_id)
        return x->mailbox_id < y->mailbox_id ? -1 : 1;
    return (x->uid < y->uid) - (x->uid > y->uid);
}

/* Selects a mailbox without bringing it in step: its UIDs are good as long as UIDVALIDITY is. */
static int select_only(struct sync_engine *e, int64_t mailbox_id, bool *out_there, struct fct_error *err)
{
    struct store_mailbox mb = {0};
    struct fct_known known = {.size = sizeof(known)};
    bool ignored;
    *out_there = false;
    if (sync_load_mailbox(e, mailbox_id, &mb, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    int result = mb.wire_name.n == 0 ? 0 : sync_select(e, &mb, &known, &ignored, err);
    *out_there = result == 0 && mb.wire_name.n > 0 && e->status.uidvalidity == mb.uidvalidity;
    if (result == 0 && mb.wire_name.n > 0 && !*out_there)
        e->needs_pass = true;
    store_mailbox_done(&mb);
    return result;
}

static void ranges_of(const struct store_body *v, size_t n, const struct stubborn_list *but, struct uid_ranges *out)
{
    for (size_t i = 0; i < n; i++) {
        if (sync_stubborn_find(but, v[i].uid))
            continue;
        if (out->n > 0 && out->v[out->n - 1].first == v[i].uid + 1)
            out->v[out->n - 1].first = v[i].uid;
        else
            uid_ranges_add(out, v[i].uid, v[i].uid);
    }
}

/* Those of one mailbox. What the server did not give before has its own time (stubborn.c), unless somebody asks. */
static int fetch_place(struct sync_engine *e, const struct store_body *v, size_t n, bool is_asked_for, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges ranges = {0};
    CLEANUP(sync_stubborn_done) struct stubborn_list stubborn = {0};
    bool is_there = e->selected == v->mailbox_id, was_selected = is_there;
    if (!is_there && select_only(e, v->mailbox_id, &is_there, err) < 0)
        return -1;
    if (!is_there)
        return 0;
    if (!is_asked_for && sync_stubborn_load(e, v->mailbox_id, &stubborn, err) < 0)
        return -1;
    ranges_of(v, n, &stubborn, &ranges);
    if (ranges.n == 0) {
        e->selected = was_selected ? e->selected : 0;
        return 0;
    }
    ingest_to(e->ingest, v->mailbox_id, false);
    ingest_asked_for(e->ingest, is_asked_for);
    int fetched = sync_asked(e, e->o.source->fetch(e->o.session, ranges.v, ranges.n, &e->sink, err), err);
    ingest_asked_for(e->ingest, false);
    if (!was_selected)
        e->selected = 0; /* it is not in step */
    if (ingest_flush(e->ingest, fetched < 0 ? NULL : err) < 0)
        return -1;
    if (fetched < 0)
        sync_note_broken(e, v->mailbox_id, err);
    return fetched;
}

static size_t same_place(const struct store_body *v, size_t n, size_t at)
{
    size_t end = at + 1;
    while (end < n && v[end].mailbox_id == v[at].mailbox_id)
        end++;
    return end - at;
}

struct places {
    const int64_t *email_ids;
    size_t n_ids;
    struct store_body *v;
    size_t n;
};

static void places_done(struct places *p)
{
    free(p->v);
}

static int read_places(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct places *p = arg;
    p->v = xcalloc(p->n_ids + 1, sizeof(p->v[0]));
    for (size_t i = 0; i < p->n_ids; i++) {
        bool is_partial;
        int found = store_body_place(tx, p->email_ids[i], &p->v[p->n], &is_partial, err);
        if (found < 0)
            return -1;
        p->n += (size_t)found;
    }
    return 0;
}

static int fetch_bodies(struct sync_engine *e, struct places *p, struct fct_error *err)
{
    size_t n;
    if (store_read(e->o.store, read_places, p, err) < 0)
        return -1;
    if (p->n > 0)
        qsort(p->v, p->n, sizeof(p->v[0]), by_place);
    for (size_t at = 0; at < p->n; at += n) {
        n = same_place(p->v, p->n, at);
        if (fetch_place(e, p->v + at, n, true, err) < 0)
            return -1;
    }
    return 0;
}

int sync_fetch_bodies(struct sync_engine *e, const int64_t *email_ids, size_t n, bool *out_refused, struct fct_error *err)
{
    CLEANUP(places_done) struct places p = {.email_ids = email_ids, .n_ids = n};
    struct fct_error why = {0};
    e->is_refusal = false;
    int result = fetch_bodies(e, &p, &why);
    *out_refused = result < 0 && e->is_refusal;
    e->is_refusal = false;
    if (result < 0 && err)
        *err = why;
    return result;
}

/* ---- in the midst of something else --------------------------------------------------------------------------------- */

/* Selects the mailbox again that was being worked on. What was known of it goes on counting: what came meanwhile is news. */
static int return_to(struct sync_engine *e, int64_t mailbox_id, const struct fct_mailbox_status *before, bool needs_relist, struct fct_error *err)
{
    struct store_mailbox mb = {0};
    struct fct_known known = {.size = sizeof(known)};
    bool ignored;
    if (sync_load_mailbox(e, mailbox_id, &mb, err) < 0)
        return -1;
    int result = sync_select(e, &mb, &known, &ignored, err);
    store_mailbox_done(&mb);
    if (result < 0)
        return -1;
    if (e->status.uidvalidity != before->uidvalidity) {
        e->is_refusal = true;
        e->needs_pass = true;
        return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "the mailbox was renumbered while it was read");
    }
    e->has_new = e->status.uidnext != before->uidnext;
    e->status = *before;
    e->needs_relist |= needs_relist;
    return 0;
}

int sync_let_serve(struct sync_engine *e, bool comes_back, struct fct_error *err)
{
    int64_t here = comes_back ? e->selected : 0;
    bool has_changed, needs_relist = e->needs_relist;
    if (!e->o.serve || e->is_serving || !e->o.has_work || !e->o.has_work(e->o.ctx))
        return 0;
    const struct fct_mailbox_status before = e->status;
    if (here && sync_apply_news(e, &has_changed, err) < 0)
        return -1;
    e->is_serving = true;
    int result = e->o.serve(e->o.ctx, err);
    e->is_serving = false;
    if (result < 0 || !here || e->selected == here)
        return result;
    return return_to(e, here, &before, needs_relist, err);
}

/* ---- what the policy wants ------------------------------------------------------------------------------------------ */

struct due {
    struct store_bodies bodies;
};

static void due_done(struct due *d)
{
    free(d->bodies.v);
}

static int read_due(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct due *d = arg;
    return store_bodies_due(tx, &d->bodies, LOOK_AT_ONCE, err);
}

static bool is_wanted_elsewhere(const struct sync_engine *e)
{
    return e->o.has_work && e->o.has_work(e->o.ctx);
}

/* Up to BODIES_AT_ONCE, the newest first; the same look goes on next time, and finds these whole. A refusal is for the next day. */
static int fetch_due(struct sync_engine *e, struct due *d, bool *out_all, struct fct_error *err)
{
    struct store_body *v = d->bodies.v;
    size_t n_all = d->bodies.n, n;
    *out_all = n_all <= BODIES_AT_ONCE;
    if (!*out_all)
        n_all = BODIES_AT_ONCE;
    if (n_all > 0)
        qsort(v, n_all, sizeof(v[0]), by_place);
    for (size_t at = 0; at < n_all; at += n) {
        struct fct_error why = {0};
        n = same_place(v, n_all, at);
        e->is_refusal = false;
        if (fetch_place(e, v + at, n, false, &why) < 0) {
            if (!e->is_refusal) {
                *err = why;
                return -1;
            }
            log_warn(e->o.label, "bodies are fetched later: %s", why.message);
        }
        e->keep.fetched += n;
        if (is_wanted_elsewhere(e)) {
            *out_all = *out_all && at + n >= n_all;
            break;
        }
    }
    return 0;
}

static int step_fetch(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(due_done) struct due d = {.bodies = {.account_id = e->o.account_id,
                                                 .now = (int64_t)time(NULL),
                                                 .rules = &e->rules,
                                                 .before = e->keep.before,
                                                 .before_id = e->keep.before_id}};
    bool is_all;
    if (store_read(e->o.store, read_due, &d, err) < 0)
        return -1;
    /* A body that is asked for and does not come is asked for once: the look moves on behind it. */
    const struct store_body last = d.bodies.n > 0 ? d.bodies.v[(d.bodies.n < BODIES_AT_ONCE ? d.bodies.n : BODIES_AT_ONCE) - 1]
                                                  : (struct store_body){0};
    if (fetch_due(e, &d, &is_all, err) < 0)
        return -1;
    if (is_all) {
        e->keep.before = d.bodies.before;
        e->keep.before_id = d.bodies.before_id;
        if (d.bodies.is_done)
            e->keep.step = keep_rules_are_all(&e->rules) || !sync_gives_headers(e) ? KEEP_DONE : KEEP_RELEASES;
    } else if (!is_wanted_elsewhere(e)) {
        e->keep.before = last.received_at;
        e->keep.before_id = last.email_id;
    }
    return 0;
}

/* ---- what it does not ------------------------------------------------------------------------------------------------ */

struct letting {
    struct sync_engine *e;
    struct store_release *ready;
    int64_t last;
    size_t gone;
};

static void letting_done(struct letting *l)
{
    store_release_free(l->ready);
}

static int read_leaving(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct letting *l = arg;
    return store_release_prepare(tx, l->e->o.account_id, &l->e->rules, (int64_t)time(NULL), l->e->keep.after, RELEASE_AT_ONCE, &l->ready,
                                 &l->last, err);
}

static int write_leaving(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct letting *l = arg;
    return store_release_apply(tx, l->ready, &l->gone, err);
}

static int step_release(struct sync_engine *e, struct fct_error *err)
{
    CLEANUP(letting_done) struct letting l = {.e = e};
    if (store_read(e->o.store, read_leaving, &l, err) < 0)
        return -1;
    if (store_release_count(l.ready) > 0 && store_write(e->o.store, write_leaving, &l, err) < 0)
        return -1;
    e->keep.released += l.gone;
    if (l.last == e->keep.after)
        e->keep.step = KEEP_DONE;
    e->keep.after = l.last;
    return 0;
}

/* ---- step by step ----------------------------------------------------------------------------------------------------- */

bool sync_keep_is_due(const struct sync_engine *e)
{
    return e->keep.step != KEEP_DONE || wait_now_ms() >= e->keep.due_ms;
}

void sync_keep_changed(struct sync_engine *e)
{
    e->keep.step = KEEP_DONE;
    e->keep.due_ms = 0;
}

static int begin(struct sync_engine *e, struct fct_error *err)
{
    e->keep = (struct keep_work){
        .step = KEEP_FETCHES, .before = INT64_MAX, .before_id = INT64_MAX, .due_ms = wait_now_ms() + EVERY_MS};
    return sync_load_rules(e, err);
}

static int step(struct sync_engine *e, struct fct_error *err)
{
    if (e->keep.step == KEEP_DONE && begin(e, err) < 0)
        return -1;
    if (e->keep.step == KEEP_FETCHES ? step_fetch(e, err) < 0 : step_release(e, err) < 0)
        return -1;
    if (e->keep.step == KEEP_DONE && e->keep.fetched + e->keep.released > 0)
        log_info(e->o.label, "kept as wished: %llu bodies fetched, %llu let go", (unsigned long long)e->keep.fetched,
                 (unsigned long long)e->keep.released);
    return 0;
}

int sync_keep(struct sync_engine *e, struct fct_error *err)
{
    struct fct_error why = {0};
    if (step(e, &why) == 0)
        return 0;
    if (err)
        *err = why;
    return -1;
}
