#include "store/ids.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void numbers_are_written_in_base_32(void **state)
{
    char id[ID_SIZE];
    (void)state;
    assert_string_equal(id_format(ID_ACCOUNT, 1, id), "a1");
    assert_string_equal(id_format(ID_MAILBOX, 31, id), "mv");
    assert_string_equal(id_format(ID_EMAIL, 32, id), "e10");
    assert_string_equal(id_format(ID_THREAD, INT64_MAX, id), "t7vvvvvvvvvvvv");
    assert_string_equal(state_format(0, id), "s0");
}

static void every_number_comes_back(void **state)
{
    (void)state;
    char id[ID_SIZE];
    for (int64_t n = 0; n >= 0 && n < INT64_MAX / 3; n = n * 3 + 1) {
        int64_t back = -1;
        assert_true(id_parse(ID_EMAIL, id_format(ID_EMAIL, n, id), &back));
        assert_true(back == n);
    }
    int64_t back = -1;
    assert_true(state_parse("s7vvvvvvvvvvvv", &back));
    assert_true(back == INT64_MAX);
}

static void two_strings_never_mean_one_object(void **state)
{
    static const char *const wrong[] = {"",
                                        "e",
                                        "m1",
                                        "E1",
                                        "e01",
                                        "e1w",
                                        "e1V",
                                        "e 1",
                                        "e1 ",
                                        "e-1",
                                        "e8000000000000",
                                        "e10000000000000",
                                        "ezzzzzzzzzzzzzzzzzzzzzzzzz"};
    int64_t n = 77;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(id_parse(ID_EMAIL, wrong[i], &n));
    assert_true(n == 77);
}

static void the_bytes_of_a_message_have_an_id_before_they_are_here(void **state)
{
    static const char *const wrong[] = {
        "p", "p01", "e10", "p10_", "p10_x", "p10_01", "p8000000000000", "p111111111111111111"};
    char id[ID_SIZE];
    const char *part = "x";
    int64_t n = 0;
    (void)state;
    assert_string_equal(message_blob_id_format(32, id), "p10");
    assert_true(message_blob_id_parse("p10", &n, &part));
    assert_true(n == 32 && !part);
    assert_true(message_blob_id_parse("p10_1_2", &n, &part));
    assert_true(n == 32 && strcmp(part, "1_2") == 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(message_blob_id_parse(wrong[i], &n, &part));
}

static void a_blob_id_is_its_hash(void **state)
{
    unsigned char sha[32], back[32];
    char id[BLOB_ID_SIZE];
    const char *part = "x";
    (void)state;
    for (size_t i = 0; i < sizeof(sha); i++)
        sha[i] = (unsigned char)(i * 9);
    blob_id_format(sha, id);
    assert_int_equal(strlen(id), 65);
    assert_true(blob_id_parse(id, back, &part));
    assert_memory_equal(sha, back, 32);
    assert_null(part);
}

static void a_part_of_a_blob_has_its_number_behind_the_hash(void **state)
{
    static const char *const wrong[] = {"_", "_1_", "_a", "__1", "_01", "_1.2", "x", " ", "_1_02", "-1"};
    const char *part = NULL;
    unsigned char sha[32];
    char text[300];
    (void)state;
    memset(text, '0', 300);
    text[0] = 'b';
    strcpy(text + 65, "_1_12");
    assert_true(blob_id_parse(text, sha, &part));
    assert_string_equal(part, "1_12");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        strcpy(text + 65, wrong[i]);
        assert_false(blob_id_parse(text, sha, &part));
    }
    text[65] = '_';
    memset(text + 66, '1', 200);
    text[266] = '\0';
    assert_false(blob_id_parse(text, sha, &part));
}

static void a_hash_is_lower_case_and_complete(void **state)
{
    const char *part;
    unsigned char sha[32];
    char text[80];
    (void)state;
    memset(text, 'a', 80);
    text[0] = 'b';
    text[65] = '\0';
    assert_true(blob_id_parse(text, sha, &part));
    text[10] = 'A';
    assert_false(blob_id_parse(text, sha, &part));
    text[10] = 'g';
    assert_false(blob_id_parse(text, sha, &part));
    text[10] = '\0';
    assert_false(blob_id_parse(text, sha, &part));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_in_base_32),
        cmocka_unit_test(every_number_comes_back),
        cmocka_unit_test(two_strings_never_mean_one_object),
        cmocka_unit_test(the_bytes_of_a_message_have_an_id_before_they_are_here),
        cmocka_unit_test(a_blob_id_is_its_hash),
        cmocka_unit_test(a_part_of_a_blob_has_its_number_behind_the_hash),
        cmocka_unit_test(a_hash_is_lower_case_and_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
