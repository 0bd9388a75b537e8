#include "loop_fixture.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <pthread.h>
#include <time.h>

static int join_and_unref(struct fiber *f)
{
    int result = fiber_join(f);
    fiber_unref(f);
    return result;
}

/* ---- sleep ---- */

static void sleep_lasts_as_long_as_asked(void **state)
{
    (void)state;
    uint64_t start = wait_now_ms();
    assert_int_equal(wait_sleep(50, NULL), 0);
    assert_in_range(wait_now_ms() - start, 49, 2000);
}

static void a_deadline_that_is_over_when_the_wait_begins_ends_it_outside_of_fibers_too(void **state)
{
    (void)state;
    uint64_t start = wait_now_ms();
    for (int i = 0; i < 200; i++) {
        uv_update_time(&test_loop); /* so that the timer is due before the loop polls */
        assert_int_equal(wait_sleep(0, NULL), 0);
    }
    assert_in_range(wait_now_ms() - start, 0, 5000);
}

struct sleeper {
    uint64_t ms;
    struct buf *order;
};

static int sleep_and_note(void *arg)
{
    struct sleeper *s = arg;
    wait_sleep(s->ms, NULL);
    buf_addf(s->order, "%d ", (int)s->ms);
    return 0;
}

static void sleepers_wake_in_the_order_of_their_deadlines(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf order = {0};
    struct sleeper s[] = {{90, &order}, {10, &order}, {60, &order}, {30, &order}, {120, &order}};
    for (int i = 0; i < 5; i++)
        fiber_start(&test_loop, "sleeper", sleep_and_note, &s[i]);

    uv_run(&test_loop, UV_RUN_DEFAULT);

    assert_string_equal(buf_str(&order), "10 30 60 90 120 ");
}

static int sleep_a_little(void *arg)
{
    return wait_sleep((uintptr_t)arg % 97, NULL);
}

static void thousands_of_deadlines_come_and_go(void **state)
{
    (void)state;
    struct fiber *cancelled[500];
    for (uintptr_t i = 0; i < 2000; i++) {
        struct fiber *f = fiber_spawn(&test_loop, "s", sleep_a_little, (void *)(i * 7919)); /* NOLINT: a number */
        if (i % 4 == 0)
            cancelled[i / 4] = f;
        else
            fiber_unref(f);
    }
    wait_sleep(20, NULL);
    for (int i = 0; i < 500; i++) {
        fiber_cancel(cancelled[i]);
        fiber_unref(cancelled[i]);
    }
    uv_run(&test_loop, UV_RUN_DEFAULT);
    assert_int_equal(fiber_count(), 0);
    assert_false(uv_loop_alive(&test_loop));
}

static void an_idle_process_uses_no_processor(void **state)
{
    (void)state;
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    wait_sleep(300, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    double ms = (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6;
    assert_true(ms < 30);
}

/* ---- events ---- */

static void an_event_times_out_and_says_what_did_not_happen(void **state)
{
    (void)state;
    struct wait_event e = {0};
    struct fct_error err = {0};

    assert_int_equal(wait_event(&e, "sync of Work", 20, &err), -1);

    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_string_equal(err.message, "sync of Work: nothing happened within 20 ms");
    assert_null(e.first);
}

struct listener {
    struct wait_event *event;
    struct buf *order;
    const char *name;
};

static int listen_once(void *arg)
{
    struct listener *l = arg;
    if (wait_event(l->event, "an event", 5000, NULL) < 0)
        return -1;
    buf_add_str(l->order, l->name);
    return 0;
}

static void an_event_wakes_everyone_that_waits_then_and_nobody_later(void **state)
{
    (void)state;
    struct wait_event e = {0};
    CLEANUP(buf_done) struct buf order = {0};
    struct listener l[] = {{&e, &order, "a"}, {&e, &order, "b"}, {&e, &order, "c"}};
    wait_event_raise(&e); /* nobody there: forgotten */
    for (int i = 0; i < 3; i++)
        fiber_start(&test_loop, "listener", listen_once, &l[i]);
    wait_yield(NULL);
    wait_event_raise(&e);
    uv_run(&test_loop, UV_RUN_DEFAULT);
    assert_string_equal(buf_str(&order), "abc");

    assert_int_equal(wait_event(&e, "an event", 10, NULL), -1);
}

/* ---- channels ---- */

struct stream {
    struct channel *channel;
    uintptr_t n, seen;
    bool in_order;
    size_t longest;
};

static int produce(void *arg)
{
    struct stream *s = arg;
    for (uintptr_t i = 1; i <= s->n; i++) {
        if (channel_put(s->channel, (void *)i, NULL) < 0) /* NOLINT: a number */
            return -1;
        if (channel_count(s->channel) > s->longest)
            s->longest = channel_count(s->channel);
    }
    channel_close(s->channel);
    return 0;
}

static int consume(void *arg)
{
    struct stream *s = arg;
    s->in_order = true;
    for (;;) {
        void *item;
        if (channel_take(s->channel, &item, NULL) < 0)
            return -1;
        if (!item)
            return 0;
        s->in_order = s->in_order && (uintptr_t)item == s->seen + 1;
        s->seen++;
    }
}

static void a_channel_keeps_order_and_its_bound(void **state)
{
    (void)state;
    struct stream s = {.channel = channel_new(3), .n = 1000};
    struct fiber *p = fiber_spawn(&test_loop, "p", produce, &s);
    struct fiber *c = fiber_spawn(&test_loop, "c", consume, &s);
    assert_int_equal(join_and_unref(p), 0);
    assert_int_equal(join_and_unref(c), 0);
    assert_int_equal(s.seen, 1000);
    assert_true(s.in_order);
    assert_int_equal(s.longest, 3);
    channel_free(s.channel);
}

static void many_takers_share_what_one_puts(void **state)
{
    (void)state;
    struct channel *ch = channel_new(2);
    struct stream put = {.channel = ch, .n = 300}, take[5];
    struct fiber *takers[5];
    for (int i = 0; i < 5; i++) {
        take[i] = (struct stream){.channel = ch};
        takers[i] = fiber_spawn(&test_loop, "t", consume, &take[i]);
    }
    struct fiber *p = fiber_spawn(&test_loop, "p", produce, &put);
    assert_int_equal(join_and_unref(p), 0);
    uintptr_t sum = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(join_and_unref(takers[i]), 0);
        sum += take[i].seen;
    }
    assert_int_equal(sum, 300);
    channel_free(ch);
}

static void cancelling_one_taker_loses_no_item(void **state)
{
    (void)state;
    struct channel *ch = channel_new(1);
    struct stream a = {.channel = ch}, b = {.channel = ch};
    struct fiber *fa = fiber_spawn(&test_loop, "a", consume, &a);
    struct fiber *fb = fiber_spawn(&test_loop, "b", consume, &b);
    wait_yield(NULL);

    channel_put(ch, (void *)1, NULL);
    fiber_cancel(fa); /* woken for the item, and cancelled before it ran */
    wait_yield(NULL);
    wait_yield(NULL);
    assert_int_equal(channel_count(ch), 0);
    assert_int_equal(a.seen + b.seen, 1);

    channel_close(ch);
    join_and_unref(fa);
    assert_int_equal(join_and_unref(fb), 0);
    channel_free(ch);
}

static void a_closed_channel_gives_what_is_left_and_takes_nothing(void **state)
{
    (void)state;
    struct channel *ch = channel_new(4);
    struct fct_error err = {0};
    void *item = NULL;
    int one, two;
    channel_put(ch, &one, NULL);
    channel_put(ch, &two, NULL);
    channel_close(ch);

    assert_int_equal(channel_put(ch, &one, &err), -1);
    assert_int_equal(err.code, FCT_E_CANCELLED);
    assert_int_equal(channel_take(ch, &item, NULL), 0);
    assert_ptr_equal(item, &one);
    assert_int_equal(channel_take(ch, &item, NULL), 0);
    assert_ptr_equal(item, &two);
    assert_int_equal(channel_take(ch, &item, NULL), 0);
    assert_null(item);
    channel_free(ch);
    channel_free(NULL);
}

static void closing_wakes_a_putter_that_waits(void **state)
{
    (void)state;
    struct stream s = {.channel = channel_new(1), .n = 5};
    struct fiber *p = fiber_spawn(&test_loop, "p", produce, &s);
    wait_yield(NULL);
    channel_close(s.channel);
    assert_int_equal(join_and_unref(p), -1);
    void *item;
    channel_take(s.channel, &item, NULL);
    channel_free(s.channel);
}

/* ---- workers and threads ---- */

static void note_thread(void *arg)
{
    *(pthread_t *)arg = pthread_self();
}

static void offload_runs_elsewhere(void **state)
{
    (void)state;
    pthread_t where = pthread_self();
    assert_int_equal(wait_offload(note_thread, &where, NULL), 0);
    assert_false(pthread_equal(where, pthread_self()));
}

static void pause_50ms(void *arg)
{
    struct timespec t = {.tv_nsec = 50 * 1000 * 1000};
    nanosleep(&t, NULL);
    *(int *)arg = 1;
}

static int offload_pause(void *arg)
{
    return wait_offload(pause_50ms, arg, NULL);
}

static void offload_is_not_cut_short_by_cancellation(void **state)
{
    (void)state;
    int done = 0;
    struct fiber *f = fiber_spawn(&test_loop, "worker", offload_pause, &done);
    wait_yield(NULL);
    fiber_cancel(f);
    assert_int_equal(join_and_unref(f), 0);
    assert_int_equal(done, 1);
}

static void the_loop_turns_while_a_worker_works(void **state)
{
    (void)state;
    int done = 0, turns = 0;
    struct fiber *f = fiber_spawn(&test_loop, "worker", offload_pause, &done);
    while (!fiber_is_done(f)) {
        wait_sleep(1, NULL);
        turns++;
    }
    assert_true(turns > 5);
    join_and_unref(f);
}

static void *complete_after_pause(void *arg)
{
    int ignored;
    pause_50ms(&ignored);
    completion_done(arg);
    return NULL;
}

static void *complete_at_once(void *arg)
{
    completion_done(arg);
    return NULL;
}

static void a_completion_wakes_from_another_thread(void **state)
{
    (void)state;
    struct completion *c = completion_new();
    pthread_t t;
    pthread_create(&t, NULL, complete_after_pause, c);
    uint64_t start = wait_now_ms();
    completion_wait(c, "the writer");
    assert_in_range(wait_now_ms() - start, 30, 5000);
    pthread_join(t, NULL);
}

static void a_completion_that_was_done_first_does_not_wait(void **state)
{
    (void)state;
    struct completion *c = completion_new();
    completion_done(c);
    completion_wait(c, "nothing");
}

static int wait_for_threads(void *arg)
{
    int *count = arg;
    for (int i = 0; i < 20; i++) {
        struct completion *c = completion_new();
        pthread_t t;
        if (pthread_create(&t, NULL, complete_at_once, c) != 0)
            return -1;
        completion_wait(c, "a thread");
        pthread_join(t, NULL);
        (*count)++;
    }
    return 0;
}

static void many_fibers_complete_through_many_threads(void **state)
{
    (void)state;
    int count = 0;
    for (int i = 0; i < 20; i++)
        fiber_start(&test_loop, "c", wait_for_threads, &count);
    uv_run(&test_loop, UV_RUN_DEFAULT); /* an expected answer keeps the loop alive */
    assert_int_equal(count, 400);
}

static void note_post(void *arg)
{
    (*(int *)arg)++;
}

static void *post_thousand(void *arg)
{
    for (int i = 0; i < 1000; i++)
        wait_post(&test_loop, note_post, arg);
    return NULL;
}

static void posts_from_other_threads_all_run_on_the_loop(void **state)
{
    (void)state;
    int count = 0;
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, post_thousand, &count);
    uint64_t start = wait_now_ms();
    while (count < 4000 && wait_now_ms() - start < 10000)
        wait_sleep(1, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(count, 4000);
}

static void what_was_posted_last_runs_before_the_loop_ends(void **state)
{
    (void)state;
    int count = 0;
    wait_post(&test_loop, note_post, &count);
    fiber_loop_done(&test_loop);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(sleep_lasts_as_long_as_asked),
        LOOP_TEST(a_deadline_that_is_over_when_the_wait_begins_ends_it_outside_of_fibers_too),
        LOOP_TEST(sleepers_wake_in_the_order_of_their_deadlines),
        LOOP_TEST(thousands_of_deadlines_come_and_go),
        LOOP_TEST(an_idle_process_uses_no_processor),
        LOOP_TEST(an_event_times_out_and_says_what_did_not_happen),
        LOOP_TEST(an_event_wakes_everyone_that_waits_then_and_nobody_later),
        LOOP_TEST(a_channel_keeps_order_and_its_bound),
        LOOP_TEST(many_takers_share_what_one_puts),
        LOOP_TEST(cancelling_one_taker_loses_no_item),
        LOOP_TEST(a_closed_channel_gives_what_is_left_and_takes_nothing),
        LOOP_TEST(closing_wakes_a_putter_that_waits),
        LOOP_TEST(offload_runs_elsewhere),
        LOOP_TEST(offload_is_not_cut_short_by_cancellation),
        LOOP_TEST(the_loop_turns_while_a_worker_works),
        LOOP_TEST(a_completion_wakes_from_another_thread),
        LOOP_TEST(a_completion_that_was_done_first_does_not_wait),
        LOOP_TEST(many_fibers_complete_through_many_threads),
        LOOP_TEST(posts_from_other_threads_all_run_on_the_loop),
        LOOP_TEST(what_was_posted_last_runs_before_the_loop_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
