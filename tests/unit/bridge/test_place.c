/* place.c: which addresses are one place, of which there may be so many connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "place.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in *v4 = (void *)&out;
    struct sockaddr_in6 *v6 = (void *)&out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        v4->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        v6->sin6_family = AF_INET6;
    else
        fail_msg("%s", text);
    return out;
}

static bool is_one(const char *a, const char *b)
{
    const struct sockaddr_storage one = address(a), other = address(b);
    return place_of(&one) == place_of(&other);
}

static bool is_local(const char *a)
{
    const struct sockaddr_storage s = address(a);
    return place_is_local(&s);
}

static void addresses_of_one_64_are_one_place(void **state)
{
    (void)state;
    assert_true(is_one("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_true(is_one("fe80::1", "fe80::2"));
    assert_false(is_one("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_false(is_one("2001:db8:1:2::1", "2001:db9:1:2::1"));
}

static void an_ipv4_address_is_a_place_in_whatever_form(void **state)
{
    (void)state;
    assert_true(is_one("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(is_one("192.0.2.1", "192.0.2.2"));
    assert_false(is_one("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
    assert_false(is_one("192.0.2.1", "2001:db8::1"));
}

static void this_machine_is_known(void **state)
{
    (void)state;
    assert_true(is_local("127.0.0.1") && is_local("127.9.9.9") && is_local("::1") && is_local("::ffff:127.0.0.1"));
    assert_false(is_local("192.0.2.1") || is_local("::2") || is_local("::ffff:192.0.2.1") || is_local("::"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_one_64_are_one_place),
        cmocka_unit_test(an_ipv4_address_is_a_place_in_whatever_form),
        cmocka_unit_test(this_machine_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
