/* core_rebuild: what follows from the messages' bytes is made again, as a task that front ends watch. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/rebuild.h"

#include <stdlib.h>

struct rebuild_job {
    struct core *core;
    struct task *task;
};

static bool go_on(void *ctx, const struct store_rebuild_report *so_far)
{
    struct rebuild_job *j = ctx;
    task_progress(j->task, so_far->done, so_far->total, "messages", NULL);
    return !task_is_cancelled(j->task);
}

static void finish(struct rebuild_job *j, const struct store_rebuild_report *r, const struct fct_error *err)
{
    if (err->code) {
        log_line(err->code == FCT_E_CANCELLED ? FCT_LOG_INFO : FCT_LOG_WARN, "store", "rebuilding: %s", err->message);
        task_finish(j->task, NULL, err);
        return;
    }
    log_info("store", "rebuilt: %llu messages; %llu corrected, %llu tied to others, %llu damaged%s", (unsigned long long)r->done,
             (unsigned long long)r->corrected, (unsigned long long)r->tied, (unsigned long long)r->damaged,
             r->counters_were_wrong ? "; counters were wrong" : "");
    task_finish(j->task,
                json_pack("{sI sI sI sI sb}", "emails", (json_int_t)r->done, "corrected", (json_int_t)r->corrected, "tied",
                          (json_int_t)r->tied, "damaged", (json_int_t)r->damaged, "countersCorrected", r->counters_were_wrong),
                NULL);
}

static int run(void *arg)
{
    struct rebuild_job *j = arg;
    struct store_rebuild_report report = {0};
    struct fct_error err = {0};
    store_rebuild(j->core->store, go_on, j, &report, &err);
    finish(j, &report, &err);
    free(j);
    return 0;
}

static bool is_running(const struct core *core)
{
    return core->rebuild && !fiber_is_done(core->rebuild);
}

int64_t core_rebuild(struct core *core)
{
    if (is_running(core))
        return core->rebuild_task;
    struct rebuild_job *j = XNEW(struct rebuild_job);
    *j = (struct rebuild_job){core, task_new(core->tasks, "rebuild", "Rebuilding the index")};
    core->rebuild_task = task_id(j->task);
    fiber_unref(core->rebuild);
    core->rebuild = fiber_spawn(core->loop, "rebuild", run, j);
    return core->rebuild_task;
}

void core_stop_rebuild(struct core *core)
{
    if (!core->rebuild)
        return;
    fiber_cancel(core->rebuild);
    fiber_join(core->rebuild);
    fiber_unref(core->rebuild);
    core->rebuild = NULL;
}
