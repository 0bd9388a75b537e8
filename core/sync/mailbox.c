/* One mailbox brought in step: select, compare, apply, fetch. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/emails.h"
#include "sync/engine_internal.h"

#include <stdlib.h>

#define FETCH_WINDOW 64       /* messages a FETCH command asks for */
#define FETCH_RANGES 24       /* commands handed to the source at once; it pipelines them */
#define FLAGS_AT_ONCE 2000    /* flag changes in one transaction */

/* ---- small jobs for the store -------------------------------------------------------------------------------------- */

struct mailbox_query {
    int64_t id;
    struct store_mailbox *out;
};

static int read_mailbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mailbox_query *q = arg;
    return store_mailbox_load(tx, q->id, q->out, err);
}

int sync_load_mailbox(struct sync_engine *e, int64_t id, struct store_mailbox *out, struct fct_error *err)
{
    return store_read(e->o.store, read_mailbox, &(struct mailbox_query){id, out}, err);
}

struct local_uids {
    int64_t mailbox_id;
    struct store_uid_flags *v;
    size_t n;
};

static void local_uids_done(struct local_uids *l)
{
    free(l->v);
}

static int read_uids(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct local_uids *l = arg;
    return store_mailbox_uids(tx, l->mailbox_id, &l->v, &l->n, err);
}

struct synced {
    int64_t mailbox_id;
    const struct fct_mailbox_status *status;
    bool complete;
    bool was_incomplete; /* messages whose UIDs were forgotten may be left */
};

static int write_synced(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct synced *s = arg;
    size_t dropped = 0;
    if (s->complete && s->was_incomplete && store_placements_drop_unlinked(tx, s->mailbox_id, &dropped, err) < 0)
        return -1;
    return store_mailbox_synced(tx, s->mailbox_id, s->status, s->complete, err);
}

/* From now on UIDs of this UIDVALIDITY are stored: written down first, so that a process killed in the middle of it
 * goes on instead of beginning anew. */
static int write_uidvalidity(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct synced *s = arg;
    struct fct_mailbox_status only = {.size = sizeof(only), .uidvalidity = s->status->uidvalidity, .messages = -1, .unseen = -1};
    if (store_mailbox_forget_uids(tx, s->mailbox_id, err) < 0)
        return -1;
    return store_mailbox_synced(tx, s->mailbox_id, &only, false, err);
}

struct news {
    struct sync_engine *e;
    const size_t *which; /* positions in the listing, NULL: all of it */
    size_t n;
    bool changed;
};

static int write_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct news *w = arg;
    for (size_t i = 0; i < w->n; i++) {
        size_t at = w->which ? w->which[i] : i;
        struct fct_flags flags = listing_flags(&w->e->news, at);
        struct fct_error failed = {0};
        bool changed = false;
        if (store_placement_server_flags(tx, w->e->selected, w->e->news.v[at].uid, &flags, &changed, &failed) < 0) {
            if (failed.code == FCT_E_NOT_FOUND)
                continue; /* of a message that is not here yet */
            if (err)
                *err = failed;
            return -1;
        }
        w->changed |= changed;
    }
    return 0;
}

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

/* ---- steps --------------------------------------------------------------------------------------------------------- */

int sync_select(struct sync_engine *e, const struct store_mailbox *mb, const struct fct_known *known, bool *out_caught_up, struct fct_error *err)
{
    sync_forget_news(e);
    e->selected = 0;
    e->status = (struct fct_mailbox_status){.size = sizeof(e->status)};
    *out_caught_up = false;
    if (e->o.source->select(e->o.session, buf_bytes(&mb->wire_name), known, &e->sink, &e->status, out_caught_up, err) < 0)
        return -1;
    e->status.mailbox_id = (struct fct_bytes){0};
    e->selected = mb->id;
    if (e->status.messages >= 0) {
        e->count = (uint64_t)e->status.messages;
        e->has_count = true;
    }
    e->has_new = e->needs_relist = false; /* the answers to SELECT are no news */
    return 0;
}

static int apply_vanished(struct sync_engine *e, const struct uid_ranges *ranges, struct fct_error *err)
{
    if (ranges->n == 0)
        return 0;
    struct gone g = {.mailbox_id = e->selected, .ranges = ranges};
    return store_write(e->o.store, write_vanished, &g, err);
}

static int apply_flags(struct sync_engine *e, const size_t *which, size_t n, bool *out_changed, struct fct_error *err)
{
    for (size_t at = 0; at < n; at += FLAGS_AT_ONCE) {
        struct news w = {.e = e, .which = which + at, .n = n - at < FLAGS_AT_ONCE ? n - at : FLAGS_AT_ONCE};
        if (store_write(e->o.store, write_flags, &w, err) < 0)
            return -1;
        *out_changed |= w.changed;
    }
    return 0;
}

int sync_apply_news(struct sync_engine *e, bool *out_changed, struct fct_error *err)
{
    listing_sort(&e->news);
    if (apply_vanished(e, &e->vanished, err) < 0)
        return -1;
    *out_changed = e->vanished.n > 0;
    e->vanished.n = 0;
    if (e->news.n > 0) {
        struct news w = {.e = e, .n = e->news.n};
        if (store_write(e->o.store, write_flags, &w, err) < 0)
            return -1;
        *out_changed |= w.changed;
        listing_clear(&e->news);
    }
    return 0;
}

/* Fetches ranges in bounded groups, so that cancellation and local changes have their turn between them. */
static int fetch_ranges(struct sync_engine *e, const struct uid_ranges *r, bool is_new, struct fct_error *err)
{
    ingest_to(e->ingest, e->selected, is_new);
    for (size_t at = 0; at < r->n; at += FETCH_RANGES) {
        size_t n = r->n - at < FETCH_RANGES ? r->n - at : FETCH_RANGES;
        if (e->o.source->fetch(e->o.session, r->v + at, n, &e->sink, err) < 0) {
            ingest_flush(e->ingest, NULL); /* what has come is kept, whatever cut it off */
            return -1;
        }
        if (at + n < r->n && sync_upload_mailbox(e, e->selected, err) < 0)
            return -1;
    }
    return ingest_flush(e->ingest, err);
}

/* What the server has in the selected mailbox against what is here; a plan is made and carried out. */
static int compare_and_apply(struct sync_engine *e, bool complete, bool is_new, struct fct_error *err)
{
    CLEANUP(local_uids_done) struct local_uids local = {.mailbox_id = e->selected};
    CLEANUP(sync_plan_done) struct sync_plan plan = {0};
    CLEANUP(uid_ranges_done) struct uid_ranges vanished = {0};
    bool changed = false;

    /* Ranges said outright (QRESYNC) and those that follow from a listing are kept apart: fetching adds to the former. */
    vanished = e->vanished;
    e->vanished = (struct uid_ranges){0};
    if (apply_vanished(e, &vanished, err) < 0 || store_read(e->o.store, read_uids, &local, err) < 0)
        return -1;
    listing_sort(&e->news);
    sync_compare(&e->news, complete, local.v, local.n, FETCH_WINDOW, &plan);
    if (apply_vanished(e, &plan.vanished, err) < 0 || apply_flags(e, plan.reflag, plan.n_reflag, &changed, err) < 0)
        return -1;
    listing_clear(&e->news);

    uint64_t before = ingest_count(e->ingest);
    if (e->progress.messages_total < e->progress.messages_done + plan.n_fetch)
        e->progress.messages_total = e->progress.messages_done + plan.n_fetch;
    if (fetch_ranges(e, &plan.fetch, is_new, err) < 0)
        return -1;
    uint64_t came = ingest_count(e->ingest) - before;
    if (came < plan.n_fetch)
        e->missing += plan.n_fetch - came;
    return sync_apply_news(e, &changed, err); /* what was said between the messages */
}

static int list_all(struct sync_engine *e, struct fct_error *err)
{
    listing_clear(&e->news);
    if (e->o.source->list_messages(e->o.session, (struct fct_uid_range){1, UINT32_MAX}, 0, false, &e->sink, err) < 0)
        return -1;
    listing_sort(&e->news);
    e->status.messages = (int64_t)e->news.n; /* the mailbox may have changed since it was selected */
    return 0;
}

/* How many messages of the selected mailbox are here, and one past the highest UID. */
static int count_local(struct sync_engine *e, uint64_t *out_n, uint64_t *out_next, struct fct_error *err)
{
    CLEANUP(local_uids_done) struct local_uids local = {.mailbox_id = e->selected};
    if (store_read(e->o.store, read_uids, &local, err) < 0)
        return -1;
    *out_n = local.n;
    *out_next = local.n ? local.v[local.n - 1].uid + 1 : 1;
    return 0;
}

/* News since the last time, where the server can tell: flags from QRESYNC or CHANGEDSINCE, and the UIDs from uidnext on. */
static int gather_news(struct sync_engine *e, const struct store_mailbox *mb, bool caught_up, struct fct_error *err)
{
    const struct fct_source *source = e->o.source;
    bool same_modseq = e->status.modseq == mb->highest_modseq;
    if (!caught_up && !same_modseq &&
        source->list_messages(e->o.session, (struct fct_uid_range){1, UINT32_MAX}, mb->highest_modseq, false, &e->sink, err) < 0)
        return -1;
    /* CHANGEDSINCE reports new messages, too, but a server's word for it is not needed. */
    if (e->status.uidnext > mb->uidnext || e->status.uidnext == 0)
        return source->list_messages(e->o.session, (struct fct_uid_range){mb->uidnext, UINT32_MAX}, 0, false, &e->sink, err);
    return 0;
}

static int finish(struct sync_engine *e, uint64_t next_uid, bool complete, struct fct_error *err)
{
    if (e->status.uidnext < next_uid)
        e->status.uidnext = next_uid; /* an old server does not tell (RFC 3501 section 6.3.1) */
    struct synced s = {.mailbox_id = e->selected, .status = &e->status, .complete = complete, .was_incomplete = e->is_relinking};
    return store_write(e->o.store, write_synced, &s, err);
}

/* After news alone the numbers must agree with the server's count; where they do not, everything is compared. */
static int settle(struct sync_engine *e, bool complete_listing, bool is_new, struct fct_error *err)
{
    uint64_t here = 0, next = 0;
    if (count_local(e, &here, &next, err) < 0)
        return -1;
    if (!complete_listing && e->status.messages >= 0 && here != (uint64_t)e->status.messages) {
        if (list_all(e, err) < 0 || compare_and_apply(e, true, is_new, err) < 0 || count_local(e, &here, &next, err) < 0)
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
    e->is_relinking = is_first;
    if (renumbered)
        log_warn(e->o.label, "mailbox %s: UIDVALIDITY changed from %u to %u, it is compared anew", mb->name, mb->uidvalidity,
                 e->status.uidvalidity);
    if (e->status.uidvalidity != mb->uidvalidity) {
        struct synced s = {.mailbox_id = mb->id, .status = &e->status};
        e->is_relinking = true;
        caught_up = false;
        if (store_write(e->o.store, write_uidvalidity, &s, err) < 0)
            return -1;
    }
    if (!renumbered && sync_upload_mailbox(e, mb->id, err) < 0)
        return -1;

    bool went_back = e->status.modseq < mb->highest_modseq || (e->status.uidnext != 0 && e->status.uidnext < mb->uidnext);
    bool by_news = !is_first && !renumbered && !went_back && mb->highest_modseq != 0 && e->o.can & FCT_CAN_MODSEQ;
    if (by_news ? gather_news(e, mb, caught_up, err) < 0 : list_all(e, err) < 0)
        return -1;
    if (compare_and_apply(e, !by_news, !is_first, err) < 0)
        return -1;
    int result = settle(e, !by_news, !is_first, err);
    e->report.missing += e->missing;
    return result;
}

int sync_fetch_new(struct sync_engine *e, struct fct_error *err)
{
    struct store_mailbox mb = {0};
    if (sync_load_mailbox(e, e->selected, &mb, err) < 0)
        return -1;
    uint64_t first = mb.uidnext ? mb.uidnext : 1;
    store_mailbox_done(&mb);

    struct fct_uid_range range = {first, UINT32_MAX};
    ingest_to(e->ingest, e->selected, true);
    if (e->o.source->fetch(e->o.session, &range, 1, &e->sink, err) < 0) {
        ingest_flush(e->ingest, NULL);
        return -1;
    }
    if (ingest_flush(e->ingest, err) < 0)
        return -1;
    /* The numbers of the selected mailbox have moved on; the next visit goes from the modseq that was complete. */
    uint64_t here = 0, next = 0;
    if (count_local(e, &here, &next, err) < 0)
        return -1;
    e->status.messages = (int64_t)e->count;
    return finish(e, next, here == e->count, err);
}
