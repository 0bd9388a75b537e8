/* remote.c: what may be fetched, as far as a URL and an address tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "remote.h"

#include <arpa/inet.h>
#include <string.h>

static const struct remote_policy none;

static struct remote_policy policy_with(const char *network)
{
    struct remote_policy p = {0};
    assert_int_equal(remote_allow(&p, network), 0);
    return p;
}

static bool may_connect(const struct remote_policy *p, const char *text, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is6 = strchr(text, ':') != NULL;
    assert_int_equal(inet_pton(is6 ? AF_INET6 : AF_INET, text, is6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr), 1);
    return remote_may_connect(p, is6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4);
}

static void the_webs_ports_of_public_addresses_are_connected_to(void **state)
{
    (void)state;
    assert_true(may_connect(&none, "8.8.8.8", 443) && may_connect(&none, "8.8.8.8", 80));
    assert_true(may_connect(&none, "2001:4860:4860::8888", 443));
    assert_false(may_connect(&none, "8.8.8.8", 22) || may_connect(&none, "8.8.8.8", 8080) || may_connect(&none, "8.8.8.8", 0));
    assert_false(may_connect(&none, "127.0.0.1", 80) || may_connect(&none, "::1", 443) || may_connect(&none, "10.0.0.1", 80));
}

static void an_allowed_network_is_connected_to_at_any_port_and_no_other(void **state)
{
    (void)state;
    struct remote_policy p = policy_with("10.1.0.0/16");
    assert_true(may_connect(&p, "10.1.2.3", 80) && may_connect(&p, "10.1.2.3", 8080));
    assert_false(may_connect(&p, "10.2.0.1", 80) || may_connect(&p, "127.0.0.1", 80) || may_connect(&p, "8.8.8.8", 8080));
    assert_false(may_connect(&p, "::ffff:10.1.2.3", 80));
}

static void is_url(const char *text, const char *expected)
{
    CLEANUP(freep) char *got = remote_url(&none, text);
    if (!got || strcmp(got, expected) != 0)
        fail_msg("%s: %s", text, got ? got : "refused");
}

static void a_url_is_written_in_one_way(void **state)
{
    (void)state;
    is_url("http://example.org", "http://example.org/");
    is_url("HTTPS://example.org/a?b=c#d", "https://example.org/a?b=c");
    is_url("https://example.org:443/", "https://example.org:443/");
    is_url("http://example.org/../a/./b", "http://example.org/a/b");
    is_url("http://0x8080808/", "http://8.8.8.8/");
    is_url("http://8.8.2056/", "http://8.8.8.8/");
    is_url("http://[2001:4860:4860::8888]/", "http://[2001:4860:4860::8888]/");
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* Whatever it is: what it was made canonical to is taken again, and stays as it is. */
static void what_was_taken_is_taken_again(void **state)
{
    (void)state;
    static const char letters[] = "ahtp:/@.?#%[]0127\\ \t\n\"&;x";
    uint32_t seed = 7;
    int taken = 0;
    for (int i = 0; i < 200000; i++) {
        char text[40] = "http://";
        size_t n = strlen(text) + next(&seed) % 16;
        for (size_t at = i % 8 ? strlen(text) : next(&seed) % 8; at < n; at++)
            text[at] = letters[next(&seed) % (sizeof(letters) - 1)];
        text[n] = '\0';
        CLEANUP(freep) char *once = remote_url(&none, text);
        CLEANUP(freep) char *twice = once ? remote_url(&none, once) : NULL;
        taken += once != NULL;
        if (once && (!twice || strcmp(once, twice) != 0 || strchr(once, '#') || strncmp(once, "http", 4) != 0))
            fail_msg("%s: %s: %s", text, once, twice ? twice : "refused");
    }
    assert_true(taken > 5000);
}

/* "%2e" would make another host of it, once it is read the second time (the fuzzer's). */
static void a_host_is_not_percent_encoded(void **state)
{
    (void)state;
    static const char *const wrong[] = {"http://12%2e7.04", "http://%65xample.org/", "http://example.org%2f/", "http://[2606:4700::1%25lo]/",
                                        "http://example.org:%38%30/"};
    for (size_t i = 0; i < N_OF(wrong); i++) {
        CLEANUP(freep) char *got = remote_url(&none, wrong[i]);
        if (got)
            fail_msg("%s: %s", wrong[i], got);
    }
    is_url("http://example.org/%2e%2f?%40", "http://example.org/%2e%2f?%40");
}

static void a_redirect_stays_with_https(void **state)
{
    (void)state;
    CLEANUP(freep) char *up = remote_redirect(&none, "http://example.org/", "https://example.org/");
    CLEANUP(freep) char *same = remote_redirect(&none, "http://example.org/", "http://example.com/");
    CLEANUP(freep) char *down = remote_redirect(&none, "https://example.org/", "http://example.org/");
    CLEANUP(freep) char *near = remote_redirect(&none, "http://example.org/", "http://127.1/");
    assert_non_null(up);
    assert_non_null(same);
    assert_null(down);
    assert_null(near);
}

static void so_many_networks_are_allowed(void **state)
{
    (void)state;
    struct remote_policy p = {0};
    for (int i = 0; i < REMOTE_NETWORKS_MAX; i++)
        assert_int_equal(remote_allow(&p, "10.0.0.0/8"), 0);
    assert_int_equal(remote_allow(&p, "10.0.0.0/8"), -1);
    p.n = 0;
    assert_int_equal(remote_allow(&p, "10.0.0.0"), 0);
    assert_int_equal(remote_allow(&p, "10.0.0.0/7"), 0);
    assert_int_equal(remote_allow(&p, "ten"), -1);
    assert_int_equal(p.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_webs_ports_of_public_addresses_are_connected_to),
        cmocka_unit_test(an_allowed_network_is_connected_to_at_any_port_and_no_other),
        cmocka_unit_test(a_url_is_written_in_one_way),
        cmocka_unit_test(what_was_taken_is_taken_again),
        cmocka_unit_test(a_host_is_not_percent_encoded),
        cmocka_unit_test(a_redirect_stays_with_https),
        cmocka_unit_test(so_many_networks_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
