/* One mailbox brought in step: select, compare, apply, fetch. */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

#include <stdlib.h>
#include <string.h>

#define FETCH_WINDOW 64       /* messages a FETCH command asks for */
#define FETCH_AT_ONCE 1536    /* messages that the source is handed at once, so that it can pipeline */
#define FLAGS_AT_ONCE 4000    /* flag changes in one transaction: some 30 ms */
#define FORGOTTEN_AT_ONCE 5000 /* UIDs that one transaction forgets */
#define FEW_RANGES 64         /* of which what is here is looked up one by one, ... */
#define FEW_UIDS 20000        /* ... if they name no more UIDs than these; else all of the mailbox is read */
#define OFFLOAD_FROM 20000    /* a list of so many UIDs is sorted and compared by a worker: the loop has others to serve */

/* ---- small jobs for the store -------------------------------------------------------------------------------------- */

struct mailbox_query {
    int64_t id;
    struct store_mailbox *out;
};

static int read_mailbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mailbox_query *q = arg;
    return store_mailbox_load_any(tx, q->id, q->out, err);
}

int sync_load_mailbox(struct sync_engine *e, int64_t id, struct store_mailbox *out, struct fct_error *err)
{
    return store_read(e->o.store, read_mailbox, &(struct mailbox_query){id, out}, err);
}

void sync_local_uids_done(struct local_uids *l)
{
    free(l->v);
}

static int read_uids(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct local_uids *l = arg;
    return store_mailbox_uids(tx, l->mailbox_id, &l->v, &l->n, err);
}

int sync_local_uids(struct sync_engine *e, struct local_uids *l, struct fct_error *err)
{
    return store_read(e->o.store, read_uids, l, err);
}

static bool are_few(const struct uid_ranges *r)
{
    uint64_t uids = 0;
    for (size_t i = 0; i < r->n && i <= FEW_RANGES; i++)
        uids += r->v[i].last - r->v[i].first < FEW_UIDS ? r->v[i].last - r->v[i].first + 1 : FEW_UIDS + 1;
    return r->n <= FEW_RANGES && uids <= FEW_UIDS;
}

static int by_uid(const void *a, const void *b)
{
    const struct store_uid_flags *x = a, *y = b;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Ascending, each once, whether ranges meet or not. */
static void tidy_uids(struct local_uids *l)
{
    size_t kept = 0;
    if (l->n > 0)
        qsort(l->v, l->n, sizeof(l->v[0]), by_uid);
    for (size_t i = 0; i < l->n; i++)
        if (kept == 0 || l->v[kept - 1].uid != l->v[i].uid || l->v[kept - 1].email_id != l->v[i].email_id)
            l->v[kept++] = l->v[i];
    l->n = kept;
}

struct among {
    struct local_uids *l;
    const struct uid_ranges *ranges;
};

static int read_among(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct among *a = arg;
    struct local_uids *l = a->l;
    for (size_t i = 0; i < a->ranges->n; i++) {
        CLEANUP(freep) struct store_uid_flags *some = NULL;
        size_t n = 0;
        if (store_mailbox_uids_between(tx, l->mailbox_id, a->ranges->v[i].first, a->ranges->v[i].last, &some, &n, err) < 0)
            return -1;
        if (n == 0)
            continue;
        l->v = xreallocarray(l->v, l->n + n, sizeof(l->v[0]));
        memcpy(l->v + l->n, some, n * sizeof(some[0]));
        l->n += n;
    }
    tidy_uids(l);
    return 0;
}

int sync_local_uids_among(struct sync_engine *e, struct local_uids *l, const struct uid_ranges *ranges, struct fct_error *err)
{
    if (!are_few(ranges))
        return sync_local_uids(e, l, err);
    return store_read(e->o.store, read_among, &(struct among){l, ranges}, err);
}

struct forgetting {
    int64_t mailbox_id;
    size_t n;
};

static int write_forgotten(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct forgetting *f = arg;
    return store_mailbox_forget_some_uids(tx, f->mailbox_id, FORGOTTEN_AT_ONCE, &f->n, err);
}

/* In bites. A process that is killed in the midst of it finds the old UIDVALIDITY, and begins again with what is left. */
int sync_forget_uids(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    struct forgetting f = {.mailbox_id = mailbox_id};
    do {
        if (store_write(e->o.store, write_forgotten, &f, err) < 0)
            return -1;
    } while (f.n == FORGOTTEN_AT_ONCE);
    return 0;
}

/* From now on UIDs of this UIDVALIDITY are stored: written down first, so that a process killed in the middle of it
 * goes on instead of beginning anew. */
static int write_uidvalidity(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct sync_engine *e = arg;
    struct fct_mailbox_status only = {.size = sizeof(only), .uidvalidity = e->status.uidvalidity, .messages = -1, .unseen = -1};
    if (store_mailbox_forget_uids(tx, e->selected, err) < 0)
        return -1;
    return store_mailbox_synced(tx, e->selected, &only, false, err);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

int sync_select(struct sync_engine *e, const struct store_mailbox *mb, const struct fct_known *known, bool *out_caught_up, struct fct_error *err)
{
    sync_forget_news(e);
    e->selected = 0;
    e->sent_before = e->sent;
    e->status = (struct fct_mailbox_status){.size = sizeof(e->status)};
    *out_caught_up = false;
    struct fct_error why = {0};
    e->told_of = known->uidvalidity ? mb->id : 0;
    e->told_uidvalidity = known->uidvalidity;
    int selected = e->o.source->select(e->o.session, buf_bytes(&mb->wire_name), known, &e->sink, &e->status, out_caught_up, err);
    int applied = sync_await_prompt(e, &why);
    if (sync_asked(e, selected, err) < 0)
        return -1;
    if (applied < 0) {
        *err = why;
        return -1;
    }
    e->status.mailbox_id = (struct fct_bytes){0};
    e->selected = mb->id;
    if (e->status.messages >= 0) {
        e->count = (uint64_t)e->status.messages;
        e->has_count = true;
    }
    e->has_new = e->needs_relist = false; /* the answers to SELECT are no news */
    return 0;
}

/* Of e->news. `unknown`: NULL, or where those go that are not here. */
static int apply_flags(struct sync_engine *e, const size_t *which, size_t n, struct listing *unknown, bool *out_changed, struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {.mailbox_id = e->selected, .listing = &e->news, .which = which, .may_hide = !sync_puts_off(e)};
    int written = sync_write_told(e, &t, n, FLAGS_AT_ONCE, err);
    sync_put_off(e, e->selected, &t.put_off);
    *out_changed |= t.changed;
    if (unknown) {
        listing_done(unknown);
        *unknown = t.unknown;
        t.unknown = (struct listing){0};
    }
    return written;
}

static void sort_listing(void *arg)
{
    listing_sort(arg);
}

static int sort_news(struct sync_engine *e, struct fct_error *err)
{
    if (e->news.n >= OFFLOAD_FROM)
        return wait_offload(sort_listing, &e->news, err);
    listing_sort(&e->news);
    return 0;
}

int sync_apply_news(struct sync_engine *e, bool *out_changed, struct fct_error *err)
{
    if (sort_news(e, err) < 0 || sync_gone(e, &e->vanished, err) < 0)
        return -1;
    *out_changed = e->vanished.n > 0;
    e->vanished.n = 0;
    sync_take_back(e, e->selected, &e->news);
    if (apply_flags(e, NULL, e->news.n, NULL, out_changed, err) < 0)
        return -1;
    listing_clear(&e->news);
    return 0;
}

/* How many ranges from `at` on make up one call of the source. */
static size_t group_size(const struct uid_ranges *r, size_t at)
{
    uint64_t messages = 0;
    size_t end = at;
    while (end < r->n && messages < FETCH_AT_ONCE) {
        uint64_t w = r->v[end].last - r->v[end].first + 1;
        messages += w < FETCH_WINDOW ? w : FETCH_WINDOW;
        end++;
    }
    return end - at;
}

void fetch_list_done(struct fetch_list *l)
{
    uid_ranges_done(&l->r);
    buf_done(&l->headers);
}

void fetch_list_add(struct fetch_list *l, uint64_t uid, bool is_header)
{
    uid_ranges_add(&l->r, uid, uid);
    buf_add_char(&l->headers, (char)is_header);
}

static int fetch_whole(struct sync_engine *e, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    return n == 0 ? 0 : e->o.source->fetch(e->o.session, r, n, &e->sink, err);
}

/* Of a group those that are kept whole, then the headers of the others. */
static int fetch_both(struct sync_engine *e, const struct fct_uid_range *r, const char *headers, size_t n, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges whole = {0};
    CLEANUP(uid_ranges_done) struct uid_ranges rest = {0};
    for (size_t i = 0; i < n; i++)
        uid_ranges_add(headers[i] ? &rest : &whole, r[i].first, r[i].last);
    if (fetch_whole(e, whole.v, whole.n, err) < 0)
        return -1;
    return rest.n == 0 ? 0 : e->o.source->fetch_headers(e->o.session, rest.v, rest.n, &e->sink, err);
}

/* Fetches ranges in bounded groups, so that cancellation, local changes and readers have their turn between them. `headers`: a byte
 * for each range, NULL: all whole. */
static int fetch_ranges(struct sync_engine *e, const struct uid_ranges *r, const char *headers, bool is_new, struct fct_error *err)
{
    size_t n;
    for (size_t at = 0; at < r->n; at += n) {
        n = group_size(r, at);
        ingest_to(e->ingest, e->selected, is_new);
        int fetched = headers ? fetch_both(e, r->v + at, headers + at, n, err) : fetch_whole(e, r->v + at, n, err);
        if (sync_asked(e, fetched, err) < 0) {
            ingest_flush(e->ingest, NULL); /* what has come is kept, whatever cut it off */
            sync_note_broken(e, e->selected, err);
            return -1;
        }
        if (at + n < r->n && (sync_upload_mailbox(e, e->selected, err) < 0 || sync_let_serve(e, true, err) < 0))
            return -1;
    }
    return ingest_flush(e->ingest, err);
}

static int fetch_listed(struct sync_engine *e, const struct fetch_list *l, bool is_new, struct fct_error *err)
{
    return fetch_ranges(e, &l->r, sync_is_selective(e) ? buf_str(&l->headers) : NULL, is_new, err);
}

/* Date and size of a message are asked for before it is decided how much of it is fetched: some thousands, then their messages, so
 * that the newest are here soon. *n_fetch: what is known already is taken off. */
static int fetch_selectively(struct sync_engine *e, const struct uid_ranges *fetch, uint64_t *n_fetch, bool is_new, struct fct_error *err)
{
    uint64_t n = 0;
    for (size_t at = 0; at < fetch->n;) {
        CLEANUP(fetch_list_done) struct fetch_list l = {0};
        if (sync_recognise_some(e, fetch, &at, FETCH_WINDOW, &l, err) < 0 || fetch_listed(e, &l, is_new, err) < 0)
            return -1;
        n += l.n_messages;
    }
    *n_fetch = n;
    return 0;
}

/* What is fetched in a visit. */
struct fetch_plan {
    struct listing listed;         /* what the server listed: only as much as news are about */
    struct uid_ranges asked;       /* what was asked for, also where it is recognised */
    struct stubborn_list stubborn; /* what is fetched last */
    bool looks_first;              /* what it is is asked before it is fetched, some thousands at a time */
};

struct compare_job {
    struct listing *server; /* all that the mailbox holds; else what is not here */
    struct listing unknown;
    bool complete;
    struct local_uids local;
    struct sync_plan plan;
};

static void compare_job_done(struct compare_job *j)
{
    listing_done(&j->unknown);
    sync_local_uids_done(&j->local);
    sync_plan_done(&j->plan);
}

static void compare(void *arg)
{
    struct compare_job *j = arg;
    listing_sort(j->server);
    sync_compare(j->server, j->complete, j->local.v, j->local.n, FETCH_WINDOW, &j->plan);
}

/* What news are about, and what lies between two that may be fetched as one range. */
static void spans_of(const struct listing *news, struct uid_ranges *out)
{
    for (size_t i = 0; i < news->n && out->n <= FEW_RANGES; i++) {
        if (out->n > 0 && news->v[i].uid - out->v[out->n - 1].last <= SYNC_GAP_MAX)
            out->v[out->n - 1].last = news->v[i].uid;
        else
            uid_ranges_add(out, news->v[i].uid, news->v[i].uid);
    }
}

/* News are written down without a look at what is here: the writer looks anyway, and says of which messages it has none. Only what is
 * between these is read. */
static int tell_news(struct sync_engine *e, struct compare_job *j, bool *out_changed, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges spans = {0};
    if (sort_news(e, err) < 0 || apply_flags(e, NULL, e->news.n, &j->unknown, out_changed, err) < 0)
        return -1;
    j->server = &j->unknown;
    spans_of(&j->unknown, &spans);
    return spans.n == 0 ? 0 : sync_local_uids_among(e, &j->local, &spans, err);
}

static int make_plan(struct sync_engine *e, struct compare_job *j, bool *out_changed, struct fct_error *err)
{
    j->server = &e->news;
    j->local.mailbox_id = e->selected;
    if (j->complete ? sync_local_uids(e, &j->local, err) < 0 : tell_news(e, j, out_changed, err) < 0)
        return -1;
    if (j->local.n + j->server->n >= OFFLOAD_FROM)
        return wait_offload(compare, j, err);
    compare(j);
    return 0;
}

/* What is missing in the selected mailbox. What may be known, or whose date and size decide, is asked about first. */
static int fetch_missing(struct sync_engine *e, struct uid_ranges *fetch, uint64_t *n_fetch, bool looks_first, bool is_new,
                         struct fct_error *err)
{
    CLEANUP(buf_done) struct buf headers = {0};
    if (looks_first)
        return fetch_selectively(e, fetch, n_fetch, is_new, err);
    if (!sync_keeps_none(e) || e->o.was_in_step || e->is_renumbered)
        return sync_is_selective(e) ? fetch_selectively(e, fetch, n_fetch, is_new, err) : fetch_ranges(e, fetch, NULL, is_new, err);
    memset(buf_reserve(&headers, fetch->n + 1), 1, fetch->n);
    return fetch_ranges(e, fetch, headers.p, is_new, err);
}

struct any_email {
    int64_t account_id;
    bool is_there;
};

static int read_whether_any(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct any_email *any = arg;
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;
    if (store_account_some_emails(tx, any->account_id, 1, &ids, &n, err) < 0)
        return -1;
    any->is_there = n > 0;
    return 0;
}

/* In a first sync nothing is known, and asking about it first only costs. Where messages have ids it is asked nevertheless, once there is
 * anything: what has three labels is in four mailboxes there. */
static int has_ids(struct sync_engine *e, bool *out, struct fct_error *err)
{
    struct any_email any = {.account_id = e->o.account_id};
    if (!(e->o.can & FCT_CAN_EMAIL_IDS))
        return 0;
    if (store_read(e->o.store, read_whether_any, &any, err) < 0)
        return -1;
    *out = any.is_there;
    return 0;
}

static int list(struct sync_engine *e, uint64_t first, uint64_t since_modseq, struct fct_error *err)
{
    int listed = e->o.source->list_messages(e->o.session, (struct fct_uid_range){first, UINT32_MAX}, since_modseq, false, &e->sink, err);
    return sync_asked(e, listed, err);
}

/* What a listing lacks has vanished, so a listing with fewer messages than the server counts is not believed at once: the server
 * is asked again, and an empty one is not believed at all. */
static int list_all(struct sync_engine *e, struct fct_error *err)
{
    size_t n_before = SIZE_MAX;
    for (;;) {
        listing_clear(&e->news);
        if (list(e, 1, 0, err) < 0 || sort_news(e, err) < 0)
            return -1;
        if (!e->has_count || e->news.n >= e->count || (e->news.n > 0 && e->news.n == n_before))
            break;
        if (n_before != SIZE_MAX && e->news.n == 0) {
            e->is_refusal = true;
            return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "the server counts %llu messages and lists none", (unsigned long long)e->count);
        }
        n_before = e->news.n;
    }
    e->status.messages = (int64_t)e->news.n; /* the mailbox may have changed since it was selected */
    return 0;
}

struct uid_count {
    int64_t mailbox_id;
    uint64_t n, last, left_out;
};

static int read_uid_count(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct uid_count *c = arg;
    return store_mailbox_uid_count(tx, c->mailbox_id, &c->n, &c->last, err) < 0 ||
                   store_stubborn_left_out(tx, c->mailbox_id, &c->left_out, err) < 0
               ? -1
               : 0;
}

/* How many messages of the selected mailbox are here, or left out, and one past the highest UID. */
static int count_local(struct sync_engine *e, uint64_t *out_n, uint64_t *out_next, struct fct_error *err)
{
    struct uid_count c = {.mailbox_id = e->selected};
    if (store_read(e->o.store, read_uid_count, &c, err) < 0)
        return -1;
    uint64_t going = sync_going(e);
    *out_n = (c.n > going ? c.n - going : 0) + c.left_out;
    *out_next = c.last + 1;
    return 0;
}

/* After news alone the numbers must agree with the server's count. Where they do not, everything is listed before anything is fetched:
 * what is new may be what has gone under another UID. */
static int check_count(struct sync_engine *e, struct compare_job *j, bool *out_changed, struct fct_error *err)
{
    uint64_t here = 0, next = 0;
    if (j->complete || e->status.messages < 0)
        return 0;
    if (count_local(e, &here, &next, err) < 0)
        return -1;
    if (here + j->plan.n_fetch == (uint64_t)e->status.messages)
        return 0;
    compare_job_done(j);
    *j = (struct compare_job){.complete = true};
    return list_all(e, err) < 0 ? -1 : make_plan(e, j, out_changed, err);
}

static void fetch_plan_done(struct fetch_plan *p)
{
    listing_done(&p->listed);
    uid_ranges_done(&p->asked);
    sync_stubborn_done(&p->stubborn);
}

/* Brings down what a plan is about; those last that did not come before. */
static int fetch_planned(struct sync_engine *e, struct sync_plan *plan, struct fetch_plan *p, bool is_new, struct fct_error *err)
{
    uint64_t before = ingest_count(e->ingest), missing = 0;
    for (size_t i = 0; i < plan->fetch.n; i++)
        uid_ranges_add(&p->asked, plan->fetch.v[i].first, plan->fetch.v[i].last);
    if (fetch_missing(e, &plan->fetch, &plan->n_fetch, p->looks_first, is_new, err) < 0)
        return -1;
    uint64_t came = ingest_count(e->ingest) - before;
    e->missing = came < plan->n_fetch ? plan->n_fetch - came : 0;
    if (e->missing > 0 && sync_note_missing(e, &p->listed, &p->asked, err) < 0)
        return -1;
    if (sync_try_stubborn(e, &p->stubborn, is_new, &missing, err) < 0)
        return -1;
    e->missing += missing;
    return 0;
}

/* What the server has in the selected mailbox against what is here; a plan is made and carried out. `listed_from`: all messages from this
 * UID on were listed; 1: `complete`. */
static int compare_and_apply(struct sync_engine *e, uint64_t listed_from, bool is_new, struct fct_error *err)
{
    CLEANUP(compare_job_done) struct compare_job j = {.complete = listed_from == 1};
    CLEANUP(uid_ranges_done) struct uid_ranges vanished = {0};
    CLEANUP(fetch_plan_done) struct fetch_plan p = {0};
    bool changed = false;

    /* Ranges said outright (QRESYNC) and those that follow from a listing are kept apart: fetching adds to the former. */
    vanished = e->vanished;
    e->vanished = (struct uid_ranges){0};
    if (sync_gone(e, &vanished, err) < 0 || make_plan(e, &j, &changed, err) < 0 || check_count(e, &j, &changed, err) < 0)
        return -1;
    listed_from = j.complete ? 1 : listed_from;
    sync_take_back(e, e->selected, &e->news);
    size_t n_reflag = j.complete ? j.plan.n_reflag : 0; /* news are applied */
    if (sync_gone(e, &j.plan.vanished, err) < 0 || apply_flags(e, j.plan.reflag, n_reflag, NULL, &changed, err) < 0)
        return -1;
    if (sync_set_stubborn_aside(e, &p.stubborn, listed_from, &j.plan.fetch, &j.plan.n_fetch, err) < 0)
        return -1;
    p.listed = e->news; /* what is said from here on is news of its own */
    e->news = (struct listing){0};
    bool may_be_known = e->o.was_in_step || e->is_renumbered;
    if (!may_be_known && has_ids(e, &p.looks_first, err) < 0)
        return -1;
    if (may_be_known && !sync_is_selective(e) && sync_recognise(e, &j.plan.fetch, &j.plan.n_fetch, err) < 0)
        return -1;

    if (e->progress.messages_total < e->progress.messages_done + j.plan.n_fetch)
        e->progress.messages_total = e->progress.messages_done + j.plan.n_fetch;
    if (fetch_planned(e, &j.plan, &p, is_new, err) < 0)
        return -1;
    return sync_apply_news(e, &changed, err); /* what was said between the messages */
}

/* News since the last time, where the server can tell: flags from QRESYNC or CHANGEDSINCE, and the UIDs from uidnext on. */
static int gather_news(struct sync_engine *e, const struct store_mailbox *mb, bool caught_up, uint64_t *out_listed_from, struct fct_error *err)
{
    *out_listed_from = UINT64_MAX;
    bool same_modseq = e->status.modseq == mb->highest_modseq;
    if (!caught_up && !same_modseq && list(e, 1, mb->highest_modseq, err) < 0)
        return -1;
    /* CHANGEDSINCE reports new messages, too, but a server's word for it is not needed. */
    if (e->status.uidnext <= mb->uidnext && e->status.uidnext != 0)
        return 0;
    *out_listed_from = mb->uidnext > 1 ? mb->uidnext : 2; /* a listing of news is none of everything */
    return list(e, mb->uidnext, 0, err);
}

static int finish(struct sync_engine *e, uint64_t next_uid, bool complete, struct fct_error *err)
{
    if (e->status.uidnext < next_uid)
        e->status.uidnext = next_uid; /* an old server does not tell (RFC 3501 section 6.3.1) */
    return sync_finish_visit(e, complete, err);
}

/* After news alone the numbers must agree with the server's count; where they do not, everything is compared. */
static int settle(struct sync_engine *e, bool complete_listing, bool is_new, struct fct_error *err)
{
    uint64_t here = 0, next = 0;
    if (count_local(e, &here, &next, err) < 0)
        return -1;
    if (!complete_listing && e->status.messages >= 0 && here != (uint64_t)e->status.messages) {
        if (list_all(e, err) < 0 || compare_and_apply(e, 1, is_new, err) < 0 || count_local(e, &here, &next, err) < 0)
            return -1;
    }
    bool agrees = e->status.messages < 0 || here == (uint64_t)e->status.messages;
    return finish(e, next, agrees && e->missing == 0, err);
}

int sync_mailbox(struct sync_engine *e, const struct store_mailbox *mb, struct fct_error *err)
{
    struct fct_known known = {.size = sizeof(known), .uidvalidity = mb->uidvalidity, .uidnext = mb->uidnext};
    if (mb->is_complete)
        known.modseq = mb->highest_modseq;
    bool caught_up = false;
    e->missing = 0;
    if (sync_select(e, mb, &known, &caught_up, err) < 0)
        return -1;

    bool is_first = mb->uidvalidity == 0 || !mb->is_complete;
    bool renumbered = mb->uidvalidity != 0 && e->status.uidvalidity != mb->uidvalidity;
    bool is_new = !is_first && !renumbered; /* what is compared anew is no news */
    e->is_relinking = is_first;
    e->is_renumbered = renumbered;
    if (renumbered)
        log_warn(e->o.label, "mailbox %s: UIDVALIDITY changed from %u to %u, it is compared anew", mb->name, mb->uidvalidity,
                 e->status.uidvalidity);
    if (e->status.uidvalidity != mb->uidvalidity) {
        e->is_relinking = true;
        caught_up = false;
        sync_forget_later(e, mb->id);
        /* In one that is new and empty there is nothing to go on with: its end is written alone. There may be 50,000. */
        bool is_nothing = mb->uidvalidity == 0 && e->status.messages == 0;
        if (renumbered && sync_forget_uids(e, mb->id, err) < 0)
            return -1;
        if (!is_nothing && store_write(e->o.store, write_uidvalidity, e, err) < 0)
            return -1;
    }
    if (!renumbered && sync_upload_mailbox(e, mb->id, err) < 0)
        return -1;

    bool went_back = e->status.modseq < mb->highest_modseq || (e->status.uidnext != 0 && e->status.uidnext < mb->uidnext);
    bool by_news = !is_first && !renumbered && !went_back && mb->highest_modseq != 0 && e->o.can & FCT_CAN_MODSEQ;
    uint64_t listed_from = 1;
    if (by_news ? gather_news(e, mb, caught_up, &listed_from, err) < 0 : list_all(e, err) < 0)
        return -1;
    if (compare_and_apply(e, listed_from, is_new, err) < 0)
        return -1;
    int result = settle(e, !by_news, is_new, err);
    e->report.missing += e->missing;
    return result;
}

int sync_fetch_new(struct sync_engine *e, struct fct_error *err)
{
    uint64_t here = 0, next = 0;
    struct store_mailbox mb = {0};
    e->sent_before = e->sent; /* what the server has told counts from now */
    if (sync_load_mailbox(e, e->selected, &mb, err) < 0 || count_local(e, &here, &next, err) < 0)
        return -1;
    /* What was written down stands for the last time that all was here; a mailbox that lacks one message has more than that. */
    uint64_t first = mb.uidnext > next ? mb.uidnext : next;
    store_mailbox_done(&mb);

    CLEANUP(fetch_list_done) struct fetch_list l = {0};
    if (sync_recognise_from(e, first, FETCH_WINDOW, &l, err) < 0 || fetch_listed(e, &l, true, err) < 0)
        return -1;
    /* The numbers of the selected mailbox have moved on; the next visit goes from the modseq that was complete. */
    if (count_local(e, &here, &next, err) < 0)
        return -1;
    e->needs_relist |= here > e->count; /* some went while others came, and the server does not say which */
    e->status.messages = (int64_t)e->count;
    return finish(e, next, here == e->count, err);
}
