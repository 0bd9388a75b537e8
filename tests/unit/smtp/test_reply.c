/* What SMTP servers answer, and the addresses that they are told. */
#include "path.h"
#include "reply.h"
#include "sasl/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

extern const struct fct_host *fct_host;
const struct fct_host *fct_host; /* nothing here calls it */

static struct fct_bytes bytes_of(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

static void a_reply_ends_with_the_line_that_has_no_hyphen(void **state)
{
    struct smtp_reply r = {0};
    (void)state;
    assert_int_equal(smtp_reply_line(&r, bytes_of("250-first")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("250-")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("250 last")), 1);
    assert_int_equal(r.code, 250);
    assert_string_equal(wire_buffer_str(&r.text), "first\n\nlast");
    smtp_reply_clear(&r);
    assert_int_equal(smtp_reply_line(&r, bytes_of("354")), 1);
    assert_string_equal(wire_buffer_str(&r.text), "");
    smtp_reply_done(&r);
}

static void an_enhanced_code_counts_if_its_class_is_that_of_the_reply(void **state)
{
    static const struct {
        const char *line;
        unsigned subject, detail;
    } cases[] = {{"550 5.1.1 no", 1, 1}, {"550 5.7.509", 7, 509}, {"550 4.1.1 no", 0, 0},   {"550 5.1 no", 0, 0},
                 {"550 5.1.1no", 0, 0},  {"550 5.1.1234", 0, 0},  {"452 4.2.2 full", 2, 2}, {"250 ok", 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct smtp_reply r = {0};
        assert_int_equal(smtp_reply_line(&r, bytes_of(cases[i].line)), 1);
        assert_int_equal(r.detail[1], cases[i].subject);
        assert_int_equal(r.detail[2], cases[i].detail);
        smtp_reply_done(&r);
    }
}

static void what_is_no_reply_is_refused(void **state)
{
    static const char *const bad[] = {"", "25", "2500 x", "150 x", "650 x", "25a x", "250_x", " 250 x", "-250"};
    char line[SMTP_REPLY_LINE_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct smtp_reply r = {0};
        assert_int_equal(smtp_reply_line(&r, bytes_of(bad[i])), -1);
        smtp_reply_done(&r);
    }
    struct smtp_reply r = {0};
    assert_int_equal(smtp_reply_line(&r, (struct fct_bytes){"250 a\0b", 7}), -1);
    memset(line, 'x', sizeof(line));
    memcpy(line, "250 ", 4);
    assert_int_equal(smtp_reply_line(&r, (struct fct_bytes){line, sizeof(line)}), -1);
    for (int i = 0; i < SMTP_REPLY_LINES_MAX; i++)
        assert_int_equal(smtp_reply_line(&r, bytes_of("250-x")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("250 x")), -1);
    smtp_reply_done(&r);
}

static void ehlo_tells_what_a_server_can(void **state)
{
    struct smtp_offer o;
    (void)state;
    smtp_offer_parse(bytes_of("mx.example.org hello\nPIPELINING\nSize 35882577\nauth PLAIN scram-sha-1 NTLM\nCHUNKING"),
                     &o);
    assert_string_equal(o.name, "mx.example.org");
    assert_int_equal(o.extensions, SMTP_EXT_PIPELINING | SMTP_EXT_SIZE | SMTP_EXT_AUTH | SMTP_EXT_CHUNKING);
    assert_int_equal(o.mechanisms, SASL_PLAIN | SASL_SCRAM_SHA1);
    assert_int_equal(o.size_max, 35882577);
    smtp_offer_parse(bytes_of("x\nSIZE\nAUTH=LOGIN\nXSIZE 5\nDSNX"), &o);
    assert_int_equal(o.extensions, SMTP_EXT_SIZE | SMTP_EXT_AUTH);
    assert_int_equal(o.mechanisms, SASL_LOGIN);
    assert_int_equal(o.size_max, 0);
    smtp_offer_parse(bytes_of("x\nSIZE 99999999999999999999999"), &o);
    assert_int_equal(o.size_max, 0);
    smtp_offer_parse(bytes_of(""), &o);
    assert_int_equal(o.extensions, 0);
}

static void addresses_are_what_can_stand_between_angle_brackets(void **state)
{
    static const char *const good[] = {
        "a@b",         "jane.doe+x@example.org",      "\"a b\"@example.org", "\"a\\\"b\"@x.example",
        "a..b@docomo", "j\xc3\xbc@b\xc3\xbc.example", "a@[127.0.0.1]",       "a@[IPv6:::1]"};
    static const char *const bad[] = {"",     "a",      "@b",      "a@",          "a b@c",  "a@b c",
                                      "a>@b", "a@b>",   "a@b\r\n", "\"a@b",       "\"a\"b", "\"a\r\"@b",
                                      "a@[1", "a(b)@c", "a@b,c@d", "\"a\\\n\"@b", "a@b\t"};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!smtp_path_is_good(bytes_of(good[i])))
            fail_msg("<%s> is refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (smtp_path_is_good(bytes_of(bad[i])))
            fail_msg("<%s> is taken", bad[i]);
}

static void an_enhanced_code_is_told_once(void **state)
{
    struct smtp_reply r = {0};
    (void)state;
    assert_int_equal(smtp_reply_line(&r, bytes_of("550-5.7.1  Our system has detected that this is")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("550-5.7.1 likely spam,")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("550-5.7.12 too")), 0);
    assert_int_equal(smtp_reply_line(&r, bytes_of("550 5.7.1")), 1);
    assert_string_equal(wire_buffer_str(&r.text),
                        "5.7.1  Our system has detected that this is\nlikely spam,\n5.7.12 too\n");
    smtp_reply_done(&r);
}

static void parameters_of_rfc_3461_are_ascii_within_their_limits(void **state)
{
    static const char *const good[] = {"", "rfc822;jane+x@example.org", "x400;/c=us/ s=d", "UTF-8;j\xc3\xbc@x"};
    static const char *const bad[] = {"jane@example.org", ";jane@example.org", "rfc822;",
                                      "rfc 822;x",        "rfc=822;x",         "rfc822;j\xc3\xbc@x",
                                      "rfc822;a\rb",      "utf-8;j\xc3@x",     "utf-8;a\nb"};
    char text[520];
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!smtp_is_orcpt(bytes_of(good[i])))
            fail_msg("<%s> is refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (smtp_is_orcpt(bytes_of(bad[i])))
            fail_msg("<%s> is taken", bad[i]);
    memset(text, 'x', sizeof(text));
    memcpy(text, "rfc822;", 7);
    assert_true(smtp_is_orcpt((struct fct_bytes){text, 500}));
    assert_false(smtp_is_orcpt((struct fct_bytes){text, 501}));
    text[499] = '+'; /* three characters on the wire */
    assert_false(smtp_is_orcpt((struct fct_bytes){text, 500}));
    assert_true(smtp_is_envid((struct fct_bytes){text + 7, 100}));
    assert_false(smtp_is_envid((struct fct_bytes){text + 7, 101}));
    assert_false(smtp_is_envid(bytes_of("==================================")));
    assert_false(smtp_is_envid(bytes_of("\xc3\xa9")));
}

static void an_address_that_is_no_ascii_is_written_as_rfc_6533_says(void **state)
{
    struct fct_bytes orcpt = bytes_of("utf-8;j\xc3\xbcr+g \xe5\xb1\xb1@x\xf0\x9f\x9a\xa3");
    struct wire_buffer out = {0};
    (void)state;
    smtp_add_orcpt(orcpt, false, &out);
    assert_string_equal(wire_buffer_str(&out), "utf-8;j\\x{FC}r\\x{2B}g\\x{20}\\x{5C71}@x\\x{1F6A3}");
    out.n = 0;
    smtp_add_orcpt(orcpt, true, &out);
    assert_string_equal(wire_buffer_str(&out), "utf-8;j\xc3\xbcr\\x{2B}g\\x{20}\xe5\xb1\xb1@x\xf0\x9f\x9a\xa3");
    wire_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_ends_with_the_line_that_has_no_hyphen),
        cmocka_unit_test(an_enhanced_code_counts_if_its_class_is_that_of_the_reply),
        cmocka_unit_test(what_is_no_reply_is_refused),
        cmocka_unit_test(ehlo_tells_what_a_server_can),
        cmocka_unit_test(an_enhanced_code_is_told_once),
        cmocka_unit_test(parameters_of_rfc_3461_are_ascii_within_their_limits),
        cmocka_unit_test(an_address_that_is_no_ascii_is_written_as_rfc_6533_says),
        cmocka_unit_test(addresses_are_what_can_stand_between_angle_brackets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
