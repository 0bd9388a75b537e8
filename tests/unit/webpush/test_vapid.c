/* VAPID: the example of RFC 8292 section 2.4, and that what is signed here is what a push service can verify. */
#include "webpush/base64url.h"
#include "webpush/vapid.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The push service's side, by other calls of OpenSSL than ours. */
static bool verifies(const char *key_text, const char *token)
{
    unsigned char key_bytes[P256_PUBLIC], raw[P256_SIGNATURE], *der = NULL;
    const char *dot = strrchr(token, '.');
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"prime256v1"}, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key_bytes, P256_PUBLIC),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ECDSA_SIG *signature = ECDSA_SIG_new();
    assert_true(base64url_read(key_text, key_bytes, P256_PUBLIC) && base64url_read(dot + 1, raw, P256_SIGNATURE));
    ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int n = i2d_ECDSA_SIG(signature, &der);
    assert_true(EVP_PKEY_fromdata_init(from) > 0 && EVP_PKEY_fromdata(from, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
    assert_true(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) > 0);
    int result = EVP_DigestVerify(context, der, (size_t)n, (const unsigned char *)token, (size_t)(dot - token));
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(from);
    return result == 1;
}

#define EXAMPLE_SIGNED                      \
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9." \
    "eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0"
#define EXAMPLE_KEY "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"

static void the_example_of_rfc_8292(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = {0};
    struct fct_error err = {0};
    assert_int_equal(vapid_signed_part("https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
                                       "mailto:push@example.com", 1453523768, &text, &err),
                     0);
    assert_string_equal(buf_str(&text), EXAMPLE_SIGNED);
    assert_true(verifies(EXAMPLE_KEY, EXAMPLE_SIGNED
                         ".i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"));
}

static void what_is_signed_can_be_verified(void **state)
{
    (void)state;
    struct fct_error err = {0};
    struct p256_pair pair;
    char key[VAPID_KEY_TEXT];
    assert_int_equal(p256_generate(&pair, &err), 0);
    vapid_key_text(&pair, key);
    assert_int_equal(strlen(key), VAPID_KEY_TEXT - 1);
    for (int i = 0; i < 64; i++) { /* r and s have leading zeros now and then */
        CLEANUP(buf_done) struct buf text = {0};
        assert_int_equal(
            vapid_authorization(&pair, "https://push.example.net:8443/p?x", NULL, 1700000000 + i, &text, &err), 0);
        char *comma = strstr(text.p, ", k=");
        assert_true(comma && strncmp(text.p, "vapid t=", 8) == 0);
        assert_string_equal(comma + 4, key);
        *comma = '\0';
        assert_true(verifies(key, text.p + 8));
        text.p[40] ^= 1;
        assert_false(verifies(key, text.p + 8));
    }
}

static void claims(const char *url, const char *expected)
{
    CLEANUP(buf_done) struct buf text = {0};
    char out[256] = "";
    struct fct_error err = {0};
    assert_int_equal(vapid_signed_part(url, NULL, 5, &text, &err), 0);
    assert_true(base64url_read(strchr(text.p, '.') + 1, (unsigned char *)out, strlen(expected)));
    assert_string_equal(out, expected);
}

static void the_origin_is_in_lower_case_and_without_a_default_port(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = {0};
    struct fct_error err = {0};
    claims("https://push.example.net:443/p", "{\"aud\":\"https://push.example.net\",\"exp\":5}");
    claims("https://push.example.net:8443", "{\"aud\":\"https://push.example.net:8443\",\"exp\":5}");
    claims("http://127.0.0.1:80/p?a=https://b", "{\"aud\":\"http://127.0.0.1\",\"exp\":5}");
    claims("http://127.0.0.1:443/p", "{\"aud\":\"http://127.0.0.1:443\",\"exp\":5}");
    claims("https://push.example.net:/p", "{\"aud\":\"https://push.example.net\",\"exp\":5}");
    claims("https://push.example.net:00443/p", "{\"aud\":\"https://push.example.net\",\"exp\":5}");
    claims("https://push.example.net:1443", "{\"aud\":\"https://push.example.net:1443\",\"exp\":5}");
    claims("http://[::443]?x", "{\"aud\":\"http://[::443]\",\"exp\":5}");
    claims("HTTPS://Push.EXAMPLE.net:443/P", "{\"aud\":\"https://push.example.net\",\"exp\":5}");
    assert_int_equal(vapid_signed_part("nothing", NULL, 5, &text, &err), -1);
}

static void a_key_is_kept_and_read_again(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = {0};
    struct p256_pair pair, again;
    struct fct_error err = {0};
    assert_int_equal(p256_generate(&pair, &err), 0);
    vapid_write(&pair, &text);
    assert_true(vapid_read(buf_str(&text), &again));
    assert_memory_equal(&pair, &again, sizeof(pair));
    text.p[3] = text.p[3] == 'A' ? 'B' : 'A';
    assert_false(vapid_read(buf_str(&text), &again)); /* halves of different pairs */
    assert_false(vapid_read("", &again));
    assert_false(vapid_read(".", &again));
    assert_false(vapid_read(EXAMPLE_KEY "." EXAMPLE_KEY, &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_8292),
        cmocka_unit_test(what_is_signed_can_be_verified),
        cmocka_unit_test(the_origin_is_in_lower_case_and_without_a_default_port),
        cmocka_unit_test(a_key_is_kept_and_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
