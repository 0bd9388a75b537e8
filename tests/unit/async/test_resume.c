/* A computer that sleeps is only played: the readings of its clocks are the test's. */
#include "async/resume.h"

#include "async/wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <uv.h>

#include <cmocka.h>

struct told {
    int times;
    uint64_t ms;
};

static void on_resume(void *ctx, uint64_t slept_ms)
{
    struct told *t = ctx;
    t->times++;
    t->ms = slept_ms;
}

static void a_sleep_is_told_once_and_its_length(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct resume_watch *w;
    struct told told = {0};
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    assert_int_equal(resume_watch_new(&loop, on_resume, &told, &w, NULL), 0);
    uint64_t now = resume_slept_ms(); /* this computer may have slept before */

    resume_look(w, now); /* the clock was set, nobody slept */
    resume_look(w, now + 5);
    assert_int_equal(told.times, 0);

    resume_look(w, now + 3600000);
    assert_int_equal(told.times, 1);
    assert_in_range(told.ms, 3599000, 3601000);

    resume_look(w, now + 3600003);
    assert_int_equal(told.times, 1);
    resume_look(w, now + 3600000 + 2000);
    assert_int_equal(told.times, 2);
    assert_in_range(told.ms, 1900, 2100);

    resume_watch_free(w);
    fiber_loop_done(&loop);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_watch_costs_no_turn_of_the_loop(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct resume_watch *w;
    struct told told = {0};
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    assert_int_equal(resume_watch_new(&loop, on_resume, &told, &w, NULL), 0);

    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); /* it keeps nothing alive, and is not due */

    assert_int_equal(told.times, 0);
    resume_watch_free(w);
    fiber_loop_done(&loop);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleep_is_told_once_and_its_length),
        cmocka_unit_test(a_watch_costs_no_turn_of_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
