#include "account/audit.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/ids.h"
#include "text/tokens.h"

#include <stdlib.h>
#include <string.h>

/* ---- as JSON -------------------------------------------------------------------------------------------------------- */

/* Names come from servers. NULL gives null. */
static json_t *text_json(const char *s)
{
    CLEANUP(buf_done) struct buf valid = {0};
    if (!s)
        return json_null();
    text_to_valid_utf8(bytes_str(s), &valid);
    return json_string(buf_str(&valid));
}

static json_t *id_json(enum id_kind kind, int64_t id)
{
    char text[ID_SIZE];
    return id ? json_string(id_format(kind, id, text)) : json_null();
}

static json_t *difference_json(const struct verify_difference *d)
{
    return json_pack("{ss so so so so so sb so}", "type", verify_type_name(d->type), "mailboxId", id_json(ID_MAILBOX, d->mailbox_id), "uid",
                     d->uid ? json_integer((json_int_t)d->uid) : json_null(), "emailId", id_json(ID_EMAIL, d->email_id), "here",
                     text_json(d->here), "there", text_json(d->there), "isNews", (int)d->is_news, "description", text_json(d->text));
}

static json_t *counts_json(const struct verify_report *r)
{
    json_t *counts = json_object();
    for (int t = 0; t < VERIFY_N_TYPES; t++)
        if (r->counts[t])
            json_object_set_new(counts, verify_type_name((enum verify_type)t), json_integer((json_int_t)r->counts[t]));
    return counts;
}

static json_t *list_json(const struct verify_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(list, difference_json(&r->list[i]));
    return list;
}

static json_t *report_json(const struct audit *a, const struct verify_report *r)
{
    return json_pack("{so sI so so sI sI sI sI sI sb}", "accountId", id_json(ID_ACCOUNT, a->account_id), "found", (json_int_t)r->found, "counts",
                     counts_json(r), "differences", list_json(r), "mailboxes", (json_int_t)r->mailboxes, "messagesHere", (json_int_t)r->here,
                     "messagesThere", (json_int_t)r->there, "waiting", (json_int_t)r->waiting, "emails", (json_int_t)r->emails, "bytesRead",
                     (int)a->whole);
}

static bool is_same(const struct verify_difference *a, const struct verify_difference *b)
{
    return a->type == b->type && a->mailbox_id == b->mailbox_id && a->uid == b->uid && a->email_id == b->email_id;
}

static bool is_left(const struct verify_difference *d, const struct verify_report *after)
{
    for (size_t i = 0; i < after->n; i++)
        if (is_same(d, &after->list[i]))
            return true;
    return false;
}

static json_t *repair_json(const struct audit *a, const struct verify_report *before, const struct verify_report *after)
{
    json_t *all = report_json(a, before), *items = json_object_get(all, "differences");
    uint64_t left = 0;
    for (size_t i = 0; i < before->n; i++) {
        bool stays = is_left(&before->list[i], after);
        left += stays;
        json_object_set_new(json_array_get(items, i), "isMended", json_boolean(!stays));
    }
    if (before->found > before->n && after->found > left) /* beyond those that are told */
        left = after->found < before->found ? after->found : before->found;
    json_object_set_new(all, "mended", json_integer((json_int_t)(before->found - left)));
    json_object_set_new(all, "remaining", report_json(a, after));
    return all;
}

/* ---- its life ------------------------------------------------------------------------------------------------------- */

int audit_go_on(const struct audit *a, struct fct_error *err)
{
    return a->stopped || a->core->stopping ? wait_fail_cancelled(err) : 0;
}

void audit_tell(struct audit *a, const char *step, const char *mailbox)
{
    snprintf(a->step, sizeof(a->step), "%s", step);
    snprintf(a->mailbox, sizeof(a->mailbox), "%s", mailbox ? mailbox : "");
    json_t *detail = json_pack("{so ss so}", "accountId", id_json(ID_ACCOUNT, a->account_id), "step", a->step, "mailbox",
                               mailbox ? text_json(a->mailbox) : json_null());
    task_progress(a->task, a->done < a->total ? a->done : a->total, a->total, "messages", detail);
    json_decref(detail);
}

/* While the account's fiber works for it, it only hears of it: its memory is in use. */
static void stop(void *ctx)
{
    struct audit *a = ctx;
    struct account *account = a->is_borrowing ? core_find_account(a->core, a->account_id) : NULL;
    a->stopped = true;
    if (!a->is_borrowing)
        fiber_cancel(a->fiber);
    else if (account)
        account_unlend(account);
}

static int compare_and_mend(struct audit *a, json_t **out, struct fct_error *err)
{
    CLEANUP(verify_freep) struct verify *before = NULL;
    CLEANUP(verify_freep) struct verify *after = NULL;
    if (audit_compare(a, &before, err) < 0)
        return -1;
    if (!a->is_repair) {
        *out = report_json(a, verify_result(before));
        return 0;
    }
    if (verify_result(before)->found > 0 && audit_mend(a, verify_result(before), err) < 0)
        return -1;
    if (verify_result(before)->found > 0 && audit_compare(a, &after, err) < 0)
        return -1;
    *out = repair_json(a, verify_result(before), verify_result(after ? after : before));
    return 0;
}

static void log_end(const struct audit *a, const json_t *result, const struct fct_error *err)
{
    const char *what = a->is_repair ? "repair" : "verify", *label = a->handle ? a->handle->label : "local account";
    if (err)
        log_line(err->code == FCT_E_CANCELLED ? FCT_LOG_INFO : FCT_LOG_WARN, label, "%s: %s", what, err->message);
    else if (a->is_repair)
        log_info(label, "repair: %lld differences, %lld mended", (long long)json_integer_value(json_object_get(result, "found")),
                 (long long)json_integer_value(json_object_get(result, "mended")));
    else
        log_info(label, "verify: %lld differences in %lld mailboxes", (long long)json_integer_value(json_object_get(result, "found")),
                 (long long)json_integer_value(json_object_get(result, "mailboxes")));
}

static int run(void *arg)
{
    struct audit *a = arg;
    struct fct_error err = {0};
    json_t *result = NULL;
    bool is_maildrop = a->handle && account_handle_is_maildrop(a->handle); /* connects when it lists */
    int rc = is_maildrop ? 0 : audit_connect(a, &err);
    if (rc == 0)
        rc = compare_and_mend(a, &result, &err);
    audit_disconnect(a, rc < 0 ? &err : NULL);
    log_end(a, result, rc < 0 ? &err : NULL);
    task_finish(a->task, result, rc < 0 ? &err : NULL);
    a->task = NULL;
    return 0;
}

static void audit_free(struct audit *a)
{
    fiber_unref(a->fiber);
    account_handle_free(a->handle);
    free(a);
}

static void forget_ended(struct core *core)
{
    for (struct audit **p = &core->audits; *p;) {
        struct audit *a = *p;
        if (a->fiber && fiber_is_done(a->fiber)) {
            *p = a->next;
            audit_free(a);
        } else {
            p = &a->next;
        }
    }
}

void core_stop_audits(struct core *core, int64_t account_id)
{
    for (struct audit *a = core->audits; a; a = a->next)
        if (account_id == 0 || a->account_id == account_id)
            stop(a);
    for (struct audit *a = core->audits; a; a = a->next)
        if (account_id == 0 || a->account_id == account_id)
            fiber_join(a->fiber);
    forget_ended(core);
}

/* ---- starting ------------------------------------------------------------------------------------------------------- */

struct row_query {
    int64_t id;
    struct store_account row;
};

static void row_query_done(struct row_query *q)
{
    store_account_done(&q->row);
}

static int read_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct row_query *q = arg;
    return store_account_load(tx, q->id, &q->row, err);
}

static struct audit *find(struct core *core, int64_t account_id)
{
    forget_ended(core);
    for (struct audit *a = core->audits; a; a = a->next)
        if (a->account_id == account_id)
            return a;
    return NULL;
}

static int join(const struct audit *a, bool is_repair, bool whole, int64_t *out_task, struct fct_error *err)
{
    if (a->is_repair != is_repair || (whole && !a->whole))
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "the account is being %s at the moment", a->is_repair ? "repaired" : "verified");
    *out_task = a->task_id;
    return 0;
}

int core_audit(struct core *core, int64_t account_id, bool is_repair, bool whole, int64_t *out_task, struct fct_error *err)
{
    CLEANUP(row_query_done) struct row_query q = {.id = account_id};
    CLEANUP(account_handle_freep) struct account_handle *h = NULL;
    struct fct_error why = {0};
    if (store_read(core->store, read_account, &q, &why) < 0) {
        if (why.code == FCT_E_NOT_FOUND)
            return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "no such account");
        if (err)
            *err = why;
        return -1;
    }
    if (!q.row.is_local && account_handle_new(core, &q.row, NULL, &h, err) < 0)
        return -1;
    if (is_repair && !q.row.is_local && !core_find_account(core, account_id))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the account is not active: only one that synchronises can be repaired");
    if (core->stopping)
        return wait_fail_cancelled(err);
    const struct audit *running = find(core, account_id);
    if (running)
        return join(running, is_repair, whole, out_task, err);
    CLEANUP(freep) char *title = xasprintf("%s %s", is_repair ? "Repairing" : "Verifying", q.row.name && q.row.name[0] ? q.row.name : q.row.address);
    struct audit *a = XNEW(struct audit);
    *a = (struct audit){.core = core, .next = core->audits, .account_id = account_id, .is_repair = is_repair, .whole = whole, .handle = TAKE(h)};
    core->audits = a;
    a->task = task_new(core->tasks, is_repair ? "repair" : "verify", title);
    a->task_id = *out_task = task_id(a->task);
    a->fiber = fiber_spawn(core->loop, "audit", run, a);
    task_on_cancel(a->task, stop, a);
    return 0;
}
