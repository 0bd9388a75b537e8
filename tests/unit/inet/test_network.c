/* Networks: of a user's words, and those that this computer stands in. */
#include "inet/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage a = {0};
    a.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    void *to = a.ss_family == AF_INET6 ? (void *)&((struct sockaddr_in6 *)&a)->sin6_addr : (void *)&((struct sockaddr_in *)&a)->sin_addr;
    assert_int_equal(inet_pton(a.ss_family, text, to), 1);
    return a;
}

static bool has(const char *network, const char *address)
{
    struct inet_network n;
    struct sockaddr_storage a = address_of(address);
    assert_int_equal(inet_network_parse(network, &n), 0);
    return inet_network_has(&n, (const struct sockaddr *)&a);
}

static void a_network_has_its_addresses_and_no_others(void **state)
{
    (void)state;
    assert_true(has("192.0.2.0/24", "192.0.2.255"));
    assert_false(has("192.0.2.0/24", "192.0.3.0"));
    assert_true(has("10.4.0.0/14", "10.7.255.255"));
    assert_false(has("10.4.0.0/14", "10.8.0.0"));
    assert_true(has("127.0.0.1", "127.0.0.1"));
    assert_false(has("127.0.0.1", "127.0.0.2"));
    assert_true(has("0.0.0.0/0", "8.8.8.8"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("::1/128", "::1"));
}

static void a_network_of_one_family_has_none_of_the_other(void **state)
{
    (void)state;
    assert_false(has("0.0.0.0/0", "::1"));
    assert_false(has("::/0", "127.0.0.1"));
    assert_false(has("127.0.0.0/8", "::ffff:127.0.0.1"));
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.1/8", "10.0.0/8",
                                        "localhost", "0x7f.0.0.1", "::/129", "::1/64", "[::1]", "fe80::1%lo", "10.0.0.0/0000000000000008",
                                        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8"};
    struct inet_network n;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (inet_network_parse(wrong[i], &n) == 0)
            fail_msg("%s", wrong[i]);
}

static bool is_near(const char *text)
{
    struct sockaddr_storage a = address_of(text);
    return inet_is_near((const struct sockaddr *)&a);
}

static void neighbours_are_near_and_others_are_not(void **state)
{
    (void)state;
    struct ifaddrs *all;
    assert_true(is_near("127.9.9.9"));
    assert_false(is_near("8.8.8.8"));
    assert_false(is_near("2001:4860:4860::8888"));
    assert_int_equal(getifaddrs(&all), 0);
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
            assert_true(inet_is_near(i->ifa_addr));
    freeifaddrs(all);
}

static void what_is_no_internet_address_counts_as_near(void **state)
{
    (void)state;
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_true(inet_is_near(&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_has_its_addresses_and_no_others),
        cmocka_unit_test(a_network_of_one_family_has_none_of_the_other),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(neighbours_are_near_and_others_are_not),
        cmocka_unit_test(what_is_no_internet_address_counts_as_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
