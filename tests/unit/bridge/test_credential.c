/* credential.c: what stands behind "Authorization:". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "credential.h"

#include <string.h>

static void is(const char *header, const char *user, const char *secret)
{
    struct credential c = {0};
    assert_int_equal(credential_parse(header, &c), 0);
    assert_int_equal(c.is_basic, user != NULL);
    if (user)
        assert_string_equal(c.user, user);
    else
        assert_null(c.user);
    assert_string_equal(c.secret, secret);
    credential_done(&c);
    assert_null(c.secret);
}

static void is_none(const char *header)
{
    struct credential c = {0};
    assert_int_equal(credential_parse(header, &c), -1);
    assert_null(c.secret);
}

static void a_token_is_taken_as_it_stands(void **state)
{
    (void)state;
    is("Bearer facteur_o1_aB-_9", NULL, "facteur_o1_aB-_9");
    is("bEARER   x==", NULL, "x==");
}

static void a_name_and_a_password_are_cut_at_the_first_colon(void **state)
{
    (void)state;
    is("Basic dDE6c2VjcmV0", "t1", "secret");
    is("basic dDE6YTpi", "t1", "a:b");
    is("Basic Og==", "", "");
    is("Basic w7w66pyA", "\u00fc", "\ua700");
}

static void what_is_none_is_none(void **state)
{
    static const char *const bad[] = {"",
                                      "Bearer",
                                      "Bearer ",
                                      "Bearer a b",
                                      "Bearer a\tb",
                                      "Bearer a\"",
                                      "Bearer\tx",
                                      "Bearerx",
                                      "Digest x",
                                      "Basic",
                                      "Basic x",
                                      "Basic dDE6c2VjcmV0x",
                                      "Basic dDE6 c2VjcmV0",
                                      "Basic dDE6c2VjcmV0====",
                                      "Basic ====",
                                      "Basic dDE6=2Vj",
                                      "Basic dDE6AHg=", /* a NUL */
                                      "Basic /zp4",     /* no UTF-8 */
                                      "Basic dDE2",     /* no colon */
                                      "Basic dDE6c2VjcmV0\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        is_none(bad[i]);
}

static void there_is_an_end_to_its_length(void **state)
{
    static char header[CREDENTIAL_MAX + 16] = "Bearer ";
    (void)state;
    memset(header + 7, 'x', CREDENTIAL_MAX);
    is(header, NULL, header + 7);
    strcat(header, "x");
    is_none(header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_taken_as_it_stands),
        cmocka_unit_test(a_name_and_a_password_are_cut_at_the_first_colon),
        cmocka_unit_test(what_is_none_is_none),
        cmocka_unit_test(there_is_an_end_to_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
