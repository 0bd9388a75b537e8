/* wait.h - the ways in which a fiber waits: sleep, worker threads, channels, events.
 *
 * All functions suspend and may be called outside a fiber, where they turn fiber_loop() until they are done. Each
 * returns 0, or -1 with FCT_E_CANCELLED, FCT_E_TIMEOUT or its own error.
 */
#ifndef ASYNC_WAIT_H
#define ASYNC_WAIT_H

#include "async/fiber.h"

#define WAIT_FOREVER UINT64_MAX

/* Fills *err with FCT_E_CANCELLED and returns -1: what every wait does. */
int wait_fail_cancelled(struct fct_error *err);

int wait_sleep(uint64_t ms, struct fct_error *err);
/* The same, ended early (returning 0) by fiber_nudge. */
int wait_sleep_nudged(uint64_t ms, struct fct_error *err);
/* Lets every other ready fiber and the loop have a turn. */
int wait_yield(struct fct_error *err);
uint64_t wait_now_ms(void);
/* The moment `timeout_ms` from now on that clock, for struct fiber_waiter; 0 for WAIT_FOREVER. */
uint64_t wait_deadline(uint64_t timeout_ms);

/* Runs fn(arg) on one of the worker threads (their number: UV_THREADPOOL_SIZE). Not cut short by cancellation, and
 * done even when the fiber is cancelled already: the worker uses the caller's stack, and what fn did must not be
 * forgotten. */
int wait_offload(void (*fn)(void *arg), void *arg, struct fct_error *err);

/* An event is raised by anybody on the loop thread and wakes everyone that waits for it then, in the order in which
 * they came. `what` must stay valid ("sync of Work"); WAIT_FOREVER: no deadline. */
struct wait_event {
    struct wait_event_waiter *first;
};
int wait_event(struct wait_event *e, const char *what, uint64_t timeout_ms, struct fct_error *err);
void wait_event_raise(struct wait_event *e);

/* A bounded queue between fibers of the loop. put waits while it is full, take while it is empty. After close, put
 * fails with FCT_E_CANCELLED and take gives what is left, then NULL. */
struct channel;
struct channel *channel_new(size_t capacity); /* at least 1 */
void channel_free(struct channel *c);         /* must be empty; NULL is accepted */
/* `item` is not NULL. */
int channel_put(struct channel *c, void *item, struct fct_error *err);
int channel_take(struct channel *c, void **out_item, struct fct_error *err); /* *out_item NULL: closed and empty */
void channel_close(struct channel *c);
size_t channel_count(const struct channel *c);

/* A mailbox from other threads to the loop: completion_done may be called on any thread, once; the waiting fiber
 * goes on. For work that runs on a thread of one's own (the store's writer and readers). */
struct completion;
struct completion *completion_new(void); /* loop thread */
/* Wakes the waiter. Any thread. After it returns the completion belongs to the waiter again. */
void completion_done(struct completion *c);
/* Waits for completion_done and frees. Not cut short by cancellation. */
void completion_wait(struct completion *c, const char *what);

/* Runs fn(arg) on the loop thread soon, outside of any fiber; fn must not wait. In the order of the calls. Any thread
 * may call it, once the loop has been given to fiber_set_loop or fiber_spawn. A loop that has nothing else to do does
 * not stay alive for what might be posted. */
void wait_post(struct uv_loop_s *loop, void (*fn)(void *arg), void *arg);

#endif
