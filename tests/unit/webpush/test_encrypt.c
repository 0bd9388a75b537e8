/* The example of RFC 8291 section 5 (its values are in appendix A), and what must be refused. */
#include "webpush/base64url.h"
#include "webpush/encrypt.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define UA_PUBLIC "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define AS_PUBLIC "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

static void read_example(struct webpush_keys *keys, struct p256_pair *sender, unsigned char salt[WEBPUSH_SALT])
{
    assert_true(base64url_read(UA_PUBLIC, keys->p256dh, P256_PUBLIC));
    assert_true(base64url_read("BTBZMqHH6r4Tts7J_aSIgg", keys->auth, WEBPUSH_AUTH));
    assert_true(base64url_read("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", sender->private_key, P256_PRIVATE));
    assert_true(base64url_read(AS_PUBLIC, sender->public_key, P256_PUBLIC));
    assert_true(base64url_read("DGv6ra1nlYgDCS1FRnbzlw", salt, WEBPUSH_SALT));
}

static void the_example_of_rfc_8291(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = {0};
    CLEANUP(buf_done) struct buf text = {0};
    struct webpush_keys keys;
    struct p256_pair sender;
    unsigned char salt[WEBPUSH_SALT];
    struct fct_error err = {0};
    read_example(&keys, &sender, salt);
    assert_true(p256_is_pair(&sender));
    assert_int_equal(webpush_encrypt_with(&keys, &sender, salt, bytes_str("When I grow up, I want to be a watermelon"),
                                          0, &body, &err),
                     0);
    base64url_write(buf_bytes(&body), &text);
    assert_string_equal(
        buf_str(&text),
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

static void each_message_has_a_key_and_a_salt_of_its_own(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf one = {0};
    CLEANUP(buf_done) struct buf two = {0};
    struct webpush_keys keys;
    struct p256_pair sender;
    unsigned char salt[WEBPUSH_SALT];
    struct fct_error err = {0};
    read_example(&keys, &sender, salt);
    assert_int_equal(webpush_encrypt(&keys, bytes_str("x"), 0, &one, &err), 0);
    assert_int_equal(webpush_encrypt(&keys, bytes_str("x"), 0, &two, &err), 0);
    assert_int_equal(one.n, 86 + 1 + 1 + 16);
    assert_int_equal(two.n, one.n);
    assert_memory_not_equal(one.p, two.p, WEBPUSH_SALT);
    assert_memory_not_equal(one.p + 21, two.p + 21, P256_PUBLIC);
}

static void the_largest_message_fits_a_push_service(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = {0};
    struct webpush_keys keys;
    struct p256_pair sender;
    unsigned char salt[WEBPUSH_SALT];
    char plain[WEBPUSH_PLAIN_MAX + 1];
    struct fct_error err = {0};
    memset(plain, 'x', sizeof(plain));
    read_example(&keys, &sender, salt);
    assert_int_equal(webpush_encrypt(&keys, bytes_of(plain, 100), WEBPUSH_PLAIN_MAX - 100, &body, &err), 0);
    assert_int_equal(body.n, WEBPUSH_BODY_MAX);
    assert_int_equal(webpush_encrypt(&keys, bytes_of(plain, sizeof(plain)), 0, &body, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    err = (struct fct_error){0};
    assert_int_equal(webpush_encrypt(&keys, bytes_of(plain, WEBPUSH_PLAIN_MAX), 1, &body, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
}

static void a_point_that_is_not_on_the_curve_is_refused(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = {0};
    struct webpush_keys keys;
    struct p256_pair sender;
    unsigned char salt[WEBPUSH_SALT];
    struct fct_error err = {0};
    read_example(&keys, &sender, salt);
    assert_true(p256_is_public(keys.p256dh));
    keys.p256dh[64] ^= 1;
    assert_false(p256_is_public(keys.p256dh));
    assert_int_equal(webpush_encrypt(&keys, bytes_str("x"), 0, &body, &err), -1);
    memset(keys.p256dh, 0, sizeof(keys.p256dh));
    assert_false(p256_is_public(keys.p256dh));
    read_example(&keys, &sender, salt);
    sender.private_key[0] ^= 1;
    assert_false(p256_is_pair(&sender));
}

static void base64url_is_strict(void **state)
{
    (void)state;
    unsigned char out[4];
    assert_true(base64url_read("AQID", out, 3));
    assert_true(base64url_read("_-8", out, 2) && out[0] == 0xff && out[1] == 0xef);
    assert_true(base64url_read("_-8=", out, 2));
    assert_true(base64url_read("", out, 0));
    assert_false(base64url_read("_-8==", out, 2));
    assert_false(base64url_read("_-9", out, 2)); /* bits that stand for nothing */
    assert_false(base64url_read("AQID", out, 2));
    assert_false(base64url_read("AQID", out, 4));
    assert_false(base64url_read("AQ+D", out, 3));
    assert_false(base64url_read("AQIDA", out, 3));
    assert_false(base64url_read("A=ID", out, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_8291),
        cmocka_unit_test(each_message_has_a_key_and_a_salt_of_its_own),
        cmocka_unit_test(the_largest_message_fits_a_push_service),
        cmocka_unit_test(a_point_that_is_not_on_the_curve_is_refused),
        cmocka_unit_test(base64url_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
