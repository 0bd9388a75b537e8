#include "api.h"

#include "access.h"
#include "api_methods.h"
#include "audit.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "door.h"
#include "once.h"
#include "pairings.h"
#include "session.h"

#include <stdlib.h>
#include <time.h>

static int run_read(void *ctx, store_fn fn, void *arg, struct fct_error *err)
{
    return store_read(ctx, fn, arg, err);
}

static int run_write(void *ctx, store_fn fn, void *arg, struct fct_error *err)
{
    return store_write(ctx, fn, arg, err);
}

static void on_commit(void *ctx, const struct store_change *changes, size_t n)
{
    const struct api *api = ctx;
    push_store_changed(api->push, changes, n);
    if (api->webpush)
        webpush_store_changed(api->webpush, changes, n);
}

static void on_account_state(void *ctx, int64_t account_id)
{
    push_account_state(((struct api *)ctx)->push, account_id);
}

static void on_task(void *ctx, int64_t task_id)
{
    push_task(((struct api *)ctx)->push, task_id);
}

/* By account, in the order in which they were wanted. */
static int fetch_bodies(void *ctx, const struct wanted_bodies *wanted, struct fct_error *err)
{
    const struct api *api = ctx;
    CLEANUP(freep) int64_t *ids = xcalloc(wanted->n, sizeof(*ids));
    for (size_t at = 0, end; at < wanted->n; at = end) {
        size_t n = 0;
        for (end = at; end < wanted->n && wanted->v[end].account_id == wanted->v[at].account_id; end++)
            ids[n++] = wanted->v[end].email_id;
        if (core_fetch_bodies(api->core, wanted->v[at].account_id, ids, n, err) < 0)
            return -1;
    }
    return 0;
}

int api_start(struct uv_loop_s *loop, struct core *core, const struct server_options *o, void (*stop)(void *ctx),
              void *stop_ctx, struct api **out, struct fct_error *err)
{
    struct api *api = XNEW(struct api);
    api->loop = loop;
    api->core = core;
    api->store = core_store(core);
    api->push = push_new(loop);
    push_set_tasks(api->push, core_tasks(core), &api->grants);
    api->dispatcher = (struct dispatcher){.methods = api_methods,
                                          .n_methods = api_n_methods,
                                          .limits = dispatch_default_limits,
                                          .runner = {.ctx = api->store,
                                                     .read = run_read,
                                                     .write = run_write,
                                                     .fetch_bodies = fetch_bodies,
                                                     .bodies_ctx = api},
                                          .access_of = session_access,
                                          .narrows = "Session/authenticate",
                                          .lock = door_lock,
                                          .api = api};
    api->dispatcher.once = once_new(loop, &api->dispatcher.runner);
    api->door = door_new(api);
    api->pairings = pairings_new();
    api->audit = api->dispatcher.audit = audit_new(loop, &api->dispatcher.runner);
    api->socket_path = xstrdup(o->socket_path);
    api->started_at = (int64_t)time(NULL);
    api->started_ms = wait_now_ms();
    api->stop = stop;
    api->stop_ctx = stop_ctx;
    /* Listeners cannot be taken back: *out is set in any case, and lives until the core has stopped. */
    *out = api;
    store_on_commit(api->store, on_commit, api);
    core_on_account_state(core, on_account_state, api);
    tasks_on_progress(core_tasks(core), on_task, api);
    if (webpush_start(loop, core, push_store_type_name, &api->webpush, err) < 0)
        return -1;
    return server_start(loop, o, &api->dispatcher, api->push, &api->server, err);
}

void api_stop(struct api *api)
{
    if (!api)
        return;
    api->dispatcher.is_stopping = true;
    server_stop(api->server);
    api->server = NULL;
    webpush_stop(api->webpush);
    door_free(api->door);
    api->door = NULL;
    audit_free(api->audit);
    api->audit = api->dispatcher.audit = NULL;
    once_free(api->dispatcher.once);
    api->dispatcher.once = NULL;
    push_set_tasks(api->push, NULL, NULL);
}

void api_free(struct api *api)
{
    if (!api)
        return;
    pairings_free(api->pairings);
    push_free(api->push);
    webpush_free(api->webpush);
    streams_done(&api->streams);
    free(api->socket_path);
    free(api);
}
