#include "mime_test.h"

static void a_simple_message_has_its_fields(void **state)
{
    (void)state;
    struct mime_summary s = summarize("From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>\r\n"
                                      "To: ann@example.com (Ann)\r\n"
                                      "Subject: Re: [list] Hello\r\n =?utf-8?q?w=C3=B6rld?=\r\n"
                                      "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
                                      "Message-ID: <a@b>\r\n"
                                      "References: <x@y> <z@y>\r\n"
                                      "\r\n"
                                      "Some text.\r\n> quoted\r\n-- \r\nsig\r\n");

    assert_string_equal(s.subject, "Re: [list] Hello wörld");
    assert_string_equal(s.base_subject, "hello world");
    assert_string_equal(s.from, "[{\"name\":\"Jörg\",\"email\":\"joerg@example.org\"}]");
    assert_string_equal(s.to, "[{\"name\":\"Ann\",\"email\":\"ann@example.com\"}]");
    assert_null(s.cc);
    assert_string_equal(s.message_ids[0], "a@b");
    assert_string_equal(s.references[1], "z@y");
    assert_true(s.has_sent_at);
    assert_int_equal(s.sent_at, 1795424400);
    assert_int_equal(s.sent_at_zone, 60);
    assert_string_equal(s.preview, "Some text.");
    assert_false(s.has_attachment);
    assert_false(s.degraded);
    assert_string_equal(buf_str(&s.fts_from), "Jörg joerg@example.org\n");
    mime_summary_done(&s);
}

static void the_subject_keeps_its_white_space_and_its_words_are_found(void **state)
{
    (void)state;
    const char *message = "Subject:  a  b\r\n\tc =?utf-8?q?_d_?= \r\n\r\n";
    struct mime_summary s = summarize(message);
    assert_string_equal(s.subject, "a  b\tc  d  ");
    assert_string_equal(buf_str(&s.fts_subject), "a b c d");
    assert_string_equal(s.base_subject, "a b c d");
    mime_summary_done(&s);
    expect_property(message, "subject", "'a  b\\tc  d  '");
}

static void an_empty_message_has_an_empty_summary(void **state)
{
    (void)state;
    struct mime_summary s;
    mime_summarize(bytes_of(NULL, 0), &s);

    assert_string_equal(s.subject, "");
    assert_false(s.has_subject);
    assert_string_equal(s.preview, "");
    assert_null(s.message_ids[0]);
    mime_summary_done(&s);
}

static void text_for_the_index_is_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "Subject: x\r\n\r\n");
    for (int i = 0; i < 400000; i++)
        buf_add_str(&b, "word é\r\n");
    struct mime_summary s;
    mime_summarize(buf_bytes(&b), &s);
    assert_in_range(s.fts_body.n, 1048570, 1048576);
    mime_summary_done(&s);
}

static void text_parts_together_are_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b = {0};
    buf_add_str(&b, "Content-Type: multipart/mixed; boundary=a\r\n");
    for (int i = 0; i < 900; i++) {
        buf_add_str(&b, "\r\n--a\r\n\r\n");
        for (int k = 0; k < 500; k++)
            buf_add_str(&b, "words\r\n");
    }
    struct mime_summary s;
    mime_summarize(buf_bytes(&b), &s);
    assert_in_range(s.fts_body.n, 1048000, 1048577);
    mime_summary_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simple_message_has_its_fields),
        cmocka_unit_test(the_subject_keeps_its_white_space_and_its_words_are_found),
        cmocka_unit_test(text_for_the_index_is_bounded),
        cmocka_unit_test(text_parts_together_are_bounded),
        cmocka_unit_test(an_empty_message_has_an_empty_summary),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
