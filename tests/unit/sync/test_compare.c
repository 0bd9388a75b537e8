/* What the engine decides to do, given what both sides hold. */
#include "sync/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void list(struct listing *l, const uint64_t *uids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        listing_add(l, uids[i], &(struct fct_flags){0});
}

#define LIST(l, ...) list(l, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void everything_is_fetched_newest_first_in_windows(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan plan = {0};
    LIST(&server, 1, 2, 5, 9, 10);

    sync_compare(&server, true, NULL, 0, 2, &plan);

    assert_int_equal(plan.n_fetch, 5);
    assert_int_equal(plan.fetch.n, 3);
    assert_int_equal(plan.fetch.v[0].first, 10);
    assert_int_equal(plan.fetch.v[0].last, 10);
    assert_int_equal(plan.fetch.v[1].first, 5);
    assert_int_equal(plan.fetch.v[1].last, 9);
    assert_int_equal(plan.fetch.v[2].first, 1);
    assert_int_equal(plan.fetch.v[2].last, 2);
    assert_int_equal(plan.vanished.n, 0);
    sync_plan_done(&plan);
    listing_done(&server);
}

static void a_range_to_fetch_never_spans_a_message_that_is_here(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan plan = {0};
    const struct store_uid_flags local[] = {{.uid = 4}, {.uid = 8}};
    LIST(&server, 3, 4, 5, 9);

    sync_compare(&server, false, local, 2, 100, &plan);

    assert_int_equal(plan.fetch.n, 3);
    assert_int_equal(plan.fetch.v[0].first, 9);
    assert_int_equal(plan.fetch.v[1].first, 5);
    assert_int_equal(plan.fetch.v[1].last, 5);
    assert_int_equal(plan.fetch.v[2].last, 3);
    assert_int_equal(plan.vanished.n, 0);
    sync_plan_done(&plan);
    listing_done(&server);
}

static void what_a_complete_listing_lacks_has_vanished(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan plan = {0};
    const struct store_uid_flags local[] = {{.uid = 1}, {.uid = 2}, {.uid = 3}, {.uid = 7}, {.uid = 9}};
    LIST(&server, 3, 8);

    sync_compare(&server, true, local, 5, 100, &plan);

    assert_int_equal(plan.vanished.n, 3);
    assert_int_equal(plan.vanished.v[0].first, 1);
    assert_int_equal(plan.vanished.v[0].last, 2);
    assert_int_equal(plan.vanished.v[1].first, 7);
    assert_int_equal(plan.vanished.v[1].last, 7);
    assert_int_equal(plan.vanished.v[2].first, 9);
    assert_int_equal(plan.n_fetch, 1);
    sync_plan_done(&plan);
    listing_done(&server);
}

static void news_alone_make_nothing_vanish(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan plan = {0};
    const struct store_uid_flags local[] = {{.uid = 1}, {.uid = 2}};

    sync_compare(&server, false, local, 2, 100, &plan);

    assert_int_equal(plan.vanished.n, 0);
    assert_int_equal(plan.fetch.n, 0);
    sync_plan_done(&plan);
}

static void flags_are_looked_at_only_where_they_may_differ(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan plan = {0};
    const struct store_uid_flags local[] = {{.uid = 1, .flags = FCT_FLAG_SEEN}, {.uid = 2}, {.uid = 3, .has_keywords = 1}};
    listing_add(&server, 1, &(struct fct_flags){.bits = FCT_FLAG_SEEN});
    listing_add(&server, 2, &(struct fct_flags){.bits = FCT_FLAG_FLAGGED});
    listing_add(&server, 3, &(struct fct_flags){0});

    sync_compare(&server, true, local, 3, 100, &plan);

    assert_int_equal(plan.n_reflag, 2);
    assert_int_equal(server.v[plan.reflag[0]].uid, 2);
    assert_int_equal(server.v[plan.reflag[1]].uid, 3);
    sync_plan_done(&plan);
    listing_done(&server);
}

static void of_two_lines_for_one_uid_the_later_counts(void **state)
{
    (void)state;
    struct listing l = {0};
    listing_add(&l, 9, &(struct fct_flags){.bits = 1});
    listing_add(&l, 3, &(struct fct_flags){.bits = 2, .keywords = bytes_str("work")});
    listing_add(&l, 9, &(struct fct_flags){.bits = 4});
    listing_add(&l, 3, &(struct fct_flags){.bits = 8, .keywords = bytes_str("home")});

    listing_sort(&l);

    assert_int_equal(l.n, 2);
    assert_int_equal(l.v[0].uid, 3);
    assert_int_equal(l.v[0].flags, 8);
    assert_true(bytes_equal_str(listing_flags(&l, 0).keywords, "home"));
    assert_int_equal(l.v[1].flags, 4);
    assert_int_equal(listing_flags(&l, 1).keywords.n, 0);
    listing_done(&l);
}

/* Random sides: after the plan is carried out both hold the same. */
static void a_plan_carried_out_makes_both_sides_equal(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 500; round++) {
        struct listing server = {0};
        struct sync_plan plan = {0};
        struct store_uid_flags local[200];
        bool here[201] = {0}, there[201] = {0};
        size_t n = 0;
        for (uint64_t uid = 1; uid <= 200; uid++) {
            if (rand() % 3) {
                listing_add(&server, uid, &(struct fct_flags){0});
                there[uid] = true;
            }
            if (rand() % 3) {
                local[n++] = (struct store_uid_flags){.uid = uid};
                here[uid] = true;
            }
        }

        sync_compare(&server, true, local, n, 1 + (size_t)rand() % 20, &plan);

        for (size_t i = 0; i < plan.vanished.n; i++)
            for (uint64_t u = plan.vanished.v[i].first; u <= plan.vanished.v[i].last; u++)
                here[u] = false;
        for (size_t i = 0; i < plan.fetch.n; i++) {
            if (i > 0)
                assert_true(plan.fetch.v[i].last < plan.fetch.v[i - 1].first);
            for (uint64_t u = plan.fetch.v[i].first; u <= plan.fetch.v[i].last; u++) {
                assert_false(here[u] && there[u]);
                here[u] = there[u];
            }
        }
        assert_memory_equal(here, there, sizeof(here));
        sync_plan_done(&plan);
        listing_done(&server);
    }
}

static void uids_far_apart_are_fetched_apart(void **state)
{
    (void)state;
    struct listing server = {0};
    struct sync_plan p;
    listing_add(&server, 1, &(struct fct_flags){0});
    listing_add(&server, 900, &(struct fct_flags){0});
    listing_add(&server, 4000000000, &(struct fct_flags){0});

    sync_compare(&server, true, NULL, 0, 64, &p);

    assert_int_equal(p.fetch.n, 2);
    assert_int_equal(p.fetch.v[0].first, 4000000000);
    assert_int_equal(p.fetch.v[1].first, 1);
    assert_int_equal(p.fetch.v[1].last, 900);
    sync_plan_done(&p);
    listing_done(&server);
}

static void what_is_gone_comes_in_bites_of_what_is_here(void **state)
{
    (void)state;
    struct store_uid_flags local[100];
    struct uid_ranges gone = {0}, bite = {0};
    struct uid_bites b;
    size_t n = 0, bites = 0;
    for (size_t i = 0; i < 100; i++)
        local[i] = (struct store_uid_flags){.uid = 10 * i + 10};
    uid_ranges_add(&gone, 500, UINT64_MAX);
    uid_ranges_add(&gone, 1, 100);
    uid_ranges_add(&gone, 50, 120);

    uid_bites_begin(&b, &gone, local, 100);
    for (; uid_bites_next(&b, 7, &bite); bites++)
        for (size_t r = 0; r < bite.n; r++)
            for (size_t i = 0; i < 100; i++)
                n += local[i].uid >= bite.v[r].first && local[i].uid <= bite.v[r].last;

    assert_int_equal(n, 12 + 51); /* 10 to 120, 500 to 1000 */
    assert_int_equal(bites, 9);
    uid_bites_done(&b);
    uid_ranges_done(&gone);
    uid_ranges_done(&bite);
}

static void a_listing_has_an_end(void **state)
{
    (void)state;
    struct listing l = {0};
    char *words = malloc(1 << 20);
    memset(words, 'x', 1 << 20);
    struct fct_flags flags = {.keywords = bytes_of(words, 1 << 20)};
    size_t n = 0;

    while (n < 100 && listing_add(&l, n + 1, &flags))
        n++;

    assert_int_equal(n, (LISTING_KEYWORDS_MAX >> 20) - 1);
    assert_int_equal(l.n, n);
    listing_done(&l);
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_fetched_newest_first_in_windows),
        cmocka_unit_test(a_range_to_fetch_never_spans_a_message_that_is_here),
        cmocka_unit_test(what_a_complete_listing_lacks_has_vanished),
        cmocka_unit_test(news_alone_make_nothing_vanish),
        cmocka_unit_test(flags_are_looked_at_only_where_they_may_differ),
        cmocka_unit_test(of_two_lines_for_one_uid_the_later_counts),
        cmocka_unit_test(a_plan_carried_out_makes_both_sides_equal),
        cmocka_unit_test(uids_far_apart_are_fetched_apart),
        cmocka_unit_test(what_is_gone_comes_in_bites_of_what_is_here),
        cmocka_unit_test(a_listing_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
