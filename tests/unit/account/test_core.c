/* A core with accounts whose source has moods (fixtures/plugins/moody.c): what accounts do when things go wrong, and what
 * happens when they are changed, removed or stopped at any moment. */
#include "core_world.h"

/* ---- tests ---------------------------------------------------------------------------------------------------------- */

static void a_sync_brings_the_mail_and_says_so(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "");

    assert_true(sync_is_ok(w, id));

    assert_int_equal(census(w, id).emails, MESSAGES);
    expect_phase(w, id, ACCOUNT_WATCHING);
    json_t *again = sync_now(w, id);
    assert_int_equal(json_integer_value(json_object_get(again, "newMessages")), 0);
    json_decref(again);
}

static void a_wrong_password_waits_for_the_user_and_no_longer(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "refuses");
    expect_phase(w, id, ACCOUNT_FAILED);
    int connects = w->counts->connects;
    wait_sleep(1500, NULL);
    assert_int_equal(w->counts->connects, connects);

    assert_false(sync_is_ok(w, id)); /* asked, it tries */
    assert_int_equal(w->counts->connects, connects + 1);

    update(w, id, "moody:", "");
    assert_true(sync_is_ok(w, id));
}

static void a_plugin_that_gives_no_reason_is_tried_again(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "silent");
    expect_phase(w, id, ACCOUNT_WAITING);
    json_t *account = sync_now(w, id);
    assert_string_not_equal(json_string_value(json_object_get(json_object_get(account, "error"), "message")), "");
    json_decref(account);
}

static void sessions_that_drop_after_a_good_pass_come_at_growing_pauses(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "drops");
    assert_true(w->counts->connects <= 1);
    expect_phase(w, id, ACCOUNT_WAITING);

    wait_sleep(3800, NULL); /* 1 to 1.34 s, then 2 to 2.67 s, then 4 */

    assert_in_range(w->counts->connects, 2, 3);
}

static void a_server_that_always_ends_the_wait_keeps_nobody_busy(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "chatters");
    expect_phase(w, id, ACCOUNT_WATCHING);

    wait_sleep(2000, NULL);

    assert_in_range(w->counts->idles, 2, 30);
}

static void a_server_that_always_has_other_numbers_keeps_nobody_busy(void **state)
{
    struct world *w = *state;
    create(w, "moody:", "counts");

    wait_sleep(2000, NULL);

    assert_in_range(w->counts->lists, 2, 10);
    assert_in_range(w->counts->idles, 2, 30);
}

static void a_sync_that_is_asked_for_during_a_change_of_the_account_ends(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    int64_t id = create(w, "moody:", "slow"), task = 0;
    wait_sleep(10, NULL);
    assert_int_equal(core_sync(w->core, &id, 1, &task, &err), 0);
    wait_sleep(20, NULL);
    update(w, id, "calm:", "");

    assert_int_equal(task_wait(core_tasks(w->core), task, 5000, &err), 0);

    json_t *t = task_json(core_tasks(w->core), task);
    json_t *account = json_array_get(json_object_get(json_object_get(t, "result"), "accounts"), 0);
    assert_true(json_is_true(json_object_get(account, "ok")));
    json_decref(t);
}

struct updater {
    struct world *w;
    int64_t id;
};

static int update_again(void *arg)
{
    struct updater *u = arg;
    update(u->w, u->id, "calm:", "");
    return 0;
}

static void changes_of_one_account_at_once_start_it_once(void **state)
{
    struct world *w = *state;
    struct updater u = {.w = w, .id = create(w, "calm:", "slow")};
    struct fiber *f[6];
    wait_sleep(10, NULL);

    for (size_t i = 0; i < 6; i++)
        f[i] = fiber_spawn(&w->loop, "updater", update_again, &u);
    for (size_t i = 0; i < 6; i++) {
        fiber_join(f[i]);
        fiber_unref(f[i]);
    }

    assert_true(sync_is_ok(w, u.id));
    assert_int_equal(w->counts->alive, 1);
    assert_int_equal(w->counts->alive_most, 1);
    assert_int_equal(census(w, u.id).emails, MESSAGES);
}

static void an_account_that_is_removed_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    for (unsigned ms = 0; ms < 120; ms += 20) {
        int64_t id = create(w, "moody:", ms % 40 ? "slow" : "");
        wait_sleep(ms, NULL);
        assert_int_equal(core_account_destroy(w->core, id, &err), 0);
        assert_int_equal(w->counts->alive, 0);
        assert_int_equal(census(w, id).mailboxes, 0);
        assert_int_equal(core_account_destroy(w->core, id, &err), -1);
        assert_int_equal(err.code, FCT_E_NOT_FOUND_ACCOUNT);
    }
}

static void an_account_is_removed_also_where_its_password_cannot_be(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    char secrets[80];
    int64_t id = create(w, "moody:", "");
    snprintf(secrets, sizeof(secrets), "%s/secrets", w->dir);
    assert_int_equal(chmod(secrets, 0644), 0); /* refused, since others could read it */

    assert_int_equal(core_account_destroy(w->core, id, &err), 0);

    assert_int_equal(core_account_destroy(w->core, id, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND_ACCOUNT);
    assert_int_equal(chmod(secrets, 0600), 0);
}

static void an_account_that_is_disabled_stops_and_starts_again(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    int64_t id = create(w, "calm:", ""), task;
    assert_true(sync_is_ok(w, id));
    struct store_account a = row(id, "calm:", "");
    a.is_enabled = false;

    assert_int_equal(core_account_update(w->core, &a, NULL, &err), 0);
    assert_int_equal(w->counts->alive, 0);
    assert_int_equal(core_sync(w->core, &id, 1, &task, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND_ACCOUNT);

    update(w, id, "calm:", "");
    assert_true(sync_is_ok(w, id));
}

static void what_is_changed_here_is_told_soon(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "calm:", "");
    assert_true(sync_is_ok(w, id));
    expect_phase(w, id, ACCOUNT_WATCHING);
    assert_int_equal(w->counts->stores, 0);

    assert_int_equal(store_write(core_store(w->core), flag_all, &id, NULL), 0);
    for (int i = 0; i < 100 && w->counts->stores == 0; i++)
        wait_sleep(10, NULL);

    assert_int_equal(w->counts->stores, 1);
    assert_int_equal(w->counts->connects, 1);
}

static void syncs_without_end_are_bounded(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    int64_t id = create(w, "moody:", "slow"), task;
    int n = 0;
    while (n < 1000 && core_sync(w->core, &id, 1, &task, &err) == 0)
        n++;
    assert_int_equal(n, 100);
    assert_int_equal(err.code, FCT_E_LIMIT);
}

static void a_check_says_what_it_found_or_why_not(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    json_t *found = NULL, *certificate = NULL;
    struct store_account a = row(0, "moody:", "");
    assert_int_equal(core_account_check(w->core, &a, &(struct account_passwords){.password = "secret"}, &found, &certificate, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(found, "mailboxes")), 1);
    json_decref(found);
    a = row(0, "moody:", "refuses");
    assert_int_equal(core_account_check(w->core, &a, &(struct account_passwords){.password = "secret"}, &found, &certificate, &err), -1);
    assert_int_equal(err.code, FCT_E_AUTH);
    assert_int_equal(err.user_action, 1);
}

/* Anything at any time, then a stop at any moment; afterwards everything is there, once. */
static void whatever_happens_whenever_it_stops(void **state)
{
    struct world *w = *state;
    unsigned seed = getenv("FACTEUR_SEED") ? (unsigned)atoi(getenv("FACTEUR_SEED")) : 5;
    static const char *const moods[] = {"", "random", "random", "random", "slow", "drops", "counts", "silent"};
    int64_t ids[64], n = 0;
    struct fct_error err = {0};
    printf("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 12; i++) {
            int64_t task, which = n ? rand() % n : 0;
            const char *mood = moods[rand() % 8], *scheme = rand() % 2 ? "moody:" : "calm:";
            int what = rand() % 6;
            if (n == 0 || (what == 0 && n < 5))
                ids[n++] = create(w, scheme, mood);
            else if (what == 1)
                update(w, ids[which], scheme, mood);
            else if (what == 2 && n > 3) {
                assert_int_equal(core_account_destroy(w->core, ids[which], &err), 0);
                ids[which] = ids[--n];
            } else if (what == 3 && core_sync(w->core, NULL, 0, &task, &err) == 0 && rand() % 2)
                task_cancel(core_tasks(w->core), task, &err);
            else
                wait_sleep((uint64_t)rand() % 30, NULL);
        }
        core_stop(w->core);
        assert_int_equal(w->counts->alive, 0);
        start(w);
    }
    for (int64_t i = 0; i < n; i++) {
        update(w, ids[i], "calm:", "");
        assert_true(sync_is_ok(w, ids[i]));
        assert_int_equal(census(w, ids[i]).emails, MESSAGES);
    }
    assert_int_equal(w->counts->alive, n);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_sync_brings_the_mail_and_says_so),
        T(a_wrong_password_waits_for_the_user_and_no_longer),
        T(a_plugin_that_gives_no_reason_is_tried_again),
        T(sessions_that_drop_after_a_good_pass_come_at_growing_pauses),
        T(a_server_that_always_ends_the_wait_keeps_nobody_busy),
        T(a_server_that_always_has_other_numbers_keeps_nobody_busy),
        T(a_sync_that_is_asked_for_during_a_change_of_the_account_ends),
        T(changes_of_one_account_at_once_start_it_once),
        T(an_account_that_is_removed_leaves_nothing),
        T(an_account_is_removed_also_where_its_password_cannot_be),
        T(an_account_that_is_disabled_stops_and_starts_again),
        T(what_is_changed_here_is_told_soon),
        T(syncs_without_end_are_bounded),
        T(a_check_says_what_it_found_or_why_not),
        T(whatever_happens_whenever_it_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
