/* loop.h - what async/ keeps for each libuv loop. Internal to async/.
 *
 * One idle and one check handle run the ready fibers, one timer serves all deadlines, one async handle takes what
 * other threads send. The first two run only while a fiber is ready, the timer only while somebody has a deadline,
 * and the async handle does not keep the loop alive unless an answer is expected: an idle process sleeps.
 *
 * Ownership  made on first use of a loop, freed by fiber_loop_done.
 * Threads    loop thread only, but for async_loop_find and async_loop_send.
 */
#ifndef ASYNC_LOOP_H
#define ASYNC_LOOP_H

#include "async/fiber.h"

#include <pthread.h>
#include <uv.h>

/* Something that another thread hands to the loop; embedded in what it is about. */
struct loop_item {
    struct loop_item *next;
    void (*run)(struct loop_item *item); /* called on the loop thread, outside of any fiber */
};

struct fiber_stack;

struct async_loop {
    uv_loop_t *uv;
    struct async_loop *next; /* in the list of all loops */

    /* fiber.c */
    uv_idle_t idle;
    uv_check_t check;
    struct fiber *ready_first, *ready_last;
    struct fiber *fibers; /* the living ones, in no order */
    size_t n_fibers;
    struct fiber_stack *free_stacks;
    size_t n_free_stacks;

    /* deadlines: a binary heap, heap[1] is due first */
    uv_timer_t timer;
    struct fiber_waiter **heap;
    size_t n_heap, cap_heap;

    /* the way in from other threads */
    uv_async_t inbox;
    pthread_mutex_t inbox_lock; /* guards the two below */
    struct loop_item *inbox_first, *inbox_last;
    size_t n_answers_expected;

    size_t n_held;
};

/* The loop's record, made if it does not exist yet. */
struct async_loop *async_loop_get(uv_loop_t *uv);
/* The same, NULL if there is none. Any thread. */
struct async_loop *async_loop_find(const uv_loop_t *uv);
/* Frees a record on which nothing lives any more. Turns the loop. */
void async_loop_free(struct async_loop *l);

/* fiber_park's half of a deadline, and its end (accepted when there is none). */
void async_loop_add_deadline(struct async_loop *l, struct fiber_waiter *w);
void async_loop_drop_deadline(struct async_loop *l, struct fiber_waiter *w);

/* Queues item->run for the loop thread. Any thread. */
void async_loop_send(struct async_loop *l, struct loop_item *item);
/* Between these two calls the loop stays alive and waits for what other threads send. */
void async_loop_expect_answer(struct async_loop *l);
void async_loop_got_answer(struct async_loop *l);

/* Counts what libuv holds and will let go of by itself (handles being closed, requests in flight): fiber_loop_done
 * waits for it. */
void async_loop_hold(struct async_loop *l);
void async_loop_release(struct async_loop *l);

/* fiber.c's part, called by async_loop_get. */
void async_loop_init_ready_queue(struct async_loop *l);

#endif
