#include "store/keywords.h"

#include "base/alloc.h"
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void keyword_is_1_to_255_characters_of_rfc8621(void **state)
{
    (void)state;
    char longest[KEYWORD_MAX_BYTES + 1];
    memset(longest, 'a', sizeof(longest));

    assert_true(keyword_is_valid(bytes_str("$forwarded")));
    assert_true(keyword_is_valid(bytes_str("a[b}~!")));
    assert_true(keyword_is_valid(bytes_of(longest, KEYWORD_MAX_BYTES)));
    assert_false(keyword_is_valid(bytes_of(longest, KEYWORD_MAX_BYTES + 1)));
    assert_false(keyword_is_valid(bytes_str("")));
    const char *const bad[] = {"a b", "a(", "a)", "a{", "a]", "a%", "a*", "a\"", "a\\", "a\x7f", "a\x1f", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(keyword_is_valid(bytes_str(bad[i])));
    assert_false(keyword_is_valid(bytes_of("a\0b", 3)));
}

static void set_is_lower_case_sorted_and_knows_the_bits(void **state)
{
    (void)state;
    CLEANUP(keyword_set_done) struct keyword_set s = {0};
    const struct fct_flags flags = {FCT_FLAG_ANSWERED | 1u << 31, bytes_str("zebra $Seen Work  zebra $NotJunk apple")};

    assert_int_equal(keyword_set_check(&flags, &s, NULL), 0);

    assert_int_equal(s.bits, FCT_FLAG_ANSWERED | FCT_FLAG_SEEN | FCT_FLAG_NOTJUNK);
    assert_string_equal(s.words, "apple work zebra");
}

static void invalid_keyword_of_a_user_is_named_and_of_a_server_left_out(void **state)
{
    (void)state;
    CLEANUP(keyword_set_done) struct keyword_set s = {0};
    struct fct_error err = {0};
    const struct fct_flags flags = {0, bytes_str("good ba]d also-good")};

    assert_int_equal(keyword_set_check(&flags, &s, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_string_equal(err.message, "keywords: \"ba]d\" is not a valid keyword");

    keyword_set_from(&flags, &s);
    assert_string_equal(s.words, "also-good good");
}

static void number_of_keywords_is_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf many = {0};
    CLEANUP(keyword_set_done) struct keyword_set s = {0};
    struct fct_error err = {0};
    for (int i = 0; i <= KEYWORDS_MAX; i++)
        buf_addf(&many, "k%d ", i);

    assert_int_equal(keyword_set_check(&(struct fct_flags){0, buf_bytes(&many)}, &s, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    keyword_set_from(&(struct fct_flags){0, buf_bytes(&many)}, &s);
    assert_true(words_contain(s.words, bytes_str("k0")));
    assert_false(words_contain(s.words, bytes_str("k128")));
}

static void assert_words(char *got, const char *expected)
{
    assert_string_equal(got ? got : "", expected);
    free(got);
}

static void words_are_sets(void **state)
{
    (void)state;

    assert_words(words_union("a c", "b c d"), "a b c d");
    assert_words(words_union(NULL, "x"), "x");
    assert_words(words_union(NULL, NULL), "");
    assert_words(words_minus("a b c", "b"), "a c");
    assert_words(words_minus("a", "a"), "");
    assert_words(words_both("a b c", "b c d"), "b c");
    assert_words(words_both("ab", "a"), "");
    assert_true(words_equal(NULL, ""));
    assert_false(words_equal("a", "a b"));
    assert_true(words_contain("a bc d", bytes_str("bc")));
    assert_false(words_contain("a bc d", bytes_str("b")));
}

static void email_is_seen_when_all_copies_are_and_flagged_when_one_is(void **state)
{
    (void)state;
    struct keywords_sum both = {0}, one = {0};

    keywords_sum_add(&both, FCT_FLAG_SEEN, "work");
    keywords_sum_add(&both, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED, "home");
    keywords_sum_add(&one, FCT_FLAG_SEEN, NULL);
    keywords_sum_add(&one, 0, NULL);
    keywords_sum_add(&one, FCT_FLAG_SEEN | FCT_FLAG_DELETED, NULL);

    assert_int_equal(both.set.bits, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
    assert_string_equal(both.set.words, "home work");
    assert_int_equal(one.set.bits, 0);
    keyword_set_done(&both.set);
    keyword_set_done(&one.set);
}

static void siphash_gives_the_published_values(void **state)
{
    (void)state;
    unsigned char key[16], data[63];
    for (unsigned i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)i;
    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)i;

    /* The reference vectors of SipHash-2-4, read as little-endian numbers. */
    assert_true(siphash(key, data, 0) == 0x726fdb47dd0e0e31);
    assert_true(siphash(key, data, 1) == 0x74f839c593dc67fd);
    assert_true(siphash(key, data, 7) == 0xab0200f58b01d137);
    assert_true(siphash(key, data, 8) == 0x93f5f5799a932462);
    assert_true(siphash(key, data, 15) == 0xa129ca6149be45e5);
    assert_true(siphash(key, data, 63) == 0x958a324ceb064572);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyword_is_1_to_255_characters_of_rfc8621),
        cmocka_unit_test(set_is_lower_case_sorted_and_knows_the_bits),
        cmocka_unit_test(invalid_keyword_of_a_user_is_named_and_of_a_server_left_out),
        cmocka_unit_test(number_of_keywords_is_bounded),
        cmocka_unit_test(words_are_sets),
        cmocka_unit_test(email_is_seen_when_all_copies_are_and_flagged_when_one_is),
        cmocka_unit_test(siphash_gives_the_published_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
