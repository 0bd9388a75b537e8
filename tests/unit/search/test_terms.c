#include "cmocka_all.h"

#include "search/terms.h"

/* The FTS5 query of a text. */
static void assert_fts(const char *text, const char *column, const char *expected)
{
    CLEANUP(terms_done) struct terms t = {0};
    CLEANUP(buf_done) struct buf out = {0};

    terms_parse(bytes_str(text), &t);
    terms_to_fts(&t, column, NULL, &out);

    assert_string_equal(buf_str(&out), expected);
}

static void words_are_all_wanted(void **state)
{
    (void)state;
    assert_fts("Hello  World", NULL, "\"hello\" AND \"world\"");
    assert_fts("　東京　a*　", NULL, "\"東京\" AND \"a\" *");
    assert_fts("jane", "sender", "sender : (\"jane\")");
}

static void a_word_of_several_parts_is_a_phrase(void **state)
{
    (void)state;
    assert_fts("jane.doe@example.org", NULL, "\"jane\" + \"doe\" + \"example\" + \"org\"");
    assert_fts("don't", NULL, "\"don\" + \"t\"");
}

static void quotes_make_a_phrase(void **state)
{
    (void)state;
    assert_fts("\"annual report\" x", NULL, "\"annual\" + \"report\" AND \"x\"");
    assert_fts("'annual report' x", NULL, "\"annual\" + \"report\" AND \"x\"");
    assert_fts("\"say \\\"yes\\\" now\"", NULL, "\"say\" + \"yes\" + \"now\"");
    assert_fts("'don't stop' x", NULL, "\"don\" + \"t\" + \"stop\" AND \"x\"");
}

static void a_quote_without_partner_is_nothing_special(void **state)
{
    (void)state;
    assert_fts("\"annual report", NULL, "\"annual\" AND \"report\"");
    assert_fts("'tis", NULL, "\"tis\"");
}

static void a_star_at_the_end_makes_a_prefix(void **state)
{
    (void)state;
    assert_fts("bud*", NULL, "\"bud\" *");
    assert_fts("\"annual rep\"*", NULL, "\"annual\" + \"rep\" *");
    assert_fts("jane@ex*", NULL, "\"jane\" + \"ex\" *");
    assert_fts("a*b", NULL, "\"a\" + \"b\"");
}

static void the_end_of_a_run_is_left_out(void **state)
{
    (void)state;
    assert_fts("東京都", NULL, "\"東京\" + \"京都\"");
    assert_fts("\"東京 foo\"", NULL, "\"東京\" + \"京\" + \"foo\"");
    assert_fts("\"foo 東京\"", NULL, "\"foo\" + \"東京\"");
}

static void one_character_of_a_run_is_a_prefix(void **state)
{
    (void)state;
    assert_fts("都", NULL, "\"都\" *");
    assert_fts("\"foo 都\"", NULL, "\"foo\" + \"都\" *");
}

static void signs_among_words_are_left_out_but_alone_match_nothing(void **state)
{
    struct terms t;
    (void)state;

    assert_fts("this & that", NULL, "\"this\" AND \"that\"");
    terms_parse(bytes_str("&"), &t);
    assert_true(t.is_nothing);
    terms_done(&t);
    terms_parse(bytes_str("  "), &t);
    assert_false(t.is_nothing);
    assert_int_equal(t.n, 0);
    terms_done(&t);
}

static void assert_match(const char *query, const char *text, bool expected)
{
    CLEANUP(terms_done) struct terms t = {0};
    terms_parse(bytes_str(query), &t);
    assert_int_equal(terms_match(&t, bytes_str(text)), expected);
}

static void texts_match_as_in_the_index(void **state)
{
    (void)state;
    assert_match("elan VITAL", "L'Élan, le vital", true);
    assert_match("\"elan vital\"", "L'Élan, le vital", false);
    assert_match("\"élan le\"", "L'Élan, le vital", true);
    assert_match("vit*", "le vital", true);
    assert_match("vit", "le vital", false);
    assert_match("京", "東京都", true);
    assert_match("都", "東京都", true);
    assert_match("京都", "東京都", true);
    assert_match("東都", "東京都", false);
    assert_match("&", "a & b", false);
    assert_match("", "anything", true);
}

static void spans_cover_what_was_found(void **state)
{
    CLEANUP(terms_done) struct terms t = {0};
    CLEANUP(spans_done) struct spans s = {0};
    (void)state;

    terms_parse(bytes_str("elan 京"), &t);
    terms_find(&t, bytes_str("l'Élan 東京都"), &s);

    assert_int_equal(s.n, 2);
    assert_int_equal(s.v[0].start, 2);
    assert_int_equal(s.v[0].end, 7);
    assert_int_equal(s.v[1].start, 11);
    assert_int_equal(s.v[1].end, 14); /* not the pair 京都 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_all_wanted),
        cmocka_unit_test(a_word_of_several_parts_is_a_phrase),
        cmocka_unit_test(quotes_make_a_phrase),
        cmocka_unit_test(a_quote_without_partner_is_nothing_special),
        cmocka_unit_test(a_star_at_the_end_makes_a_prefix),
        cmocka_unit_test(the_end_of_a_run_is_left_out),
        cmocka_unit_test(one_character_of_a_run_is_a_prefix),
        cmocka_unit_test(signs_among_words_are_left_out_but_alone_match_nothing),
        cmocka_unit_test(texts_match_as_in_the_index),
        cmocka_unit_test(spans_cover_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
