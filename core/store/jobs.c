#include "store/jobs.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

void store_jobs_init(struct store_jobs *q, size_t max_pending)
{
    pthread_condattr_t attr;

    *q = (struct store_jobs){.max_pending = max_pending};
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void store_jobs_done(struct store_jobs *q)
{
    assert(!q->first && q->n_pending == 0);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

static void put(struct store_jobs *q, struct store_job *job)
{
    pthread_mutex_lock(&q->lock);
    if (q->last)
        q->last->next = job;
    else
        q->first = job;
    q->last = job;
    q->n_queued++;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

int store_jobs_call(struct store_jobs *q, store_fn fn, void *arg, const char *what, struct fct_error *err)
{
    while (q->n_pending >= q->max_pending)
        if (wait_event(&q->room, what, WAIT_FOREVER, err) < 0)
            return -1;

    struct store_job job = {.fn = fn, .arg = arg, .completion = completion_new()};
    q->n_pending++;
    put(q, &job);
    completion_wait(job.completion, what);
    q->n_pending--;
    wait_event_raise(&q->room);
    if (q->n_pending == 0 && q->drained)
        completion_done(TAKE(q->drained));
    if (job.result < 0 && err)
        *err = job.error;
    return job.result;
}

void store_jobs_drain(struct store_jobs *q)
{
    while (q->n_pending > 0) {
        q->drained = completion_new();
        completion_wait(q->drained, "the store's last jobs");
    }
}

void store_jobs_stop(struct store_jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->is_stopping = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

struct store_job *store_jobs_take(struct store_jobs *q, size_t max)
{
    struct store_job *list = q->first, *end = NULL;
    for (; max > 0 && q->first; max--) {
        end = q->first;
        q->first = end->next;
        q->n_queued--;
    }
    if (end)
        end->next = NULL;
    if (!q->first)
        q->last = NULL;
    return list;
}

void store_jobs_put_back(struct store_jobs *q, struct store_job *list)
{
    if (!list)
        return;
    struct store_job *end = list;
    for (q->n_queued++; end->next; end = end->next)
        q->n_queued++;
    end->next = q->first;
    if (!q->first)
        q->last = end;
    q->first = list;
}

bool store_jobs_sleep(struct store_jobs *q, unsigned ms)
{
    struct timespec at;

    if (ms == 0)
        return pthread_cond_wait(&q->changed, &q->lock) == 0;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(&q->changed, &q->lock, &at) != ETIMEDOUT;
}

void store_job_done(struct store_job *job)
{
    if (job->completion)
        completion_done(job->completion);
}
