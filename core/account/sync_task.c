/* core_sync: "check my mail now", as a task that front ends watch. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/ids.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_MS 100     /* how often progress is summed up */
#define RUNNING_MAX 100 /* sync tasks at once */
#define SILENT_MS 10000 /* for so long a server that says nothing is waited for where the others have answered */

struct wish {
    int64_t id;
    uint64_t number;  /* the pass that answers it */
    uint64_t arrived; /* what had come in before it */
    json_t *outcome;  /* once it is answered, as it was then */
};

struct sync_job {
    struct core *core;
    struct task *task;
    struct wish *wishes;
    size_t n;
};

/* What a pass brought that ran when the wish came is news as well: whoever asked has not seen it. */
static json_t *account_outcome(const struct account *a, const struct wish *w)
{
    char text[ID_SIZE];
    id_format(ID_ACCOUNT, w->id, text);
    if (!a)
        return json_pack("{ss sb s{ss ss}}", "accountId", text, "ok", 0, "error", "type", "accountNotFound", "message", "the account is not active");
    return json_pack("{ss ss sb so sI sI sI sI sI}", "accountId", text, "name", a->handle->label, "ok", !a->has_error, "error",
                     a->has_error ? error_json(&a->error) : json_null(), "newMessages", (json_int_t)(a->arrived - w->arrived), "mailboxesVisited",
                     (json_int_t)a->report.mailboxes, "mailboxesFailed", (json_int_t)a->report.mailboxes_failed, "missing",
                     (json_int_t)a->report.missing, "roundTrips", (json_int_t)a->state.round_trips);
}

static json_t *silent_outcome(const struct account *a, const struct wish *w)
{
    char text[ID_SIZE];
    struct fct_error err = {0};
    fct_fail(&err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: the server has not answered for %d s; facteurd goes on trying", a->handle->label,
             SILENT_MS / 1000);
    return json_pack("{ss ss sb so sI}", "accountId", id_format(ID_ACCOUNT, w->id, text), "name", a->handle->label, "ok", 0, "error",
                     error_json(&err), "newMessages", (json_int_t)(a->arrived - w->arrived));
}

static json_t *account_progress(const struct account *a, const struct wish *w)
{
    char text[ID_SIZE];
    return json_pack("{ss ss ss sI sI sI sb sO*}", "accountId", id_format(ID_ACCOUNT, w->id, text), "name", a->handle->label, "phase",
                     account_phase_name(a->state.phase), "messagesDone", (json_int_t)a->state.messages_done, "messagesTotal",
                     (json_int_t)a->state.messages_total, "bytesDone", (json_int_t)a->state.bytes_done, "isDone", w->outcome != NULL,
                     "outcome", w->outcome);
}

/* Each account is told of as soon as it has answered, whatever keeps the others. Returns whether all have. */
static bool look(struct sync_job *j)
{
    uint64_t done = 0, total = 0;
    bool all = true;
    json_t *detail = json_array();
    for (size_t i = 0; i < j->n; i++) {
        struct wish *w = &j->wishes[i];
        const struct account *a = core_find_account(j->core, w->id);
        if (!w->outcome && (!a || a->served >= w->number))
            w->outcome = account_outcome(a, w);
        all = all && w->outcome;
        if (!a)
            continue;
        done += a->state.messages_done;
        total += a->state.messages_total;
        json_array_append_new(detail, account_progress(a, w));
    }
    json_t *wrapped = json_pack("{so}", "accounts", detail);
    task_progress(j->task, done, total, "messages", wrapped);
    json_decref(wrapped);
    return all;
}

/* Others have answered, and who has not is kept waiting by a server that says nothing. */
static bool only_silent_are_left(const struct sync_job *j)
{
    size_t answered = 0;
    for (size_t i = 0; i < j->n; i++) {
        const struct account *a = core_find_account(j->core, j->wishes[i].id);
        if (j->wishes[i].outcome)
            answered++;
        else if (!a || account_silent_ms(a) < SILENT_MS)
            return false;
    }
    return answered > 0;
}

static void give_up_silent(struct sync_job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        struct wish *w = &j->wishes[i];
        const struct account *a = core_find_account(j->core, w->id);
        if (!w->outcome && a)
            w->outcome = silent_outcome(a, w);
    }
}

static void finish(struct sync_job *j, const struct fct_error *err)
{
    json_t *accounts = json_array();
    for (size_t i = 0; i < j->n; i++) {
        struct wish *w = &j->wishes[i];
        json_array_append_new(accounts, w->outcome ? w->outcome : account_outcome(core_find_account(j->core, w->id), w));
    }
    task_finish(j->task, json_pack("{so}", "accounts", accounts), err);
}

static int run(void *arg)
{
    struct sync_job *j = arg;
    struct fct_error err = {0};
    bool ok = true;
    while (!look(j)) {
        if (task_is_cancelled(j->task)) {
            ok = false;
            fct_fail(&err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "nobody waits for the sync any more; the accounts go on");
            break;
        }
        if (only_silent_are_left(j)) {
            give_up_silent(j);
            break;
        }
        if (wait_event(&j->core->answered, "accounts being checked", LOOK_MS, &err) < 0 && err.code != FCT_E_TIMEOUT) {
            ok = false;
            break;
        }
    }
    finish(j, ok ? NULL : &err);
    free(j->wishes);
    free(j);
    return 0;
}

static void forget_ended(struct core *core)
{
    size_t kept = 0;
    for (size_t i = 0; i < core->n_sync_tasks; i++) {
        if (fiber_is_done(core->sync_tasks[i]))
            fiber_unref(core->sync_tasks[i]);
        else
            core->sync_tasks[kept++] = core->sync_tasks[i];
    }
    core->n_sync_tasks = kept;
}

static void remember(struct core *core, struct fiber *f)
{
    core->sync_tasks = xreallocarray(core->sync_tasks, core->n_sync_tasks + 1, sizeof(core->sync_tasks[0]));
    core->sync_tasks[core->n_sync_tasks++] = f;
}

int core_sync(struct core *core, const int64_t *ids, size_t n, int64_t *out_task, struct fct_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!core_find_account(core, ids[i])) {
            char text[ID_SIZE];
            return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "account %s is not active (local, disabled, or its plugin is missing)",
                            id_format(ID_ACCOUNT, ids[i], text));
        }
    forget_ended(core);
    if (core->n_sync_tasks >= RUNNING_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%d syncs are asked for already", RUNNING_MAX);
    struct sync_job *j = XNEW(struct sync_job);
    j->core = core;
    j->n = n ? n : core->n_accounts;
    j->wishes = xcalloc(j->n, sizeof(j->wishes[0]));
    for (size_t i = 0; i < j->n; i++) {
        struct account *a = n ? core_find_account(core, ids[i]) : core->accounts[i];
        core_send_now(core, a->id); /* whoever asks for a sync wants what waits to go out, too */
        j->wishes[i] = (struct wish){.id = a->id, .number = account_want_pass(a), .arrived = a->arrived};
    }
    char title[64];
    snprintf(title, sizeof(title), "Checking %zu account%s", j->n, j->n == 1 ? "" : "s");
    j->task = task_new(core->tasks, "sync", title);
    *out_task = task_id(j->task);
    remember(core, fiber_spawn(core->loop, "sync task", run, j));
    return 0;
}
