/* fiber.h - functions with their own stack on the loop thread: the idiom in which conversations are written.
 *
 * A fiber runs until it waits (wait.h, conn.h); then the loop serves the others. There is no preemption: between
 * two suspensions nothing else in the core runs, so shared objects need no lock.
 *
 *   static int greet(void *arg) { ...; return wait_sleep(100, &err); }
 *   CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(loop, "greet", greet, arg);
 *   fiber_cancel(f);
 *   int result = fiber_join(f);
 *
 * Cancellation  fiber_cancel makes the current and every later wait of the fiber fail with FCT_E_CANCELLED; the
 *               code returns and scopes unwind. Nobody destroys a suspended fiber.
 * Handles       are reference counted; a finished fiber leaves an inert handle with its result.
 * Threads       loop thread only.
 * Stack         256 KiB with a guard page; known to ASan, TSan and Valgrind. Stacks are pooled.
 */
#ifndef ASYNC_FIBER_H
#define ASYNC_FIBER_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

struct uv_loop_s;
struct fiber;

typedef int (*fiber_fn)(void *arg);

/* Starts fn(arg) on the loop's next turn. `name` is copied (at most 63 bytes). The caller gets a reference. */
struct fiber *fiber_spawn(struct uv_loop_s *loop, const char *name, fiber_fn fn, void *arg);
/* The same without a reference: the fiber frees itself when it ends. */
void fiber_start(struct uv_loop_s *loop, const char *name, fiber_fn fn, void *arg);
struct fiber *fiber_ref(struct fiber *f);
void fiber_unref(struct fiber *f);
DEFINE_FREEP(struct fiber *, fiber_unref);

void fiber_cancel(struct fiber *f);
/* Any thread, while the fiber lives: work that is done for it elsewhere may end early. */
bool fiber_is_cancelled(const struct fiber *f);
/* Ends an interruptible wait of the fiber early (wait_* functions that say so, and conn_wait_input, with
 * FCT_E_TIMEOUT); remembered until the next such wait if it is not in one now. For "look again, there is work". */
void fiber_nudge(struct fiber *f);
bool fiber_is_done(const struct fiber *f);
/* Waits until the fiber has ended and gives what its function returned. Suspends; outside a fiber turns the loop.
 * Joining is not cut short by cancellation of the joiner. */
int fiber_join(struct fiber *f);

/* The running fiber, NULL outside of any. */
struct fiber *fiber_self(void);
/* The loop of the running fiber; outside a fiber the loop set with fiber_set_loop. */
struct uv_loop_s *fiber_loop(void);
/* Makes `loop` this thread's loop and prepares it (wait_post from other threads needs that). */
void fiber_set_loop(struct uv_loop_s *loop);
/* Ends everything of async/ on `loop`: cancels the living fibers, turns the loop until they have ended and what was
 * closed or under way is released, and frees. Then uv_loop_close succeeds, unless connections were left open or the
 * caller has handles of its own. Outside of any fiber or libuv callback. */
void fiber_loop_done(struct uv_loop_s *loop);

/* For `facteur doctor` and Task lists: every living fiber, what it waits for and since when. */
struct fiber_info {
    const char *name;
    const char *waits_for; /* "read imap.example.org:993", "worker", "sleep"; "" while it runs */
    uint64_t waited_ms;
};
void fiber_list(void (*each)(void *ctx, const struct fiber_info *info), void *ctx);
size_t fiber_count(void);

/* --- for async/ only: parking -------------------------------------------------------------------------- */

/* What somebody waits for. Storage is the waiting function's; `{0}` plus the members of the second and third
 * paragraph. `waits_for` must stay valid. A waiter waits once. */
struct fiber_waiter {
    struct fiber *fiber;     /* NULL: the thread of main() waits */
    struct async_loop *loop; /* set while it is parked */
    bool woken, cancelled, nudged, timed_out;
    uint64_t since_ms;
    size_t heap_place; /* where it stands among the deadlines; 0: nowhere */

    bool uncancellable, nudgeable;
    uint64_t deadline_ms; /* on the clock of wait_now_ms; 0: none */

    const char *waits_for;
};
/* Suspends the running fiber until fiber_wake, cancellation, a nudge or the deadline, whichever comes first. Outside
 * a fiber turns a private loop (fiber_loop()) until woken. Returns false if woken by cancellation. */
bool fiber_park(struct fiber_waiter *w);
/* Wakes a waiter: its fiber goes on in this or the next turn of the loop, never inside this call. A second wake does
 * nothing; one that comes before fiber_park is not lost. */
void fiber_wake(struct fiber_waiter *w);
/* Goes to the end of the queue of ready fibers; the loop polls in between. Returns false if cancelled. */
bool fiber_yield(void);

#endif
