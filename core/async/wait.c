#include "async/wait.h"

#include "async/loop.h"
#include "base/alloc.h"
#include "base/error.h"

#include <assert.h>

int wait_fail_cancelled(struct fct_error *err)
{
    return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_LATER, "cancelled");
}

uint64_t wait_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

uint64_t wait_deadline(uint64_t timeout_ms)
{
    uint64_t at;
    if (timeout_ms == WAIT_FOREVER || __builtin_add_overflow(wait_now_ms(), timeout_ms, &at))
        return 0;
    return at;
}

/* ---- sleep, yield ---- */

int wait_sleep(uint64_t ms, struct fct_error *err)
{
    struct fiber_waiter w = {.deadline_ms = wait_deadline(ms), .waits_for = "sleep"};
    return fiber_park(&w) ? 0 : wait_fail_cancelled(err);
}

int wait_sleep_nudged(uint64_t ms, struct fct_error *err)
{
    struct fiber_waiter w = {.deadline_ms = wait_deadline(ms), .waits_for = "sleep", .nudgeable = true};
    return fiber_park(&w) ? 0 : wait_fail_cancelled(err);
}

int wait_yield(struct fct_error *err)
{
    return fiber_yield() ? 0 : wait_fail_cancelled(err);
}

/* ---- workers ---- */

struct offload {
    uv_work_t request;
    void (*fn)(void *arg);
    void *arg;
    struct fiber_waiter waiter;
};

static void run_offload(uv_work_t *request)
{
    struct offload *o = request->data;
    o->fn(o->arg);
}

static void offload_ended(uv_work_t *request, int status)
{
    struct offload *o = request->data;
    (void)status; /* nobody cancels it */
    fiber_wake(&o->waiter);
}

int wait_offload(void (*fn)(void *arg), void *arg, struct fct_error *err)
{
    struct offload o = {.fn = fn, .arg = arg, .waiter = {.uncancellable = true, .waits_for = "worker"}};
    o.request.data = &o;
    int rc = uv_queue_work(fiber_loop(), &o.request, run_offload, offload_ended);
    if (rc < 0)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "no worker thread: %s", uv_strerror(rc));
    fiber_park(&o.waiter);
    return 0;
}

/* ---- events ---- */

struct wait_event_waiter {
    struct fiber_waiter waiter;
    struct wait_event_waiter *next;
};

static void append_waiter(struct wait_event_waiter **at, struct wait_event_waiter *ew)
{
    while (*at)
        at = &(*at)->next;
    ew->next = NULL;
    *at = ew;
}

/* One that was woken by its event is no longer in the list. */
static void remove_waiter(struct wait_event_waiter **at, struct wait_event_waiter *ew)
{
    while (*at && *at != ew)
        at = &(*at)->next;
    if (*at)
        *at = ew->next;
}

int wait_event(struct wait_event *e, const char *what, uint64_t timeout_ms, struct fct_error *err)
{
    struct wait_event_waiter ew = {.waiter = {.deadline_ms = wait_deadline(timeout_ms), .waits_for = what}};
    append_waiter(&e->first, &ew);
    bool cancelled = !fiber_park(&ew.waiter);
    if (cancelled || ew.waiter.timed_out)
        remove_waiter(&e->first, &ew);
    if (cancelled)
        return wait_fail_cancelled(err);
    if (ew.waiter.timed_out)
        return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: nothing happened within %llu ms", what,
                        (unsigned long long)timeout_ms);
    return 0;
}

void wait_event_raise(struct wait_event *e)
{
    struct wait_event_waiter *ew = e->first;
    e->first = NULL;
    while (ew) {
        struct wait_event_waiter *next = ew->next;
        fiber_wake(&ew->waiter);
        ew = next;
    }
}

/* ---- channels ---- */

struct channel {
    size_t capacity, first, count;
    bool closed;
    struct wait_event_waiter *putters, *takers;
    void *items[];
};

struct channel *channel_new(size_t capacity)
{
    assert(capacity > 0 && capacity < SIZE_MAX / sizeof(void *) / 2);
    struct channel *c = xcalloc(1, sizeof(*c) + capacity * sizeof(void *));
    c->capacity = capacity;
    return c;
}

void channel_free(struct channel *c)
{
    assert(!c || (c->count == 0 && !c->putters && !c->takers));
    free(c);
}

/* Whoever is woken looks again: another fiber may have been faster. Cancellation does not touch one that was woken
 * already, so a wake is never lost with a fiber that does not use it. */
static int wait_for_turn(struct wait_event_waiter **list, const char *what, struct fct_error *err)
{
    struct wait_event_waiter ew = {.waiter = {.waits_for = what}};
    append_waiter(list, &ew);
    if (fiber_park(&ew.waiter))
        return 0;
    remove_waiter(list, &ew);
    return wait_fail_cancelled(err);
}

static void wake_first(struct wait_event_waiter **list)
{
    struct wait_event_waiter *ew = *list;
    if (!ew)
        return;
    *list = ew->next;
    fiber_wake(&ew->waiter);
}

int channel_put(struct channel *c, void *item, struct fct_error *err)
{
    assert(item);
    while (!c->closed && c->count == c->capacity)
        if (wait_for_turn(&c->putters, "room in a channel", err) < 0)
            return -1;
    if (c->closed)
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_LATER, "cancelled: the channel was closed");
    c->items[(c->first + c->count) % c->capacity] = item;
    c->count++;
    wake_first(&c->takers);
    return 0;
}

int channel_take(struct channel *c, void **out_item, struct fct_error *err)
{
    while (!c->closed && c->count == 0)
        if (wait_for_turn(&c->takers, "an item in a channel", err) < 0)
            return -1;
    if (c->count == 0) {
        *out_item = NULL;
        return 0;
    }
    *out_item = c->items[c->first];
    c->first = (c->first + 1) % c->capacity;
    c->count--;
    wake_first(&c->putters);
    return 0;
}

void channel_close(struct channel *c)
{
    c->closed = true;
    while (c->putters)
        wake_first(&c->putters);
    while (c->takers)
        wake_first(&c->takers);
}

size_t channel_count(const struct channel *c)
{
    return c->count;
}

/* ---- from other threads ---- */

struct completion {
    struct loop_item item;
    struct async_loop *loop;
    struct fiber_waiter waiter;
};

static void complete(struct loop_item *item)
{
    struct completion *c = (struct completion *)item; /* item is its first member */
    fiber_wake(&c->waiter);
}

struct completion *completion_new(void)
{
    struct completion *c = XNEW(struct completion);
    c->item.run = complete;
    c->loop = async_loop_get(fiber_loop());
    c->waiter.uncancellable = true;
    async_loop_expect_answer(c->loop);
    return c;
}

void completion_done(struct completion *c)
{
    async_loop_send(c->loop, &c->item);
}

void completion_wait(struct completion *c, const char *what)
{
    c->waiter.waits_for = what;
    fiber_park(&c->waiter);
    async_loop_got_answer(c->loop);
    free(c);
}

struct post {
    struct loop_item item;
    void (*fn)(void *arg);
    void *arg;
};

static void run_post(struct loop_item *item)
{
    struct post *p = (struct post *)item; /* item is its first member */
    p->fn(p->arg);
    free(p);
}

void wait_post(uv_loop_t *loop, void (*fn)(void *arg), void *arg)
{
    struct async_loop *l = async_loop_find(loop);
    assert(l);
    struct post *p = XNEW(struct post);
    p->item.run = run_post;
    p->fn = fn;
    p->arg = arg;
    async_loop_send(l, &p->item);
}
