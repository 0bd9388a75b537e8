/* What changed here and the server does not know yet, sent to it: flags here, the rest in transfer.c. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/pending.h"
#include "sync/engine_internal.h"

#include <stdlib.h>

#define PENDING_AT_ONCE 4000 /* changes of flags between two looks: each group of equal ones is a round trip and a commit */

struct pending_batch {
    int64_t mailbox_id;
    struct store_pending *v;
    size_t n;
    const bool *done;      /* which of them the server accepted */
    const char *refused;   /* or why it refused them all */
    size_t first, last;    /* the part of v that this is about */
};

static void pending_batch_done(struct pending_batch *b)
{
    store_pending_free(b->v, b->n);
}

static int read_pending(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pending_batch *b = arg;
    return store_pending_load(tx, b->mailbox_id, PENDING_AT_ONCE, &b->v, &b->n, err);
}

static int settle_pending(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pending_batch *b = arg;
    for (size_t i = b->first; i < b->last; i++) {
        int r = b->refused ? store_pending_refused(tx, &b->v[i], b->refused, err) : store_pending_done(tx, &b->v[i], err);
        if (r < 0)
            return -1;
    }
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_change(const struct store_pending *a, const struct store_pending *b)
{
    return a->kind == b->kind && a->add_flags == b->add_flags && a->remove_flags == b->remove_flags &&
           same_text(a->add_keywords, b->add_keywords) && same_text(a->remove_keywords, b->remove_keywords);
}

static int by_change_then_uid(const void *x, const void *y)
{
    const struct store_pending *a = x, *b = y;
    if (a->add_flags != b->add_flags)
        return a->add_flags < b->add_flags ? -1 : 1;
    if (a->remove_flags != b->remove_flags)
        return a->remove_flags < b->remove_flags ? -1 : 1;
    int k = strcmp(a->add_keywords ? a->add_keywords : "", b->add_keywords ? b->add_keywords : "");
    if (k == 0)
        k = strcmp(a->remove_keywords ? a->remove_keywords : "", b->remove_keywords ? b->remove_keywords : "");
    if (k != 0)
        return k;
    return a->uid < b->uid ? -1 : a->uid > b->uid;
}

/* UIDs that follow each other here need not on the server: only true neighbours are joined. */
static void ranges_of(const struct store_pending *v, size_t n, struct uid_ranges *out)
{
    for (size_t i = 0; i < n; i++) {
        if (out->n > 0 && out->v[out->n - 1].last + 1 >= v[i].uid)
            out->v[out->n - 1].last = v[i].uid;
        else
            uid_ranges_add(out, v[i].uid, v[i].uid);
    }
}

bool sync_is_set_aside(const struct sync_engine *e, int64_t mailbox_id)
{
    for (size_t i = 0; i < e->n_set_aside; i++)
        if (e->set_aside[i] == mailbox_id)
            return true;
    return false;
}

void sync_set_aside(struct sync_engine *e, int64_t mailbox_id)
{
    e->set_aside = xreallocarray(e->set_aside, e->n_set_aside + 1, sizeof(e->set_aside[0]));
    e->set_aside[e->n_set_aside++] = mailbox_id;
}

/* What the server refuses for good is taken back; what it refuses for now sets the mailbox aside. Neither keeps its mail from
 * coming. */
static int send_group(struct sync_engine *e, struct pending_batch *b, struct fct_error *err)
{
    CLEANUP(uid_ranges_done) struct uid_ranges ranges = {0};
    const struct store_pending *p = &b->v[b->first];
    struct fct_flags add = {.bits = p->add_flags, .keywords = bytes_str(p->add_keywords)};
    struct fct_flags remove = {.bits = p->remove_flags, .keywords = bytes_str(p->remove_keywords)};
    struct fct_error refused = {0};

    ranges_of(p, b->last - b->first, &ranges);
    if (p->remove_flags & FCT_FLAG_DELETED) /* what was seen until now does not tell whether they are still there */
        e->sent++;
    int sent = e->o.source->store_flags(e->o.session, ranges.v, ranges.n, &add, &remove, &e->sink, &refused);
    if (sync_asked(e, sent, &refused) < 0) {
        if (!e->is_refusal) {
            *err = refused;
            return -1; /* tried again with the next session */
        }
        e->is_refusal = false;
        if (refused.retry != FCT_RETRY_NEVER) {
            log_warn(e->o.label, "a change of flags waits, the server does not take it now: %s; %s", refused.message, refused.server);
            sync_set_aside(e, b->mailbox_id);
            return 0;
        }
        log_warn(e->o.label, "the server refuses a change of flags, it is taken back: %s; %s", refused.message, refused.server);
        b->refused = refused.server[0] ? refused.server : refused.message;
    }
    int result = store_write(e->o.store, settle_pending, b, err);
    b->refused = NULL;
    return result;
}

int sync_upload_mailbox(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    if (!(e->o.can & FCT_CAN_FLAGS) || !e->o.source->store_flags)
        return 0;
    while (!sync_is_set_aside(e, mailbox_id)) {
        CLEANUP(pending_batch_done) struct pending_batch b = {.mailbox_id = mailbox_id};
        if (store_read(e->o.store, read_pending, &b, err) < 0)
            return -1;
        if (b.n == 0)
            return 0;
        /* Once more on the writer, which notes that they are on their way: a wish that is taken back from now on must be told
         * to the server, too (store/pending.h). */
        pending_batch_done(&b);
        b = (struct pending_batch){.mailbox_id = mailbox_id};
        if (store_write(e->o.store, read_pending, &b, err) < 0)
            return -1;
        if (b.n > 0)
            qsort(b.v, b.n, sizeof(b.v[0]), by_change_then_uid);
        while (b.last < b.n && !sync_is_set_aside(e, mailbox_id)) {
            b.first = b.last++;
            while (b.last < b.n && same_change(&b.v[b.first], &b.v[b.last]))
                b.last++;
            if (send_group(e, &b, err) < 0)
                return -1;
        }
    }
    return 0;
}

struct pending_mailboxes {
    int64_t account_id;
    int64_t *ids;
    size_t n;
};

static int read_pending_mailboxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct pending_mailboxes *p = arg;
    return store_pending_mailboxes(tx, p->account_id, &p->ids, &p->n, err);
}

int sync_go_to(struct sync_engine *e, int64_t mailbox_id, bool *out_there, struct fct_error *err)
{
    struct store_mailbox mb = {0};
    bool refused = false;
    struct fct_error why = {0};
    *out_there = mailbox_id == e->selected;
    if (*out_there || sync_is_set_aside(e, mailbox_id))
        return 0;
    if (sync_load_mailbox(e, mailbox_id, &mb, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return 0; /* it went, and its changes with it */
        *err = why;
        return -1;
    }
    int result = mb.wire_name.n == 0 ? 0 : sync_visit(e, &mb, &refused, err);
    *out_there = result == 0 && e->selected == mailbox_id;
    if (refused)
        sync_set_aside(e, mailbox_id);
    store_mailbox_done(&mb);
    return result;
}

static int upload_one(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err)
{
    bool is_there = false;
    if (sync_go_to(e, mailbox_id, &is_there, err) < 0)
        return -1;
    return is_there ? sync_upload_mailbox(e, mailbox_id, err) : 0;
}

static int upload_flags(struct sync_engine *e, struct fct_error *err)
{
    struct pending_mailboxes p = {.account_id = e->o.account_id};
    if (sync_upload_mailboxes(e, err) < 0)
        return -1;
    if (!(e->o.can & FCT_CAN_FLAGS) || !e->o.source->store_flags)
        return 0;
    if (store_read(e->o.store, read_pending_mailboxes, &p, err) < 0)
        return -1;
    CLEANUP(freep) int64_t *ids = p.ids;
    for (size_t i = 0; i < p.n; i++)
        if (upload_one(e, ids[i], err) < 0)
            return -1;
    return 0;
}

int sync_upload(struct sync_engine *e, struct fct_error *err)
{
    struct fct_error why = {0};
    if (sync_is_maildrop(e))
        return 0; /* nothing waits: mailboxes, places and flags are ours alone */
    /* Mailboxes last again: one that was deleted goes when all that was moved out of it has gone. */
    if (sync_upload_mailboxes(e, &why) == 0 && sync_transfer(e, &why) == 0 && upload_flags(e, &why) == 0 &&
        sync_upload_mailboxes(e, &why) == 0)
        return 0;
    if (err)
        *err = why;
    return -1;
}
