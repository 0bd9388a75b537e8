#include "net/aside.h"

#include "base/error.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define STACK_BYTES (512 << 10)

struct job {
    void (*fn)(void *arg);
    void *arg;
    struct completion *done;
};

static void *run(void *arg)
{
    struct job *job = arg;
    job->fn(job->arg);
    completion_done(job->done);
    return NULL;
}

/* uv_hrtime's clock, without the loop. */
static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool aside_is_over(const struct aside *a)
{
    return now_ms() >= a->deadline_ms || (a->fiber && fiber_is_cancelled(a->fiber));
}

uint64_t aside_left_ms(const struct aside *a)
{
    uint64_t now = now_ms();
    return now < a->deadline_ms ? a->deadline_ms - now : 0;
}

int aside_slice_ms(const struct aside *a)
{
    uint64_t left = aside_left_ms(a);
    return left < ASIDE_SLICE_MS ? (int)left : ASIDE_SLICE_MS;
}

int aside_run(struct aside *a, uint64_t deadline_ms, const char *what, void (*fn)(void *arg), void *arg, struct fct_error *err)
{
    struct job job = {.fn = fn, .arg = arg};
    pthread_attr_t attr;
    pthread_t thread;
    a->fiber = fiber_self();
    /* The two clocks begin at different moments. */
    uint64_t now = wait_now_ms();
    a->deadline_ms = now_ms() + (deadline_ms > now ? deadline_ms - now : 0);
    if (a->fiber && fiber_is_cancelled(a->fiber))
        return wait_fail_cancelled(err);
    job.done = completion_new();
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(&thread, &attr, run, &job);
    pthread_attr_destroy(&attr);
    if (rc != 0) {
        completion_done(job.done);
        completion_wait(job.done, what);
        return fct_fail_errno(err, rc, "no thread can be started");
    }
    completion_wait(job.done, what);
    pthread_join(thread, NULL); /* it has nothing left to do */
    if (a->fiber && fiber_is_cancelled(a->fiber))
        return wait_fail_cancelled(err);
    return 0;
}
