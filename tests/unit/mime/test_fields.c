/* Dates, message ids, URLs. */
#include "mime_test.h"
#include "mime/fields.h"

static void expect_date(const char *raw, const char *want)
{
    struct field_date d;
    char text[32] = "none";
    if (field_date_parse(bytes_str(raw), &d))
        field_date_format(d, text);
    assert_string_equal(text, want);
}

static void dates_of_rfc_5322(void **state)
{
    (void)state;
    expect_date("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00");
    expect_date("21 Nov 1997 09:55 GMT", "1997-11-21T09:55:00Z");
    expect_date(
        "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
        "1969-02-13T23:32:00-03:30");
    expect_date("21 Nov 97 09(comment):  55  :  06 -0600", "1997-11-21T09:55:06-06:00");
    expect_date("Fri, 21 Nov 1997 09(c\\)d (e)):\r\n 55:06(x)-0600", "1997-11-21T09:55:06-06:00");
    expect_date("Mon, 29 Feb 2024 23:59:60 +0000", "2024-02-29T23:59:59Z");
    expect_date("1 Jan 49 00:00:00 EST", "2049-01-01T00:00:00-05:00");
    expect_date("1 Jan 100 00:00:00 +0000", "2000-01-01T00:00:00Z");
}

static void dates_as_others_write_them(void **state)
{
    (void)state;
    expect_date("Mon Nov 23 10:00:00 2026", "2026-11-23T10:00:00Z");
    expect_date("2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00+01:00");
    expect_date("2026-11-23 10:00:00 +0100", "2026-11-23T10:00:00+01:00");
    expect_date("23-Nov-2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00");
    expect_date("Mon, 23 November 2026 10.00.00 CET", "2026-11-23T10:00:00+01:00");
    expect_date("Mon, 23 Nov 2026 10:00:00 +9999", "2026-11-23T10:00:00Z");
    expect_date("Mon, 23 Nov 2026", "2026-11-23T00:00:00Z");
    expect_date("Date: 23 Nov 2026 10:00:00 \"GMT\"", "2026-11-23T10:00:00Z");
    expect_date("Mon, 23 Nov 2026 10:00:00+0100", "2026-11-23T10:00:00+01:00");
    expect_date("Mon, 23 Nov 2026 10:00:00.123 -0330", "2026-11-23T10:00:00-03:30");
    expect_date("Mon, 23 Nov 2026 10:00:00 GMT+0100", "2026-11-23T10:00:00+01:00");
    expect_date("Mon, 23 Nov 2026 10:00:00 -600", "2026-11-23T10:00:00-06:00");
    expect_date("Mon, 23 Nov 2026 24:00:00 +0000", "2026-11-24T00:00:00Z");
    expect_date("Monday, November 23, 2026 1:00 PM", "2026-11-23T13:00:00Z");
    expect_date("23 Nov 2026 12:30AM +0000", "2026-11-23T00:30:00Z");
}

static void what_is_no_date_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "now",  "31 Nov",      "32 Jan 2020 10:00:00 +0000",      "30 Feb 2020", "0 Jan 2020",
        "Jan", "((((", "99999999999", "Tue, 29 Feb 2019 10:00:00 +0000", "29 Feb 1900"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        expect_date(bad[i], "none");
}

static void expect_message_ids(const char *raw, const char *want)
{
    CLEANUP(strings_freep) char **ids = field_message_ids(bytes_str(raw));
    CLEANUP(buf_done) struct buf text = {0};
    for (size_t i = 0; ids && ids[i]; i++)
        buf_addf(&text, "%s%s", i ? " " : "", ids[i]);
    assert_string_equal(ids ? buf_str(&text) : "none", want);
}

static void message_ids_are_found_leniently(void **state)
{
    (void)state;
    expect_message_ids("<a@b>", "a@b");
    expect_message_ids(" <a@b><c@d>\r\n\t<e@f>", "a@b c@d e@f");
    expect_message_ids("<a @ b>", "a@b");
    expect_message_ids("<a@b (comment) <c@d>", "c@d");
    expect_message_ids("(<x@y>) <a@b>", "a@b");
    expect_message_ids("a@b", "a@b");
    expect_message_ids("a@b, c@d", "a@b c@d");
    expect_message_ids("123456", "123456");
    expect_message_ids("Your message of Monday", "none");
    expect_message_ids("Your message <a@b> of x@y", "a@b");
    expect_message_ids("<>", "none");
    expect_message_ids("", "none");
    expect_message_ids("<a@b", "a@b");
}

static void of_many_references_the_last_hundred_are_kept(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf raw = {0};
    for (int i = 0; i < 1000; i++)
        buf_addf(&raw, "<%d@x> ", i);
    CLEANUP(strings_freep) char **ids = field_message_ids(buf_bytes(&raw));
    size_t n = 0;
    while (ids[n])
        n++;
    assert_int_equal(n, 100);
    assert_string_equal(ids[0], "900@x");
    assert_string_equal(ids[99], "999@x");
}

static void list_ids_are_in_brackets_or_bare(void **state)
{
    (void)state;
    CLEANUP(freep) char *a = field_list_id(bytes_str(" \"My list\" <my.list.example.org>"));
    CLEANUP(freep) char *b = field_list_id(bytes_str(" my.list.example.org "));
    assert_string_equal(a, "my.list.example.org");
    assert_string_equal(b, "my.list.example.org");
    assert_null(field_list_id(bytes_str("  ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_of_rfc_5322),
        cmocka_unit_test(dates_as_others_write_them),
        cmocka_unit_test(what_is_no_date_is_none),
        cmocka_unit_test(message_ids_are_found_leniently),
        cmocka_unit_test(of_many_references_the_last_hundred_are_kept),
        cmocka_unit_test(list_ids_are_in_brackets_or_bare),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
