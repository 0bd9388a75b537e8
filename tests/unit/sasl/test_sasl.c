/* Messages of the mechanisms, names, and what is struck out of a server's words. Conversations: tests/conversation. */
#include "sasl/sasl.h"

#include "plugin/plugins.h"
#include "wire/base64.h"

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

/* RFC 7628 section 4.1. */
static void oauthbearer_is_as_in_rfc_7628(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer message = {0};
    const struct sasl_login l = {.user = of("user@example.com"), .token = of("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")};

    sasl_oauthbearer_message(&l, "server.example.com", 143, &message);

    assert_string_equal(wire_buffer_str(&message),
                        "n,a=user@example.com,\001host=server.example.com\001port=143\001"
                        "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001");
}

static void a_name_in_a_gs2_header_is_escaped(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer message = {0};
    const struct sasl_login l = {.user = of("a=b,c"), .token = of("t")};

    sasl_oauthbearer_message(&l, "h", 1, &message);

    assert_memory_equal(message.p, "n,a=a=3Db=2Cc,\001", 15);
}

/* The example of Google's page about XOAUTH2. */
static void xoauth2_is_as_google_has_it(void **state)
{
    (void)state;
    SCOPED(wire_buffer_done) struct wire_buffer message = {0};
    const struct sasl_login l = {.user = of("someuser@example.com"), .token = of("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")};

    sasl_xoauth2_message(&l, &message);

    assert_string_equal(wire_buffer_str(&message), "user=someuser@example.com\001auth=Bearer "
                                                   "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\001\001");
}

static void a_token_is_struck_out_wherever_it_stands_in_base64(void **state)
{
    (void)state;
    const struct sasl_login l = {.user = of("jane"), .token = of("a-long-token-of-many-bytes")};
    struct sasl_secrets secrets;
    sasl_secrets_init(&secrets, &l);
    for (size_t before = 0; before < 3; before++) {
        SCOPED(wire_buffer_done) struct wire_buffer out = {0}, message = {0}, text = {0}, coded = {0};
        wire_buffer_add(&message, "xyz", before);
        wire_buffer_add(&message, l.token.p, l.token.n);
        wire_base64_encode(wire_buffer_bytes(&message), &coded);
        wire_buffer_add_str(&text, "bad: a-long-token-of-many-bytes ");
        wire_buffer_add(&text, coded.p, coded.n);

        sasl_secrets_strike(&secrets, wire_buffer_bytes(&text), &out);

        size_t stars = 0;
        for (size_t i = 0; i < out.n; i++)
            stars += out.p[i] == '*';
        assert_true(stars >= l.token.n + (l.token.n - 4) / 3 * 4);
        assert_null(strstr(wire_buffer_str(&out), "token"));
    }
    sasl_secrets_done(&secrets);
}

static void mechanisms_are_known_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(sasl_mechanism_of(of("SCRAM-SHA-256")), SASL_SCRAM_SHA256);
    assert_int_equal(sasl_mechanism_of(of("plain")), SASL_PLAIN);
    assert_int_equal(sasl_mechanism_of(of("XOAUTH2")), SASL_XOAUTH2);
    assert_int_equal(sasl_mechanism_of(of("OAuthBearer")), SASL_OAUTHBEARER);
    assert_int_equal(sasl_mechanism_of(of("SCRAM-SHA-256-PLUS")), SASL_SCRAM_SHA256_PLUS);
    assert_int_equal(sasl_mechanism_of(of("SCRAM-SHA-512-PLUS")), 0);
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
        cmocka_unit_test(oauthbearer_is_as_in_rfc_7628),
        cmocka_unit_test(a_name_in_a_gs2_header_is_escaped),
        cmocka_unit_test(xoauth2_is_as_google_has_it),
        cmocka_unit_test(a_token_is_struck_out_wherever_it_stands_in_base64),
        cmocka_unit_test(plain_is_as_in_rfc_4616),
        cmocka_unit_test(mechanisms_are_known_in_any_case),
        cmocka_unit_test(every_spelling_of_the_password_is_struck_out),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
