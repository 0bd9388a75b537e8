#include "cmocka_all.h"

#include "base/buf.h"
#include "search/dates.h"

#include <string.h>

static void utc_dates_are_read_strictly(void **state)
{
    int64_t t;
    (void)state;

    assert_true(date_parse_utc("1970-01-01T00:00:00Z", &t));
    assert_int_equal(t, 0);
    assert_true(date_parse_utc("2014-10-30T06:12:00Z", &t));
    assert_int_equal(t, 1414649520);
    assert_true(date_parse_utc("2024-02-29T23:59:59Z", &t));
    assert_int_equal(t, 1709251199);
    static const char *const wrong[] = {"",
                                        "2014-10-30",
                                        "2014-10-30T06:12:00",
                                        "2014-10-30T06:12:00+01:00",
                                        "2023-02-29T00:00:00Z",
                                        "2014-13-30T06:12:00Z",
                                        "2014-10-30T24:00:00Z",
                                        "2014-10-30t06:12:00z",
                                        "2014-10-30T06:12:00Zx",
                                        "2014-10-30T06:12:00.Z",
                                        "0000-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(date_parse_utc(wrong[i], &t));
}

static void a_fraction_counts_as_the_next_second(void **state)
{
    int64_t t;
    (void)state;
    assert_true(date_parse_utc("1970-01-01T00:00:01.250Z", &t));
    assert_int_equal(t, 2);
    assert_true(date_parse_utc("1970-01-01T00:00:01.000Z", &t));
    assert_int_equal(t, 1);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    for (int64_t t = -86400 * 800; t < INT64_C(5000000000); t += 7654321) {
        char text[32];
        int64_t back;
        date_format_utc(t, text);
        assert_true(date_parse_utc(text, &back));
        assert_int_equal(back, t);
    }
}

/* 2024-05-15 10:00 in Paris */
#define NOW INT64_C(1715760000)

static void assert_span(const char *zone, const char *text, const char *from, const char *to)
{
    struct date_zone *z;
    int64_t a, b;
    char text_a[32], text_b[32];

    assert_int_equal(date_zone_open(zone, &z, NULL), 0);
    assert_int_equal(date_parse_span(bytes_str(text), NOW, z, &a, &b, NULL), 0);
    date_zone_close(z);
    date_format_utc(a, text_a);
    date_format_utc(b, text_b);

    assert_string_equal(text_a, from);
    assert_string_equal(text_b, to);
}

static void dates_are_days_months_and_years_of_the_zone(void **state)
{
    (void)state;
    assert_span("UTC", "2024-05-01", "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z");
    assert_span("Europe/Paris", "2024-05-01", "2024-04-30T22:00:00Z", "2024-05-01T22:00:00Z");
    assert_span("Europe/Paris", "2024-12", "2024-11-30T23:00:00Z", "2024-12-31T23:00:00Z");
    assert_span("America/New_York", "2024", "2024-01-01T05:00:00Z", "2025-01-01T05:00:00Z");
    assert_span("UTC", "2024/02/28", "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z");
}

static void a_day_of_daylight_saving_has_its_length(void **state)
{
    (void)state;
    assert_span("Europe/Paris", "2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z");
    assert_span("Europe/Paris", "2024-10-27", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z");
}

static void relative_dates_count_from_today(void **state)
{
    (void)state;
    assert_span("UTC", "today", "2024-05-15T00:00:00Z", "2024-05-16T00:00:00Z");
    assert_span("UTC", "yesterday", "2024-05-14T00:00:00Z", "2024-05-15T00:00:00Z");
    assert_span("UTC", "7d", "2024-05-08T00:00:00Z", "2024-05-09T00:00:00Z");
    assert_span("UTC", "2w", "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z");
    assert_span("UTC", "3m", "2024-02-15T00:00:00Z", "2024-02-16T00:00:00Z");
    assert_span("UTC", "1y", "2023-05-15T00:00:00Z", "2023-05-16T00:00:00Z");
    assert_span("Pacific/Auckland", "today", "2024-05-14T12:00:00Z", "2024-05-15T12:00:00Z");
}

static void other_words_are_no_dates(void **state)
{
    static const char *const wrong[] = {"",  "tomorrow", "2024-13", "2024-02-30", "24",          "7",    "7x",
                                        "d", "123456d",  "99999y",  "2024-5-1",   "2024-05-01x", "0999", "2024-05/01"};
    struct date_zone *z;
    int64_t a, b;
    (void)state;

    assert_int_equal(date_zone_open("UTC", &z, NULL), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct fct_error err = {0};
        assert_int_equal(date_parse_span(bytes_str(wrong[i]), NOW, z, &a, &b, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
    }
    date_zone_close(z);
}

static void unknown_zones_are_refused(void **state)
{
    struct date_zone *z = NULL;
    struct fct_error err = {0};
    (void)state;
    assert_int_equal(date_zone_open("Mars/Olympus", &z, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_int_equal(date_zone_open("", &z, &err), -1);
    assert_int_equal(date_zone_open(NULL, &z, &err), 0);
    date_zone_close(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_dates_are_read_strictly),
        cmocka_unit_test(a_fraction_counts_as_the_next_second),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(dates_are_days_months_and_years_of_the_zone),
        cmocka_unit_test(a_day_of_daylight_saving_has_its_length),
        cmocka_unit_test(relative_dates_count_from_today),
        cmocka_unit_test(other_words_are_no_dates),
        cmocka_unit_test(unknown_zones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
