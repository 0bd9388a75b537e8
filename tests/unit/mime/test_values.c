/* bodyValues, transfer encodings, attachments, previews: what a reader gets. */
#include "mime_test.h"

#include "base/alloc.h"

static void expect_part_value(const char *message, size_t max, const char *want)
{
    struct mime_message *m = mime_parse(bytes_str(message));
    json_t *values = mime_body_values(m, MIME_VALUES_ALL, max);
    expect_json(json_incref(json_object_get(values, "1")), want);
    json_decref(values);
    mime_message_free(m);
}

#define VALUE(text, problem, cut) "{'value':" text ",'isEncodingProblem':" problem ",'isTruncated':" cut "}"

static void text_is_decoded_and_line_ends_are_lf(void **state)
{
    (void)state;
    expect_part_value("\r\na\r\nb\rc\nd\r\n", 0, VALUE("'a\\nb\\rc\\nd\\n'", "false", "false"));
    expect_part_value("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
                      "quoted-printable\r\n\r\nGr=FC=DF=\r\ne=20\r\n",
                      0, VALUE("'Grüße \\n'", "false", "false"));
    expect_part_value(
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+\r\nw6k=\r\n", 0,
        VALUE("'<p>é'", "false", "false"));
    expect_part_value("Content-Type: text/plain; charset=us-ascii; format=flowed\r\n\r\na \r\nb", 0,
                      VALUE("'a \\nb'", "false", "false"));
}

static void problems_are_flagged_and_the_rest_is_shown(void **state)
{
    (void)state;
    expect_part_value("Content-Type: text/plain; charset=utf-8\r\n\r\na\xff"
                      "b",
                      0,
                      VALUE("'a\xef\xbf\xbd"
                            "b'",
                            "true", "false"));
    expect_part_value("Content-Type: text/plain; charset=x-none\r\n\r\nab", 0, VALUE("'ab'", "true", "false"));
    expect_part_value("Content-Transfer-Encoding: x-none\r\n\r\nab", 0, VALUE("'ab'", "true", "false"));
    expect_part_value("\r\ncaf\xe9", 0, VALUE("'café'", "true", "false"));
    expect_part_value("\r\ncaf\xc3\xa9", 0, VALUE("'café'", "false", "false"));
    expect_part_value("Content-Transfer-Encoding: base64\r\n\r\nYW!!Jj\r\n*ZA", 0, VALUE("'abcd'", "false", "false"));
    /* without padding, and two texts behind each other */
    expect_part_value("Content-Transfer-Encoding: base64\r\n\r\nYWJjZA==YWI=\r\nYWJjZGU", 0,
                      VALUE("'abcdababcde'", "false", "false"));
}

static void html_may_name_its_own_charset(void **state)
{
    (void)state;
    expect_part_value("Content-Type: text/html\r\n\r\n<meta charset=koi8-r>\xf0", 0,
                      VALUE("'<meta charset=koi8-r>П'", "false", "false"));
    expect_part_value("Content-Type: text/html; charset=iso-8859-1\r\n\r\n<meta charset=koi8-r>\xf0", 0,
                      VALUE("'<meta charset=koi8-r>ð'", "false", "false"));
}

static void values_are_cut_at_a_character_and_outside_a_tag(void **state)
{
    (void)state;
    expect_part_value("Content-Type: text/plain; charset=utf-8\r\n\r\nabcé", 4, VALUE("'abc'", "false", "true"));
    expect_part_value("Content-Type: text/plain; charset=utf-8\r\n\r\nabcé", 5, VALUE("'abcé'", "false", "false"));
    expect_part_value("Content-Type: text/html\r\n\r\n<p>a</p><a href=x>b</a>", 12,
                      VALUE("'<p>a</p>'", "false", "true"));
    expect_part_value("Content-Type: text/html\r\n\r\n<p>a</p>bcdef", 10, VALUE("'<p>a</p>bc'", "false", "true"));
}

static void a_long_value_that_is_cut_has_no_problem_at_its_end(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
    for (int i = 0; i < 100000; i++)
        buf_add_str(&b, "日本");
    struct mime_message *m = mime_parse(buf_bytes(&b));
    json_t *values = mime_body_values(m, MIME_VALUES_TEXT, 1000), *v = json_object_get(values, "1");
    assert_int_equal(json_string_length(json_object_get(v, "value")), 999);
    assert_true(json_is_false(json_object_get(v, "isEncodingProblem")));
    assert_true(json_is_true(json_object_get(v, "isTruncated")));
    json_decref(values);
    mime_message_free(m);
}

static const char mixed[] =
    "Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    "--b\r\n\r\nplain text that is long enough to stand for the whole of the message, as plain text should be able to "
    "do\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n<p>hyper <a href=http://x.org>text</a></p>\r\n--b--\r\n"
    "--a\r\nContent-Type: text/csv; name=t.csv\r\nContent-Disposition: attachment\r\n\r\nknob,dial\r\n"
    "--a\r\nContent-Type: application/octet-stream; name=data.bin\r\n\r\nbinarywords\r\n"
    "--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=C3=A9r?=\r\nFrom: Zoe <zoe@x>\r\n\r\nembedded "
    "words\r\n"
    "--a--\r\n";

static void values_are_given_by_list(void **state)
{
    (void)state;
    struct mime_message *m = mime_parse(bytes_str(mixed));
    json_t *text = mime_body_values(m, MIME_VALUES_TEXT, 0), *html = mime_body_values(m, MIME_VALUES_HTML, 0);
    json_t *all = mime_body_values(m, MIME_VALUES_ALL, 0);
    assert_int_equal(json_object_size(text), 1);
    assert_non_null(json_object_get(text, "1.1"));
    assert_non_null(json_object_get(html, "1.2"));
    assert_int_equal(json_object_size(all), 3);
    assert_non_null(json_object_get(all, "2"));
    json_decref(text);
    json_decref(html);
    json_decref(all);
    mime_message_free(m);
}

static void the_index_gets_text_files_and_embedded_messages(void **state)
{
    (void)state;
    struct mime_summary s = summarize(mixed);
    const char *body = buf_str(&s.fts_body);
    assert_non_null(strstr(body, "plain text"));
    assert_null(strstr(body, "hyper"));
    assert_non_null(strstr(body, "knob,dial"));
    assert_null(strstr(body, "binarywords"));
    assert_non_null(strstr(body, "innér"));
    assert_non_null(strstr(body, "Zoe zoe@x"));
    assert_non_null(strstr(body, "embedded words"));
    assert_string_equal(buf_str(&s.fts_files), "t.csv\ndata.bin");
    assert_true(s.has_attachment);
    mime_summary_done(&s);
}

static void html_is_indexed_where_the_plain_text_says_nothing(void **state)
{
    (void)state;
    struct mime_summary s = summarize(
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nNo HTML?\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>hypertext &eacute; that says much more than that</p>\r\n--b--\r\n");
    assert_non_null(strstr(buf_str(&s.fts_body), "No HTML?"));
    assert_non_null(strstr(buf_str(&s.fts_body), "hypertext é"));
    assert_string_equal(s.preview, "No HTML?");
    mime_summary_done(&s);
}

static void expect_readable(const char *message, const char *text, const char *preview)
{
    struct mime_message *m = mime_parse(bytes_str(message));
    CLEANUP(buf_done) struct buf out = {0};
    mime_readable_text(m, 0, &out);
    assert_string_equal(buf_str(&out), text);
    mime_message_free(m);
    struct mime_summary s = summarize(message);
    assert_string_equal(s.preview, preview);
    mime_summary_done(&s);
    char *quoted = xasprintf("'%s'", preview);
    expect_property(message, "preview", quoted);
    free(quoted);
}

static void where_the_plain_text_is_empty_other_text_is_read(void **state)
{
    (void)state;
    expect_readable("Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\n \r\n\r\n--a\r\n"
                    "Content-Type: text/html\r\n\r\n<p>only <b>here</b></p>\r\n--a--\r\n",
                    "only here", "only here");
    expect_readable("Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n", "BEGIN:VCALENDAR\n", "");
    expect_readable("Content-Type: text/calendar\r\nContent-Disposition: attachment\r\n\r\nBEGIN:VCALENDAR\r\n", "",
                    "");
    expect_readable("Subject: x\r\n\r\n \r\n", " \n", "");
}

static void readable_text_keeps_links_and_joins_flowed_lines(void **state)
{
    (void)state;
    struct mime_message *m =
        mime_parse(bytes_str("Content-Type: multipart/mixed; boundary=a\r\n\r\n"
                             "--a\r\nContent-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n"
                             "--a\r\nContent-Type: text/html\r\n\r\n<a href=http://x>y</a>\r\n--a--\r\n"));
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(buf_done) struct buf html = {0};
    mime_readable_text(m, 0, &text);
    assert_string_equal(buf_str(&text), "one two\ny <http://x>");
    assert_int_equal(mime_html_text(m, 0, &html), 0);
    assert_string_equal(buf_str(&html), "<a href=http://x>y</a>");
    mime_message_free(m);
}

static void expect_attachment(const char *message, bool want)
{
    struct mime_summary s = summarize(message);
    assert_int_equal(s.has_attachment, want);
    mime_summary_done(&s);
}

static void signatures_and_embedded_images_are_no_attachments(void **state)
{
    (void)state;
    expect_attachment("Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: "
                      "application/pgp-signature\r\n\r\ny\r\n--a--\r\n",
                      false);
    expect_attachment("Content-Type: multipart/related; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\nx\r\n"
                      "--a\r\nContent-Type: image/png\r\nContent-ID: <x>\r\n\r\ny\r\n--a--\r\n",
                      false);
    expect_attachment("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: "
                      "application/ms-tnef\r\n\r\ny\r\n--a--\r\n",
                      true);
    expect_attachment(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: application/x\r\n"
        "Content-Disposition: inline\r\n\r\ny\r\n--a--\r\n",
        false);
    expect_attachment("Content-Type: multipart/encrypted; boundary=a\r\n\r\n--a\r\nContent-Type: "
                      "application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
                      "--a\r\nContent-Type: application/octet-stream\r\n\r\ny\r\n--a--\r\n",
                      true);
    expect_attachment("Content-Type: text/html\r\n\r\nx", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_decoded_and_line_ends_are_lf),
        cmocka_unit_test(problems_are_flagged_and_the_rest_is_shown),
        cmocka_unit_test(html_may_name_its_own_charset),
        cmocka_unit_test(values_are_cut_at_a_character_and_outside_a_tag),
        cmocka_unit_test(a_long_value_that_is_cut_has_no_problem_at_its_end),
        cmocka_unit_test(values_are_given_by_list),
        cmocka_unit_test(the_index_gets_text_files_and_embedded_messages),
        cmocka_unit_test(html_is_indexed_where_the_plain_text_says_nothing),
        cmocka_unit_test(where_the_plain_text_is_empty_other_text_is_read),
        cmocka_unit_test(readable_text_keeps_links_and_joins_flowed_lines),
        cmocka_unit_test(signatures_and_embedded_images_are_no_attachments),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
