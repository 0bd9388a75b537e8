/* A message as it goes out, and the addresses that it goes to. */
#include "outbox/delivery.h"
#include "outbox/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

static struct outgoing_facts scan(const char *raw)
{
    struct outgoing_facts f;
    outgoing_scan(bytes_str(raw), &f);
    return f;
}

static void assert_goes_out_as(const char *raw, const char *expected)
{
    struct outgoing o = outgoing_of(bytes_str(raw));
    struct buf all = {0}, piece = {0};
    do {
        outgoing_next(&o, &piece);
        buf_add(&all, piece.p, piece.n);
    } while (piece.n > 0);
    assert_string_equal(buf_str(&all), expected);
    assert_int_equal(scan(raw).octets, all.n);
    buf_done(&all);
    buf_done(&piece);
}

static void lines_end_in_crlf_and_the_last_one_too(void **state)
{
    (void)state;
    assert_goes_out_as("A: b\r\n\r\nc\r\n", "A: b\r\n\r\nc\r\n");
    assert_goes_out_as("A: b\n\nc\n.\n", "A: b\r\n\r\nc\r\n.\r\n");
    assert_goes_out_as("A: b\n\r\nc", "A: b\r\n\r\nc\r\n");
    assert_goes_out_as("A: b", "A: b\r\n");
    assert_goes_out_as("", "");
}

static void a_line_of_any_length_goes_out_in_pieces(void **state)
{
    static const char *const ends[] = {"\r\n", "\n", "", "\r"};
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        for (size_t i = 0; i < 4; i++) {
            struct buf raw = {0}, all = {0}, piece = {0}, expected = {0};
            buf_add_str(&raw, "A: b\r\nBcc: ");
            for (size_t n = 0; n < 200000; n++)
                buf_add_char(&raw, 'a');
            buf_add_str(&raw, "\r\nX: ");
            size_t header = raw.n;
            for (size_t n = 0; n < 3 * OUTGOING_PIECE - 5 + shift; n++)
                buf_add_char(&raw, n % 70 == 1 ? ':' : 'f');
            buf_add_str(&expected, "A: b\r\nX: ");
            buf_add(&expected, raw.p + header, raw.n - header);
            buf_add_str(&expected, "\r\n");
            buf_add_str(&raw, ends[i]);
            struct outgoing o = outgoing_of(buf_bytes(&raw));
            do {
                outgoing_next(&o, &piece);
                assert_true(piece.n <= 2 * OUTGOING_PIECE + 2);
                buf_add(&all, piece.p, piece.n);
            } while (piece.n > 0);
            assert_int_equal(all.n, expected.n);
            assert_memory_equal(all.p, expected.p, all.n);
            struct outgoing_facts f;
            outgoing_scan(buf_bytes(&raw), &f);
            assert_int_equal(f.octets, all.n);
            assert_false(f.is_broken);
            buf_add_str(&raw, "x\r");
            buf_add_char(&raw, 'y');
            outgoing_scan(buf_bytes(&raw), &f);
            assert_true(f.is_broken);
            buf_done(&raw);
            buf_done(&all);
            buf_done(&piece);
            buf_done(&expected);
        }
    }
}

static void bcc_is_left_away_with_its_continuations_and_in_the_header_only(void **state)
{
    (void)state;
    assert_goes_out_as("To: a\r\nBcc: b,\r\n c\r\n\td\r\nCc: e\r\n f\r\n\r\nBcc: g\r\n",
                       "To: a\r\nCc: e\r\n f\r\n\r\nBcc: g\r\n");
    assert_goes_out_as("bCC : b\nRESENT-BCC:c\nBcc-x: d\nBccx: e\n", "Bcc-x: d\r\nBccx: e\r\n");
    assert_goes_out_as("Bcc: a\r\n", "");
}

static void what_is_to_be_known_before_is_found(void **state)
{
    (void)state;
    struct outgoing_facts f = scan("From: a\r\nDate: b\r\nMessage-ID: c\r\n\r\nd\r\n");
    assert_true(f.has_from && f.has_date && f.has_message_id && !f.is_broken && !f.has_8bit_body && !f.has_8bit_header);
    f = scan("X-From: a\r\n\r\nFrom: a\r\nDate: b\r\nMessage-ID: c\r\n");
    assert_false(f.has_from || f.has_date || f.has_message_id);
    f = scan("Subject: \xc3\xbc\r\n\r\nx\r\n");
    assert_true(f.has_8bit_header && !f.has_8bit_body);
    f = scan("Bcc: \xc3\xbc\r\n\r\n\xc3\xbc\r\n");
    assert_true(!f.has_8bit_header && f.has_8bit_body);
    assert_true(scan("A: b\rc\r\n").is_broken);
    assert_true(scan("A: b\r\r\n").is_broken);
    assert_true(scan("A: b\r\n\r\nx\r").is_broken == false); /* it ends a line, the last */
    outgoing_scan(bytes_of("a\0b", 3), &f);
    assert_true(f.is_broken);
}

static void addresses_are_said_in_ascii_or_not_at_all(void **state)
{
    static const char *const good[][2] = {{"a@b.example", "a@b.example"},
                                          {"a@B\xc3\xbc"
                                           "cher.example",
                                           "a@xn--bcher-kva.example"},
                                          {"\xc3\xbc@b\xc3\xbc.example", "\xc3\xbc@xn--b-eha.example"},
                                          {"\"a b\"@x.example", "\"a b\"@x.example"},
                                          {"\"a\\\" \\\\@<>\"@x.example", "\"a\\\" \\\\@<>\"@x.example"},
                                          {"a@[127.0.0.1]", "a@[127.0.0.1]"}};
    static const char *const bad[] = {"",     "a",        "@b",      "a@",    "a b@c",     "a@b c",    "a@b>",
                                      "<a@b", "a\r\nb@c", "a@b\r\n", "a,b@c", "a@[x\r\n]", "\"a\n\"@b",
                                      "\"a\" b\"@c", "\"a>\\\"@c", "\"\\\"@c", "\"\"@c", "\"a@b", "a\"@b"};
    struct buf out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(outgoing_address(good[i][0], &out));
        assert_string_equal(buf_str(&out), good[i][1]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (outgoing_address(bad[i], &out))
            fail_msg("<%s> is taken", bad[i]);
    buf_done(&out);
}

static void pauses_grow_to_an_hour(void **state)
{
    (void)state;
    assert_int_equal(delivery_pause(1), 60);
    assert_int_equal(delivery_pause(2), 120);
    assert_int_equal(delivery_pause(6), 1920);
    assert_int_equal(delivery_pause(7), 3600);
    assert_int_equal(delivery_pause(1000000), 3600);
}

static void a_message_is_given_up_after_days_of_trying_not_of_being_switched_off(void **state)
{
    const int64_t then = 1800000000, day = 86400;
    (void)state;
    assert_false(delivery_gives_up(then, then + 30 * day, 1)); /* the first try, after a month in a drawer */
    assert_false(delivery_gives_up(then, then + 30 * day, 11));
    assert_true(delivery_gives_up(then, then + 30 * day, 12));
    assert_false(delivery_gives_up(then, then + 5 * day, 125));
    assert_true(delivery_gives_up(then, then + 5 * day + 1, 125));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_in_crlf_and_the_last_one_too),
        cmocka_unit_test(a_line_of_any_length_goes_out_in_pieces),
        cmocka_unit_test(bcc_is_left_away_with_its_continuations_and_in_the_header_only),
        cmocka_unit_test(what_is_to_be_known_before_is_found),
        cmocka_unit_test(addresses_are_said_in_ascii_or_not_at_all),
        cmocka_unit_test(pauses_grow_to_an_hour),
        cmocka_unit_test(a_message_is_given_up_after_days_of_trying_not_of_being_switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
