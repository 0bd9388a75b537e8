/* The mail of an account that is being removed: taken away piece by piece, so that the writer has time for others. */
#include "account/core_internal.h"
#include "store/history.h"
#include "store/mailboxes.h"
#include "sync/compare.h"

#include <stdlib.h>

#define EMAILS_AT_ONCE 500

struct boxes {
    int64_t account_id;
    struct store_mailbox *v;
    size_t n;
};

static int read_boxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct boxes *b = arg;
    return store_mailboxes_load(tx, b->account_id, &b->v, &b->n, err);
}

struct piece {
    int64_t mailbox_id;
    struct store_uid_flags *uids;
    size_t n;
    struct uid_ranges ranges;
};

static void piece_done(struct piece *p)
{
    free(p->uids);
    uid_ranges_done(&p->ranges);
}

static int read_uids(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_mailbox_uids(tx, p->mailbox_id, &p->uids, &p->n, err);
}

static int write_gone(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    size_t n;
    store_tx_set_actor(tx, STORE_BY_NOBODY, NULL);
    /* If the removal ends here (a crash, a full disk), the account is still there and misses them. */
    if (store_mailbox_incomplete(tx, p->mailbox_id, err) < 0)
        return -1;
    return store_placements_vanished(tx, p->mailbox_id, p->ranges.v, p->ranges.n, &n, err);
}

static int empty_mailbox(struct core *core, int64_t mailbox_id, struct fct_error *err)
{
    CLEANUP(piece_done) struct piece p = {.mailbox_id = mailbox_id};
    if (store_read(core->store, read_uids, &p, err) < 0)
        return -1;
    for (size_t at = 0; at < p.n; at += EMAILS_AT_ONCE) {
        size_t end = p.n - at < EMAILS_AT_ONCE ? p.n : at + EMAILS_AT_ONCE;
        p.ranges.n = 0;
        uid_ranges_add(&p.ranges, p.uids[at].uid, p.uids[end - 1].uid);
        if (store_write(core->store, write_gone, &p, err) < 0)
            return -1;
    }
    return 0;
}

int account_destroy_mail(struct core *core, int64_t account_id, struct fct_error *err)
{
    struct boxes b = {.account_id = account_id};
    if (store_read(core->store, read_boxes, &b, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < b.n && result == 0; i++)
        result = empty_mailbox(core, b.v[i].id, err);
    store_mailboxes_free(b.v, b.n);
    return result;
}
