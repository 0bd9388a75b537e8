/* Moments as people write them: clients/cli/when.h. */
#include "when.h"

#include "cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define NOW 1711830600LL /* Saturday, 2024-03-30 21:30 in Paris; clocks go forward in the night */

static void expect(const char *text, const char *wanted)
{
    CLI_CLEANUP(freep) char *got = when_later(text, NOW);

    if (!wanted) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_string_equal(got, wanted);
}

static void moments_are_counted_from_now(void **state)
{
    (void)state;
    expect("90min", "2024-03-30T22:00:00Z");
    expect("3h", "2024-03-30T23:30:00Z");
    expect("1d", "2024-03-31T19:30:00Z"); /* the same time of the clock, 23 hours on */
    expect("1w", "2024-04-06T19:30:00Z");
    expect("22:15", "2024-03-30T21:15:00Z");
    expect("21:30", "2024-03-31T19:30:00Z"); /* now is not later */
    expect("08:00", "2024-03-31T06:00:00Z");
    expect("tomorrow", "2024-03-31T06:00:00Z");
    expect("Sunday", "2024-03-31T06:00:00Z");
    expect("monday", "2024-04-01T06:00:00Z");
    expect("saturday", "2024-04-06T06:00:00Z");
    expect("2030-12-31T08:00", "2030-12-31T07:00:00Z");
    expect("2030-12-31T08:00:00Z", "2030-12-31T08:00:00Z");
}

static void what_is_no_moment_is_none(void **state)
{
    (void)state;
    const char *const wrong[] = {"",   "h",    "0h",   "-1h", "3",     "3 h",         "3hours",     "25:00", "12:00x",
                                 "mon", "soon", "1e3h", "+2d", "99999999d", "100001min", "2030-13-01", " 3h",   "10000w"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect(wrong[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_counted_from_now),
        cmocka_unit_test(what_is_no_moment_is_none),
    };
    setenv("TZ", "Europe/Paris", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
