/* The comparison of an account: over which connection, and in which order. */
#include "account/audit.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>

#define LOOK_AGAIN_MS 500  /* between the first look and the second */
#define ASK_MS 200         /* how often it is asked whether a pass has ended */

/* ---- the connection -------------------------------------------------------------------------------------------------- */

int audit_connect(struct audit *a, struct fct_error *err)
{
    struct fct_error why = {0};
    uint32_t can;
    if (!a->handle)
        return 0;
    audit_tell(a, "connecting", NULL);
    if (a->handle->source->connect(&a->handle->base, &a->session, &can, &why) == 0)
        return audit_go_on(a, err);
    a->session = NULL;
    const struct account *account = core_find_account(a->core, a->account_id);
    if (audit_go_on(a, err) < 0)
        return -1;
    if (account && account->engine) {
        log_info(a->handle->label, "no second connection: the account's is used (%s)", why.message);
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

void audit_disconnect(struct audit *a, const struct fct_error *err)
{
    if (a->session)
        a->handle->source->close(a->session, err);
    a->session = NULL;
}

int audit_with_session(struct audit *a, audit_fn fn, void *ctx, struct fct_error *err)
{
    if (audit_go_on(a, err) < 0)
        return -1;
    if (a->session)
        return fn(ctx, a->handle->source, a->session, err);
    struct account *account = core_find_account(a->core, a->account_id);
    if (!account)
        return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "the account is not active any more");
    a->is_borrowing = true;
    int result = account_lend(account, fn, ctx, err);
    a->is_borrowing = false;
    return result;
}

/* A pass changes what is compared: it is waited for. */
static int wait_for_pass(struct audit *a, struct fct_error *err)
{
    for (;;) {
        const struct account *account = core_find_account(a->core, a->account_id);
        if (!account || (account->state.phase != ACCOUNT_SYNCING && account->state.phase != ACCOUNT_CONNECTING))
            return audit_go_on(a, err);
        audit_tell(a, "waiting", NULL);
        struct fct_error why = {0};
        if (wait_event(&a->core->answered, "a pass to end", ASK_MS, &why) < 0 && why.code != FCT_E_TIMEOUT) {
            if (err)
                *err = why;
            return -1;
        }
    }
}

/* ---- looking --------------------------------------------------------------------------------------------------------- */

struct looking {
    struct verify *v;
    size_t i;
};

static int list(void *ctx, const struct fct_source *source, void *session, struct fct_error *err)
{
    struct looking *l = ctx;
    return verify_list(l->v, source, session, err);
}

static int look(void *ctx, const struct fct_source *source, void *session, struct fct_error *err)
{
    struct looking *l = ctx;
    return verify_look(l->v, l->i, source, session, err);
}

static int look_at_all(struct audit *a, struct verify *v, bool again, struct fct_error *err)
{
    for (size_t i = 0; i < verify_n(v); i++) {
        int64_t n;
        const char *name = verify_mailbox(v, i, &n);
        if (again && !verify_doubts(v, i))
            continue;
        audit_tell(a, "comparing", name);
        if (audit_with_session(a, look, &(struct looking){v, i}, err) < 0)
            return fct_error_prefix(err, "mailbox %s", name);
        a->done += again ? 0 : (uint64_t)n;
    }
    return 0;
}

/* Each message counts twice: in its mailbox, and as an Email of the store. */
static void count(struct audit *a, const struct verify *v)
{
    a->done = a->total = 0;
    for (size_t i = 0; i < verify_n(v); i++) {
        int64_t n;
        verify_mailbox(v, i, &n);
        a->total += 2 * (uint64_t)n;
    }
}

static int list_both(struct audit *a, struct verify *v, struct fct_error *err)
{
    if (wait_for_pass(a, err) < 0)
        return -1;
    audit_tell(a, "listing", NULL);
    return audit_with_session(a, list, &(struct looking){.v = v}, err);
}

static int compare_with_server(struct audit *a, struct verify *v, struct fct_error *err)
{
    if (list_both(a, v, err) < 0)
        return -1;
    count(a, v);
    if (look_at_all(a, v, false, err) < 0)
        return -1;
    if (!verify_in_doubt(v))
        return 0;
    if (wait_sleep(LOOK_AGAIN_MS, err) < 0 || list_both(a, v, err) < 0 || look_at_all(a, v, true, err) < 0)
        return -1;
    verify_settle_list(v);
    return 0;
}

static int compare_store(struct audit *a, struct verify *v, struct fct_error *err)
{
    bool more = true;
    while (more) {
        uint64_t before = verify_result(v)->emails;
        if (audit_go_on(a, err) < 0 || verify_emails(v, a->whole, &more, err) < 0)
            return -1;
        a->done += verify_result(v)->emails - before;
        audit_tell(a, "reading", NULL);
    }
    for (more = true; more;)
        if (audit_go_on(a, err) < 0 || verify_remains(v, &more, err) < 0)
            return -1;
    return verify_check_counters(v, err);
}

static int look_at_drop(void *ctx, const struct fct_source *source, void *session, struct fct_error *err)
{
    return verify_maildrop(ctx, source, session, err);
}

/* Only one session at a time has it, and it is not kept: it is asked for one when no pass has it, for as long as it takes to list. */
static int compare_with_drop(struct audit *a, struct verify *v, struct fct_error *err)
{
    if (wait_for_pass(a, err) < 0 || audit_connect(a, err) < 0)
        return -1;
    audit_tell(a, "comparing", NULL);
    int result = audit_with_session(a, look_at_drop, v, err);
    audit_disconnect(a, result < 0 ? err : NULL);
    return result;
}

static int compare_with(struct audit *a, struct verify *v, struct fct_error *err)
{
    if (!a->handle)
        return 0;
    return account_handle_is_maildrop(a->handle) ? compare_with_drop(a, v, err) : compare_with_server(a, v, err);
}

int audit_compare(struct audit *a, struct verify **out, struct fct_error *err)
{
    CLEANUP(verify_freep) struct verify *v = verify_new(a->core->store, a->account_id);
    if (compare_with(a, v, err) < 0 || compare_store(a, v, err) < 0)
        return -1;
    *out = TAKE(v);
    return 0;
}
