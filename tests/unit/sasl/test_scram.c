/* SCRAM as its RFCs print it, and what a server must not get away with. */
#include "wire/base64.h"
#include "sasl/scram.h"

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

static const struct scram_binding unbound = {.header = "n,,"};

static int set_up(void **state)
{
    (void)state;
    fct_host = plugin_host();
    return 0;
}

static void sha1_is_as_in_rfc_5802_section_5(void **state)
{
    (void)state;
    SCOPED(scram_done) struct scram m;
    struct fct_error err = {0};
    scram_init(&m, "sha1", of("user"), of("pencil"), "fyko+d2lbbFgONRv9qkxdawL", &unbound);
    assert_string_equal(wire_buffer_str(&m.first), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    assert_int_equal(
        scram_answer(&m, of("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"), 4096, &err), 0);
    assert_string_equal(wire_buffer_str(&m.final),
                        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    assert_true(scram_verify(&m, of("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")));
    assert_false(scram_verify(&m, of("v=rmF9pqV8S7suAoZWja4dJRkFsKA=")));
    assert_false(scram_verify(&m, of("v=")));
    assert_false(scram_verify(&m, of("e=other-error")));
    assert_false(scram_verify(&m, of("")));
}

static void sha256_is_as_in_rfc_7677_section_3(void **state)
{
    (void)state;
    SCOPED(scram_done) struct scram m;
    struct fct_error err = {0};
    scram_init(&m, "sha256", of("user"), of("pencil"), "rOprNGfwEbeRWgbNEkqO", &unbound);
    assert_int_equal(
        scram_answer(&m, of("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
                     4096, &err),
        0);
    assert_string_equal(wire_buffer_str(&m.final), "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                                   "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assert_true(scram_verify(&m, of("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=ignored")));
}

/* The RFCs print none with a channel; computed with Python's hashlib. */
static void a_channel_is_bound_in_the_proof(void **state)
{
    (void)state;
    SCOPED(scram_done) struct scram m;
    struct fct_error err = {0};
    char data[32];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)i;
    scram_init(&m, "sha256", of("user"), of("pencil"), "rOprNGfwEbeRWgbNEkqO",
               &(struct scram_binding){"p=tls-exporter,,", {data, sizeof(data)}});
    assert_string_equal(wire_buffer_str(&m.first), "p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    assert_int_equal(scram_answer(&m, of("r=rOprNGfwEbeRWgbNEkqOserver,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096"), 4096, &err), 0);
    assert_string_equal(wire_buffer_str(&m.final),
                        "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,r=rOprNGfwEbeRWgbNEkqOserver,"
                        "p=VqnpiV+/0WLInOCi/0da6xXXN8k86sj5FhlU9JRltgk=");
    assert_true(scram_verify(&m, of("v=SqQLgneMbLDdlTIxbx67zGfqrO4F2EAvdkasZ2bIjSw=")));
}

static void that_it_could_be_bound_is_said(void **state)
{
    (void)state;
    SCOPED(scram_done) struct scram m;
    struct fct_error err = {0};
    scram_init(&m, "sha256", of("user"), of("pencil"), "nonce", &(struct scram_binding){.header = "y,,"});
    assert_string_equal(wire_buffer_str(&m.first), "y,,n=user,r=nonce");
    assert_int_equal(scram_answer(&m, of("r=nonceX,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096"), 4096, &err), 0);
    assert_memory_equal(m.final.p, "c=eSws,r=nonceX,p=", 18);
}

static void a_user_name_is_escaped(void **state)
{
    (void)state;
    SCOPED(scram_done) struct scram m;
    scram_init(&m, "sha1", of("a=b,c"), of("x"), "nonce", &unbound);
    assert_string_equal(wire_buffer_str(&m.first), "n,,n=a=3Db=2Cc,r=nonce");
}

static void a_server_that_cheats_is_refused(void **state)
{
    static const char *const bad[] = {
        "r=nonce,s=QSXCR+Q6sek8bf92,i=4096",    /* adds nothing of its own */
        "r=other123,s=QSXCR+Q6sek8bf92,i=4096", /* another conversation's */
        "r=nonceX,s=QSXCR+Q6sek8bf92,i=1",      /* easy to guess for whoever listens */
        "r=nonceX,s=QSXCR+Q6sek8bf92,i=0",
        "r=nonceX,s=QSXCR+Q6sek8bf92,i=999999999", /* would keep us busy for minutes */
        "r=nonceX,s=QSXCR+Q6sek8bf92,i=99999999999999999999",
        "r=nonceX,s=QSXCR+Q6sek8bf92,i=-1",
        "r=nonceX,s=,i=4096",
        "r=nonceX,s=!!!!,i=4096",
        "r=nonceX,i=4096",
        "m=ext,r=nonceX,s=QSXCR+Q6sek8bf92,i=4096", /* a mandatory extension that nobody knows */
        "",
        "e=unknown-user",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED(scram_done) struct scram m;
        struct fct_error err = {0};
        scram_init(&m, "sha1", of("user"), of("pencil"), "nonce", &unbound);
        assert_int_equal(scram_answer(&m, of(bad[i]), SCRAM_ITERATIONS_MIN, &err), -1);
        assert_int_equal(err.code, FCT_E_AUTH);
        assert_false(scram_verify(&m, of("v=")));
    }
}

static void base64_goes_both_ways(void **state)
{
    static const struct {
        const char *text, *base64;
    } pairs[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe", "//4="}};
    static const char *const bad[] = {"Zg", "Zg=", "Z===", "Zm9v====", "Zm 9v", "Zg==Zg==", "_w=="};
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        SCOPED(wire_buffer_done) struct wire_buffer a = {0}, b = {0};
        wire_base64_encode(of(pairs[i].text), &a);
        assert_string_equal(wire_buffer_str(&a), pairs[i].base64);
        assert_true(wire_base64_decode(of(pairs[i].base64), &b));
        assert_string_equal(wire_buffer_str(&b), pairs[i].text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED(wire_buffer_done) struct wire_buffer b = {0};
        assert_false(wire_base64_decode(of(bad[i]), &b));
        assert_int_equal(b.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_is_as_in_rfc_5802_section_5),
        cmocka_unit_test(sha256_is_as_in_rfc_7677_section_3),
        cmocka_unit_test(a_channel_is_bound_in_the_proof),
        cmocka_unit_test(that_it_could_be_bound_is_said),
        cmocka_unit_test(a_user_name_is_escaped),
        cmocka_unit_test(a_server_that_cheats_is_refused),
        cmocka_unit_test(base64_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
