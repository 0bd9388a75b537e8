#include "cmocka_all.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "search/sort.h"

#include <string.h>

static int compare(enum sort_collation c, const char *a, const char *b)
{
    CLEANUP(buf_done) struct buf x = {0}, y = {0};

    collate_key(c, a, &x);
    collate_key(c, b, &y);
    int r = memcmp(buf_str(&x), buf_str(&y), x.n < y.n ? x.n : y.n);
    return r ? r : (x.n > y.n) - (x.n < y.n);
}

/* Each before the next. */
static void assert_ascending(enum sort_collation c, const char *const *strings)
{
    for (; strings[1]; strings++)
        if (compare(c, strings[0], strings[1]) >= 0)
            fail_msg("\"%s\" should come before \"%s\"", strings[0], strings[1]);
}

static void people_expect_letters_in_their_place(void **state)
{
    (void)state;
    assert_ascending(COLLATE_DEFAULT, (const char *const[]){"", "1", "Apfel", "cote", "côté", "Öl", "Zebra", "Ωmega",
                                                            "Яна", "東京", NULL});
    assert_int_equal(compare(COLLATE_DEFAULT, "hello", "HELLO"), 0);
}

static void ascii_casemap_knows_ascii_only(void **state)
{
    (void)state;
    assert_ascending(COLLATE_ASCII_CASEMAP, (const char *const[]){"Apfel", "zebra", "Öl", "öl", NULL});
    assert_int_equal(compare(COLLATE_ASCII_CASEMAP, "hello", "HELLO"), 0);
}

static void unicode_casemap_ignores_case_everywhere(void **state)
{
    (void)state;
    assert_int_equal(compare(COLLATE_UNICODE_CASEMAP, "ÉLAN", "élan"), 0);
    assert_int_equal(compare(COLLATE_UNICODE_CASEMAP, "яна", "ЯНА"), 0);
    assert_int_equal(compare(COLLATE_UNICODE_CASEMAP, "\xc3\xa9", "e\xcc\x81"), 0);
    assert_ascending(COLLATE_UNICODE_CASEMAP, (const char *const[]){"elan", "élan", "zebra", NULL});
}

static void ascii_numeric_compares_numbers(void **state)
{
    (void)state;
    assert_ascending(COLLATE_ASCII_NUMERIC,
                     (const char *const[]){"0", "2x", "10", "007000", "12345678901234567890", "x", NULL});
    assert_int_equal(compare(COLLATE_ASCII_NUMERIC, "007", "7 of 9"), 0);
    assert_int_equal(compare(COLLATE_ASCII_NUMERIC, "", "abc"), 0);
}

static void invalid_and_endless_strings_have_keys(void **state)
{
    char text[5000];
    (void)state;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int c = COLLATE_DEFAULT; c <= COLLATE_ASCII_NUMERIC; c++) {
        CLEANUP(buf_done) struct buf b = {0};
        collate_key((enum sort_collation)c, text, &b);
        collate_key((enum sort_collation)c, "a\xff\xc3", &b);
        assert_true(b.n < 20000);
    }
}

static void assert_refused(const char *text, int code, const char *message)
{
    struct search_sort *s = NULL;
    struct fct_error err = {0};
    json_auto_t *json = json_loads(text, 0, NULL);

    assert_int_equal(search_sort_from_json(json, &s, &err), -1);

    assert_int_equal(err.code, code);
    assert_string_equal(err.message, message);
}

static void wrong_comparators_are_named(void **state)
{
    (void)state;
    assert_refused("[{\"property\":\"mood\"}]", FCT_E_UNSUPPORTED_SORT, "sort[0].property: cannot sort by \"mood\"");
    assert_refused("[{\"property\":\"size\"},{\"property\":\"from\",\"collation\":\"i;x\"}]", FCT_E_UNSUPPORTED_SORT,
                   "sort[1].collation: \"i;x\" is not known");
    assert_refused("[{\"property\":\"hasKeyword\"}]", FCT_E_INVALID, "sort[0].keyword: must be given");
    assert_refused("[{\"property\":\"hasKeyword\",\"keyword\":\"(\"}]", FCT_E_INVALID,
                   "sort[0].keyword: is not a keyword");
    assert_refused("[{\"property\":\"size\",\"isAscending\":1}]", FCT_E_INVALID,
                   "sort[0].isAscending: must be true or false");
    assert_refused("[5]", FCT_E_INVALID, "sort[0]: must be an object with a property");
    assert_refused("{}", FCT_E_INVALID, "sort: must be an array");
    assert_refused("[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]", FCT_E_LIMIT,
                   "sort: more than 16 comparators");
}

static bool newest_first(const char *text)
{
    CLEANUP(search_sort_freep) struct search_sort *s = NULL;
    json_auto_t *json = json_loads(text, 0, NULL);
    assert_int_equal(search_sort_from_json(json, &s, NULL), 0);
    return sort_is_newest_first(s);
}

static void newest_first_is_recognised(void **state)
{
    (void)state;
    assert_true(sort_is_newest_first(NULL));
    assert_true(newest_first("[]"));
    assert_true(newest_first("[{\"property\":\"receivedAt\",\"isAscending\":false}]"));
    assert_false(newest_first("[{\"property\":\"receivedAt\"}]"));
    assert_false(newest_first("[{\"property\":\"receivedAt\",\"isAscending\":false},{\"property\":\"size\"}]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_expect_letters_in_their_place),
        cmocka_unit_test(ascii_casemap_knows_ascii_only),
        cmocka_unit_test(unicode_casemap_ignores_case_everywhere),
        cmocka_unit_test(ascii_numeric_compares_numbers),
        cmocka_unit_test(invalid_and_endless_strings_have_keys),
        cmocka_unit_test(wrong_comparators_are_named),
        cmocka_unit_test(newest_first_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
