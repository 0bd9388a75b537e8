/* How long, and for what, after each kind of failure. */
#include "account/pauses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct fct_error error(int code, int retry, const char *server)
{
    struct fct_error e = {.code = code, .retry = retry, .user_action = code == FCT_E_AUTH && retry == FCT_RETRY_NEVER};
    snprintf(e.server, sizeof(e.server), "%s", server);
    return e;
}

static struct pause after(const struct fct_error *e, unsigned failures, bool was_good, bool has_network)
{
    return pause_after(&(struct pause_case){.error = e, .failures = failures, .was_good = was_good, .has_network = has_network});
}

static void pauses_grow_and_end_growing(void **state)
{
    (void)state;
    const struct fct_error e = error(FCT_E_NETWORK, FCT_RETRY_LATER, "");
    static const uint64_t expected[] = {1000, 2000, 4000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 10000, 20000};
    for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(after(&e, i + 1, false, true).ms, expected[i]);
    assert_int_equal(after(&e, 1000000, false, true).ms, PAUSE_MAX_MS);
    assert_int_equal(after(&e, 3, false, true).what, PAUSE_TIME);
}

static void jitter_adds_a_third_at_most(void **state)
{
    (void)state;
    const struct fct_error e = error(FCT_E_NETWORK, FCT_RETRY_LATER, "");
    struct pause_case c = {.error = &e, .failures = 13, .has_network = true};
    uint64_t least = UINT64_MAX, most = 0;
    for (c.random = 0; c.random < 100000; c.random += 37) {
        uint64_t ms = pause_after(&c).ms;
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    assert_in_range(least, 10000, 10040);
    assert_in_range(most, 13260, 13334);
}

static void what_only_the_user_can_change_waits_for_the_user(void **state)
{
    (void)state;
    const struct fct_error hopeless[] = {
        error(FCT_E_AUTH, FCT_RETRY_NEVER, ""),
        error(FCT_E_USER_ACTION, FCT_RETRY_NEVER, ""),
        error(FCT_E_INVALID, FCT_RETRY_NEVER, ""),
    };
    const struct fct_error others[] = {
        error(FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, ""), /* the server offers nothing that we can use, today */
        error(FCT_E_TLS, FCT_RETRY_NEVER, ""),
        error(FCT_E_PROTOCOL, FCT_RETRY_NEVER, ""),
        error(FCT_E_SERVER, FCT_RETRY_NEVER, ""),
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(after(&hopeless[i], 1, false, true).what, PAUSE_USER);
        assert_int_equal(after(&hopeless[i], 1, false, false).what, PAUSE_USER);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(after(&others[i], 1, false, true).what, PAUSE_TIME);
        assert_int_equal(after(&others[i], 1, false, true).ms, PAUSE_REFUSED_MS);
    }
}

static void a_password_that_was_good_is_tried_a_few_times_a_day(void **state)
{
    (void)state;
    const struct fct_error e = error(FCT_E_AUTH, FCT_RETRY_NEVER, "");
    uint64_t ms = 0;
    unsigned tries = 0;
    while (ms < PAUSE_USER_MS) {
        struct pause p = after(&e, ++tries, true, true);
        assert_int_equal(p.what, PAUSE_TIME);
        assert_true(p.ms >= PAUSE_DOUBT_MS);
        ms += p.ms;
    }
    assert_in_range(tries, 3, 5);
    assert_int_equal(after(&e, 100, true, true).ms, PAUSE_USER_MS);
}

static void without_a_network_it_is_waited_for(void **state)
{
    (void)state;
    const int codes[] = {FCT_E_NETWORK, FCT_E_DNS, FCT_E_TIMEOUT};
    for (size_t i = 0; i < 3; i++) {
        const struct fct_error e = error(codes[i], FCT_RETRY_LATER, "");
        assert_int_equal(after(&e, 1, false, false).what, PAUSE_NETWORK);
        assert_int_equal(after(&e, 1, false, true).what, PAUSE_TIME);
    }
    const struct fct_error disk = error(FCT_E_DISK_FULL, FCT_RETRY_LATER, "");
    assert_int_equal(after(&disk, 1, false, false).what, PAUSE_TIME);
}

static void what_the_server_asks_for_is_kept(void **state)
{
    (void)state;
    struct fct_error e = error(FCT_E_NETWORK, FCT_RETRY_LATER, "");
    e.retry_after_ms = 300000;
    assert_int_equal(after(&e, 1, false, true).what, PAUSE_SERVER);
    assert_int_equal(after(&e, 1, false, true).ms, 300000);
    e.retry_after_ms = INT64_MAX;
    assert_int_equal(after(&e, 1, false, true).ms, PAUSE_USER_MS);
    const struct fct_error later = error(FCT_E_SERVER, FCT_RETRY_LATER, "[UNAVAILABLE] Temporary authentication failure");
    assert_int_equal(after(&later, 1, false, true).what, PAUSE_SERVER);
    assert_int_equal(after(&later, 1, false, true).ms, PAUSE_ASKED_MS);
    assert_int_equal(after(&later, 99, false, true).ms, PAUSE_ASKED_MAX_MS);
}

static void too_many_connections_are_known_in_every_servers_words(void **state)
{
    (void)state;
    static const char *const crowded[] = {
        "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", /* Dovecot */
        "[ALERT] Too many simultaneous connections. (Failure)",                                   /* Gmail */
        "[LIMIT] Too many concurrent connections",
        "User is authenticated but too many sessions are open",
        "Server Unavailable. Connection limit exceeded",
    };
    static const char *const others[] = {"", "[LIMIT] Too many messages in one command", "[AUTHENTICATIONFAILED] Invalid credentials",
                                         "Connection closed", "[OVERQUOTA] Quota exceeded"};
    for (size_t i = 0; i < 5; i++) {
        const struct fct_error e = error(FCT_E_NETWORK, FCT_RETRY_NOW, crowded[i]), other = error(FCT_E_NETWORK, FCT_RETRY_NOW, others[i]);
        assert_true(pause_is_crowded(&e));
        assert_int_equal(after(&e, 1, false, true).what, PAUSE_SERVER);
        assert_true(after(&e, 1, false, true).ms >= PAUSE_ASKED_MS);
        assert_false(pause_is_crowded(&other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_and_end_growing),
        cmocka_unit_test(jitter_adds_a_third_at_most),
        cmocka_unit_test(what_only_the_user_can_change_waits_for_the_user),
        cmocka_unit_test(a_password_that_was_good_is_tried_a_few_times_a_day),
        cmocka_unit_test(without_a_network_it_is_waited_for),
        cmocka_unit_test(what_the_server_asks_for_is_kept),
        cmocka_unit_test(too_many_connections_are_known_in_every_servers_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
