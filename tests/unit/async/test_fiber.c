#include "loop_fixture.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- what fibers do ---- */

static struct buf trace;
static char name_a[] = "a", name_b[] = "b", name_c[] = "c", name_inner[] = "inner", name_outer[] = "outer ";

static int trace_setup(void **state)
{
    buf_clear(&trace);
    return loop_setup(state);
}

static int append_name(void *arg)
{
    buf_add_str(&trace, arg);
    return 0;
}

static int append_name_twice(void *arg)
{
    append_name(arg);
    wait_yield(NULL);
    return append_name(arg);
}

static int return_number(void *arg)
{
    return *(int *)arg;
}

/* A wait of each kind; what it answered is left in `err`. */
struct waiting {
    int (*wait)(struct waiting *w);
    struct wait_event event;
    struct channel *channel;
    struct fiber *other;
    struct fct_error err;
    int result;
    uint64_t took_ms;
};

static int wait_here(void *arg)
{
    struct waiting *w = arg;
    uint64_t start = wait_now_ms();
    w->result = w->wait(w);
    w->took_ms = wait_now_ms() - start;
    return w->result;
}

static int sleep_long(struct waiting *w)
{
    return wait_sleep(60000, &w->err);
}

static int sleep_long_nudged(struct waiting *w)
{
    return wait_sleep_nudged(60000, &w->err);
}

static int wait_for_event(struct waiting *w)
{
    return wait_event(&w->event, "an event", 60000, &w->err);
}

static int wait_for_event_forever(struct waiting *w)
{
    return wait_event(&w->event, "an event", WAIT_FOREVER, &w->err);
}

static int take_from_empty(struct waiting *w)
{
    void *item;
    return channel_take(w->channel, &item, &w->err);
}

static int put_into_full(struct waiting *w)
{
    return channel_put(w->channel, w, &w->err);
}

static int yield_for_ever(struct waiting *w)
{
    while (wait_yield(&w->err) == 0)
        ;
    return -1;
}

static int join_other(struct waiting *w)
{
    return fiber_join(w->other);
}

static void turn_loop(int times)
{
    for (int i = 0; i < times; i++)
        wait_yield(NULL);
}

/* ---- order ---- */

static void fibers_run_in_the_order_in_which_they_were_started(void **state)
{
    (void)state;
    fiber_start(&test_loop, "a", append_name, name_a);
    fiber_start(&test_loop, "b", append_name, name_b);
    fiber_start(&test_loop, "c", append_name, name_c);
    assert_string_equal(buf_str(&trace), ""); /* not before the loop turns */

    uv_run(&test_loop, UV_RUN_DEFAULT);

    assert_string_equal(buf_str(&trace), "abc");
}

static void a_yielding_fiber_goes_behind_the_others(void **state)
{
    (void)state;
    fiber_start(&test_loop, "a", append_name_twice, name_a);
    fiber_start(&test_loop, "b", append_name_twice, name_b);
    fiber_start(&test_loop, "c", append_name, name_c);

    uv_run(&test_loop, UV_RUN_DEFAULT);

    assert_string_equal(buf_str(&trace), "abcab");
}

static int start_another(void *arg)
{
    fiber_start(fiber_loop(), "inner", append_name, arg);
    append_name(name_outer);
    return 0;
}

static void a_fiber_started_by_a_fiber_runs_after_it_suspends(void **state)
{
    (void)state;
    fiber_start(&test_loop, "outer", start_another, name_inner);
    uv_run(&test_loop, UV_RUN_DEFAULT);
    assert_string_equal(buf_str(&trace), "outer inner");
}

/* ---- join, handles ---- */

static void join_gives_the_result_however_often_it_is_asked(void **state)
{
    (void)state;
    int number = 42;
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "n", return_number, &number);
    assert_false(fiber_is_done(f));

    assert_int_equal(fiber_join(f), 42);
    assert_true(fiber_is_done(f));
    assert_int_equal(fiber_join(f), 42);
}

static void two_fibers_can_join_the_same_one(void **state)
{
    (void)state;
    struct waiting sleeper = {.wait = sleep_long};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "sleeper", wait_here, &sleeper);
    struct waiting a = {.wait = join_other, .other = f}, b = {.wait = join_other, .other = f};
    CLEANUP(fiber_unrefp) struct fiber *fa = fiber_spawn(&test_loop, "a", wait_here, &a);
    CLEANUP(fiber_unrefp) struct fiber *fb = fiber_spawn(&test_loop, "b", wait_here, &b);
    turn_loop(3);
    assert_false(fiber_is_done(fa) || fiber_is_done(fb));

    fiber_cancel(f);

    assert_int_equal(fiber_join(fa), -1);
    assert_int_equal(fiber_join(fb), -1);
}

static void join_is_not_cut_short_by_cancellation_of_the_joiner(void **state)
{
    (void)state;
    struct waiting sleeper = {.wait = sleep_long};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "sleeper", wait_here, &sleeper);
    struct waiting joiner = {.wait = join_other, .other = f};
    CLEANUP(fiber_unrefp) struct fiber *fj = fiber_spawn(&test_loop, "joiner", wait_here, &joiner);
    turn_loop(3);

    fiber_cancel(fj);
    turn_loop(3);
    assert_false(fiber_is_done(fj));

    fiber_cancel(f);
    fiber_join(fj);
    assert_true(fiber_is_done(f));
}

static void a_handle_outlives_its_fiber_and_is_inert(void **state)
{
    (void)state;
    struct fiber *f = fiber_spawn(&test_loop, "a", append_name, name_a);
    fiber_ref(f);
    fiber_join(f);
    fiber_unref(f);

    fiber_cancel(f);
    fiber_nudge(f);
    assert_int_equal(fiber_join(f), 0);
    fiber_unref(f);
    fiber_unref(NULL);
}

/* ---- cancellation ---- */

static void cancel_ends(int (*wait)(struct waiting *w), bool also_full)
{
    struct waiting w = {.wait = wait, .channel = channel_new(1)};
    if (also_full)
        channel_put(w.channel, &w, NULL);
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);
    turn_loop(3);
    assert_false(fiber_is_done(f));

    fiber_cancel(f);

    assert_int_equal(fiber_join(f), -1);
    assert_int_equal(w.err.code, FCT_E_CANCELLED);
    assert_true(fiber_is_cancelled(f));
    void *item;
    if (also_full)
        channel_take(w.channel, &item, NULL);
    channel_free(w.channel);
}

static void cancel_ends_every_kind_of_wait(void **state)
{
    (void)state;
    cancel_ends(sleep_long, false);
    cancel_ends(sleep_long_nudged, false);
    cancel_ends(wait_for_event, false);
    cancel_ends(wait_for_event_forever, false);
    cancel_ends(take_from_empty, false);
    cancel_ends(put_into_full, true);
    cancel_ends(yield_for_ever, false);
}

static int wait_three_times(void *arg)
{
    struct waiting *w = arg;
    int failed = 0;
    for (int i = 0; i < 3; i++)
        failed += wait_sleep(60000, &w->err) < 0;
    failed += wait_event(&w->event, "an event", 60000, &w->err) < 0;
    failed += wait_yield(&w->err) < 0;
    return failed;
}

static void every_later_wait_of_a_cancelled_fiber_fails_too(void **state)
{
    (void)state;
    struct waiting w = {0};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_three_times, &w);
    fiber_cancel(f); /* even before it has begun */
    assert_int_equal(fiber_join(f), 5);
}

static void cleanups_of_a_cancelled_fiber_run(void **state)
{
    (void)state;
    uint64_t start = wait_now_ms();
    struct waiting w = {.wait = sleep_long};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);
    turn_loop(2);
    fiber_cancel(f);
    fiber_join(f);
    assert_int_equal(w.result, -1); /* wait_here went on to its end */
    assert_true(wait_now_ms() - start < 5000);
}

/* ---- nudge ---- */

static void nudge_ends_an_interruptible_sleep_without_an_error(void **state)
{
    (void)state;
    struct waiting w = {.wait = sleep_long_nudged};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);
    turn_loop(3);
    fiber_nudge(f);
    assert_int_equal(fiber_join(f), 0);
    assert_true(w.took_ms < 5000);
}

static void a_nudge_is_remembered_until_the_next_interruptible_wait(void **state)
{
    (void)state;
    struct waiting w = {.wait = sleep_long_nudged};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);
    fiber_nudge(f); /* it has not even started */
    assert_int_equal(fiber_join(f), 0);
    assert_true(w.took_ms < 5000);
}

static void nudge_does_not_end_other_waits(void **state)
{
    (void)state;
    struct waiting w = {.wait = wait_for_event_forever};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);
    turn_loop(3);
    fiber_nudge(f);
    turn_loop(3);
    assert_false(fiber_is_done(f));

    wait_event_raise(&w.event);
    assert_int_equal(fiber_join(f), 0);
}

/* ---- many ---- */

#define MANY 10000

static int wait_for_signal(void *arg)
{
    return wait_event(arg, "the signal", WAIT_FOREVER, NULL);
}

static void ten_thousand_fibers_wait_at_once(void **state)
{
    (void)state;
    struct wait_event signal = {0};
    for (int i = 0; i < MANY; i++)
        fiber_start(&test_loop, "many", wait_for_signal, &signal);
    turn_loop(2);
    assert_int_equal(fiber_count(), MANY);

    wait_event_raise(&signal);
    turn_loop(2);

    assert_int_equal(fiber_count(), 0);
}

static int use_much_stack(void *arg)
{
    volatile char big[128 * 1024];
    memset((char *)big, *(char *)arg, sizeof(big));
    wait_yield(NULL);
    return big[0] == big[sizeof(big) - 1] ? 0 : -1;
}

static void stacks_are_reused_and_large_enough(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "big", use_much_stack, name_a);
        assert_int_equal(fiber_join(f), 0);
    }
}

static int overflow(int depth)
{
    volatile char frame[1024];
    frame[0] = (char)depth;
    return depth > 0 ? overflow(depth - 1) + frame[0] : 0;
}

static int overflow_in_fiber(void *arg)
{
    return overflow(*(int *)arg);
}

static void a_fiber_that_overflows_its_stack_is_stopped_by_the_guard_page(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        uv_loop_t loop;
        int depth = 100000;
        close(STDERR_FILENO); /* the sanitizer's report */
        signal(SIGSEGV, SIG_DFL);
        uv_loop_init(&loop);
        fiber_start(&loop, "overflow", overflow_in_fiber, &depth);
        uv_run(&loop, UV_RUN_DEFAULT);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- listing ---- */

struct listing {
    struct buf text;
    uint64_t longest_ms;
};

static void add_to_listing(void *ctx, const struct fiber_info *info)
{
    struct listing *l = ctx;
    buf_addf(&l->text, "%s:%s;", info->name, info->waits_for);
    if (info->waited_ms > l->longest_ms)
        l->longest_ms = info->waited_ms;
}

static void the_listing_tells_what_each_fiber_waits_for_and_how_long(void **state)
{
    (void)state;
    struct waiting a = {.wait = sleep_long}, b = {.wait = wait_for_event};
    fiber_start(&test_loop, "sleeper", wait_here, &a);
    fiber_start(&test_loop, "listener", wait_here, &b);
    wait_sleep(30, NULL);
    struct listing l = {0};

    fiber_list(add_to_listing, &l);

    assert_string_equal(buf_str(&l.text), "listener:an event;sleeper:sleep;");
    assert_in_range(l.longest_ms, 20, 5000);
    fiber_loop_done(&test_loop); /* they use this function's stack */
    buf_done(&l.text);
}

static int list_self(void *arg)
{
    fiber_list(add_to_listing, arg);
    return 0;
}

static void a_running_fiber_waits_for_nothing_and_long_names_are_cut(void **state)
{
    (void)state;
    struct listing l = {0};
    char name[100];
    memset(name, 'n', sizeof(name));
    name[99] = '\0';
    fiber_start(&test_loop, name, list_self, &l);
    uv_run(&test_loop, UV_RUN_DEFAULT);
    name[63] = '\0';
    assert_int_equal(strlen(buf_str(&l.text)), 65);
    assert_memory_equal(buf_str(&l.text), name, 63);
    assert_int_equal(fiber_count(), 0);
    buf_done(&l.text);
}

/* ---- the loop ---- */

static int note_self(void *arg)
{
    struct fiber **out = arg;
    *out = fiber_self();
    return fiber_loop() == &test_loop ? 0 : -1;
}

static void a_fiber_knows_itself_and_its_loop(void **state)
{
    (void)state;
    assert_null(fiber_self());
    struct fiber *seen = NULL;
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "self", note_self, &seen);
    assert_int_equal(fiber_join(f), 0);
    assert_ptr_equal(seen, f);
    assert_null(fiber_self());
}

static void a_loop_without_ready_fibers_or_deadlines_is_not_kept_alive(void **state)
{
    (void)state;
    struct waiting w = {.wait = wait_for_event_forever};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "w", wait_here, &w);

    uv_run(&test_loop, UV_RUN_DEFAULT); /* returns, although the fiber lives */

    assert_false(fiber_is_done(f));
    assert_false(uv_loop_alive(&test_loop));
    fiber_cancel(f);
    fiber_join(f);
}

static void ending_the_loop_cancels_what_still_lives(void **state)
{
    (void)state;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct waiting w = {.wait = sleep_long};
    struct fiber *f = fiber_spawn(&loop, "w", wait_here, &w);

    fiber_loop_done(&loop);

    assert_true(fiber_is_done(f));
    assert_int_equal(w.err.code, FCT_E_CANCELLED);
    fiber_unref(f);
    assert_int_equal(uv_loop_close(&loop), 0);
    fiber_loop_done(&loop); /* nothing left: no harm */
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, trace_setup, loop_teardown)
    const struct CMUnitTest tests[] = {
        TEST(fibers_run_in_the_order_in_which_they_were_started),
        TEST(a_yielding_fiber_goes_behind_the_others),
        TEST(a_fiber_started_by_a_fiber_runs_after_it_suspends),
        TEST(join_gives_the_result_however_often_it_is_asked),
        TEST(two_fibers_can_join_the_same_one),
        TEST(join_is_not_cut_short_by_cancellation_of_the_joiner),
        TEST(a_handle_outlives_its_fiber_and_is_inert),
        TEST(cancel_ends_every_kind_of_wait),
        TEST(every_later_wait_of_a_cancelled_fiber_fails_too),
        TEST(cleanups_of_a_cancelled_fiber_run),
        TEST(nudge_ends_an_interruptible_sleep_without_an_error),
        TEST(a_nudge_is_remembered_until_the_next_interruptible_wait),
        TEST(nudge_does_not_end_other_waits),
        TEST(ten_thousand_fibers_wait_at_once),
        TEST(stacks_are_reused_and_large_enough),
        TEST(a_fiber_that_overflows_its_stack_is_stopped_by_the_guard_page),
        TEST(the_listing_tells_what_each_fiber_waits_for_and_how_long),
        TEST(a_running_fiber_waits_for_nothing_and_long_names_are_cut),
        TEST(a_fiber_knows_itself_and_its_loop),
        TEST(a_loop_without_ready_fibers_or_deadlines_is_not_kept_alive),
        TEST(ending_the_loop_cancels_what_still_lives),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_done(&trace);
    return failed;
}
