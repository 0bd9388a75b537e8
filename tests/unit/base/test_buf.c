#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

#include <stdlib.h>

static void an_empty_buffer_is_an_empty_string(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(buf_bytes(&b).n, 0);
    buf_clear(&b);
    buf_consume(&b, 0);
    buf_consume(&b, 10);
    buf_done(&b);
    buf_done(NULL);
}

static void what_is_appended_is_followed_by_a_nul(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add(&b, "ab\0cd", 5);
    assert_int_equal(b.n, 5);
    assert_memory_equal(b.p, "ab\0cd\0", 6);
    buf_add(&b, NULL, 0);
    buf_add_char(&b, '!');
    buf_add_str(&b, "?");
    assert_int_equal(b.n, 7);
    assert_memory_equal(b.p, "ab\0cd!?\0", 8);
}

static void a_buffer_grows_far(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    for (int i = 0; i < 400000; i++)
        buf_add(&b, "0123456789", 10);
    assert_int_equal(b.n, 4000000);
    assert_memory_equal(b.p + 3999990, "0123456789\0", 11);
    assert_true(b.cap < 8000000);
}

static void formatted_text_is_appended_whatever_its_length(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    char want[1200];
    for (int n = 120; n < 140; n++) { /* around the size of the first attempt */
        buf_clear(&b);
        buf_addf(&b, "<%0*d>", n, 7);
        snprintf(want, sizeof(want), "<%0*d>", n, 7);
        assert_string_equal(buf_str(&b), want);
    }
    buf_clear(&b);
    buf_addf(&b, "%s=%d;", "a", 1);
    buf_addf(&b, "%01000d", 5);
    snprintf(want, sizeof(want), "a=1;%01000d", 5);
    assert_string_equal(buf_str(&b), want);
}

static void code_points_become_utf8(void **state)
{
    (void)state;
    static const struct {
        uint32_t cp;
        const char *utf8;
    } cases[] = {{'A', "A"},
                 {0x7f, "\x7f"},
                 {0x80, "\xc2\x80"},
                 {0xe9, "\xc3\xa9"},
                 {0x7ff, "\xdf\xbf"},
                 {0x800, "\xe0\xa0\x80"},
                 {0xffff, "\xef\xbf\xbf"},
                 {0x10000, "\xf0\x90\x80\x80"},
                 {0x1f600, "\xf0\x9f\x98\x80"},
                 {0x10ffff, "\xf4\x8f\xbf\xbf"},
                 {0xd800, "\xef\xbf\xbd"},
                 {0xdfff, "\xef\xbf\xbd"},
                 {0x110000, "\xef\xbf\xbd"},
                 {UINT32_MAX, "\xef\xbf\xbd"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_done) struct buf b = {0};
        buf_add_utf8(&b, cases[i].cp);
        assert_string_equal(buf_str(&b), cases[i].utf8);
    }
}

static void consuming_drops_from_the_front(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "one two");
    buf_consume(&b, 4);
    assert_string_equal(buf_str(&b), "two");
    buf_consume(&b, 3);
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(b.n, 0);
}

static void stealing_hands_the_bytes_on(void **state)
{
    (void)state;
    struct buf b = {0};
    CLEANUP(freep) char *nothing = buf_steal(&b);
    assert_string_equal(nothing, "");
    buf_add_str(&b, "mine");
    CLEANUP(freep) char *mine = buf_steal(&b);
    assert_string_equal(mine, "mine");
    assert_null(b.p);
    assert_int_equal(b.n + b.cap, 0);
}

static void clearing_keeps_the_memory(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "something");
    size_t cap = b.cap;
    buf_clear(&b);
    assert_int_equal(b.cap, cap);
    assert_string_equal(buf_str(&b), "");
}

static void slices_are_compared(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_str("")));
    assert_true(bytes_equal(bytes_str(NULL), bytes_str("")));
    assert_true(bytes_equal_str(bytes_str("INBOX"), "INBOX"));
    assert_false(bytes_equal_str(bytes_str("INBOX"), "inbox"));
    assert_false(bytes_equal_str(bytes_str("INBOX"), "INBO"));
    assert_true(bytes_equal_nocase(bytes_str("Inbox"), bytes_str("iNBOX")));
    assert_false(bytes_equal_nocase(bytes_str("Inbox"), bytes_str("Inbo")));
    assert_false(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0c", 3)));
}

static void take_leaves_null(void **state)
{
    (void)state;
    char *p = xstrdup("x");
    CLEANUP(freep) char *q = TAKE(p);
    assert_null(p);
    assert_string_equal(q, "x");
    int fd = 5;
    assert_int_equal(TAKE_FD(fd), 5);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_string),
        cmocka_unit_test(what_is_appended_is_followed_by_a_nul),
        cmocka_unit_test(a_buffer_grows_far),
        cmocka_unit_test(formatted_text_is_appended_whatever_its_length),
        cmocka_unit_test(code_points_become_utf8),
        cmocka_unit_test(consuming_drops_from_the_front),
        cmocka_unit_test(stealing_hands_the_bytes_on),
        cmocka_unit_test(clearing_keeps_the_memory),
        cmocka_unit_test(slices_are_compared),
        cmocka_unit_test(take_leaves_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
