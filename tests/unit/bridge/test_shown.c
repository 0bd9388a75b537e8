/* shown.c: what was shown lately is there for whom it was shown to, for a day, within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shown.h"

#include <stdio.h>
#include <string.h>

static void keep(struct shown *s, const char *by, const char *url, const char *bytes, uint64_t now)
{
    struct buf image = {0};
    buf_add_str(&image, bytes);
    shown_keep(s, by, url, "image/png", &image, now);
    buf_done(&image);
}

static bool is_there(struct shown *s, const char *by, const char *url, const char *bytes, uint64_t now)
{
    struct buf out = {0};
    const char *type = shown_find(s, by, url, now, &out);
    if (type) {
        assert_string_equal(type, "image/png");
        assert_string_equal(buf_str(&out), bytes);
    }
    buf_done(&out);
    return type != NULL;
}

static void it_is_there_for_a_day(void **state)
{
    (void)state;
    struct shown *s = shown_new();
    assert_false(is_there(s, "me", "https://a/", "", 0));
    keep(s, "me", "https://a/", "one", 5);
    assert_true(is_there(s, "me", "https://a/", "one", 5));
    assert_true(is_there(s, "me", "https://a/", "one", 5 + SHOWN_MS - 1));
    assert_false(is_there(s, "me", "https://a/", "one", 5 + SHOWN_MS));
    assert_false(is_there(s, "me", "https://a/", "one", 5));
    keep(s, "me", "https://a/", "one", 5);
    keep(s, "me", "https://a/", "two", 6);
    assert_true(is_there(s, "me", "https://a/", "two", 6));
    shown_free(s);
}

static void nobody_finds_what_another_one_was_shown(void **state)
{
    (void)state;
    struct shown *s = shown_new();
    keep(s, "me", "https://a/", "one", 0);
    assert_false(is_there(s, "you", "https://a/", "", 0));
    keep(s, "you", "https://a/", "other", 0);
    assert_true(is_there(s, "me", "https://a/", "one", 0) && is_there(s, "you", "https://a/", "other", 0));
    shown_free(s);
}

static void what_was_not_asked_for_longest_makes_room(void **state)
{
    (void)state;
    struct shown *s = shown_new();
    char url[32];
    for (int i = 0; i < SHOWN_MAX; i++) {
        snprintf(url, sizeof(url), "https://a/%d", i);
        keep(s, "me", url, "x", 0);
    }
    assert_true(is_there(s, "me", "https://a/0", "x", 0));
    keep(s, "me", "https://b/", "x", 0);
    assert_true(is_there(s, "me", "https://a/0", "x", 0) && is_there(s, "me", "https://b/", "x", 0));
    assert_false(is_there(s, "me", "https://a/1", "x", 0));
    assert_true(is_there(s, "me", "https://a/2", "x", 0));
    shown_free(s);
}

static void so_many_bytes_are_kept(void **state)
{
    (void)state;
    struct shown *s = shown_new();
    struct buf image = {0};
    char url[32];
    buf_reserve(&image, SHOWN_BYTES_EACH + 1);
    memset(image.p, 'x', SHOWN_BYTES_EACH + 1);
    image.n = SHOWN_BYTES_EACH + 1;
    shown_keep(s, "me", "https://large/", "image/png", &image, 0);
    assert_null(shown_find(s, "me", "https://large/", 0, &(struct buf){0}));
    image.n = SHOWN_BYTES_EACH;
    size_t there = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(url, sizeof(url), "https://a/%d", i);
        shown_keep(s, "me", url, "image/png", &image, 0);
    }
    for (int i = 0; i < 40; i++) {
        struct buf out = {0};
        snprintf(url, sizeof(url), "https://a/%d", i);
        there += shown_find(s, "me", url, 0, &out) != NULL;
        buf_done(&out);
    }
    assert_int_equal(there, SHOWN_BYTES / SHOWN_BYTES_EACH - 1);
    buf_done(&image);
    shown_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_there_for_a_day),
        cmocka_unit_test(nobody_finds_what_another_one_was_shown),
        cmocka_unit_test(what_was_not_asked_for_longest_makes_room),
        cmocka_unit_test(so_many_bytes_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
