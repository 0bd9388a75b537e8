/* loop_fixture.h - cmocka set-up and tear-down that give each test a loop of its own, and check that nothing stays. */
#ifndef TEST_LOOP_FIXTURE_H
#define TEST_LOOP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "async/fiber.h"

#include <uv.h>

static uv_loop_t test_loop;

static int loop_setup(void **state)
{
    (void)state;
    uv_loop_init(&test_loop);
    fiber_set_loop(&test_loop);
    return 0;
}

/* Fails when a handle was forgotten. */
static int loop_teardown(void **state)
{
    (void)state;
    fiber_loop_done(&test_loop);
    return uv_loop_close(&test_loop);
}

#define LOOP_TEST(fn) cmocka_unit_test_setup_teardown(fn, loop_setup, loop_teardown)

#endif
