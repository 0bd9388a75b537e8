/* task.h - long work that front ends can watch and cancel: a sync, an import, a rebuild.
 *
 *   struct task *t = task_new(tasks, "sync", "Checking 3 accounts");
 *   task_progress(t, done, total, "messages", detail);     coalesced: at most 10 notices a second
 *   task_finish(t, result, NULL);                          or task_finish(t, NULL, &err)
 *
 * A finished task is kept for 10 minutes (at most 100 of them), so that nobody misses its result.
 * Threads: loop thread.
 */
#ifndef ACCOUNT_TASK_H
#define ACCOUNT_TASK_H

#include <facteur/plugin.h>
#include <jansson.h>

struct tasks;
struct task;
struct uv_loop_s;

struct tasks *tasks_new(struct uv_loop_s *loop);
void tasks_free(struct tasks *ts);

struct task *task_new(struct tasks *ts, const char *kind, const char *title);
int64_t task_id(const struct task *t);
/* `detail`: JSON object for front ends (per account progress of a sync), a new reference is taken; may be NULL. */
void task_progress(struct task *t, uint64_t done, uint64_t total, const char *unit, json_t *detail);
/* Result (reference stolen, may be NULL) or error; the task must not be used after. */
void task_finish(struct task *t, json_t *result, const struct fct_error *err);
/* Called when somebody asks to cancel; at most once. */
void task_on_cancel(struct task *t, void (*fn)(void *ctx), void *ctx);
bool task_is_cancelled(const struct task *t);

/* For the API: {id, kind, title, state: running|done|failed|cancelled, done, total, unit, detail, result, error, startedAt, endedAt};
 * `error` {type, code, message, server, retry, retryAfterMs, requiresUserAction}. NULL: no such task. New reference. */
json_t *task_json(struct tasks *ts, int64_t id);
json_t *tasks_json(struct tasks *ts); /* array of all, newest first */
int task_cancel(struct tasks *ts, int64_t id, struct fct_error *err);
/* Waits until it has ended. Suspends. */
int task_wait(struct tasks *ts, int64_t id, uint64_t timeout_ms, struct fct_error *err);
typedef void (*task_fn)(void *ctx, int64_t id);
void tasks_on_progress(struct tasks *ts, task_fn fn, void *ctx);
/* The JSON form of an error, as it stands in tasks, in Account/get and in the API's error data. New reference. */
json_t *error_json(const struct fct_error *err);

#endif
