/* The host table: complete, and its cryptography as the RFCs print it. */
#include "plugin/plugins.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *hex(const unsigned char *p, size_t n)
{
    static char text[80];
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", p[i]);
    return text;
}

static void no_member_of_the_table_is_missing(void **state)
{
    (void)state;
    const struct fct_host *h = plugin_host();
    assert_int_equal(h->size, sizeof(*h));
    assert_int_equal(h->abi, FCT_ABI);
    const unsigned char *p = (const unsigned char *)h;
    for (size_t at = offsetof(struct fct_host, fail); at < sizeof(*h); at += sizeof(void *)) {
        void *member;
        memcpy(&member, p + at, sizeof(member));
        assert_non_null(member);
    }
}

static void hashes_are_those_of_the_rfcs(void **state)
{
    (void)state;
    const struct fct_host *h = plugin_host();
    unsigned char out[32];
    assert_int_equal(h->hash("sha256", bytes_str("abc"), out), 32);
    assert_string_equal(hex(out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(h->hash("sha1", bytes_str("abc"), out), 20);
    assert_string_equal(hex(out, 20), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_int_equal(h->hash("md5", bytes_str("abc"), out), 16);
    assert_string_equal(hex(out, 16), "900150983cd24fb0d6963f7d28e17f72");
    assert_int_equal(h->hash("crc32", bytes_str("abc"), out), 0);
}

static void hmacs_are_those_of_rfc_2202_and_4231(void **state)
{
    (void)state;
    const struct fct_host *h = plugin_host();
    unsigned char out[32];
    struct fct_bytes key = bytes_str("Jefe"), data = bytes_str("what do ya want for nothing?");
    assert_int_equal(h->hmac("sha256", key, data, out), 32);
    assert_string_equal(hex(out, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_int_equal(h->hmac("sha1", key, data, out), 20);
    assert_string_equal(hex(out, 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_int_equal(h->hmac("md5", key, data, out), 16);
    assert_string_equal(hex(out, 16), "750c783e6ab0b503eaa86e310a5db738");
    assert_int_equal(h->hmac("none", key, data, out), 0);
    assert_int_equal(h->hmac("sha1", (struct fct_bytes){0}, data, out), 20); /* an empty key is a key */
}

static void pbkdf2_is_that_of_rfc_6070(void **state)
{
    (void)state;
    const struct fct_host *h = plugin_host();
    unsigned char out[32];
    assert_int_equal(h->pbkdf2("sha1", bytes_str("password"), bytes_str("salt"), 4096, out), 20);
    assert_string_equal(hex(out, 20), "4b007901b765489abead49d926f721d065a429c1");
    assert_int_equal(h->pbkdf2("sha1", bytes_str("password"), bytes_str("salt"), 0, out), 0);
}

static void errors_are_filled_and_secrets_wiped(void **state)
{
    (void)state;
    const struct fct_host *h = plugin_host();
    struct fct_error err = {0};
    assert_int_equal((h->fail)(&err, FCT_E_AUTH, FCT_RETRY_NEVER, "no %s", "way"), -1);
    h->error_server(&err, bytes_str("go\r\naway"));
    assert_int_equal(err.code, FCT_E_AUTH);
    assert_string_equal(err.message, "no way");
    assert_string_equal(err.server, "go??away");
    char secret[] = "hunter2";
    h->wipe(secret, sizeof(secret));
    assert_int_equal(secret[0] | secret[3], 0);
}

static int no_secret(struct fct_account *acc)
{
    char buf[10];
    struct fct_error err = {0};
    assert_int_equal(plugin_host()->account_secret(acc, "password", buf, sizeof(buf), &err), -1);
    return err.code;
}

static void an_account_without_callbacks_has_nothing(void **state)
{
    (void)state;
    struct fct_account acc = {.label = "test", .endpoint = {.host = "example.org", .port = 993}};
    struct fct_endpoint ep;
    plugin_host()->account_endpoint(&acc, &ep);
    assert_int_equal(ep.size, sizeof(ep));
    assert_int_equal(ep.port, 993);
    assert_null(plugin_host()->account_get(&acc, "user"));
    assert_int_equal(no_secret(&acc), FCT_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_member_of_the_table_is_missing),
        cmocka_unit_test(hashes_are_those_of_the_rfcs),
        cmocka_unit_test(hmacs_are_those_of_rfc_2202_and_4231),
        cmocka_unit_test(pbkdf2_is_that_of_rfc_6070),
        cmocka_unit_test(errors_are_filled_and_secrets_wiped),
        cmocka_unit_test(an_account_without_callbacks_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
