/* Messages of the mechanisms, names, and what is struck out of a server's words. Conversations: tests/conversation. */
#include "sasl/sasl.h"

#include "plugin/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const struct fct_host *fct_host; /* a plugin has it from its plugin.c */

static struct fct_bytes of(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

static int set_up(void **state)
{
    (void)state;
    fct_host = plugin_host();
    return 0;
}

static void cram_md5_is_as_in_rfc_2195(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer answer = {0};
    const struct sasl_login l = {.user = of("tim"), .password = of("tanstaaftanstaaf")};

    sasl_cram_md5_message(&l, of("<1896.697170952@postoffice.reston.mci.net>"), &answer);

    assert_string_equal(wire_buffer_str(&answer), "tim b913a602c7eda7a495b4e6e7334d3890");
}

static void plain_is_as_in_rfc_4616(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer message = {0};
    const struct sasl_login l = {.user = of("tim"), .password = of("tanstaaftanstaaf")};

    sasl_plain_message(&l, &message);

    assert_int_equal(message.n, 21);
    assert_memory_equal(message.p, "\0tim\0tanstaaftanstaaf", 21);
}

static void mechanisms_are_known_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(sasl_mechanism_of(of("SCRAM-SHA-256")), SASL_SCRAM_SHA256);
    assert_int_equal(sasl_mechanism_of(of("plain")), SASL_PLAIN);
    assert_int_equal(sasl_mechanism_of(of("SCRAM-SHA-256-PLUS")), 0);
    assert_int_equal(sasl_mechanism_of(of("command")), 0);
    assert_int_equal(sasl_mechanism_of(of("")), 0);
}

static void every_spelling_of_the_password_is_struck_out(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    const struct sasl_login l = {.user = of("jane"), .password = of("a\"b")};
    struct sasl_secrets secrets;
    sasl_secrets_init(&secrets, &l);

    sasl_secrets_strike(&secrets, of("no a\"b, a\\\"b, YSJi, AGphbmUAYSJi"), &out);

    assert_string_equal(wire_buffer_str(&out), "no ***, ****, ****, ************");
    sasl_secrets_done(&secrets);
    sasl_secrets_strike(&secrets, of("no a\"b"), &out);
    assert_string_equal(wire_buffer_str(&out), "no a\"b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cram_md5_is_as_in_rfc_2195),
        cmocka_unit_test(plain_is_as_in_rfc_4616),
        cmocka_unit_test(mechanisms_are_known_in_any_case),
        cmocka_unit_test(every_spelling_of_the_password_is_struck_out),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
