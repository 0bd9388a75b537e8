/* jobs.h - functions on their way from a fiber to a thread of the store, and back. Internal to core/store.
 *
 * A bounded queue: the writer thread has one, the readers share one. store_jobs_call puts a job in and suspends until
 * a thread has called store_job_done on it; a full queue holds the caller back first (DESIGN section 2), and only
 * that wait is cut short by cancellation: a job that was accepted is done, and its outcome told.
 *
 * Threads    store_jobs_call and store_jobs_drain: loop thread. The rest: the store's threads, most with `lock` held.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "async/wait.h"
#include "store/store.h"

#include <pthread.h>

/* Lives on the stack of the function that waits for it. */
struct store_job {
    store_fn fn;
    void *arg;
    int result;
    struct fct_error error;
    struct completion *completion; /* NULL: nobody waits, the job is run by its own thread */
    struct store_job *next;
};

struct store_jobs {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* on CLOCK_MONOTONIC */
    struct store_job *first, *last;
    size_t n_queued, n_idle_threads;
    bool is_stopping;

    /* loop thread only */
    size_t n_pending, max_pending;
    struct wait_event room;
    struct completion *drained;
};

void store_jobs_init(struct store_jobs *q, size_t max_pending);
void store_jobs_done(struct store_jobs *q);
/* Suspends. `what` is what the fiber is seen to wait for. */
int store_jobs_call(struct store_jobs *q, store_fn fn, void *arg, const char *what, struct fct_error *err);
/* Waits until every accepted job has been answered. Suspends; not cut short by cancellation. */
void store_jobs_drain(struct store_jobs *q);
/* Tells the threads to end when the queue is empty. */
void store_jobs_stop(struct store_jobs *q);

/* With the lock held: takes up to `max` jobs off the queue, in order. */
struct store_job *store_jobs_take(struct store_jobs *q, size_t max);
/* With the lock held: puts a list back in front. */
void store_jobs_put_back(struct store_jobs *q, struct store_job *list);
/* With the lock held: waits until something changed; false when `ms` passed first (0: no limit). */
bool store_jobs_sleep(struct store_jobs *q, unsigned ms);
/* Hands the job back to its caller: it may be gone when this returns. */
void store_job_done(struct store_job *job);

#endif
