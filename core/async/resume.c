#include "async/resume.h"

#include "async/loop.h"
#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NEVER_S ((time_t)1 << 60)

struct resume_watch {
    uv_poll_t poll; /* first, so that the handle's address is the watch's */
    struct async_loop *loop;
    int fd;
    resume_fn fn;
    void *ctx;
    uint64_t slept_ms; /* at the last look */
};

static int64_t read_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t resume_slept_ms(void)
{
    int64_t monotonic = read_ms(CLOCK_MONOTONIC), boot = read_ms(CLOCK_BOOTTIME);
    return boot > monotonic ? (uint64_t)(boot - monotonic) : 0;
}

void resume_look(struct resume_watch *w, uint64_t slept_ms)
{
    uint64_t before = w->slept_ms;
    if (slept_ms < before + RESUME_MIN_MS)
        return;
    w->slept_ms = slept_ms;
    w->fn(w->ctx, slept_ms - before);
}

/* A timer that was cancelled stays so until it is set again. */
static int arm(const struct resume_watch *w)
{
    const struct itimerspec never = {.it_value = {.tv_sec = NEVER_S}};
    return timerfd_settime(w->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static void on_clock_set(uv_poll_t *poll, int status, int events)
{
    struct resume_watch *w = (struct resume_watch *)poll;
    uint64_t expirations;
    (void)status, (void)events;
    if (read(w->fd, &expirations, sizeof(expirations)) < 0 && errno != ECANCELED)
        return;
    if (arm(w) < 0)
        uv_poll_stop(&w->poll); /* rather deaf than busy */
    resume_look(w, resume_slept_ms());
}

static void on_closed(uv_handle_t *handle)
{
    struct resume_watch *w = (struct resume_watch *)handle;
    close(w->fd);
    async_loop_release(w->loop);
    free(w);
}

void resume_watch_free(struct resume_watch *w)
{
    if (!w)
        return;
    async_loop_hold(w->loop);
    uv_close((uv_handle_t *)&w->poll, on_closed);
}

int resume_watch_new(struct uv_loop_s *loop, resume_fn fn, void *ctx, struct resume_watch **out, struct fct_error *err)
{
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "no timer of the wall clock: %s", strerror(errno));
    struct resume_watch *w = XNEW(struct resume_watch);
    w->loop = async_loop_get(loop);
    w->fd = fd;
    w->fn = fn;
    w->ctx = ctx;
    w->slept_ms = resume_slept_ms();
    int rc = arm(w) < 0 ? -errno : uv_poll_init(loop, &w->poll, fd);
    if (rc < 0) {
        close(fd);
        free(w);
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "no timer that tells of a set clock: %s",
                        strerror(-rc));
    }
    uv_poll_start(&w->poll, UV_READABLE, on_clock_set);
    uv_unref((uv_handle_t *)&w->poll);
    *out = w;
    return 0;
}
