/* The grammar: heads of responses, tokens, literals, and every bound. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct text_feed feed;
    struct imap_parser p;
    struct imap_response r;
    struct fct_error err;
};

static void start(struct fixture *f, const char *text)
{
    memset(f, 0, sizeof(*f));
    text_feed_start(&f->feed, &f->p, text);
}

static void done(struct fixture *f)
{
    imap_parser_done(&f->p);
    text_feed_done(&f->feed);
}
#define FIXTURE(f, text)                             \
    __attribute__((cleanup(done))) struct fixture f; \
    start(&f, text)

static bool is(struct fct_bytes b, const char *s)
{
    return b.n == strlen(s) && memcmp(b.p, s, b.n) == 0;
}

/* The tokens of the next response, written out: a:atom q:quoted l:literal ( ) NIL. "!code" where it fails. */
static const char *tokens(struct fixture *f)
{
    static char out[4096];
    size_t n = 0;
    out[0] = '\0';
    if (imap_read_response(&f->p, &f->r, &f->err) < 0) {
        snprintf(out, sizeof(out), "!%d", f->err.code);
        return out;
    }
    for (;;) {
        struct imap_token t;
        struct fct_bytes s = {0};
        if (imap_next(&f->p, &t, &f->err) < 0 ||
            ((t.kind == IMAP_LITERAL || t.kind == IMAP_ATOM || t.kind == IMAP_QUOTED) &&
             imap_string(&f->p, &t, &s, &f->err) < 0)) {
            snprintf(out + n, sizeof(out) - n, "!%d", f->err.code);
            return out;
        }
        static const char *const marks[] = {"", "a:", "NIL", "q:", "l:", "(", ")"};
        if (t.kind == IMAP_END)
            return out;
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s%.*s", n ? " " : "", marks[t.kind], (int)s.n,
                              s.n ? s.p : "");
    }
}

/* ---- heads ---------------------------------------------------------------------------------------------- */

static void a_tagged_answer_has_condition_code_and_text(void **state)
{
    (void)state;
    FIXTURE(f, "A12 no [AuthenticationFailed] Wrong password\r\n");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(f.r.kind, IMAP_TAGGED);
    assert_int_equal(f.r.condition, IMAP_NO);
    assert_string_equal(f.r.tag, "A12");
    assert_string_equal(f.r.code, "AUTHENTICATIONFAILED");
    assert_true(is(f.r.text, "Wrong password"));
}

static void a_response_code_keeps_its_arguments(void **state)
{
    (void)state;
    FIXTURE(f, "* OK [PERMANENTFLAGS (\\Seen \\*)] Limited\r\n"
               "* OK [BADURL \"a]b\"] x\r\n"
               "* OK [UNSEEN 3]\r\n"
               "* OK [no end\r\n"
               "* OK\r\n");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.code, "PERMANENTFLAGS");
    assert_true(is(f.r.code_args, "(\\Seen \\*)"));
    assert_true(is(f.r.text, "Limited"));
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_true(is(f.r.code_args, "\"a]b\""));
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_true(is(f.r.code_args, "3"));
    assert_int_equal(f.r.text.n, 0);
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.code, "");
    assert_true(is(f.r.text, "[no end"));
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(f.r.text.n, 0);
}

static void numbered_and_plain_data_are_told_apart(void **state)
{
    (void)state;
    FIXTURE(f, "* 4294967295 exists\r\n* list () NIL x\r\n* 12\r\n");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(f.r.kind, IMAP_NUMBERED);
    assert_int_equal(f.r.number, UINT32_MAX);
    assert_string_equal(f.r.name, "EXISTS");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(f.r.kind, IMAP_DATA);
    assert_string_equal(f.r.name, "LIST");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), -1);
    assert_int_equal(f.err.code, FCT_E_PROTOCOL);
}

static void a_continuation_may_be_bare(void **state)
{
    (void)state;
    FIXTURE(f, "+\r\n+ idling\r\n+dGVzdA==\r\n");
    for (int i = 0; i < 3; i++) {
        static const char *const text[] = {"", "idling", "dGVzdA=="};
        assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
        assert_int_equal(f.r.kind, IMAP_CONTINUE);
        assert_true(is(f.r.text, text[i]));
    }
}

static void what_is_no_response_is_a_protocol_error(void **state)
{
    static const char *const bad[] = {
        "\r\n",
        " \r\n",
        "*\r\n",
        "* \r\n",
        "HTTP/1.1 200 OK\r\n",
        "A1\r\n",
        "A1 MAYBE x\r\n",
        "A1 BYE x\r\n",
        "220 smtp ready\r\n",
        "A234567890123456789012345678901234567890 OK\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FIXTURE(f, bad[i]);
        assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), -1);
        assert_int_equal(f.err.code, FCT_E_PROTOCOL);
    }
}

static void a_name_too_long_to_be_known_is_left_out(void **state)
{
    (void)state;
    FIXTURE(f,
            "* XAVERYLONGEXTENSIONNAMETHATNOBODYKNOWS 1\r\n* OK [XAVERYLONGRESPONSECODENAMETHATNOBODYKNOWS 1] x\r\n");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.name, "");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.code, "");
    assert_true(is(f.r.text, "x"));
}

/* ---- tokens --------------------------------------------------------------------------------------------- */

static void tokens_of_every_kind_are_read(void **state)
{
    (void)state;
    FIXTURE(
        f,
        "* X atom \"quo\\\"ted\\\\\" NIL nil (\\Seen ($Junk)) 12 \"\" {3}\r\nabc BODY[HEADER.FIELDS (TO CC)]<0> x\r\n");
    assert_string_equal(tokens(&f), "a:atom q:quo\"ted\\ NIL NIL ( a:\\Seen ( a:$Junk ) ) a:12 q: l:abc "
                                    "a:BODY[HEADER.FIELDS (TO CC)]<0> a:x");
}

static void a_bracket_in_a_keyword_does_not_reach_further(void **state)
{
    (void)state;
    FIXTURE(f, "* 1 FETCH (FLAGS (odd[one \\Seen) BODY[] \"x\")\r\n");
    assert_string_equal(tokens(&f), "( a:FLAGS ( a:odd[one a:\\Seen ) a:BODY[] q:x )");
}

static void literals_come_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 5; piece++) {
        FIXTURE(f, "* X {12}\r\nline1\r\nline2 ({0}\r\n ~{2}\r\n\x01\xff)\r\n* 2 EXISTS\r\n");
        f.feed.piece = piece;
        assert_string_equal(tokens(&f), "l:line1\r\nline2 ( l: l:\x01\xff )");
        assert_string_equal(tokens(&f), "");
        assert_string_equal(f.r.name, "EXISTS");
    }
}

static void what_the_caller_leaves_of_a_response_is_skipped(void **state)
{
    (void)state;
    FIXTURE(f, "* X (a {10}\r\n* 9 EXISTS {4}\r\nabcd (((\r\n* LIST () \"/\" {3}\r\nabc\r\n* Y ~{3}\r\n\r\nx "
               "{0}\r\n\r\n* 3 EXISTS\r\n");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.name, "X");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.name, "LIST");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_string_equal(f.r.name, "Y");
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(f.r.number, 3);
}

static void skipping_a_value_takes_all_of_it(void **state)
{
    (void)state;
    FIXTURE(f, "* X (a (b {3}\r\n)))) \"c)\") d {2}\r\nxx e\r\n");
    struct imap_token t;
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    for (int i = 0; i < 3; i++) { /* the list, the atom, the literal */
        assert_int_equal(imap_next(&f.p, &t, &f.err), 0);
        assert_int_equal(imap_skip_value(&f.p, &t, &f.err), 0);
    }
    assert_int_equal(imap_next(&f.p, &t, &f.err), 0);
    assert_true(is(t.text, "e"));
}

static void broken_data_is_a_protocol_error(void **state)
{
    static const struct {
        const char *text, *tokens;
    } bad[] = {
        {"* X \"no end\r\n", "!8"},
        {"* X \"no end\\\"\r\n", "!8"},
        {"* X \"no end\\\r\n", "!8"},
        {"* X (a\r\n", "( a:a!8"},
        {"* X a)\r\n", "a:a!8"},
        {"* X {3} a\r\n", "!8"},
        {"* X {}\r\n", "!8"},
        {"* X {-1}\r\n", "!8"},
        {"* X {3+}\r\nabc\r\n", "!8"},
        {"* X {4294967296}\r\n", "!8"},
        {"* X {99999999999999999999999}\r\n", "!8"},
        {"* X {18446744073709551615}\r\n", "!8"},
        {"* X ~{\r\n", "!8"},
        {"* X {\r\n", "!8"},
        {"* X \x01\r\n", "!8"},
        {"* X {5}\r\nab", "!4"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FIXTURE(f, bad[i].text);
        assert_string_equal(tokens(&f), bad[i].tokens);
    }
}

/* ---- bounds --------------------------------------------------------------------------------------------- */

static char *repeat(const char *head, const char *what, size_t times)
{
    size_t n = strlen(what);
    char *s = malloc(strlen(head) + n * times + 3);
    assert_non_null(s);
    strcpy(s, head);
    char *at = s + strlen(head);
    for (size_t i = 0; i < times; i++, at += n)
        memcpy(at, what, n);
    strcpy(at, "\r\n");
    return s;
}

static void lists_nest_up_to_a_bound(void **state)
{
    (void)state;
    char *deep = repeat("* X ", "(", IMAP_DEPTH_MAX + 1);
    FIXTURE(f, deep);
    struct imap_token t;
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    for (int i = 0; i < IMAP_DEPTH_MAX; i++)
        assert_int_equal(imap_next(&f.p, &t, &f.err), 0);
    assert_int_equal(imap_next(&f.p, &t, &f.err), -1);
    assert_int_equal(f.err.code, FCT_E_LIMIT);
    assert_non_null(strstr(f.err.message, "100"));
    free(deep);
}

static void a_response_has_a_bounded_number_of_tokens(void **state)
{
    (void)state;
    char *many = repeat("* X ", "a ", IMAP_TOKENS_MAX + 1);
    FIXTURE(f, many);
    struct imap_token t;
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    for (size_t i = 0; i < IMAP_TOKENS_MAX; i++)
        assert_int_equal(imap_next(&f.p, &t, &f.err), 0);
    assert_int_equal(imap_next(&f.p, &t, &f.err), -1);
    assert_int_equal(f.err.code, FCT_E_LIMIT);
    free(many);
}

static void a_literal_outside_of_a_message_is_bounded(void **state)
{
    (void)state;
    FIXTURE(f, "* X {4294967295}\r\nabc");
    struct imap_token t;
    struct fct_bytes s;
    assert_int_equal(imap_read_response(&f.p, &f.r, &f.err), 0);
    assert_int_equal(imap_next(&f.p, &t, &f.err), 0);
    assert_int_equal(t.octets, UINT32_MAX);
    assert_int_equal(imap_string(&f.p, &t, &s, &f.err), -1);
    assert_int_equal(f.err.code, FCT_E_LIMIT);
}

static void numbers_are_digits_within_their_bound(void **state)
{
    (void)state;
    uint64_t n = 7;
    assert_true(imap_number((struct fct_bytes){"18446744073709551615", 20}, UINT64_MAX, &n));
    assert_true(n == UINT64_MAX);
    assert_false(imap_number((struct fct_bytes){"18446744073709551616", 20}, UINT64_MAX, &n));
    assert_true(imap_number((struct fct_bytes){"4294967295", 10}, UINT32_MAX, &n));
    assert_false(imap_number((struct fct_bytes){"4294967296", 10}, UINT32_MAX, &n));
    assert_false(imap_number((struct fct_bytes){"", 0}, UINT32_MAX, &n));
    assert_false(imap_number((struct fct_bytes){"-1", 2}, UINT32_MAX, &n));
    assert_false(imap_number((struct fct_bytes){"1 ", 2}, UINT32_MAX, &n));
    assert_false(imap_number((struct fct_bytes){"8", 1}, 7, &n));
    assert_true(imap_number((struct fct_bytes){"007", 3}, 7, &n));
}

static void a_text_parser_refuses_literals(void **state)
{
    (void)state;
    struct imap_parser p;
    struct imap_token t;
    struct fct_bytes s;
    struct fct_error err = {0};
    imap_parser_init_text(&p, (struct fct_bytes){"a {3}", 5});
    assert_int_equal(imap_next(&p, &t, &err), 0);
    assert_int_equal(imap_next(&p, &t, &err), 0);
    assert_int_equal(imap_string(&p, &t, &s, &err), -1);
    assert_int_equal(err.code, FCT_E_PROTOCOL);
    imap_parser_init_text(&p, (struct fct_bytes){0});
    assert_int_equal(imap_next(&p, &t, &err), 0);
    assert_int_equal(t.kind, IMAP_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tagged_answer_has_condition_code_and_text),
        cmocka_unit_test(a_response_code_keeps_its_arguments),
        cmocka_unit_test(numbered_and_plain_data_are_told_apart),
        cmocka_unit_test(a_continuation_may_be_bare),
        cmocka_unit_test(what_is_no_response_is_a_protocol_error),
        cmocka_unit_test(a_name_too_long_to_be_known_is_left_out),
        cmocka_unit_test(tokens_of_every_kind_are_read),
        cmocka_unit_test(a_bracket_in_a_keyword_does_not_reach_further),
        cmocka_unit_test(literals_come_in_any_pieces),
        cmocka_unit_test(what_the_caller_leaves_of_a_response_is_skipped),
        cmocka_unit_test(skipping_a_value_takes_all_of_it),
        cmocka_unit_test(broken_data_is_a_protocol_error),
        cmocka_unit_test(lists_nest_up_to_a_bound),
        cmocka_unit_test(a_response_has_a_bounded_number_of_tokens),
        cmocka_unit_test(a_literal_outside_of_a_message_is_bounded),
        cmocka_unit_test(numbers_are_digits_within_their_bound),
        cmocka_unit_test(a_text_parser_refuses_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
