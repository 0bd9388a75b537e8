/* Which addresses are of the public Internet. */
#include "inet/public.h"

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
    return inet_is_public((const struct sockaddr *)&address);
}

static void all_are(const char *const *addresses, size_t n, bool expected)
{
    for (size_t i = 0; i < n; i++)
        if (is_public(addresses[i]) != expected)
            fail_msg("%s", addresses[i]);
}

#define ALL_ARE(expected, ...)                                                                    \
    do {                                                                                          \
        static const char *const list[] = {__VA_ARGS__};                                          \
        all_are(list, sizeof(list) / sizeof(list[0]), expected);                                  \
    } while (0)

static void private_and_special_addresses_are_not_public(void **state)
{
    (void)state;
    ALL_ARE(false, "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
            "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0",
            "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255");
    ALL_ARE(false, "::", "::1", "::2", "100::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd12::1", "fdff:ffff::1", "ff02::1", "ff0e::1", "2001:db8::1",
            "2001:db8:ffff::1", "3fff::1", "3fff:fff::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1::1", "5f00::1", "4000::1");
}

static void addresses_under_which_clouds_tell_secrets_are_not_public(void **state)
{
    (void)state;
    ALL_ARE(false, "169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16");
}

static void what_carries_another_address_is_not_public(void **state)
{
    (void)state;
    ALL_ARE(false, "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "64:ff9b:0:1::8.8.8.8", "2002:7f00:1::", "2002:808:808::1", "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2a01:e0c:1:1:0:5efe:7f00:1", "2a01:e0c:1:1:200:5efe:a00:1");
}

static void others_are_public(void **state)
{
    (void)state;
    ALL_ARE(true, "1.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "168.63.129.17", "169.253.1.1",
            "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.1.1", "192.169.1.1", "193.252.22.65", "198.17.1.1", "198.20.0.1", "223.255.255.255");
    ALL_ARE(true, "2a01:e0c:1::1", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "3ffe::1", "64:ff9b::808:808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_and_special_addresses_are_not_public),
        cmocka_unit_test(addresses_under_which_clouds_tell_secrets_are_not_public),
        cmocka_unit_test(what_carries_another_address_is_not_public),
        cmocka_unit_test(others_are_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
