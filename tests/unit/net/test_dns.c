/* Which addresses are of the public Internet. */
#include "net/dns.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_public(const char *text)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    address.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    assert_int_equal(inet_pton(address.ss_family, text, strchr(text, ':') ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr), 1);
    return dns_is_public((const struct sockaddr *)&address);
}

static void private_and_special_addresses_are_not_public(void **state)
{
    (void)state;
    static const char *const no[] = {"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
                                     "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
                                     "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1"};
    static const char *const yes[] = {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "193.252.22.65", "2a01:e0c:1::1", "2001:4860:4860::8888", "64:ff9b::808:808"};
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (is_public(no[i]))
            fail_msg("%s", no[i]);
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!is_public(yes[i]))
            fail_msg("%s", yes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(private_and_special_addresses_are_not_public)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
