/* link.c: a link is good as it was written, for its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link.h"

#include <stdio.h>
#include <string.h>

#define NOW ((time_t)1795948200)

static struct link_key key = {"0123456789abcdef0123456789abcde"};

static enum link_verdict read_link(const struct link_key *k, const char *target, time_t now, char **out_url)
{
    CLEANUP(freep) char *text = xasprintf("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
    struct http_head head = {0};
    const char *why;
    char by[LINK_BY_SIZE];
    if (http1_head_parse(text, strlen(text), &head, &why) != 0)
        return LINK_WRONG;
    enum link_verdict verdict = link_read(k, &head, now, out_url, by);
    if (verdict == LINK_GOOD)
        assert_string_equal(by, "somebody");
    http_head_done(&head);
    return verdict;
}

static enum link_verdict verdict_of(const char *target, time_t now)
{
    CLEANUP(freep) char *url = NULL;
    return read_link(&key, target, now, &url);
}

static void urls_of_all_lengths_come_back(void **state)
{
    (void)state;
    char url[4097] = "";
    for (size_t n = 1; n < sizeof(url); n += n < 40 ? 1 : 97) {
        for (size_t i = 0; i < n; i++)
            url[i] = (char)(0x21 + (i * 7 + n) % 94);
        url[n] = '\0';
        CLEANUP(freep) char *link = link_write(&key, url, "somebody", NOW);
        CLEANUP(freep) char *back = NULL;
        assert_true(strlen(link) < HTTP_TARGET_MAX);
        assert_int_equal(read_link(&key, link, NOW, &back), LINK_GOOD);
        assert_string_equal(back, url);
    }
}

static void a_link_is_good_for_an_hour_and_a_quarter_at_most(void **state)
{
    (void)state;
    for (time_t at = NOW; at < NOW + 1800; at += 37) {
        CLEANUP(freep) char *link = link_write(&key, "https://example.org/", "somebody", at);
        assert_int_equal(verdict_of(link, at), LINK_GOOD);
        assert_int_equal(verdict_of(link, at + LINK_LIFE_S - 1), LINK_GOOD);
        assert_int_equal(verdict_of(link, at + LINK_LIFE_S + 900), LINK_OLD);
    }
}

static void one_character_that_is_changed_makes_it_none(void **state)
{
    (void)state;
    CLEANUP(freep) char *link = link_write(&key, "https://example.org/a.png", "somebody", NOW);
    for (size_t i = strlen(LINK_FOLDER); link[i]; i++) {
        char was = link[i];
        link[i] = was == 'A' ? 'B' : 'A';
        if (verdict_of(link, NOW) != LINK_WRONG)
            fail_msg("%s", link);
        link[i] = was;
    }
    assert_int_equal(verdict_of(link, NOW), LINK_GOOD);
}

static void another_key_reads_no_link(void **state)
{
    (void)state;
    CLEANUP(freep) char *link = link_write(&key, "https://example.org/", "somebody", NOW);
    CLEANUP(freep) char *url = NULL;
    struct link_key other[2];
    assert_int_equal(link_key_init(&other[0]), 0);
    assert_int_equal(link_key_init(&other[1]), 0);
    assert_memory_not_equal(&other[0], &other[1], sizeof(other[0]));
    assert_int_equal(read_link(&other[0], link, NOW, &url), LINK_WRONG);
}

static void who_asked_is_told_apart_and_not_told(void **state)
{
    (void)state;
    char one[LINK_BY_SIZE], two[LINK_BY_SIZE], again[LINK_BY_SIZE];
    link_by(&key, "Bearer fct_1_secret", one);
    link_by(&key, "Bearer fct_2_secret", two);
    link_by(&key, "Bearer fct_1_secret", again);
    assert_string_equal(one, again);
    assert_string_not_equal(one, two);
    assert_int_equal(strlen(one), LINK_BY_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_of_all_lengths_come_back),
        cmocka_unit_test(a_link_is_good_for_an_hour_and_a_quarter_at_most),
        cmocka_unit_test(one_character_that_is_changed_makes_it_none),
        cmocka_unit_test(another_key_reads_no_link),
        cmocka_unit_test(who_asked_is_told_apart_and_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
