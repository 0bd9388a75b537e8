/* resume.h - hears when the computer wakes up from sleep, without a timer that ticks.
 *
 * While a computer sleeps CLOCK_MONOTONIC stands still and CLOCK_BOOTTIME goes on: the difference between them is how
 * long it has slept since it was started. It is looked at when the kernel sets the wall clock, as it does at every
 * resume; a timer that is never due and is cancelled then says so (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 * Somebody who sets the clock by hand wakes the loop, too, and is found not to have slept.
 *
 * Ownership  the watch holds one file descriptor, and does not keep the loop alive.
 * Threads    loop thread.
 */
#ifndef ASYNC_RESUME_H
#define ASYNC_RESUME_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

struct uv_loop_s;
struct resume_watch;

#define RESUME_MIN_MS \
    1000 /* the two clocks of one reading may differ by a little; a sleep that is shorter breaks nothing */

/* Called on the loop, outside of any fiber. */
typedef void (*resume_fn)(void *ctx, uint64_t slept_ms);

int resume_watch_new(struct uv_loop_s *loop, resume_fn fn, void *ctx, struct resume_watch **out, struct fct_error *err);
/* NULL is accepted. The memory goes with the loop's next turn. */
void resume_watch_free(struct resume_watch *w);

/* How long this computer has slept since it was started, in ms. */
uint64_t resume_slept_ms(void);
/* Looks whether it slept since the last look, by this reading of resume_slept_ms, and tells if so; what the timer does.
 */
void resume_look(struct resume_watch *w, uint64_t slept_ms);

#endif
