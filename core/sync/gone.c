/* What a mailbox has lost, and the end of a visit: both wait until a pass has been everywhere else, for what went may have been
 * moved there. */
#include "async/wait.h"
#include "base/alloc.h"
#include "store/emails.h"
#include "store/transfers.h"
#include "sync/engine_internal.h"

#include <stdlib.h>

#define VANISHED_AT_ONCE 500 /* messages that one transaction takes out */
#define OFFLOAD_FROM 2000    /* UIDs and ranges that are held against each other by a worker */

/* ---- which of what is here ----------------------------------------------------------------------------------------- */

struct going {
    struct local_uids local;
    const struct uid_ranges *ranges;
    struct uid_ranges exact; /* ascending, each with something that is here */
    uint64_t n;
    bool has_shown;
};

static void going_done(struct going *g)
{
    sync_local_uids_done(&g->local);
    uid_ranges_done(&g->exact);
}

static void find_going(void *arg)
{
    struct going *g = arg;
    struct uid_bites bites;
    uid_bites_begin(&bites, g->ranges, g->local.v, g->local.n);
    uid_bites_next(&bites, SIZE_MAX, &g->exact);
    uid_bites_done(&bites);
    for (size_t i = 0, at = 0; i < g->local.n && at < g->exact.n; i++) {
        while (at < g->exact.n && g->exact.v[at].last < g->local.v[i].uid)
            at++;
        if (at < g->exact.n && g->local.v[i].uid >= g->exact.v[at].first) {
            g->n++;
            g->has_shown |= g->local.v[i].email_id != 0;
        }
    }
}

static int look_what_goes(struct sync_engine *e, struct going *g, struct fct_error *err)
{
    if (sync_local_uids_among(e, &g->local, g->ranges, err) < 0)
        return -1;
    if (g->local.n > 0 && g->local.n + g->ranges->n >= OFFLOAD_FROM)
        return wait_offload(find_going, g, err);
    find_going(g);
    return 0;
}

/* ---- taken out ----------------------------------------------------------------------------------------------------- */

struct gone {
    int64_t mailbox_id;
    const struct uid_ranges *ranges;
    size_t n;
};

static int write_vanished(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct gone *g = arg;
    return store_placements_vanished(tx, g->mailbox_id, g->ranges->v, g->ranges->n, &g->n, err);
}

/* In bites: the writer has others to serve. */
static int take_out(struct sync_engine *e, const struct going *g, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges bite = {0};
    struct gone job = {.mailbox_id = g->local.mailbox_id, .ranges = &bite};
    struct uid_bites bites;
    int result = 0;
    uid_bites_begin(&bites, &g->exact, g->local.v, g->local.n);
    while (result == 0 && uid_bites_next(&bites, VANISHED_AT_ONCE, &bite))
        result = store_write(e->o.store, write_vanished, &job, err);
    uid_bites_done(&bites);
    return result;
}

/* ---- later --------------------------------------------------------------------------------------------------------- */

static struct later *find_later(const struct sync_engine *e, int64_t mailbox_id)
{
    for (size_t i = 0; i < e->n_later; i++)
        if (e->later[i].mailbox_id == mailbox_id)
            return &e->later[i];
    return NULL;
}

static struct later *later_of(struct sync_engine *e, int64_t mailbox_id)
{
    struct later *l = find_later(e, mailbox_id);
    if (l)
        return l;
    e->later = xreallocarray(e->later, e->n_later + 1, sizeof(e->later[0]));
    e->later[e->n_later] = (struct later){.mailbox_id = mailbox_id};
    return &e->later[e->n_later++];
}

void sync_forget_later(struct sync_engine *e, int64_t mailbox_id)
{
    struct later *l = find_later(e, mailbox_id);
    if (!l)
        return;
    uid_ranges_done(&l->vanished);
    listing_done(&l->marked);
    *l = e->later[--e->n_later];
}

static void forget_vanished(struct sync_engine *e)
{
    struct later *l = find_later(e, e->selected);
    if (!l)
        return;
    uid_ranges_done(&l->vanished);
    l->vanished = (struct uid_ranges){0};
    l->n_here = 0;
}

uint64_t sync_going(const struct sync_engine *e)
{
    const struct later *l = find_later(e, e->selected);
    return l ? l->n_here : 0;
}

void sync_came_back(struct sync_engine *e, uint64_t n)
{
    struct later *l = find_later(e, e->selected);
    if (l)
        l->n_here -= n < l->n_here ? n : l->n_here;
}

const struct uid_ranges *sync_going_ranges(const struct sync_engine *e)
{
    const struct later *l = find_later(e, e->selected);
    return l ? &l->vanished : NULL;
}

bool sync_has_going(const struct sync_engine *e)
{
    for (size_t i = 0; i < e->n_later; i++)
        if (e->later[i].vanished.n > 0 || e->later[i].marked.n > 0)
            return true;
    return false;
}

uint64_t sync_seen_uidnext(const struct sync_engine *e, int64_t mailbox_id)
{
    const struct later *l = find_later(e, mailbox_id);
    return l && l->is_visited ? l->status.uidnext : 0;
}

bool sync_puts_off(const struct sync_engine *e)
{
    return e->is_in_pass || e->n_listed > 1;
}

void sync_put_off(struct sync_engine *e, int64_t mailbox_id, const struct listing *marked)
{
    if (marked->n == 0)
        return;
    struct later *l = later_of(e, mailbox_id);
    e->needs_pass |= !e->is_in_pass;
    for (size_t i = 0; i < marked->n; i++) {
        struct fct_flags flags = listing_flags(marked, i);
        listing_add(&l->marked, marked->v[i].uid, &flags);
    }
}

static bool is_unmarked(const struct listing *news, uint64_t uid)
{
    size_t low = 0, high = news->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (news->v[mid].uid < uid)
            low = mid + 1;
        else
            high = mid;
    }
    return low < news->n && news->v[low].uid == uid && !(news->v[low].flags & FCT_FLAG_DELETED);
}

void sync_take_back(struct sync_engine *e, int64_t mailbox_id, const struct listing *news)
{
    struct later *l = find_later(e, mailbox_id);
    size_t kept = 0;
    for (size_t i = 0; l && i < l->marked.n; i++)
        if (!is_unmarked(news, l->marked.v[i].uid))
            l->marked.v[kept++] = l->marked.v[i];
    if (l)
        l->marked.n = kept;
}

/* Whether the rest of the account must be looked at first; or the rest of this mailbox, where it may be under a new UID. */
static bool must_wait(struct sync_engine *e)
{
    if (!e->is_in_pass && e->n_listed > 1)
        e->needs_pass = true;
    return sync_puts_off(e);
}

int sync_gone(struct sync_engine *e, const struct uid_ranges *ranges, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges all = {0};
    CLEANUP(going_done) struct going g = {.local.mailbox_id = e->selected, .ranges = &all};
    if (ranges->n == 0)
        return 0;
    const struct later *before = find_later(e, e->selected);
    for (size_t i = 0; i < ranges->n; i++)
        uid_ranges_add(&all, ranges->v[i].first, ranges->v[i].last);
    for (size_t i = 0; before && i < before->vanished.n; i++)
        uid_ranges_add(&all, before->vanished.v[i].first, before->vanished.v[i].last);
    if (look_what_goes(e, &g, err) < 0)
        return -1;
    if (g.n == 0)
        return 0;
    bool waits = must_wait(e); /* what left here and is not shown need not wait, but its Email may be where it is wanted */
    if (!waits)
        sync_forget_later(e, e->selected);
    else if (!g.has_shown)
        forget_vanished(e); /* what is marked waits on */
    if (!g.has_shown || !waits)
        return take_out(e, &g, err);
    struct later *l = later_of(e, e->selected);
    uid_ranges_done(&l->vanished);
    l->vanished = g.exact;
    l->n_here = g.n;
    g.exact = (struct uid_ranges){0};
    return 0;
}

/* ---- the end of a visit --------------------------------------------------------------------------------------------- */

struct end {
    const struct later *l;
    bool tells; /* nothing was sent since the mailbox was selected: what was sent before and is not in it has not come */
    size_t dropped; /* by the last job */
};

/* What was wanted back. */
static int write_returned(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct end *end = arg;
    return store_mailbox_returned(tx, end->l->mailbox_id, VANISHED_AT_ONCE, &end->dropped, err);
}

/* What was to leave and is not there is no more; then what found no UID again is gone. */
static int write_unlinked(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct end *end = arg;
    if (end->tells && store_departures_drop_unlinked(tx, end->l->mailbox_id, VANISHED_AT_ONCE, &end->dropped, err) < 0)
        return -1;
    if (end->dropped == VANISHED_AT_ONCE)
        return 0;
    return store_placements_drop_unlinked(tx, end->l->mailbox_id, VANISHED_AT_ONCE, &end->dropped, err);
}

static int write_end(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct end *end = arg;
    const struct later *l = end->l;
    end->dropped = 0;
    if (store_mailbox_synced(tx, l->mailbox_id, &l->status, l->complete, err) < 0)
        return -1;
    if (!end->tells || (!l->complete && l->was_incomplete))
        return 0;
    return store_mailbox_looked(tx, l->mailbox_id, err) < 0 ? -1 : write_returned(tx, end, err);
}

/* As often as there may be more: the writer has others to serve. */
static int in_bites(struct sync_engine *e, store_fn fn, struct end *end, struct fct_error *err)
{
    do {
        end->dropped = 0;
        if (store_write(e->o.store, fn, end, err) < 0)
            return -1;
    } while (end->dropped == VANISHED_AT_ONCE);
    return 0;
}

static int end_visit(struct sync_engine *e, const struct later *l, struct fct_error *err)
{
    struct end end = {.l = l, .tells = l->sent == e->sent};
    if (l->complete && l->was_incomplete && in_bites(e, write_unlinked, &end, err) < 0)
        return -1;
    if (store_write(e->o.store, write_end, &end, err) < 0)
        return -1;
    return end.dropped == VANISHED_AT_ONCE ? in_bites(e, write_returned, &end, err) : 0;
}

int sync_finish_visit(struct sync_engine *e, bool complete, struct fct_error *err)
{
    struct later now = {
        .mailbox_id = e->selected, .is_visited = true, .complete = complete, .was_incomplete = e->is_relinking,
        .sent = e->sent_before, .status = e->status};
    struct later *l = find_later(e, e->selected);
    if (!l && e->is_renumbered && e->is_in_pass && e->has_more_to_visit)
        l = later_of(e, e->selected);
    if (!l)
        return end_visit(e, &now, err);
    now.vanished = l->vanished;
    now.marked = l->marked;
    now.n_here = l->n_here;
    *l = now;
    return 0;
}

static int mark(struct sync_engine *e, const struct later *l, struct fct_error *err)
{
    CLEANUP(told_done) struct told t = {.mailbox_id = l->mailbox_id, .listing = &l->marked, .may_hide = true};
    return sync_write_told(e, &t, l->marked.n, VANISHED_AT_ONCE, err);
}

static int settle_one(struct sync_engine *e, const struct later *l, struct fct_error *err)
{
    CLEANUP(going_done) struct going g = {.local.mailbox_id = l->mailbox_id, .ranges = &l->vanished};
    if (l->vanished.n > 0 && (look_what_goes(e, &g, err) < 0 || take_out(e, &g, err) < 0))
        return -1;
    if (mark(e, l, err) < 0)
        return -1;
    struct fct_error why = {0};
    if (!l->is_visited || end_visit(e, l, &why) == 0 || why.code == FCT_E_NOT_FOUND)
        return 0; /* the mailbox may have gone meanwhile */
    *err = why;
    return -1;
}

int sync_settle_later(struct sync_engine *e, struct fct_error *err)
{
    while (e->n_later > 0) {
        struct later l = e->later[--e->n_later];
        int result = settle_one(e, &l, err);
        uid_ranges_done(&l.vanished);
        listing_done(&l.marked);
        if (result < 0)
            return -1;
    }
    return 0;
}
