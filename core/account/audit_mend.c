/* The repair. What the store can mend alone is mended here; a mailbox that differs from the server's is marked as incomplete, so
 * that the pass that follows lists it whole: what is missing comes, what the server has not goes, flags are as they are there
 * with the waiting changes on top. That pass is the account's own, with all that it knows of moves and of lost answers. */
#include "account/audit.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/counters.h"
#include "store/history.h"
#include "store/mailboxes.h"
#include "store/maildrop.h"
#include "store/repair.h"

#include <stdlib.h>

#define ITEMS_AT_ONCE 200 /* in one transaction */
#define ASK_MS 200

struct mending {
    const struct audit *a;
    const struct verify_ids *ids;
    size_t at, end;
    unsigned faults; /* of those that each Email has, the ones that are mended now */
};

/* What has gone meanwhile needs no mending. */
static int tolerate(int result, struct fct_error *why, struct fct_error *err)
{
    if (result < 0 && why->code != FCT_E_NOT_FOUND) {
        if (err)
            *err = *why;
        return -1;
    }
    return 0;
}

static int mark_mailboxes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mending *m = arg;
    for (size_t i = m->at; i < m->end; i++) {
        struct fct_error why = {0};
        if (tolerate(store_mailbox_incomplete(tx, m->ids->v[i], &why), &why, err) < 0)
            return -1;
    }
    return 0;
}

static int mend_places(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mending *m = arg;
    store_tx_set_actor(tx, STORE_BY_REPAIR, NULL);
    for (size_t i = m->at; i + 1 < m->end; i += 2) {
        struct fct_error why = {0};
        if (tolerate(store_repair_place(tx, m->ids->v[i], m->ids->v[i + 1], &why), &why, err) < 0)
            return -1;
    }
    return 0;
}

static int mend_remains(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mending *m = arg;
    for (size_t i = m->at; i < m->end; i++)
        if (store_repair_remains(tx, m->ids->v[i], err) < 0)
            return -1;
    return 0;
}

static int mend_emails(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mending *m = arg;
    for (size_t i = m->at; i + 1 < m->end; i += 2) {
        struct fct_error why = {0};
        unsigned faults = (unsigned)m->ids->v[i + 1] & m->faults;
        if (faults && tolerate(store_repair_email(tx, m->ids->v[i], faults, &why), &why, err) < 0)
            return -1;
    }
    return 0;
}

static int mend_counters(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mending *m = arg;
    return store_counters_rebuild(tx, m->a->account_id, err);
}

static int in_pieces(struct audit *a, store_fn fn, const struct verify_ids *ids, unsigned faults, struct fct_error *err)
{
    for (size_t at = 0; at < ids->n; at += ITEMS_AT_ONCE) {
        struct mending m = {a, ids, at, ids->n - at < ITEMS_AT_ONCE ? ids->n : at + ITEMS_AT_ONCE, faults};
        if (audit_go_on(a, err) < 0 || store_write(a->core->store, fn, &m, err) < 0)
            return -1;
    }
    return 0;
}

static int mend_bytes(struct audit *a, const struct verify_ids *faulty, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = xcalloc(faulty->n / 2 + 1, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i + 1 < faulty->n; i += 2)
        if (faulty->v[i + 1] & FAULT_BYTES)
            ids[n++] = faulty->v[i];
    return n && a->handle ? audit_fetch_bytes(a, ids, n, err) : 0;
}

/* A pass that begins after now. */
static int let_pass(struct audit *a, struct fct_error *err)
{
    struct account *account = core_find_account(a->core, a->account_id);
    if (!account)
        return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "the account is not active any more");
    uint64_t number = account_want_pass(account);
    while (account && account->served < number) {
        struct fct_error why = {0};
        audit_tell(a, "syncing", NULL);
        if (wait_event(&a->core->answered, "the account's pass", ASK_MS, &why) < 0 && why.code != FCT_E_TIMEOUT) {
            if (err)
                *err = why;
            return -1;
        }
        if (audit_go_on(a, err) < 0)
            return -1;
        account = core_find_account(a->core, a->account_id); /* it may be another one by now, or none */
    }
    if (account && account->has_error) {
        if (err)
            *err = account->error;
        return -1;
    }
    return 0;
}

static int list_drop_again(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return maildrop_look_again(tx, ((const struct mending *)arg)->a->account_id, err);
}

static bool needs_pass(const struct verify_report *r)
{
    return r->to_visit.n > 0 || r->broken.n > 0 || r->counts[VERIFY_MAILBOX_NOT_HERE] > 0 || r->counts[VERIFY_MAILBOX_NOT_THERE] > 0 ||
           r->counts[VERIFY_EMAIL_NOWHERE] > 0;
}

int audit_mend(struct audit *a, const struct verify_report *found, struct fct_error *err)
{
    struct mending all = {.a = a};
    audit_tell(a, "mending", NULL);
    if (in_pieces(a, mend_places, &found->broken, 0, err) < 0 || in_pieces(a, mend_remains, &found->remains, 0, err) < 0 ||
         in_pieces(a, mark_mailboxes, &found->to_visit, 0, err) < 0 ||
        mend_bytes(a, &found->faulty, err) < 0 ||
        in_pieces(a, mend_emails, &found->faulty, FAULT_KEYWORDS | FAULT_ENVELOPE | FAULT_INDEX, err) < 0)
        return -1;
    if (a->handle && account_handle_is_maildrop(a->handle) && store_write(a->core->store, list_drop_again, &all, err) < 0)
        return -1;
    if (a->handle && needs_pass(found) && let_pass(a, err) < 0)
        return -1;
    /* What is in no mailbox still, after every mailbox has been compared, is nowhere: it comes into the inbox. */
    if (in_pieces(a, mend_emails, &found->faulty, FAULT_NOWHERE, err) < 0)
        return -1;
    return store_write(a->core->store, mend_counters, &all, err);
}
