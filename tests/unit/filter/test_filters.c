/* Filters from a real plugin, asked about real messages. */
#include "filter/filters.h"

#include "base/buf.h"
#include "mime/mime.h"
#include "plugin/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct plugins *plugins;
    struct filters *filters;
} fixture;

static int set_up(void **state)
{
    struct fct_error err = {0};
    mime_init();
    if (plugins_load(TEST_PLUGINS, &fixture.plugins, &err) < 0)
        return -1;
    fixture.filters = filters_open(fixture.plugins);
    *state = &fixture;
    return fixture.filters ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    filters_free(f->filters);
    plugins_free(f->plugins);
    return 0;
}

static struct filter_verdict verdict_on(struct fixture *f, const char *message)
{
    struct filter_verdict v = {0};
    filters_judge(f->filters, 1, bytes_str(message), 1700000000, &v);
    return v;
}

static void a_filter_sees_headers_and_text_and_decides_flags(void **state)
{
    struct filter_verdict v = verdict_on(*state, "Importance: high\r\nReceived: a\r\nReceived: b\r\nSubject: x\r\n\r\nbuy cheap pills now\r\n");

    assert_true(v.has_flags);
    assert_int_equal(v.add.bits, FCT_FLAG_FLAGGED | FCT_FLAG_JUNK);
    assert_int_equal(v.remove.bits, FCT_FLAG_NOTJUNK);
    assert_true(bytes_equal_str(v.add.keywords, "far"));
    filter_verdict_done(&v);
}

static void a_message_that_no_filter_minds_is_left_alone(void **state)
{
    struct filter_verdict v = verdict_on(*state, "Subject: x\r\n\r\nhello\r\n");

    assert_false(v.has_flags);
    assert_int_equal(v.add.bits, 0);
    filter_verdict_done(&v);
}

static void a_filter_that_fails_lets_the_mail_through(void **state)
{
    struct filter_verdict v = verdict_on(*state, "X-Fail: yes\r\nImportance: high\r\n\r\nhello\r\n");

    assert_false(v.has_flags);
    filter_verdict_done(&v);
}

static void a_filter_may_look_at_every_header_and_at_the_text_again(void **state)
{
    struct buf message = {0};
    for (int i = 0; i < 40; i++)
        buf_add_str(&message, "X-Hop: somewhere\r\n");
    buf_add_str(&message, "\r\nabcdefghijkl\r\n");
    struct filter_verdict v = verdict_on(*state, buf_str(&message));

    assert_true(bytes_equal_str(v.add.keywords, "hops"));
    filter_verdict_done(&v);
    buf_done(&message);
}

static void a_filter_needs_no_state(void **state)
{
    struct filter_verdict v = verdict_on(*state, "X-Plain: yes\r\n\r\nhello\r\n");

    assert_true(bytes_equal_str(v.add.keywords, "plain"));
    filter_verdict_done(&v);
}

static void a_verdict_with_endless_keywords_is_not_used(void **state)
{
    struct filter_verdict v = verdict_on(*state, "X-Endless: yes\r\nImportance: high\r\n\r\nhello\r\n");

    assert_int_equal(v.add.bits, FCT_FLAG_FLAGGED);
    assert_int_equal(v.add.keywords.n, 0);
    filter_verdict_done(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_sees_headers_and_text_and_decides_flags),
        cmocka_unit_test(a_message_that_no_filter_minds_is_left_alone),
        cmocka_unit_test(a_filter_may_look_at_every_header_and_at_the_text_again),
        cmocka_unit_test(a_filter_that_fails_lets_the_mail_through),
        cmocka_unit_test(a_filter_needs_no_state),
        cmocka_unit_test(a_verdict_with_endless_keywords_is_not_used),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
