/* Messages as they come: broken, cut, mixed up. Each must give something sensible. */
#include "mime_test.h"
#include "mime/quoted.h"

#include <pthread.h>

/* The text of the first text body part. */
static void expect_body(struct fct_bytes raw, const char *subject, const char *text)
{
    struct mime_message *m = mime_parse(raw);
    CLEANUP(buf_done) struct buf got = {0};
    json_t *s = mime_property(m, "subject", NULL);
    mime_readable_text(m, 0, &got);
    assert_string_equal(json_is_null(s) ? "-" : json_string_value(s), subject);
    assert_string_equal(buf_str(&got), text);
    json_decref(s);
    mime_message_free(m);
}

#define BYTES(literal) bytes_of(literal, sizeof(literal) - 1)

static void header_blocks_end_where_they_end(void **state)
{
    (void)state;
    expect_body(BYTES(""), "-", "");
    expect_body(BYTES("\r\n"), "-", "");
    expect_body(BYTES("Subject: a"), "a", "");
    expect_body(BYTES("Subject: a\r\n"), "a", "");
    expect_body(BYTES("Subject: a\r\n\r\n"), "a", "");
    expect_body(BYTES("\r\nSubject: a\r\n\r\nb"), "-", "Subject: a\n\nb");
    expect_body(BYTES("just text\r\nand more"), "-", "just text\nand more");
}

static void line_ends_may_be_mixed(void **state)
{
    (void)state;
    expect_body(BYTES("Subject: a\nX: b\r\n\nc\r\nd\n"), "a", "c\nd\n");
    expect_body(BYTES("Subject: a\rX: b\r\rc\rd"), "a", "c\rd");
    expect_body(BYTES("Subject: a\r\r\nX: b\r\n\r\nc"), "a", "c");
}

static void an_mbox_line_and_rubbish_lines_are_passed_over(void **state)
{
    (void)state;
    expect_body(BYTES("From ann@x Mon Nov 23 10:00:00 2026\nSubject: a\n\nb"), "a", "b");
    expect_body(BYTES(">From ann@x Mon Nov 23 10:00:00 2026\nSubject: a\n\nb"), "a", "b");
    expect_body(BYTES("X: y\nrubbish without colon\nSubject: a\n\nb"), "a", "b");
    expect_body(BYTES("Subject : a\n\nb"), "a", "b");
    expect_body(BYTES("\xef\xbb\xbfSubject: a\n\nb"), "a", "b");
    expect_body(BYTES("\xef\xbb\xbf"
                      "From ann@x Mon Nov 23 10:00:00 2026\nSubject: a\n\nb"),
                "a", "b");
}

static void a_body_without_an_empty_line_is_found(void **state)
{
    (void)state;
    expect_body(BYTES("Subject: a\nDear Ann,\nthis is the text.\n"), "a", "Dear Ann,\nthis is the text.\n");
}

static void expect_parts(const char *parts, const char *want)
{
    CLEANUP(buf_done) struct buf raw = {0}, text = {0};
    buf_addf(&raw, "Content-Type: multipart/mixed; boundary=b\r\n\r\n%s", parts);
    struct mime_message *m = mime_parse(buf_bytes(&raw));
    assert_null(mime_is_degraded(m));
    json_t *values = mime_body_values(m, MIME_VALUES_ALL, 0), *v;
    const char *id;
    json_object_foreach(values, id, v) buf_addf(&text, "[%s %s]", id, json_string_value(json_object_get(v, "value")));
    json_decref(values);
    mime_message_free(m);
    assert_string_equal(buf_str(&text), want);
}

static void a_part_without_an_empty_line_keeps_its_text(void **state)
{
    (void)state;
    expect_parts("--b\r\nContent-Type: text/plain\r\nhello there\r\nyou\r\n\r\nx\r\n--b--\r\n",
                 "[1 hello there\nyou\n\nx]");
    expect_parts("--b\r\nContent-Type: text/html\r\n<p>x</p>\r\n--b\r\n\r\ny\r\n--b--\r\n", "[1 <p>x</p>][2 y]");
    expect_parts("--b\nContent-Type: text/html\n<p>x</p>\n--b--\n", "[1 <p>x</p>]");
    expect_parts(
        "--b\r\nContent-Type: multipart/mixed; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain\r\nhello you"
        "\r\n--b\r\n\r\ny\r\n--b--\r\n",
        "[1.1 hello you][2 y]");
}

static void a_part_with_neither_header_nor_empty_line_keeps_its_text(void **state)
{
    (void)state;
    expect_parts("--b\r\nhello there\r\nyou\r\n--b\r\n\r\nx\r\n--b--\r\n", "[1 hello there\nyou][2 x]");
    expect_parts("--b\nhello\n\nyou\n--b\n<p>x\n--b--\n", "[1 hello\n\nyou][2 <p>x]");
    expect_parts("--b\r\n\r\nx\r\n--b\r\nlast", "[1 x][2 last]");
    expect_parts("--b\r\nrubbish line\r\nContent-Type: text/html\r\n\r\nx\r\n--b--\r\n", "[1 x]");
    expect_parts("--b\r\n--b\r\n\r\nx\r\n--b--\r\n", "[1 x]");
}

static void a_multipart_without_parts_is_shown_as_text(void **state)
{
    (void)state;
    expect_parts(
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\nhello\r\n--d\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
        "[1 hello\n--d\n\nx][2 y]");
    expect_parts("--b\r\nContent-Type: multipart/mixed\r\n\r\nhello\r\n--b--\r\n", "[1 hello]");
    expect_parts("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--b\r\n\r\ny\r\n--b--\r\n", "[1 ][2 y]");
    expect_parts("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
                 "[1 --c\n\nx\n--c--]");
}

static void a_part_without_content_ends_before_the_next(void **state)
{
    (void)state;
    expect_parts("--b\r\nContent-Type: text/plain\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b--\r\n",
                 "[1 ][2 hi]");
    expect_parts("--b\r\nContent-Type: text/plain\r\n\r\n--b--\r\n", "[1 ]");
}

static void the_last_line_end_belongs_to_the_delimiter(void **state)
{
    (void)state;
    expect_parts("--b\r\n\r\nx\r\n--b--", "[1 x]");
    expect_parts("--b\r\n\r\nx\n--b--", "[1 x]");
    expect_parts("--b\r\n\r\nx\r\n\r\n--b--\r\n", "[1 x\n]");
}

static void nul_bytes_are_shown_as_replacements(void **state)
{
    (void)state;
    expect_body(BYTES("Subject: a\0b\r\n\r\nc\0d"), "ab",
                "c\xef\xbf\xbd"
                "d");
}

static void a_boundary_may_be_the_beginning_of_another(void **state)
{
    (void)state;
    struct mime_message *m = mime_parse(BYTES(
        "Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\nContent-Type: multipart/mixed; boundary=abc\r\n\r\n"
        "--abc\r\n\r\none\r\n--abc--\r\n--ab\r\n\r\ntwo\r\n--ab--\r\n"));
    expect_ids(m, "textBody", "1.1 2");
    mime_message_free(m);
}

static void missing_boundaries_show_the_raw_text(void **state)
{
    (void)state;
    expect_body(BYTES("Subject: a\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\ntext\r\n"), "a", "--x\n\ntext\n");
    expect_body(BYTES("Subject: a\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--x\r\n\r\ntext\r\n"), "a",
                "--x\n\ntext\n");
    expect_body(BYTES("Subject: a\r\nContent-Type: multipart/mixed; boundary=\"\"\r\n\r\ntext\r\n"), "a", "text\n");
}

static void what_ends_early_keeps_what_is_there(void **state)
{
    (void)state;
    expect_body(BYTES("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a\r\n\r\ntw"), "-",
                "one\ntw");
    expect_body(BYTES("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain"), "-", "");
    expect_body(BYTES("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Transfer-Encoding: "
                      "base64\r\n\r\nYWJj\r\nZGV"),
                "-", "abcde");
    expect_body(BYTES("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a"), "-", "--a");
}

static void quoted_printable_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = "a =\r\nb= \t \r\n \t=3D=4x =C3=A9\t \r\n\r\n=";
    char whole[sizeof(text) + QUOTED_HELD_MAX + 2], pieces[sizeof(whole)];
    struct quoted one = {0}, many = {0};
    size_t n = quoted_decode_step(&one, text, sizeof(text) - 1, whole), done = 0;
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        done += quoted_decode_step(&many, text + i, 1, pieces + done);
    whole[n] = pieces[done] = '\0';
    assert_string_equal(whole, "a b \t==4x é\r\n\r\n");
    assert_string_equal(pieces, whole);
}

static void transfer_encodings_that_lie_are_survived(void **state)
{
    (void)state;
    expect_body(BYTES("Content-Transfer-Encoding: quoted-printable\r\n\r\na= \t\r\nb \t\r\nc= d=\nf=3d =20\r\n= "), "-",
                "ab\nc= df=  \n");
    expect_body(BYTES("Content-Transfer-Encoding: quoted-printable\r\n\r\na=4"), "-", "a=4");
    expect_body(BYTES("Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3=\n=A9="), "-", "aé");
    expect_body(BYTES("Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb=3D=ZZ=4\r\n"), "-", "ab==ZZ=4\n");
    expect_body(BYTES("Content-Transfer-Encoding: base64 (comment)\r\n\r\nYWJj"), "-", "abc");
    expect_body(BYTES("Content-Transfer-Encoding: \"base64\"\r\n\r\nYWJj"), "-", "YWJj");
    expect_body(BYTES("Content-Transfer-Encoding:\r\n\r\nYWJj"), "-", "YWJj");
}

static void content_types_that_are_none_are_text(void **state)
{
    (void)state;
    expect_property("Content-Type: \r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/plain'}");
    expect_property("Content-Type: text\r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/plain'}");
    expect_property("Content-Type: text/\r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/plain'}");
    expect_property("Content-Type: /plain\r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/plain'}");
    expect_property("Content-Type: multipart / mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--", "bodyStructure",
                    "{'partId':null,'type':'multipart/mixed','subParts':[{'partId':'1','type':'text/plain'}]}");
    expect_property("Content-Type: ;\r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/plain'}");
    expect_property("Content-Type: TEXT/HTML ; x\r\n\r\nx", "bodyStructure", "{'partId':'1','type':'text/html'}");
}

static void messages_within_messages_a_hundred_deep_are_leaves(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    for (int i = 0; i < 100; i++)
        buf_addf(&b, "Subject: level%d\r\nContent-Type: message/rfc822\r\n\r\n", i);
    buf_add_str(&b, "Subject: innermost\r\n\r\ntext");
    struct mime_summary s;
    mime_summarize(buf_bytes(&b), &s);
    assert_false(s.degraded);
    assert_string_equal(s.subject, "level0");
    assert_non_null(strstr(buf_str(&s.fts_body), "level5"));
    assert_null(strstr(buf_str(&s.fts_body), "innermost"));
    mime_summary_done(&s);
}

static void embedded_base64_messages_are_indexed(void **state)
{
    (void)state;
    struct mime_summary s = summarize(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogd29yZA0KDQp0ZXh0\r\n");
    assert_string_equal(buf_str(&s.fts_body), "word\ntext");
    mime_summary_done(&s);
}

static void eight_bit_headers_are_read(void **state)
{
    (void)state;
    struct mime_summary s = summarize("Subject: Gr\xfc\xdf"
                                      "e\r\nFrom: J\xc3\xb6rg <j@x>\r\nTo: J\xf6rg <j@x>\r\n"
                                      "Content-Type: application/x; name=\"\xe9.txt\"\r\n\r\nx");
    assert_string_equal(s.subject, "Grüße");
    assert_string_equal(buf_str(&s.fts_from), "Jörg j@x\n");
    assert_string_equal(buf_str(&s.fts_to), "Jörg j@x\n");
    assert_string_equal(buf_str(&s.fts_files), "é.txt");
    mime_summary_done(&s);
}

static void *parse_many(void *arg)
{
    static const char text[] =
        "Subject: =?koi8-r?B?8NLJ18XU?=\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        "Content-Type: text/plain; charset=gb2312\r\n\r\n\xc4\xe3\r\n--a\r\nContent-Type: image/png; "
        "name*=utf-8''%C3%A9\r\n\r\nx\r\n--a--\r\n";
    for (int i = 0; i < 200; i++) {
        struct mime_summary s;
        mime_summarize(bytes_of(text, sizeof(text) - 1), &s);
        if (strcmp(s.subject, "Привет") == 0 && strcmp(buf_str(&s.fts_files), "é") == 0 && strcmp(s.preview, "你") == 0)
            ++*(int *)arg;
        mime_summary_done(&s);
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t t[4];
    int good[4] = {0};
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, parse_many, &good[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < 4; i++)
        assert_int_equal(good[i], 200);
}

/* A fiber has 256 KiB. */
static void *parse_deepest(void *arg)
{
    struct buf *b = arg;
    struct mime_summary s;
    mime_summarize(buf_bytes(b), &s);
    mime_summary_done(&s);
    struct mime_message *m = mime_parse(buf_bytes(b));
    json_decref(mime_property(m, "bodyStructure", NULL));
    json_decref(mime_body_values(m, MIME_VALUES_ALL, 0));
    mime_message_free(m);
    return NULL;
}

static void the_deepest_message_needs_a_small_stack(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    for (int level = 0; level < 6; level++) {
        buf_add_str(&b, "Subject: x\n");
        for (int i = 0; i < 50; i++)
            buf_addf(&b, "Content-Type: multipart/alternative; boundary=b%d.%d\n\n--b%d.%d\n", level, i, level, i);
        buf_add_str(&b, "Content-Type: message/rfc822\n\n");
    }
    pthread_attr_t small;
    pthread_t t;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1024 * 256);
    assert_int_equal(pthread_create(&t, &small, parse_deepest, &b), 0);
    pthread_join(t, NULL);
    pthread_attr_destroy(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_blocks_end_where_they_end),
        cmocka_unit_test(line_ends_may_be_mixed),
        cmocka_unit_test(an_mbox_line_and_rubbish_lines_are_passed_over),
        cmocka_unit_test(a_body_without_an_empty_line_is_found),
        cmocka_unit_test(a_part_without_an_empty_line_keeps_its_text),
        cmocka_unit_test(a_part_with_neither_header_nor_empty_line_keeps_its_text),
        cmocka_unit_test(a_multipart_without_parts_is_shown_as_text),
        cmocka_unit_test(a_part_without_content_ends_before_the_next),
        cmocka_unit_test(the_last_line_end_belongs_to_the_delimiter),
        cmocka_unit_test(nul_bytes_are_shown_as_replacements),
        cmocka_unit_test(a_boundary_may_be_the_beginning_of_another),
        cmocka_unit_test(missing_boundaries_show_the_raw_text),
        cmocka_unit_test(what_ends_early_keeps_what_is_there),
        cmocka_unit_test(quoted_printable_may_be_cut_anywhere),
        cmocka_unit_test(transfer_encodings_that_lie_are_survived),
        cmocka_unit_test(content_types_that_are_none_are_text),
        cmocka_unit_test(messages_within_messages_a_hundred_deep_are_leaves),
        cmocka_unit_test(embedded_base64_messages_are_indexed),
        cmocka_unit_test(eight_bit_headers_are_read),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(the_deepest_message_needs_a_small_stack),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
