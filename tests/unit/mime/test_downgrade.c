/* Messages in ASCII: what a server without 8BITMIME gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "mime/downgrade.h"

#include <stdlib.h>
#include <string.h>

static void assert_becomes(const char *raw, const char *expected)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct fct_error err = {0};
    assert_int_equal(mime_downgrade(bytes_str(raw), &out, &err), 0);
    assert_string_equal(buf_str(&out), expected);
}

static void assert_fails(const char *raw, const char *why)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct fct_error err = {0};
    assert_int_equal(mime_downgrade(bytes_str(raw), &out, &err), -1);
    assert_int_equal(err.code, FCT_E_UNSUPPORTED);
    assert_int_equal(err.retry, FCT_RETRY_NEVER);
    if (!strstr(err.message, why))
        fail_msg("'%s' does not say '%s'", err.message, why);
}

static void what_is_ascii_stays(void **state)
{
    (void)state;
    assert_becomes("Subject: a\r\n\r\nb\r\n", "Subject: a\r\n\r\nb\r\n");
    assert_becomes("", "");
}

static void text_is_quoted_and_the_header_says_so(void **state)
{
    (void)state;
    assert_becomes("Content-Transfer-Encoding: 8bit\r\nSubject: a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                   "Bonjour, \xc3\xa0 tous.\r\n1 = 1 \r\n",
                   "Subject: a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                   "Bonjour, =C3=A0 tous.\r\n1 =3D 1=20\r\n");
    assert_becomes("Subject: a\r\n\r\n\xe9 is e with an accent\r\n",
                   "Subject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E9 is e with an accent\r\n");
}

static void text_in_other_scripts_and_files_are_in_base64(void **state)
{
    (void)state;
    assert_becomes("Content-Type: text/plain; charset=utf-8\r\n\r\n\xe6\x97\xa5\xe6\x9c\xac\r\n",
                   "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5pel5pysDQo=\r\n");
    assert_becomes("Content-Type: application/x\r\nContent-Transfer-Encoding:\r\n 8bit\r\nX: y\r\n\r\n\xff",
                   "Content-Type: application/x\r\nX: y\r\nContent-Transfer-Encoding: base64\r\n\r\n/w==");
}

static void only_the_parts_that_need_it_are_encoded(void **state)
{
    (void)state;
    assert_becomes("Content-Type: multipart/mixed;\r\n boundary=\"a b\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                   "nobody is shown \xc3\xa9\r\n"
                   "--a b\r\n\r\nplain = \r\n"
                   "--a b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
                   "--c\r\n\r\n\xc3\xa9 hello to you\r\n"
                   "--c  \r\nContent-Type: text/html\r\n\r\nx\r\n"
                   "--c--\r\n"
                   "--a bc\r\n"
                   "--a b--\r\nnor this \xc3\xa9\r\n",
                   "Content-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\n"
                   "--a b\r\n\r\nplain = \r\n"
                   "--a b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
                   "--c\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9 hello to you\r\n"
                   "--c  \r\nContent-Type: text/html\r\n\r\nx\r\n"
                   "--c--\r\n"
                   "--a bc\r\n"
                   "--a b--\r\n");
}

static void a_message_within_is_not_encoded_as_a_whole(void **state)
{
    (void)state;
    assert_becomes("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: inner\r\n\r\n\xc3\xa9 hello to you\r\n",
                   "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                   "=C3=A9 hello to you\r\n");
}

static void bytes_that_its_encoding_does_not_have_are_mended(void **state)
{
    (void)state;
    assert_becomes("Content-Transfer-Encoding: quoted-printable\r\n\r\na=20\xc3\xa9=\r\nb\r\n",
                   "Content-Transfer-Encoding: quoted-printable\r\n\r\na=20=C3=A9=\r\nb\r\n");
    assert_becomes("Content-Transfer-Encoding: base64\r\n\r\nQQ\xa0==\r\n", "Content-Transfer-Encoding: base64\r\n\r\nQQ==\r\n");
}

static void what_is_signed_or_has_headers_in_utf8_is_refused(void **state)
{
    (void)state;
    assert_fails("Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\n\xc3\xa9\r\n--a--\r\n", "signed");
    assert_fails("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: Multipart/Signed; boundary=a\r\n\r\n"
                 "--a\r\n\r\n\xc3\xa9\r\n--a--\r\n--o--\r\n",
                 "signed");
    assert_fails("Content-Type: multipart/mixed\r\n\r\n\xc3\xa9\r\n", "boundary");
    assert_fails("Content-Type: message/rfc822\r\n\r\nSubject: \xc3\xa9\r\n\r\n\r\n", "SMTPUTF8");
    /* A signature over ASCII is left alone, whatever stands beside it. */
    assert_becomes("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=a\r\n\r\n"
                   "--a\r\nContent-Transfer-Encoding: 8bit\r\n\r\nok\r\n--a--\r\n--o\r\n\r\n\xc3\xa9 hello to you\r\n--o--\r\n",
                   "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=a\r\n\r\n"
                   "--a\r\nContent-Transfer-Encoding: 8bit\r\n\r\nok\r\n--a--\r\n--o\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                   "=C3=A9 hello to you\r\n--o--\r\n");
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf raw = {0};
    for (int i = 0; i < 100000; i++)
        buf_add_str(&raw, "Content-Type: message/rfc822\r\n\r\n");
    buf_add_str(&raw, "\r\n\xc3\xa9\r\n");
    assert_fails(buf_str(&raw), "deeper than 50");
}

/* Whatever comes in, ASCII comes out, or nothing. */
static void any_bytes_come_out_as_ascii_or_are_refused(void **state)
{
    static const char *const pieces[] = {"Content-Type: multipart/mixed; boundary=a\r\n", "Content-Type: message/rfc822\r\n",
                                         "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n",
                                         "\r\n", "--a\r\n", "--a--\r\n", "\xc3\xa9", "text", "\r\n\r\n", "boundary=\"", "\\", " ", "\xff\r\n"};
    (void)state;
    srandom(1);
    for (int i = 0; i < 20000; i++) {
        CLEANUP(buf_done) struct buf raw = {0};
        CLEANUP(buf_done) struct buf out = {0};
        struct fct_error err = {0};
        for (long n = random() % 30; n > 0; n--)
            buf_add_str(&raw, pieces[(size_t)random() % (sizeof(pieces) / sizeof(pieces[0]))]);
        if (mime_downgrade(buf_bytes(&raw), &out, &err) < 0)
            continue;
        for (size_t at = 0; at < out.n; at++)
            assert_true((unsigned char)out.p[at] < 0x80);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ascii_stays),
        cmocka_unit_test(text_is_quoted_and_the_header_says_so),
        cmocka_unit_test(text_in_other_scripts_and_files_are_in_base64),
        cmocka_unit_test(only_the_parts_that_need_it_are_encoded),
        cmocka_unit_test(a_message_within_is_not_encoded_as_a_whole),
        cmocka_unit_test(bytes_that_its_encoding_does_not_have_are_mended),
        cmocka_unit_test(what_is_signed_or_has_headers_in_utf8_is_refused),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(any_bytes_come_out_as_ascii_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
