#include "account/task.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/ids.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEP_SECONDS 600
#define KEEP_COUNT 100
#define NOTICE_MS 100

enum task_state { TASK_RUNNING, TASK_DONE, TASK_FAILED, TASK_CANCELLED };

struct task {
    struct tasks *owner;
    struct task *next; /* newest first */
    int64_t id;
    char *kind, *title;
    enum task_state state;
    uint64_t done, total;
    const char *unit;
    json_t *detail, *result, *error;
    int64_t started_at, ended_at;
    uint64_t noticed_ms;
    bool cancel_asked;
    void (*on_cancel)(void *ctx);
    void *cancel_ctx;
};

struct listener {
    task_fn fn;
    void *ctx;
    struct listener *next;
};

struct tasks {
    struct uv_loop_s *loop;
    struct task *first;
    int64_t next_id;
    struct listener *listeners;
    struct wait_event ended;
};

struct tasks *tasks_new(struct uv_loop_s *loop)
{
    struct tasks *ts = XNEW(struct tasks);
    ts->loop = loop;
    ts->next_id = 1;
    return ts;
}

static void task_free(struct task *t)
{
    free(t->kind);
    free(t->title);
    json_decref(t->detail);
    json_decref(t->result);
    json_decref(t->error);
    free(t);
}

void tasks_free(struct tasks *ts)
{
    if (!ts)
        return;
    while (ts->first) {
        struct task *t = ts->first;
        ts->first = t->next;
        task_free(t);
    }
    while (ts->listeners) {
        struct listener *l = ts->listeners;
        ts->listeners = l->next;
        free(l);
    }
    free(ts);
}

static void forget_old(struct tasks *ts)
{
    int64_t now = (int64_t)time(NULL);
    size_t kept = 0;
    for (struct task **p = &ts->first; *p;) {
        struct task *t = *p;
        bool old = t->state != TASK_RUNNING && (now - t->ended_at > KEEP_SECONDS || kept >= KEEP_COUNT);
        if (old) {
            *p = t->next;
            task_free(t);
        } else {
            kept++;
            p = &t->next;
        }
    }
}

struct task *task_new(struct tasks *ts, const char *kind, const char *title)
{
    forget_old(ts);
    struct task *t = XNEW(struct task);
    t->owner = ts;
    t->id = ts->next_id++;
    t->kind = xstrdup(kind);
    t->title = xstrdup(title);
    t->unit = "items";
    t->started_at = (int64_t)time(NULL);
    t->next = ts->first;
    ts->first = t;
    return t;
}

int64_t task_id(const struct task *t)
{
    return t->id;
}

static void notice(struct task *t)
{
    t->noticed_ms = wait_now_ms();
    for (struct listener *l = t->owner->listeners; l; l = l->next)
        l->fn(l->ctx, t->id);
}

void task_progress(struct task *t, uint64_t done, uint64_t total, const char *unit, json_t *detail)
{
    t->done = done;
    t->total = total;
    t->unit = unit;
    if (detail) {
        json_decref(t->detail);
        t->detail = json_incref(detail);
    }
    if (wait_now_ms() - t->noticed_ms >= NOTICE_MS)
        notice(t);
}

void task_finish(struct task *t, json_t *result, const struct fct_error *err)
{
    t->ended_at = (int64_t)time(NULL);
    t->result = result;
    t->state = !err ? TASK_DONE : err->code == FCT_E_CANCELLED ? TASK_CANCELLED : TASK_FAILED;
    if (err)
        t->error = error_json(err);
    t->on_cancel = NULL;
    notice(t);
    wait_event_raise(&t->owner->ended);
}

void task_on_cancel(struct task *t, void (*fn)(void *ctx), void *ctx)
{
    t->on_cancel = fn;
    t->cancel_ctx = ctx;
}

bool task_is_cancelled(const struct task *t)
{
    return t->cancel_asked;
}

static struct task *find(struct tasks *ts, int64_t id)
{
    for (struct task *t = ts->first; t; t = t->next)
        if (t->id == id)
            return t;
    return NULL;
}

static const char *const state_names[] = {"running", "done", "failed", "cancelled"};

static json_t *or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

static json_t *to_json(const struct task *t)
{
    char id[ID_SIZE];
    return json_pack("{ss ss ss ss sI sI ss so so so sI so}", "id", id_format(ID_TASK, t->id, id), "kind", t->kind, "title", t->title, "state",
                     state_names[t->state], "done", (json_int_t)t->done, "total", (json_int_t)t->total, "unit", t->unit, "detail",
                     or_null(t->detail), "result", or_null(t->result), "error", or_null(t->error), "startedAt", (json_int_t)t->started_at,
                     "endedAt", t->ended_at ? json_integer(t->ended_at) : json_null());
}

json_t *task_json(struct tasks *ts, int64_t id)
{
    struct task *t = find(ts, id);
    return t ? to_json(t) : NULL;
}

json_t *tasks_json(struct tasks *ts)
{
    json_t *all = json_array();
    for (struct task *t = ts->first; t; t = t->next)
        json_array_append_new(all, to_json(t));
    return all;
}

int task_cancel(struct tasks *ts, int64_t id, struct fct_error *err)
{
    struct task *t = find(ts, id);
    if (!t)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such task");
    if (t->state != TASK_RUNNING || t->cancel_asked)
        return 0;
    t->cancel_asked = true;
    if (t->on_cancel)
        t->on_cancel(t->cancel_ctx);
    return 0;
}

int task_wait(struct tasks *ts, int64_t id, uint64_t timeout_ms, struct fct_error *err)
{
    uint64_t until = timeout_ms == WAIT_FOREVER ? WAIT_FOREVER : wait_now_ms() + timeout_ms;
    for (;;) {
        const struct task *t = find(ts, id); /* looked up again: it may be gone after a wait */
        if (!t)
            return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such task");
        if (t->state != TASK_RUNNING)
            return 0;
        uint64_t now = wait_now_ms();
        if (now >= until)
            return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "the task still runs");
        if (wait_event(&ts->ended, "a task", until == WAIT_FOREVER ? WAIT_FOREVER : until - now, err) < 0 &&
            (!err || err->code != FCT_E_TIMEOUT))
            return -1;
    }
}

void tasks_on_progress(struct tasks *ts, task_fn fn, void *ctx)
{
    struct listener *l = XNEW(struct listener);
    *l = (struct listener){fn, ctx, ts->listeners};
    ts->listeners = l;
}

json_t *error_json(const struct fct_error *err)
{
    static const char *const retry_names[] = {[FCT_RETRY_NEVER] = "never", [FCT_RETRY_LATER] = "later", [FCT_RETRY_NOW] = "now"};
    const char *retry = err->retry >= FCT_RETRY_NEVER && err->retry <= FCT_RETRY_NOW ? retry_names[err->retry] : "never";
    return json_pack("{ss si ss ss ss sI sb}", "type", fct_code_name(err->code), "code", (int)err->code, "message", err->message, "server",
                     err->server, "retry", retry, "retryAfterMs", (json_int_t)err->retry_after_ms, "requiresUserAction",
                     (int)(err->user_action != 0));
}
