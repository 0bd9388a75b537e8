/* Answers of POP3 servers, and messages in pieces of every size. */
#include "parser.h"

#include "plugin/plugins.h"
#include "sasl/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fct_bytes of(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

static void assert_bytes(struct fct_bytes got, const char *expected)
{
    assert_int_equal(got.n, strlen(expected));
    assert_memory_equal(got.p, expected, got.n);
}

static void answers_have_a_kind_a_code_and_words(void **state)
{
    (void)state;
    struct pop3_status s;
    assert_true(pop3_parse_status(of("+OK"), &s));
    assert_int_equal(s.kind, POP3_OK);
    assert_true(pop3_parse_status(of("+ok  two\tspaces"), &s));
    assert_bytes(s.text, "two\tspaces");
    assert_true(pop3_parse_status(of("+ "), &s));
    assert_int_equal(s.kind, POP3_CONTINUE);
    assert_bytes(s.text, "");
    assert_true(pop3_parse_status(of("-ERR [in-use] locked"), &s));
    assert_string_equal(s.code, "IN-USE");
    assert_bytes(s.text, "locked");
    assert_true(pop3_parse_status(of("+OK [IN-USE] no code here"), &s));
    assert_string_equal(s.code, "");
    assert_bytes(s.text, "[IN-USE] no code here");
}

static void what_is_no_code_stays_among_the_words(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "-ERR []",       "-ERR [open",    "-ERR [two words] x",
        "-ERR [\x01] x", "-ERR x [AUTH]", "-ERR [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa] x"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct pop3_status s;
        assert_true(pop3_parse_status(of(lines[i]), &s));
        assert_string_equal(s.code, "");
        assert_bytes(s.text, lines[i] + 5);
    }
}

static void other_lines_are_no_answers(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "OK", "+OKAY", "-ERROR", "* OK", "220 smtp", "-", "++", "+O", "1 2"};
    struct pop3_status s;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_false(pop3_parse_status(of(lines[i]), &s));
}

static void numbers_have_bounds(void **state)
{
    (void)state;
    uint64_t n;
    struct fct_bytes rest;
    assert_true(pop3_parse_numbered(of("12   abc  "), &n, &rest));
    assert_int_equal(n, 12);
    assert_bytes(rest, "abc");
    assert_true(pop3_parse_numbered(of("7"), &n, &rest));
    assert_bytes(rest, "");
    assert_true(pop3_parse_number(of("18446744073709551599"), &n));
    static const char *const bad[] = {"", "x", "0 a", "-1 a", "1a b", "99999999999999999999 a", "+1 a", "1.5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(pop3_parse_numbered(of(bad[i]), &n, &rest));
}

static void a_timestamp_is_found_in_the_greeting(void **state)
{
    (void)state;
    assert_bytes(pop3_timestamp(of("POP3 server ready <1896.697170952@dbc.mtview.ca.us> hi")),
                 "<1896.697170952@dbc.mtview.ca.us>");
    assert_int_equal(pop3_timestamp(of("no <time>")).n, 0);
    assert_int_equal(pop3_timestamp(of("no <ti@me")).n, 0);
    assert_int_equal(pop3_timestamp(of("")).n, 0);
}

static void capabilities_are_read_in_any_case(void **state)
{
    (void)state;
    struct pop3_caps caps = {0};
    static const char *const lines[] = {
        "top", "SASL PLAIN scram-sha-1 NTLM", "EXPIRE 60", "IMPLEMENTATION  Acme\x7f 1", "UIDL extra", "", " "};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        pop3_parse_capability(of(lines[i]), &caps);
    assert_int_equal(caps.bits, POP3_CAP_TOP | POP3_CAP_UIDL | POP3_CAP_SASL);
    assert_int_equal(caps.mechanisms, SASL_PLAIN | SASL_SCRAM_SHA1);
    assert_string_equal(caps.implementation, "Acme? 1");
}

/* `wire` in pieces of `size` octets: what comes out, "|" and what is left when it ends; without "|" it does not end. */
static const char *unstuff(const char *wire, size_t size, bool bare_lf)
{
    static char out[4096];
    struct pop3_body body = {.bare_lf = bare_lf};
    size_t at = 0, n = 0, total = strlen(wire);
    while (at < total) {
        struct fct_bytes in = {wire + at, total - at < size ? total - at : size}, piece;
        const char *end = in.p + in.n;
        int what;
        while ((what = pop3_body_next(&body, &in, &piece)) == 1) {
            memcpy(out + n, piece.p, piece.n);
            n += piece.n;
        }
        at = (size_t)((what == 2 ? in.p : end) - wire);
        if (what == 2) {
            snprintf(out + n, sizeof(out) - n, "|%s", wire + at);
            return out;
        }
        assert_int_equal(in.n, 0);
    }
    out[n] = '\0';
    return out;
}

static void a_message_is_the_same_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *message;
    } cases[] = {
        {".\r\n", "|"},
        {"a\r\n.\r\n+OK", "a\r\n|+OK"},
        {"a\r\n..b\r\n...\r\n.\r\nx", "a\r\n.b\r\n..\r\n|x"},
        {".a\r\n.\r\n", "a\r\n|"}, /* a dot too few: the server's fault */
        {"\r\n\r\n.\r\n", "\r\n\r\n|"},
        {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n|"},
        {"a\r.\r\n.\r\n", "a\r.\r\n|"},
        {"a\r\r\n.\r\n", "a\r\r\n|"},
        {"..\r\n.\r\n", ".\r\n|"},
        {"a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n|"},
        {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n|"},
        {"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n|"},
        {"no end\r\n.\r", "no end\r\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t size = 1; size <= strlen(cases[i].wire); size++)
            assert_string_equal(unstuff(cases[i].wire, size, false), cases[i].message);
}

static void lines_of_lf_alone_end_so_too(void **state)
{
    (void)state;
    for (size_t size = 1; size < 12; size++) {
        assert_string_equal(unstuff("a\n..b\n.\n+OK", size, true), "a\n.b\n|+OK");
        assert_string_equal(unstuff("a\r\n.\r\n+OK", size, true), "a\r\n|+OK");
        assert_string_equal(unstuff(".\n", size, true), "|");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_a_kind_a_code_and_words),
        cmocka_unit_test(what_is_no_code_stays_among_the_words),
        cmocka_unit_test(other_lines_are_no_answers),
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(a_timestamp_is_found_in_the_greeting),
        cmocka_unit_test(capabilities_are_read_in_any_case),
        cmocka_unit_test(a_message_is_the_same_in_pieces_of_any_size),
        cmocka_unit_test(lines_of_lf_alone_end_so_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
