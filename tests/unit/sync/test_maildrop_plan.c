/* What is deleted in a maildrop. */
#include "sync/maildrop_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW 1800000000
#define DAY 86400
#define N 5

/* Five messages of 100 bytes, here for sure, fetched 9, 7, 5, 3 and 1 days ago. */
struct fixture {
    struct maildrop_row rows[N];
    struct maildrop_entry entries[N];
};

static void fill(struct fixture *f)
{
    for (int i = 0; i < N; i++) {
        f->rows[i] = (struct maildrop_row){.id = i + 1, .state = MAILDROP_HERE, .is_sure = true, .is_wanted = true, .size = 100,
                                           .listed_size = 100, .fetched_at = NOW - (9 - 2 * i) * DAY};
        f->entries[i] = (struct maildrop_entry){.number = (uint64_t)i + 1, .size = 100, .row = &f->rows[i]};
    }
}

/* The doomed as digits: positions. */
static int plan(struct fixture *f, struct maildrop_policy p, int64_t now, int64_t *out_due)
{
    struct maildrop_doomed doomed;
    int digits = 0;
    maildrop_plan(&p, f->entries, N, now, false, &doomed);
    for (size_t i = 0; i < doomed.n; i++)
        digits = digits * 10 + (int)doomed.v[i] + 1;
    if (out_due)
        *out_due = doomed.due_at;
    free(doomed.v);
    return digits;
}

static void everything_or_nothing_stays(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_ALL}, NOW, NULL), 0);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_NONE}, NOW, NULL), 12345);
}

static void days_are_full_days(void **state)
{
    (void)state;
    struct fixture f;
    const struct maildrop_policy week = {.leave = MAILDROP_LEAVE_DAYS, .n = 7};
    int64_t due;
    fill(&f);
    assert_int_equal(plan(&f, week, NOW - 1, &due), 1);
    assert_int_equal(due, NOW);
    assert_int_equal(plan(&f, week, NOW, &due), 12);
    assert_int_equal(due, NOW + 2 * DAY);
    assert_int_equal(plan(&f, week, NOW + 30 * DAY, &due), 12345);
    assert_int_equal(due, 0);
}

static void the_last_messages_stay(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_MESSAGES, .n = 2}, NOW, NULL), 123);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_MESSAGES, .n = 5}, NOW, NULL), 0);
    f.entries[4].row = NULL; /* not here yet: it stays, and is one of the last two */
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_MESSAGES, .n = 2}, NOW, NULL), 123);
}

static void the_newest_stay_up_to_a_size(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_BYTES, .n = 300}, NOW, NULL), 12);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_BYTES, .n = 299}, NOW, NULL), 123);
    f.entries[4].size = INT64_MAX; /* a lie: what came is what counts */
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_BYTES, .n = 300}, NOW, NULL), 12);
    f.entries[3].row = NULL; /* where nothing came there is only the server's word */
    f.entries[3].size = INT64_MAX;
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_BYTES, .n = 300}, NOW, NULL), 123);
}

static void what_is_not_here_for_sure_stays(void **state)
{
    (void)state;
    struct fixture f;
    struct maildrop_doomed doomed;
    const struct maildrop_policy none = {.leave = MAILDROP_LEAVE_NONE, .follows = true};
    fill(&f);
    f.entries[0].row = NULL;
    f.rows[1].state = MAILDROP_FAILING;
    f.rows[2].is_sure = false;
    f.rows[3].state = MAILDROP_GONE;
    assert_int_equal(plan(&f, none, NOW, NULL), 5);
    maildrop_plan(&none, f.entries, N, NOW, true, &doomed);
    assert_int_equal(doomed.n, 2); /* the unsure one is fetched first */
    free(doomed.v);
    f.rows[4].state = MAILDROP_LEAVING; /* the answer was lost: again */
    assert_int_equal(plan(&f, none, NOW, NULL), 5);
}

static void what_was_deleted_here_goes_if_the_account_says_so(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f);
    f.rows[2].is_wanted = false;
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_ALL, .follows = true}, NOW, NULL), 3);
    assert_int_equal(plan(&f, (struct maildrop_policy){.leave = MAILDROP_LEAVE_ALL}, NOW, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_or_nothing_stays),       cmocka_unit_test(days_are_full_days),
        cmocka_unit_test(the_last_messages_stay),            cmocka_unit_test(the_newest_stay_up_to_a_size),
        cmocka_unit_test(what_is_not_here_for_sure_stays),   cmocka_unit_test(what_was_deleted_here_goes_if_the_account_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
