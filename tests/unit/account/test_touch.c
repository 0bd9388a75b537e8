/* Accounts and what happens around them: a network that goes and comes, a computer that slept, servers that do not answer or have no
 * place; and who waits for whose sync. */
#include "core_world.h"

#include "account/core_internal.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static struct account_state state_of(struct world *w, int64_t id)
{
    struct account_state s = {0};
    assert_int_equal(core_account_state(w->core, id, &s, NULL), 0);
    return s;
}

/* ---- the network -------------------------------------------------------------------------------------------------- */

static void without_a_network_an_account_waits_for_it_and_tries_nothing(void **state)
{
    struct world *w = *state;
    core_network_changed(w->core, false);
    int64_t id = create(w, "far://joe@mail.example.org", "offline");
    expect_phase(w, id, ACCOUNT_WAITING);
    int tries = w->counts->offline;
    assert_int_equal(state_of(w, id).waits_for, PAUSE_NETWORK);
    assert_int_equal(state_of(w, id).next_try_at, 0);

    wait_sleep(2500, NULL);
    assert_int_equal(w->counts->offline, tries);
    core_network_changed(w->core, false); /* another address, and still no way out */
    wait_sleep(100, NULL);
    assert_int_equal(w->counts->offline, tries);

    core_network_changed(w->core, true);
    wait_sleep(100, NULL);
    assert_int_equal(w->counts->offline, tries + 1);
    assert_int_equal(state_of(w, id).waits_for, PAUSE_TIME);
}

static void a_server_on_this_computer_needs_no_network(void **state)
{
    struct world *w = *state;
    core_network_changed(w->core, false);
    int64_t id = create(w, "far://joe@127.0.0.1", "offline"), here = create(w, "moody:", "");
    expect_phase(w, id, ACCOUNT_WAITING);
    assert_int_equal(state_of(w, id).waits_for, PAUSE_TIME);
    assert_true(state_of(w, id).next_try_at > 0);
    assert_true(sync_is_ok(w, here));
}

static void another_network_ends_the_pauses_of_those_that_could_not_be_reached(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "offline");
    expect_phase(w, id, ACCOUNT_WAITING);
    wait_sleep(3500, NULL); /* the pause is 4 s by now, at least */
    int tries = w->counts->offline;
    assert_in_range(tries, 2, 3);

    core_network_changed(w->core, true);
    wait_sleep(100, NULL);
    assert_int_equal(w->counts->offline, tries + 1);

    wait_sleep(1500, NULL); /* and they begin anew: 1 s to 1.34 s */
    assert_int_equal(w->counts->offline, tries + 2);
}

static void a_wrong_password_is_not_tried_again_for_another_network(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "refuses");
    expect_phase(w, id, ACCOUNT_FAILED);
    int connects = w->counts->connects;
    assert_int_equal(state_of(w, id).waits_for, PAUSE_USER);

    core_network_changed(w->core, true);
    core_stirred(w->core, CORE_RESUMED);
    wait_sleep(200, NULL);

    assert_int_equal(w->counts->connects, connects);
}

/* ---- connections that died ------------------------------------------------------------------------------------------ */

/* The kernel takes the connections; nobody ever answers on them. */
static int listen_and_be_silent(const char *mood, char settings[64])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 50), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    snprintf(settings, 64, "%s\", \"port\": \"%d", mood, ntohs(at.sin_port));
    return fd;
}

/* The first account waits for news: WATCHING begins before that, and who is busy then is not nudged. */
static void expect_idle(struct world *w)
{
    for (int i = 0; i < 500 && w->counts->idles == 0; i++)
        wait_sleep(10, NULL);
    assert_int_equal(w->counts->idles, 1);
}

static void a_connection_that_died_is_made_anew_at_once(void **state)
{
    struct world *w = *state;
    char deaf[64];
    int fd = listen_and_be_silent("deaf", deaf);
    w->core->answer_ms = 500;
    int64_t id = create(w, "moody:", deaf), well = create(w, "moody:", "");
    expect_phase(w, id, ACCOUNT_WATCHING);
    expect_phase(w, well, ACCOUNT_WATCHING);
    wait_sleep(700, NULL); /* it may be silent for as long as nobody asks */
    int connects = w->counts->connects;
    assert_int_equal(connects, 2);

    core_network_changed(w->core, true);
    wait_sleep(300, NULL);
    assert_int_equal(w->counts->connects, connects);
    wait_sleep(400, NULL);

    assert_int_equal(w->counts->connects, connects + 1);
    expect_phase(w, id, ACCOUNT_WATCHING);
    struct account *a = core_find_account(w->core, id);
    assert_false(a->has_error); /* nobody is troubled with it */
    assert_int_equal(a->failures, 0);
    close(fd);
}

static void one_that_could_not_ask_at_once_is_looked_at_later(void **state)
{
    struct world *w = *state;
    char late[64];
    int fd = listen_and_be_silent("late", late);
    w->core->answer_ms = 1000; /* the first look is before it asks, the last at four times that: a busy machine has time */
    create(w, "moody:", late);
    expect_idle(w);

    core_network_changed(w->core, true);
    wait_sleep(1250 + 300, NULL);
    assert_int_equal(w->counts->connects, 1);
    for (int i = 0; i < 400 && w->counts->connects == 1; i++)
        wait_sleep(50, NULL);
    assert_int_equal(w->counts->connects, 2);
    close(fd);
}

/* As after a sleep, when the kernel still has what came before it. */
static void what_is_read_at_that_moment_does_not_say_that_it_lives(void **state)
{
    struct world *w = *state;
    char deaf[64];
    int fd = listen_and_be_silent("deaf", deaf);
    w->core->answer_ms = 500;
    create(w, "moody:", deaf);
    expect_idle(w);
    int peer = accept(fd, NULL, NULL);
    assert_true(peer >= 0);

    core_network_changed(w->core, true);
    assert_int_equal(write(peer, "*", 1), 1);
    for (int i = 0; i < 400 && w->counts->connects == 1; i++)
        wait_sleep(50, NULL);
    assert_int_equal(w->counts->connects, 2);
    close(peer);
    close(fd);
}

static void after_a_sleep_a_pass_is_made(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "");
    expect_phase(w, id, ACCOUNT_WATCHING);
    int lists = w->counts->lists;

    core_network_changed(w->core, true);
    wait_sleep(200, NULL);
    assert_int_equal(w->counts->lists, lists);

    core_stirred(w->core, CORE_RESUMED);
    wait_sleep(200, NULL);
    assert_int_equal(w->counts->lists, lists + 1);
    assert_int_equal(w->counts->connects, 1);
}

static void whatever_happens_around_a_core_that_stops(void **state)
{
    struct world *w = *state;
    char deaf[64];
    int fd = listen_and_be_silent("deaf", deaf);
    w->core->answer_ms = 200;
    for (int i = 0; i < 6; i++)
        create(w, i % 2 ? "moody:" : "calm:", i % 3 ? deaf : "random");
    for (int i = 0; i < 40; i++) {
        if (rand() % 2)
            core_network_changed(w->core, rand() % 2);
        else
            core_stirred(w->core, CORE_RESUMED);
        wait_sleep((uint64_t)rand() % 60, NULL);
    }
    close(fd); /* tear_down stops it in the middle */
}

/* ---- servers without a place ---------------------------------------------------------------------------------------- */

static void where_connections_are_few_none_is_kept(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "moody:", "crowded");
    expect_phase(w, id, ACCOUNT_WAITING);
    assert_int_equal(state_of(w, id).waits_for, PAUSE_SERVER);
    wait_sleep(2000, NULL);
    assert_int_equal(w->counts->connects, 1);

    assert_true(sync_is_ok(w, id)); /* there is a place, and it is left again */
    expect_phase(w, id, ACCOUNT_IDLE);
    assert_int_equal(w->counts->alive, 0);
    assert_true(state_of(w, id).next_try_at > 0);
    assert_int_equal(state_of(w, id).news, ACCOUNT_NEWS_POLL);
}

/* ---- many accounts --------------------------------------------------------------------------------------------------- */

static void ask_for_bodies(struct world *w, int64_t id)
{
    const int64_t email = 1;
    for (int i = 0; i < 20; i++) {
        struct fct_error err = {0};
        assert_int_equal(core_fetch_bodies(w->core, id, &email, 1, &err), -1);
        assert_int_equal(err.code, FCT_E_UNAVAILABLE);
        wait_sleep(5, NULL);
    }
}

static void whoever_wants_bodies_does_not_urge_a_server_that_cannot(void **state)
{
    struct world *w = *state;
    int64_t crowded = create(w, "moody:", "crowded"), offline;
    expect_phase(w, crowded, ACCOUNT_WAITING);
    int connects = w->counts->connects;
    assert_int_equal(state_of(w, crowded).waits_for, PAUSE_SERVER);

    ask_for_bodies(w, crowded);

    assert_int_equal(w->counts->connects, connects);
    offline = create(w, "moody:", "offline");
    expect_phase(w, offline, ACCOUNT_WAITING);
    int tries = w->counts->offline;
    ask_for_bodies(w, offline);
    assert_in_range(w->counts->offline, tries, tries + 1); /* the one that was due anyway */
    wait_sleep(6000, NULL); /* of the 4 s at least of its third pause more than 2 are over */
    tries = w->counts->offline;
    ask_for_bodies(w, offline);
    assert_int_equal(w->counts->offline, tries + 1);
}

static void thirty_two_accounts_are_in_step_though_some_servers_hang(void **state)
{
    struct world *w = *state;
    int64_t ids[32];
    for (int i = 0; i < 32; i++)
        ids[i] = create(w, "moody:", i < 9 ? "hangs" : "slow"); /* more than can connect at once */
    uint64_t began = wait_now_ms();
    for (int i = 9; i < 32; i++)
        expect_phase(w, ids[i], ACCOUNT_WATCHING);

    assert_true(wait_now_ms() - began < 6000);
    assert_int_equal(w->counts->alive, 23);
    for (int i = 9; i < 32; i++)
        assert_int_equal(census(w, ids[i]).emails, MESSAGES);
}

static void so_many_connect_at_once(void **state)
{
    struct world *w = *state;
    int64_t ids[32];
    for (int i = 0; i < 32; i++)
        ids[i] = create(w, "moody:", "slow");
    for (int i = 0; i < 32; i++)
        expect_phase(w, ids[i], ACCOUNT_WATCHING);
    assert_in_range(w->counts->connecting_most, 2, GATE_WIDTH);
}

/* ---- whose sync ------------------------------------------------------------------------------------------------------- */

static int64_t ask(struct world *w, int64_t id)
{
    int64_t task = 0;
    assert_int_equal(core_sync(w->core, &id, 1, &task, NULL), 0);
    return task;
}

/* Asks for a sync, and returns when its pass is under way. */
static int64_t begin_pass(struct world *w, int64_t id)
{
    int lists = w->counts->lists;
    int64_t task = ask(w, id);
    for (int i = 0; i < 200 && w->counts->lists == lists; i++)
        wait_sleep(5, NULL);
    assert_int_equal(w->counts->lists, lists + 1);
    return task;
}

static void wait_for(struct world *w, int64_t task)
{
    assert_int_equal(task_wait(core_tasks(w->core), task, 10000, NULL), 0);
}

static void syncs_that_are_asked_for_during_a_pass_share_the_next(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "calm:", "slow");
    expect_phase(w, id, ACCOUNT_WATCHING);
    int lists = w->counts->lists;
    int64_t first = begin_pass(w, id), others[5];
    for (int i = 0; i < 5; i++)
        others[i] = ask(w, id);

    wait_for(w, first);
    for (int i = 0; i < 5; i++)
        wait_for(w, others[i]);

    assert_int_equal(w->counts->lists, lists + 2);
    assert_int_equal(w->counts->connects, 1);
}

static void syncs_that_are_asked_for_before_a_pass_share_it(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "calm:", "slow"), tasks[5];
    for (int i = 0; i < 5; i++)
        tasks[i] = ask(w, id); /* it is still connecting */
    for (int i = 0; i < 5; i++)
        wait_for(w, tasks[i]);
    assert_int_equal(w->counts->lists, 1);
}

static void what_was_changed_during_a_pass_is_on_the_server_when_its_sync_returns(void **state)
{
    struct world *w = *state;
    int64_t id = create(w, "calm:", "");
    expect_phase(w, id, ACCOUNT_WATCHING);
    update(w, id, "calm:", "slow");
    expect_phase(w, id, ACCOUNT_WATCHING);
    assert_int_equal(w->counts->stores, 0);

    int64_t task = begin_pass(w, id);
    wait_sleep(50, NULL); /* the inbox is being visited, or was */
    assert_int_equal(store_write(core_store(w->core), flag_all, &id, NULL), 0);
    wait_for(w, task);
    assert_int_equal(w->counts->stores, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(without_a_network_an_account_waits_for_it_and_tries_nothing),
        T(a_server_on_this_computer_needs_no_network),
        T(another_network_ends_the_pauses_of_those_that_could_not_be_reached),
        T(a_wrong_password_is_not_tried_again_for_another_network),
        T(a_connection_that_died_is_made_anew_at_once),
        T(one_that_could_not_ask_at_once_is_looked_at_later),
        T(what_is_read_at_that_moment_does_not_say_that_it_lives),
        T(after_a_sleep_a_pass_is_made),
        T(whatever_happens_around_a_core_that_stops),
        T(where_connections_are_few_none_is_kept),
        T(whoever_wants_bodies_does_not_urge_a_server_that_cannot),
        T(thirty_two_accounts_are_in_step_though_some_servers_hang),
        T(so_many_connect_at_once),
        T(syncs_that_are_asked_for_during_a_pass_share_the_next),
        T(syncs_that_are_asked_for_before_a_pass_share_it),
        T(what_was_changed_during_a_pass_is_on_the_server_when_its_sync_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
