#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "text/tokens.h"

#include <pthread.h>
#include <stdlib.h>

/* The tokens of `text`, a bar between them. */
static void assert_tokens(const char *text, const char *expected)
{
    CLEANUP(buf_done) struct buf b = {0};

    tokens_join(bytes_str(text), &b);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == TOKENS_SEPARATOR)
            b.p[i] = '|';

    assert_string_equal(buf_str(&b), expected);
}

static void assert_fold(const char *text, const char *expected)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_fold(bytes_str(text), &b);
    assert_string_equal(buf_str(&b), expected);
}

static void case_is_folded(void **state)
{
    (void)state;
    assert_tokens("Hello WORLD", "hello|world");
    assert_tokens("Straße STRASSE ẞ", "strasse|strasse|ss");
    assert_tokens("İstanbul ISPARTA ışık", "istanbul|isparta|isik");
    assert_tokens("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ|σισυφοσ");
    assert_tokens("Привет ЁЛКА ёлка", "привет|елка|елка");
}

static void diacritics_are_dropped_composed_or_not(void **state)
{
    (void)state;
    assert_tokens("Élève e\xcc\x81le\xcc\x80ve", "eleve|eleve");
    assert_tokens("façade naïve Ångström", "facade|naive|angstrom");
    assert_tokens("Nguyễn Thị Ðức", "nguyen|thi|duc");
    assert_tokens("Łódź Øresund Ærø Þór œuvre", "lodz|oresund|aero|thor|oeuvre");
    assert_tokens("Ἀθῆναι", "αθηναι");
}

static void addresses_and_hosts_are_their_parts_in_order(void **state)
{
    (void)state;
    assert_tokens("jane.doe@mail.example.org", "jane|doe|mail|example|org");
    assert_tokens("<first_last+tag@x-y.org>", "first|last|tag|x|y|org");
    assert_tokens("https://www.example.org/a/b?c=d", "https|www|example|org|a|b|c|d");
}

static void apostrophes_separate(void **state)
{
    (void)state;
    assert_tokens("l'avion l’été don't", "l|avion|l|ete|don|t");
    assert_tokens("п'ять п’ять пʼять Hawaiʻi", "п|ять|п|ять|п|ять|hawai|i");
}

static void digits_of_all_scripts_are_the_same(void **state)
{
    (void)state;
    assert_tokens("2024-05-01", "2024|05|01");
    assert_tokens("\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa4 ２０２４ २०२४", "2024|2024|2024");
    assert_tokens("x² H₂O Ⅳ ½", "x2|h2o|iv|1|2");
}

static void runs_without_spaces_are_overlapping_pairs_and_the_last_character(void **state)
{
    (void)state;
    assert_tokens("東京都", "東京|京都|都");
    assert_tokens("東京", "東京|京");
    assert_tokens("都", "都");
    assert_tokens("カタカナとひらがな", "カタ|タカ|カナ|ナと|とひ|ひら|らが|がな|な");
    assert_tokens("한국어 사람", "한국|국어|어|사람|람");
    assert_tokens("ภาษา", "ภา|าษ|ษา|า");
    assert_tokens("ភាសា", "ភា|ាស|សា|ា");
}

static void scripts_change_inside_a_run(void **state)
{
    (void)state;
    assert_tokens("ABC公司2024年", "abc|公司|司|2024|年");
    assert_tokens("東京、大阪", "東京|京|大阪|阪");
}

static void a_line_end_does_not_end_a_run_that_has_no_spaces(void **state)
{
    (void)state;
    assert_tokens("東京\n都と\nｶﾅ", "東京|京都|都と|とカ|カナ|ナ");
    assert_tokens("東京\n\n都\nabc\n、大", "東京|京|都|abc|大");
    assert_tokens("東京\n、大阪\n", "東京|京|大阪|阪");
    assert_tokens("한국\n사람 ภา\nษา", "한국|국|사람|람|ภา|า|ษา|า");
    assert_tokens("東京 \n都", "東京|京|都");
}

static void widths_are_folded(void **state)
{
    (void)state;
    assert_tokens("ＡＢＣ　ｶﾅ カナ", "abc|カナ|ナ|カナ|ナ");
    assert_tokens("ｶﾞｷﾞ ガギ", "ガギ|ギ|ガギ|ギ");
    assert_tokens("ﬁle", "file");
}

static void voicing_marks_make_the_composed_kana(void **state)
{
    (void)state;
    assert_tokens("か\xe3\x82\x99く", "がく|く");
    assert_tokens("がく", "がく|く");
    assert_tokens("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xae\xe1\x86\xa8", "한국|국");
}

static void points_and_tatweel_are_dropped(void **state)
{
    (void)state;
    assert_tokens("שָׁלוֹם", "שלום");
    assert_tokens("مُحَمَّد كــتاب", "محمد|كتاب");
    assert_tokens("أحمد", "احمد");
    assert_tokens("ٱلكتاب على مدرسة", "الكتاب|علي|مدرسه");
    assert_tokens("کتابی كتابي", "كتابي|كتابي");
}

static void vowel_signs_of_india_are_kept(void **state)
{
    (void)state;
    assert_tokens("हिन्दी", "हिन्दी");
    assert_tokens("தமிழ்", "தமிழ்");
}

static void emoji_are_words(void **state)
{
    (void)state;
    assert_tokens("go🚀now", "go|🚀|now");
    assert_tokens("👍🏽👍", "👍|👍");
    assert_tokens("❤️", "❤");
    assert_tokens("🇫🇷🇯🇵 🇫", "🇫🇷|🇯🇵|🇫");
    assert_tokens("Facteur™ © 2024", "facteur|2024");
}

static void invisible_characters_are_not_there(void **state)
{
    (void)state;
    assert_tokens("Donau\xc2\xad"
                  "dampf zero\xe2\x80\x8bwidth \xef\xbb\xbf"
                  "bom",
                  "donaudampf|zerowidth|bom");
}

static void invalid_bytes_separate(void **state)
{
    (void)state;
    assert_tokens("ab\xff"
                  "cd\xc3",
                  "ab|cd");
    assert_tokens("\xed\xa0\x80x\xf4\x90\x80\x80y", "x|y");
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    assert_tokens("", "");
    assert_tokens(" \t,;- ", "");
}

static void long_runs_are_dropped_and_the_limit_kept(void **state)
{
    char text[200], expected[80];
    (void)state;

    memset(text, 'a', sizeof(text));
    memcpy(text + 64, " ", 1);
    strcpy(text + 65 + 65, " end");
    snprintf(expected, sizeof(expected), "%.64s|end", text);

    assert_tokens(text, expected);
}

struct spans {
    size_t start[8], end[8], n;
};

static int keep_span(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct spans *s = ctx;
    (void)token;
    (void)n;
    s->start[s->n] = start;
    s->end[s->n++] = end;
    return s->n == 8;
}

static void offsets_are_those_of_the_text(void **state)
{
    struct spans s = {0};
    (void)state;

    assert_int_equal(tokens_of(bytes_str("é e\xcc\x81! 東京都"), keep_span, &s), 0);

    assert_int_equal(s.n, 5);
    assert_int_equal(s.start[0], 0);
    assert_int_equal(s.end[0], 2);
    assert_int_equal(s.start[1], 3);
    assert_int_equal(s.end[1], 6); /* the mark belongs to its letter */
    assert_int_equal(s.start[2], 8);
    assert_int_equal(s.end[2], 14);
    assert_int_equal(s.start[3], 11);
    assert_int_equal(s.end[3], 17);
    assert_int_equal(s.start[4], 14);
    assert_int_equal(s.end[4], 17);
}

static void the_callback_stops_the_scan(void **state)
{
    struct spans s = {0};
    (void)state;
    assert_int_equal(tokens_of(bytes_str("a b c d e f g h i j"), keep_span, &s), 1);
    assert_int_equal(s.n, 8);
}

static void a_character_of_a_run_is_recognised(void **state)
{
    (void)state;
    assert_true(token_is_one_of_a_run("都", 3));
    assert_false(token_is_one_of_a_run("京都", 6));
    assert_false(token_is_one_of_a_run("a", 1));
    assert_false(token_is_one_of_a_run("я", 2));
    assert_false(token_is_one_of_a_run("", 0));
}

static void folding_keeps_what_separates(void **state)
{
    (void)state;
    assert_fold("Élan, (Vital)!", "elan, (vital)!");
    assert_fold("ｶﾞ ＡＢ", "ガ ab");
    assert_fold("a\xff", "a\xef\xbf\xbd");
}

static void text_becomes_valid_utf8(void **state)
{
    CLEANUP(buf_done) struct buf b = {0};
    (void)state;

    assert_false(text_to_valid_utf8(bytes_str("plain text, é 東\tand\nmore"), &b));
    assert_string_equal(buf_str(&b), "plain text, é 東\tand\nmore");
    buf_clear(&b);
    assert_true(text_to_valid_utf8(bytes_of("a\0\x01\r\xe6\x9d z\xc0\xaf", 10), &b));
    assert_string_equal(buf_str(&b), "a\xef\xbf\xbd z\xef\xbf\xbd\xef\xbf\xbd");
}

static int append(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct buf *out = ctx;
    (void)start;
    (void)end;
    if (out->n)
        buf_add_char(out, TOKENS_SEPARATOR);
    buf_add(out, token, n);
    return 0;
}

/* Documents go one way, queries the other. */
static void joined_tokens_are_those_of_the_scanner(void **state)
{
    static const char *const pieces[] = {
        "a",          "Word",
        "9",          " ",
        "\n",         "\r\n",
        ".",          "-",
        "é",          "e\u0301",
        "ß",          "東",
        "京",         "都",
        "カ",         "\u3099",
        "\u200b",     "한",
        "\U0001F1EB", "\U0001F1F7",
        "\U0001F600", "\u0e01\u0e34",
        "\xff",       "\xe6\x9d",
        "x",          "\x1f",
        "",           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ﾞ",          "ﬁ",
        "\u0640",     "ʼ",
    };
    uint32_t seed = 1;
    (void)state;

    for (int round = 0; round < 40000; round++) {
        CLEANUP(buf_done) struct buf text = {0}, joined = {0}, scanned = {0};
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            buf_add_str(&text, pieces[(seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))]);
        }
        tokens_join(buf_bytes(&text), &joined);
        tokens_of(buf_bytes(&text), append, &scanned);
        if (!bytes_equal(buf_bytes(&joined), buf_bytes(&scanned)))
            print_error("of \"%s\"\n", buf_str(&text));
        assert_true(bytes_equal(buf_bytes(&joined), buf_bytes(&scanned)));
    }
}

static void *tokenize_all_planes(void *arg)
{
    struct buf *out = arg;
    CLEANUP(buf_done) struct buf text = {0};

    for (uint32_t cp = 1; cp <= 0x10ffff; cp += 7)
        if (cp < 0xd800 || cp > 0xdfff) {
            buf_add_utf8(&text, cp);
            buf_add_char(&text, ' ');
        }
    tokens_join(buf_bytes(&text), out);
    return NULL;
}

/* First test of all: the tables are empty. */
static void threads_that_meet_in_an_empty_table_agree(void **state)
{
    pthread_t t[4];
    struct buf out[4] = {0};
    (void)state;

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, tokenize_all_planes, &out[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);

    assert_true(out[0].n > 50000);
    for (int i = 1; i < 4; i++)
        assert_true(bytes_equal(buf_bytes(&out[0]), buf_bytes(&out[i])));
    for (int i = 0; i < 4; i++)
        buf_done(&out[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_meet_in_an_empty_table_agree),
        cmocka_unit_test(case_is_folded),
        cmocka_unit_test(diacritics_are_dropped_composed_or_not),
        cmocka_unit_test(addresses_and_hosts_are_their_parts_in_order),
        cmocka_unit_test(apostrophes_separate),
        cmocka_unit_test(digits_of_all_scripts_are_the_same),
        cmocka_unit_test(runs_without_spaces_are_overlapping_pairs_and_the_last_character),
        cmocka_unit_test(scripts_change_inside_a_run),
        cmocka_unit_test(a_line_end_does_not_end_a_run_that_has_no_spaces),
        cmocka_unit_test(widths_are_folded),
        cmocka_unit_test(voicing_marks_make_the_composed_kana),
        cmocka_unit_test(points_and_tatweel_are_dropped),
        cmocka_unit_test(vowel_signs_of_india_are_kept),
        cmocka_unit_test(emoji_are_words),
        cmocka_unit_test(invisible_characters_are_not_there),
        cmocka_unit_test(invalid_bytes_separate),
        cmocka_unit_test(nothing_gives_nothing),
        cmocka_unit_test(long_runs_are_dropped_and_the_limit_kept),
        cmocka_unit_test(offsets_are_those_of_the_text),
        cmocka_unit_test(the_callback_stops_the_scan),
        cmocka_unit_test(a_character_of_a_run_is_recognised),
        cmocka_unit_test(folding_keeps_what_separates),
        cmocka_unit_test(text_becomes_valid_utf8),
        cmocka_unit_test(joined_tokens_are_those_of_the_scanner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
