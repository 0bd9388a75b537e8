#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct mime_summary summarize(const char *text)
{
    struct mime_summary s;
    mime_summarize(bytes_str(text), &s);
    return s;
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simple_message_has_its_fields),
        cmocka_unit_test(an_empty_message_has_an_empty_summary),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
