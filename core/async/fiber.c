#include "async/fiber.h"

#include "async/loop.h"
#include "base/alloc.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* ucontext costs one system call a switch (about 0.25 us), which no conversation notices, and glibc keeps it right
 * with shadow stacks (-fcf-protection) on every CPU. */

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define HAVE_ASAN 1
#else
#define HAVE_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define HAVE_TSAN 1
#else
#define HAVE_TSAN 0
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#define STACK_SIZE ((size_t)256 * 1024)
#define STACK_KEPT_WARM ((size_t)16 * 1024) /* of a pooled stack; the rest goes back to the system */
#define FREE_STACKS_MAX 64
#define NAME_MAX_BYTES 63

struct fiber_stack {
    struct fiber_stack *next_free;
    char *low; /* below it stands the guard page */
    unsigned valgrind_id;
};

struct joiner {
    struct fiber_waiter waiter;
    struct joiner *next;
};

struct fiber {
    struct async_loop *loop;
    fiber_fn fn;
    void *arg;
    int result;
    unsigned refs;
    bool done, nudged;
    atomic_bool cancelled;
    struct fiber_waiter *waiter; /* what it is parked on; NULL while it runs or is ready */
    struct fiber *next_ready;
    struct fiber *prev, *next; /* among the living */
    struct joiner *joiners;
    struct fiber_stack *stack;
    ucontext_t context;
    void *fake_stack; /* ASan's */
    void *tsan_fiber;
    char name[NAME_MAX_BYTES + 1];
};

/* Fibers never change their thread. */
static _Thread_local struct fiber *current;
static _Thread_local uv_loop_t *thread_loop;
/* Where the loop goes on when a fiber suspends, and the loop's stack as ASan needs to know it. */
static _Thread_local ucontext_t loop_context;
static _Thread_local void *loop_fake_stack;
#if HAVE_TSAN
static _Thread_local void *loop_tsan_fiber;
#endif
static _Thread_local const void *loop_stack_low;
static _Thread_local size_t loop_stack_size;

/* ---- stacks ---- */

static size_t guard_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static struct fiber_stack *stack_map(void)
{
    size_t guard = guard_size();
    char *map = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED || mprotect(map, guard, PROT_NONE) < 0) {
        fputs("facteur: no memory for the stack of a fiber\n", stderr);
        abort();
    }
    struct fiber_stack *s = XNEW(struct fiber_stack);
    s->low = map + guard;
    s->valgrind_id = VALGRIND_STACK_REGISTER(s->low, s->low + STACK_SIZE);
#if HAVE_ASAN
    __lsan_register_root_region(s->low, STACK_SIZE);
#endif
    return s;
}

static void stack_unmap(struct fiber_stack *s)
{
    VALGRIND_STACK_DEREGISTER(s->valgrind_id);
#if HAVE_ASAN
    __lsan_unregister_root_region(s->low, STACK_SIZE);
    __asan_unpoison_memory_region(s->low, STACK_SIZE);
#endif
    munmap(s->low - guard_size(), guard_size() + STACK_SIZE);
    free(s);
}

static struct fiber_stack *stack_take(struct async_loop *l)
{
    struct fiber_stack *s = l->free_stacks;
    if (!s)
        return stack_map();
    l->free_stacks = s->next_free;
    l->n_free_stacks--;
#if HAVE_ASAN
    __asan_unpoison_memory_region(s->low, STACK_SIZE); /* the last owner's frames never returned */
#endif
    return s;
}

static void stack_give_back(struct async_loop *l, struct fiber_stack *s)
{
    if (l->n_free_stacks >= FREE_STACKS_MAX) {
        stack_unmap(s);
        return;
    }
    madvise(s->low, STACK_SIZE - STACK_KEPT_WARM, MADV_DONTNEED);
    s->next_free = l->free_stacks;
    l->free_stacks = s;
    l->n_free_stacks++;
}

/* ---- switching: nothing else in the program does this ---- */

static void begin_switch(void **save_fake_stack, const void *low, size_t size)
{
#if HAVE_ASAN
    __sanitizer_start_switch_fiber(save_fake_stack, low, size);
#else
    (void)save_fake_stack;
    (void)low;
    (void)size;
#endif
}

static void end_switch(void *fake_stack, const void **from_low, size_t *from_size)
{
#if HAVE_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, from_low, from_size);
#else
    (void)fake_stack;
    (void)from_low;
    (void)from_size;
#endif
}

static void switch_to_fiber(struct fiber *f)
{
    begin_switch(&loop_fake_stack, f->stack->low, STACK_SIZE);
#if HAVE_TSAN
    loop_tsan_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->tsan_fiber, 0);
#endif
    swapcontext(&loop_context, &f->context);
    end_switch(loop_fake_stack, NULL, NULL);
}

static void switch_to_loop(struct fiber *f)
{
    /* ASan drops the fake stack of a fiber that will not come back. */
    begin_switch(f->done ? NULL : &f->fake_stack, loop_stack_low, loop_stack_size);
#if HAVE_TSAN
    __tsan_switch_to_fiber(loop_tsan_fiber, 0);
#endif
    swapcontext(&f->context, &loop_context);
    end_switch(f->fake_stack, &loop_stack_low, &loop_stack_size);
}

static void run_fiber(void)
{
    struct fiber *f = current;
    end_switch(NULL, &loop_stack_low, &loop_stack_size);
    f->result = f->fn(f->arg);
    f->done = true;
    switch_to_loop(f);
    abort(); /* nobody resumes it */
}

/* ---- the ready queue ---- */

static void make_ready(struct fiber *f)
{
    struct async_loop *l = f->loop;
    f->waiter = NULL;
    f->next_ready = NULL;
    if (l->ready_last)
        l->ready_last->next_ready = f;
    else
        l->ready_first = f;
    l->ready_last = f;
}

static void retire(struct fiber *f)
{
    struct async_loop *l = f->loop;
    stack_give_back(l, f->stack);
    f->stack = NULL;
#if HAVE_TSAN
    __tsan_destroy_fiber(f->tsan_fiber);
#endif
    *(f->prev ? &f->prev->next : &l->fibers) = f->next;
    if (f->next)
        f->next->prev = f->prev;
    l->n_fibers--;
    while (f->joiners) {
        struct joiner *j = f->joiners;
        f->joiners = j->next;
        fiber_wake(&j->waiter);
    }
    fiber_unref(f);
}

static void resume(struct fiber *f)
{
    assert(!current);
    current = f;
    switch_to_fiber(f);
    current = NULL;
    if (f->done)
        retire(f);
}

/* Runs those that are ready now. One that becomes ready meanwhile waits for the next round, so that a fiber that
 * yields cannot keep the loop from polling. */
static void run_ready(struct async_loop *l)
{
    struct fiber *last = l->ready_last;
    bool more = last != NULL;
    while (more) {
        struct fiber *f = l->ready_first;
        more = f != last;
        l->ready_first = f->next_ready;
        if (!l->ready_first)
            l->ready_last = NULL;
        resume(f);
    }
    if (!l->ready_first) {
        uv_idle_stop(&l->idle);
        uv_check_stop(&l->check);
    }
}

static void on_idle(uv_idle_t *handle)
{
    run_ready(handle->data);
}

static void on_check(uv_check_t *handle)
{
    run_ready(handle->data);
}

void async_loop_init_ready_queue(struct async_loop *l)
{
    uv_idle_init(l->uv, &l->idle);
    uv_check_init(l->uv, &l->check);
    l->idle.data = l->check.data = l;
}

/* While a fiber is ready the idle handle keeps the loop from blocking in poll; the check handle runs what poll made
 * ready in the same turn. */
static void schedule(struct fiber *f)
{
    struct async_loop *l = f->loop;
    if (!l->ready_first) {
        uv_idle_start(&l->idle, on_idle);
        uv_check_start(&l->check, on_check);
    }
    make_ready(f);
}

/* ---- parking ---- */

static void turn_private_loop(struct async_loop *l, struct fiber_waiter *w)
{
    async_loop_expect_answer(l); /* or uv_run would return at once when only another thread can wake us */
    while (!w->woken)
        uv_run(l->uv, UV_RUN_ONCE);
    async_loop_got_answer(l);
}

bool fiber_park(struct fiber_waiter *w)
{
    struct fiber *f = current;
    if (f && f->cancelled && !w->uncancellable) {
        w->woken = w->cancelled = true;
        return false;
    }
    if (f && f->nudged && w->nudgeable && !w->woken) {
        f->nudged = false;
        w->woken = w->nudged = true;
    }
    if (w->woken)
        return true;

    struct async_loop *l = f ? f->loop : async_loop_get(fiber_loop());
    w->fiber = f;
    w->loop = l;
    w->since_ms = uv_hrtime() / 1000000;
    if (w->deadline_ms)
        async_loop_add_deadline(l, w);
    if (f) {
        f->waiter = w;
        switch_to_loop(f);
        assert(w->woken);
    } else {
        turn_private_loop(l, w);
    }
    async_loop_drop_deadline(l, w);
    return !w->cancelled;
}

void fiber_wake(struct fiber_waiter *w)
{
    if (w->woken)
        return;
    w->woken = true;
    if (w->fiber)
        schedule(w->fiber);
    else if (w->loop)
        uv_stop(w->loop->uv); /* a timer runs before poll, which would block with nobody left to wake */
}

bool fiber_yield(void)
{
    struct fiber *f = current;
    if (!f) {
        uv_run(fiber_loop(), UV_RUN_NOWAIT);
        return true;
    }
    if (f->cancelled)
        return false;
    schedule(f);
    switch_to_loop(f);
    return !f->cancelled;
}

/* ---- fibers ---- */

struct fiber *fiber_spawn(uv_loop_t *loop, const char *name, fiber_fn fn, void *arg)
{
    struct fiber *f = XNEW(struct fiber);
    f->loop = async_loop_get(loop);
    f->fn = fn;
    f->arg = arg;
    f->refs = 2; /* the caller's and its own */
    snprintf(f->name, sizeof(f->name), "%s", name);
    f->stack = stack_take(f->loop);
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = f->stack->low;
    f->context.uc_stack.ss_size = STACK_SIZE;
    makecontext(&f->context, run_fiber, 0);
#if HAVE_TSAN
    f->tsan_fiber = __tsan_create_fiber(0);
#endif

    f->next = f->loop->fibers;
    if (f->next)
        f->next->prev = f;
    f->loop->fibers = f;
    f->loop->n_fibers++;
    schedule(f);
    return f;
}

void fiber_start(uv_loop_t *loop, const char *name, fiber_fn fn, void *arg)
{
    fiber_unref(fiber_spawn(loop, name, fn, arg));
}

struct fiber *fiber_ref(struct fiber *f)
{
    f->refs++;
    return f;
}

void fiber_unref(struct fiber *f)
{
    if (!f || --f->refs > 0)
        return;
    assert(f->done);
    free(f);
}

void fiber_cancel(struct fiber *f)
{
    f->cancelled = true;
    struct fiber_waiter *w = f->waiter;
    if (w && !w->uncancellable && !w->woken) {
        w->cancelled = true;
        fiber_wake(w);
    }
}

bool fiber_is_cancelled(const struct fiber *f)
{
    return f->cancelled;
}

void fiber_nudge(struct fiber *f)
{
    struct fiber_waiter *w = f->waiter;
    if (w && w->nudgeable && !w->woken) {
        w->nudged = true;
        fiber_wake(w);
    } else {
        f->nudged = true;
    }
}

bool fiber_is_done(const struct fiber *f)
{
    return f->done;
}

int fiber_join(struct fiber *f)
{
    assert(f != current);
    if (!f->done) {
        struct joiner j = {.waiter = {.uncancellable = true, .waits_for = f->name}};
        j.next = f->joiners;
        f->joiners = &j;
        fiber_ref(f); /* waits_for is its name */
        fiber_park(&j.waiter);
        int result = f->result;
        fiber_unref(f);
        return result;
    }
    return f->result;
}

struct fiber *fiber_self(void)
{
    return current;
}

uv_loop_t *fiber_loop(void)
{
    return current ? current->loop->uv : thread_loop;
}

void fiber_set_loop(uv_loop_t *loop)
{
    thread_loop = loop;
    if (loop)
        async_loop_get(loop);
}

void fiber_loop_done(uv_loop_t *loop)
{
    assert(!current);
    struct async_loop *l = async_loop_find(loop);
    if (thread_loop == loop)
        thread_loop = NULL;
    if (!l)
        return;
    async_loop_expect_answer(l); /* a fiber may wait for a thread */
    while (l->n_fibers > 0 || l->n_held > 0) {
        for (struct fiber *f = l->fibers; f; f = f->next)
            fiber_cancel(f);
        uv_run(loop, UV_RUN_ONCE);
    }
    async_loop_got_answer(l);
    while (l->free_stacks)
        stack_unmap(stack_take(l));
    async_loop_free(l);
}

/* ---- listing ---- */

void fiber_list(void (*each)(void *ctx, const struct fiber_info *info), void *ctx)
{
    struct async_loop *l = fiber_loop() ? async_loop_find(fiber_loop()) : NULL;
    uint64_t now = uv_hrtime() / 1000000;
    for (struct fiber *f = l ? l->fibers : NULL; f; f = f->next) {
        struct fiber_info info = {.name = f->name, .waits_for = ""};
        if (f->waiter) {
            info.waits_for = f->waiter->waits_for ? f->waiter->waits_for : "something";
            info.waited_ms = now > f->waiter->since_ms ? now - f->waiter->since_ms : 0;
        }
        each(ctx, &info);
    }
}

size_t fiber_count(void)
{
    struct async_loop *l = fiber_loop() ? async_loop_find(fiber_loop()) : NULL;
    return l ? l->n_fibers : 0;
}
