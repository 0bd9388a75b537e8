/* place.c: what counts as one place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "place.h"

#include <string.h>

static void is(const char *remote, const char *expected)
{
    char out[PLACE_SIZE];
    assert_string_equal(place_of(remote, out), expected);
}

static void an_ipv4_address_is_a_place(void **state)
{
    (void)state;
    is("192.0.2.7", "192.0.2.7");
    is("::ffff:192.0.2.7", "192.0.2.7");
}

static void a_network_of_ipv6_is_a_place(void **state)
{
    (void)state;
    is("2001:db8::1", "2001:db8::/64");
    is("2001:db8::ffff:ffff:ffff:ffff", "2001:db8::/64");
    is("2001:db8:0:1::1", "2001:db8:0:1::/64");
    is("fe80::1%eth0", "fe80::/64");
    is("::1", "::/64");
}

static void other_words_are_places_as_they_stand(void **state)
{
    char long_one[300];
    (void)state;
    is(NULL, "");
    is("", "");
    is("a phone", "a phone");
    is("100%", "100%");
    is("2001:db8::1::2", "2001:db8::1::2");
    memset(long_one, 'x', sizeof(long_one) - 1);
    long_one[sizeof(long_one) - 1] = '\0';
    char out[PLACE_SIZE];
    assert_int_equal(strlen(place_of(long_one, out)), TOKEN_REMOTE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_ipv4_address_is_a_place),
                                       cmocka_unit_test(a_network_of_ipv6_is_a_place),
                                       cmocka_unit_test(other_words_are_places_as_they_stand)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
