/* Encoded words (RFC 2047) and 8-bit text in header fields. */
#include "mime_test.h"
#include "mime/words.h"

static void expect_text(const char *raw, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    words_text(bytes_str(raw), &out);
    assert_string_equal(buf_str(&out), want);
}

static void q_and_b_are_decoded(void **state)
{
    (void)state;
    expect_text(" =?utf-8?q?a_b=C3=A9=3F?=", "a bé?");
    expect_text(" =?UTF-8?B?w6k=?= x", "é x");
    expect_text("=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße");
    expect_text("=?koi8-r?B?8NLJ18XU?=", "Привет");
    expect_text("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本");
}

static void white_space_between_encoded_words_is_not_shown(void **state)
{
    (void)state;
    expect_text("=?utf-8?q?a?= =?utf-8?q?b?=", "ab");
    expect_text("=?utf-8?q?a?=\r\n\t=?iso-8859-1?q?=E9?= c", "aé c");
    expect_text("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c");
}

static void a_character_cut_between_two_words_is_joined(void **state)
{
    (void)state;
    expect_text("=?utf-8?q?=E6=97?= =?utf-8?q?=A5?=", "日");
}

static void what_violates_placement_is_not_decoded(void **state)
{
    (void)state;
    expect_text("x=?utf-8?q?a?=", "x=?utf-8?q?a?=");
    expect_text("=?utf-8?q?a?=x", "=?utf-8?q?a?=x");
    expect_text("=?utf-8?q?a b?=", "=?utf-8?q?a b?=");
    expect_text("=?utf-8?x?a?=", "=?utf-8?x?a?=");
    expect_text("=?utf-8?q?a", "=?utf-8?q?a");
    expect_text("=?no-such-charset?q?a?=", "=?no-such-charset?q?a?=");
    expect_text("=??q?a?=", "=??q?a?=");
}

static void failed_decoding_leaves_a_replacement_and_goes_on(void **state)
{
    (void)state;
    expect_text("=?utf-8?q?a=FFb?= c", "a\xef\xbf\xbd"
                                       "b c");
    expect_text("=?utf-8?q?a=ZZ?=", "a=ZZ");
}

static void encoded_control_characters_are_dropped(void **state)
{
    (void)state;
    expect_text("=?utf-8?q?a=00b=0D=0Ac=7F=1B?=", "abc");
}

static void eight_bit_text_is_utf8_or_else_windows_1252(void **state)
{
    (void)state;
    expect_text("caf\xc3\xa9", "café");
    expect_text("caf\xe9 \x80", "café €");
    expect_text("=?utf-8?q?=C3=A9?= caf\xe9", "é café");
}

static void long_rows_of_marks_are_left_as_they_are(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf in = {0};
    CLEANUP(buf_done) struct buf out = {0};
    for (int i = 0; i < 50000; i++)
        buf_add_str(&in, i % 2 ? "\xcc\x81" : "\xcc\x96");
    words_text(buf_bytes(&in), &out);
    assert_int_equal(out.n, in.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q_and_b_are_decoded),
        cmocka_unit_test(white_space_between_encoded_words_is_not_shown),
        cmocka_unit_test(a_character_cut_between_two_words_is_joined),
        cmocka_unit_test(what_violates_placement_is_not_decoded),
        cmocka_unit_test(failed_decoding_leaves_a_replacement_and_goes_on),
        cmocka_unit_test(encoded_control_characters_are_dropped),
        cmocka_unit_test(eight_bit_text_is_utf8_or_else_windows_1252),
        cmocka_unit_test(long_rows_of_marks_are_left_as_they_are),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
