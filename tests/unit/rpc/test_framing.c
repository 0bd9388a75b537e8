#include "framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Feeds `input` in pieces of `step` bytes and writes what comes out: "T:text|" or "L|". */
static void frames_of(const char *input, size_t n, size_t step, size_t max_line, struct buf *out)
{
    struct framer f = {.max_line = max_line};
    for (size_t at = 0; at < n; at += step) {
        struct fct_bytes rest = bytes_of(input + at, n - at < step ? n - at : step), text;
        enum frame_kind kind;
        while ((kind = framer_next(&f, &rest, &text)) != FRAME_NONE) {
            buf_add_str(out, kind == FRAME_TEXT ? "T:" : "L");
            if (kind == FRAME_TEXT)
                buf_add(out, text.p, text.n);
            buf_add_char(out, '|');
        }
    }
    framer_done(&f);
}

static void expect_frames(const char *input, size_t max_line, const char *expected)
{
    for (size_t step = 1; step < 12; step++) {
        struct buf out = {0};
        frames_of(input, strlen(input), step, max_line, &out);
        assert_string_equal(buf_str(&out), expected);
        buf_done(&out);
    }
}

static void each_line_is_a_text_however_it_is_cut(void **state)
{
    (void)state;
    expect_frames("{\"a\":1}\n[2]\r\n\"x\"\n", 100, "T:{\"a\":1}|T:[2]|T:\"x\"|");
}

static void blank_lines_are_skipped(void **state)
{
    (void)state;
    expect_frames("\n\r\n \t \nx\n\n", 100, "T:x|");
}

static void an_unfinished_line_is_kept_back(void **state)
{
    (void)state;
    expect_frames("one\ntwo", 100, "T:one|");
}

static void a_line_that_is_too_long_is_told_once_and_the_next_is_read(void **state)
{
    (void)state;
    expect_frames("12345678\n12345\n123456\nx\n", 5, "L|T:12345|L|T:x|");
}

static void a_long_line_leaves_no_memory_behind(void **state)
{
    (void)state;
    struct framer f = {.max_line = 1 << 20};
    char big[9000];
    memset(big, 'x', sizeof(big));
    struct fct_bytes in = bytes_of(big, sizeof(big)), text;
    assert_int_equal(framer_next(&f, &in, &text), FRAME_NONE);
    in = bytes_str("\n");
    assert_int_equal(framer_next(&f, &in, &text), FRAME_TEXT);
    assert_int_equal(text.n, sizeof(big));
    in = (struct fct_bytes){0};

    assert_int_equal(framer_next(&f, &in, &text), FRAME_NONE);

    assert_int_equal(f.line.cap, 0);
    assert_true(framer_is_empty(&f));
    framer_done(&f);
}

static void depth_and_values_are_counted_outside_of_strings(void **state)
{
    (void)state;
    assert_int_equal(json_text_depth(bytes_str("1"), 10), 0);
    assert_int_equal(json_text_depth(bytes_str("[1,{\"a\":[]}]"), 10), 3);
    assert_int_equal(json_text_depth(bytes_str("[\"[[[[\\\"[[\"]"), 10), 1);
    assert_true(json_text_depth(bytes_str("[[[[[["), 3) > 3);
    assert_int_equal(json_text_depth(bytes_str("]]]["), 3), 1);
    assert_int_equal(json_text_values(bytes_str("1"), 10), 1);
    assert_int_equal(json_text_values(bytes_str("[1,{\"a,[\\\",{\":[]}]"), 10), 5);
    assert_true(json_text_values(bytes_str("[,,,,,,"), 3) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_a_text_however_it_is_cut),
        cmocka_unit_test(blank_lines_are_skipped),
        cmocka_unit_test(an_unfinished_line_is_kept_back),
        cmocka_unit_test(a_line_that_is_too_long_is_told_once_and_the_next_is_read),
        cmocka_unit_test(a_long_line_leaves_no_memory_behind),
        cmocka_unit_test(depth_and_values_are_counted_outside_of_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
