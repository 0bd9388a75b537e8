/* aside.h - work that waits for the network in a library of its own (c-ares, libcurl), on a thread of its own.
 *
 * libuv's workers are few and hash and compress mail: a name server that is silent must not hold one. The work is done with
 * poll(2) and looks at aside_is_over between two waits, at least every ASIDE_SLICE_MS.
 */
#ifndef NET_ASIDE_H
#define NET_ASIDE_H

#include "async/wait.h"

#define ASIDE_SLICE_MS 100

struct aside {
    uint64_t deadline_ms; /* on the clock of wait_now_ms */
    const struct fiber *fiber;
};

/* Runs fn(arg) on a new thread; `a` is for aside_is_over and aside_left_ms, which it may call. Suspends; cancellation ends fn,
 * and then this. */
int aside_run(struct aside *a, uint64_t deadline_ms, const char *what, void (*fn)(void *arg), void *arg, struct fct_error *err);
/* Any thread. */
bool aside_is_over(const struct aside *a);
/* Until the deadline, at most ASIDE_SLICE_MS. */
int aside_slice_ms(const struct aside *a);
uint64_t aside_left_ms(const struct aside *a);

#endif
