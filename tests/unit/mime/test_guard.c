/* The guard: each named limit, just under and just over, and what a message beyond it still shows. */
#include "mime_test.h"
#include "mime/guard.h"
#include "mime/limits.h"

#include <time.h>

static void repeat(struct buf *b, const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add_str(b, s);
}

static const char *check(struct fct_bytes raw)
{
    CLEANUP(headers_done) struct mime_headers h = {0};
    headers_scan(raw, &h);
    return guard_check(raw, &h, NULL);
}

static void expect_reason(struct buf *b, const char *want)
{
    const char *got = check(buf_bytes(b));
    if (want)
        assert_string_equal(got ? got : "none", want);
    else
        assert_null(got);
    buf_done(b);
}

static void address_groups_have_a_depth(void **state)
{
    (void)state;
    struct buf b = {0};
    repeat(&b, "To: g:g:g:g:g:g:g:g: a@b;;;;;;;;\r\n\r\n", 1);
    expect_reason(&b, NULL);
    repeat(&b, "To: g:g:g:g:g:g:g:g:g: a@b\r\n\r\n", 1);
    expect_reason(&b, "address group nested deeper than 8");
    /* A group that is closed counts no more; neither do colons in quotes, comments and domain literals. */
    buf_add_str(&b, "To: ");
    repeat(&b, "g:a@b;, ", 500);
    repeat(&b, "\"a:b\" (x:y) <a@[IPv6:2001:db8::1]>, ", 100);
    buf_add_str(&b, "\r\n\r\n");
    expect_reason(&b, NULL);
}

static void comments_and_addresses_are_counted(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Cc: ");
    repeat(&b, "(", 17);
    buf_add_str(&b, "\r\n\r\n");
    expect_reason(&b, "comment nested deeper than 16");
    buf_add_str(&b, "Cc: ");
    repeat(&b, "a@b,", 10001);
    buf_add_str(&b, "\r\n\r\n");
    expect_reason(&b, "more than 10000 addresses in one field");
}

static void header_sizes_are_bounded(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Subject: ");
    repeat(&b, "x", MIME_MAX_FIELD_BYTES);
    buf_add_str(&b, "\r\n\r\n");
    expect_reason(&b, "header field longer than 262144 bytes");
    repeat(&b, "X: y\n", 10001);
    buf_add_str(&b, "\n");
    expect_reason(&b, "header of more than 10000 lines");
    for (int i = 0; i < 9; i++) {
        buf_add_str(&b, "X: ");
        repeat(&b, "x", 130000);
        buf_add_str(&b, "\n");
    }
    expect_reason(&b, "header larger than 1048576 bytes");
}

static void parameters_are_counted(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Content-Type: application/x");
    for (int i = 0; i < 101; i++)
        buf_addf(&b, ";\r\n name*%d=a", i);
    buf_add_str(&b, "\r\n\r\n");
    expect_reason(&b, "more than 100 parameters in a Content-* field");
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: x");
    for (int i = 0; i < 101; i++)
        buf_addf(&b, ";\n filename*%d=a", i);
    buf_add_str(&b, "\n\n\n--b--\n");
    expect_reason(&b, "more than 100 parameters in a Content-* field");
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: ");
    repeat(&b, "x", 17000);
    buf_add_str(&b, "\n\n\n--b--\n");
    expect_reason(&b, "a Content-* field longer than 16384 bytes");
}

static void parts_and_nesting_are_counted(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(&b, "--b\n\nx\n", 1000);
    expect_reason(&b, NULL);
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(&b, "--b\n\nx\n", 1001);
    expect_reason(&b, "more than 1000 parts");
    for (int i = 0; i < 50; i++)
        buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    expect_reason(&b, NULL);
    for (int i = 0; i < 51; i++)
        buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    expect_reason(&b, "multiparts nested deeper than 50");
}

static void part_headers_are_bounded(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
    repeat(&b, "X: y\n", 1001);
    expect_reason(&b, "part header of more than 1000 lines");
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: ");
    repeat(&b, "x", 66000);
    expect_reason(&b, "part header larger than 65536 bytes");
}

static void delimiters_of_boundaries_declared_anywhere_are_counted(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(
        &b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nContent-Type: multipart/mixed; boundary=\"x y\"\n\n");
    repeat(&b, "--x y\n", 20001);
    expect_reason(&b, "more than 20000 delimiter lines");
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n");
    repeat(&b, "--\n--- a/file\n", 30000); /* a patch */
    expect_reason(&b, NULL);
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n");
    for (int i = 0; i < 10001; i++)
        buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n", i);
    expect_reason(&b, "more than 10000 boundaries");
}

static void lines_that_declare_a_multipart_are_counted(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_addf(&b, "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n");
    for (int i = 0; i < 20001; i++)
        buf_add_str(&b, "Content-Type: multipart/mixed; boundary=a\r\n");
    expect_reason(&b, "more than 20000 lines that declare a multipart");
}

/* GMime takes it for a header although it is a text. */
static void parts_without_header_beyond_the_repairs_are_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=a\r\n\r\n");
    repeat(&b, "--a\r\ntext\r\n", MIME_MAX_REPAIRS);
    buf_add_str(&b, "--a\r\n");
    repeat(&b, "one line of many\r\n", 2000);
    struct mime_message *m = mime_parse(buf_bytes(&b));
    assert_string_equal(mime_is_degraded(m), "part header of more than 1000 lines");
    mime_message_free(m);
}

static void lines_of_dashes_are_bounded_by_the_boundaries_they_meet(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 50; i++)
        buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    buf_add_str(&b, "\n");
    repeat(&b, "--\n", 400001);
    expect_reason(&b, "more than 20000000 comparisons with boundaries");
}

/* Where the guard and GMime could see different structures, neither depth nor number gets beyond the limits. */
static void expect_bounded(struct buf *b)
{
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(buf_bytes(b));
    assert_non_null(mime_is_degraded(m));
    expect_ids(m, "textBody", "1");
    buf_done(b);
}

static void no_disagreement_with_gmime_goes_deeper(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b0\n\n--b0\n");
    for (int i = 1; i < 900; i++) /* the body begins without an empty line */
        buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n!no field\n--b%d\n", i, i);
    expect_bounded(&b);
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b0\n\n--b0\n");
    for (int i = 1; i < 900; i++) /* the last field has the boundary */
        buf_addf(&b,
                 "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
                 i);
    expect_bounded(&b);
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b0\n\n--b0\n");
    for (int i = 1; i < 900; i++) /* a final delimiter inside a header block */
        buf_addf(&b, "--b%d--\nContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i - 1, i, i);
    expect_bounded(&b);
}

static void a_multipart_needs_a_part(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\ntext\n--c\n");
    expect_reason(&b, "multipart without any part");
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(&b, "outside of any part\n", 500000);
    buf_add_str(&b, "--b\n\n");
    expect_reason(&b, "more than 8388608 bytes outside of the parts");
}

static void a_degraded_message_has_its_headers_and_its_text(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(
        &b,
        "From: Ann <ann@x>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nTo: ");
    repeat(&b, "g:", 40500);
    buf_add_str(&b, "\r\nMessage-ID: <a@b>\r\n\r\nHello there.\r\n");
    struct mime_summary s;
    mime_summarize(buf_bytes(&b), &s);
    struct mime_message *m = mime_parse(buf_bytes(&b));

    assert_true(s.degraded);
    assert_string_equal(mime_is_degraded(m), "address group nested deeper than 8");
    assert_string_equal(s.subject, "Grüße");
    assert_string_equal(s.from, "[{\"name\":\"Ann\",\"email\":\"ann@x\"}]");
    assert_string_equal(s.message_ids[0], "a@b");
    assert_int_equal(s.sent_at, 1795424400);
    assert_string_equal(s.preview, "Hello there.");
    expect_ids(m, "textBody", "1");
    expect_json(mime_body_values(m, MIME_VALUES_ALL, 0),
                "{'1':{'value':'Hello there.\\n','isEncodingProblem':false,'isTruncated':false}}");
    mime_summary_done(&s);
    mime_message_free(m);
}

static void a_field_of_ten_megabytes_is_cut_and_hides_no_other(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "Subject: ");
    repeat(&b, "x", 10000000);
    buf_add_str(&b, "\r\nFrom: ann@x\r\n\r\nHello.\r\n");
    struct mime_summary s;
    mime_summarize(buf_bytes(&b), &s);

    assert_true(s.degraded);
    assert_int_equal(strlen(s.subject), MIME_MAX_SUBJECT_BYTES);
    assert_string_equal(s.from, "[{\"name\":null,\"email\":\"ann@x\"}]");
    assert_string_equal(s.preview, "Hello.");
    mime_summary_done(&s);
}

static double seconds_for(struct buf *b)
{
    struct mime_summary s;
    clock_t begin = clock();
    mime_summarize(buf_bytes(b), &s);
    double t = (double)(clock() - begin) / CLOCKS_PER_SEC;
    mime_summary_done(&s);
    buf_done(b);
    return t;
}

/* The bound is far above what each takes (milliseconds) and far below what anything quadratic would (minutes). */
static void hostile_messages_take_linear_time(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece;
        size_t bytes;
    } cases[] = {
        {"Subject: ", "x", 10000000},
        {"Subject: ", "=?utf-8?q?a?=\r\n ", 10000000},
        {"Subject: ", "=?koi8-r?q?a?= =?gb2312?q?b?= ", 260000},
        {"Subject: ", "[a]", 260000},
        {"References: ", "<a@b> ", 260000},
        {"References: ", "(", 260000},
        {"To: ", "\"a", 260000},
        {"To: ", "<a", 260000},
        {"To: ", "a@[", 260000},
        {"To: ", "g:;", 260000},
        {"To: ", "=?utf-8?q?a?=", 260000},
        {"Content-Type: text/html\r\n\r\n", "<a href=\"x", 4000000},
        {"Content-Type: text/html\r\n\r\n", "<a b='", 4000000},
        {"Content-Type: text/html\r\n\r\n", "<!--", 4000000},
        {"Content-Type: text/html\r\n\r\n", "<div><ul><li><blockquote>", 4000000},
        {"Content-Type: text/html\r\n\r\n", "<a href=http://x>", 4000000},
        {"Content-Type: text/html\r\n\r\n", "&CounterClockwiseContourIntegra", 4000000},
        {"Content-Type: text/html\r\n\r\n", "<p style='display:none'>x", 4000000},
        {"Content-Type: text/plain; format=flowed\r\n\r\n", "> \r\n", 4000000},
        {"Content-Transfer-Encoding: base64\r\n\r\n", "!$%", 4000000},
        {"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\x1b$B\xff", 1000000},
        {"", "a:\n\n", 4000000},
        {"", "From: a@b\nContent-Type: message/rfc822\n\n", 4000000},
        {"Content-Type: multipart/digest; boundary=b\n\n", "--b\n\n", 4000000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf b = {0};
        buf_add_str(&b, cases[i].head);
        repeat(&b, cases[i].piece, cases[i].bytes / strlen(cases[i].piece));
        assert_true(seconds_for(&b) < 5.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_groups_have_a_depth),
        cmocka_unit_test(comments_and_addresses_are_counted),
        cmocka_unit_test(header_sizes_are_bounded),
        cmocka_unit_test(parameters_are_counted),
        cmocka_unit_test(parts_and_nesting_are_counted),
        cmocka_unit_test(part_headers_are_bounded),
        cmocka_unit_test(delimiters_of_boundaries_declared_anywhere_are_counted),
        cmocka_unit_test(lines_that_declare_a_multipart_are_counted),
        cmocka_unit_test(parts_without_header_beyond_the_repairs_are_bounded),
        cmocka_unit_test(lines_of_dashes_are_bounded_by_the_boundaries_they_meet),
        cmocka_unit_test(no_disagreement_with_gmime_goes_deeper),
        cmocka_unit_test(a_multipart_needs_a_part),
        cmocka_unit_test(a_degraded_message_has_its_headers_and_its_text),
        cmocka_unit_test(a_field_of_ten_megabytes_is_cut_and_hides_no_other),
        cmocka_unit_test(hostile_messages_take_linear_time),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
