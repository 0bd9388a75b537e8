#include "mime/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

/* What it should be, one character after the other. */
static size_t decode_slowly(const char *in, size_t n, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t have = 0, written = 0;
    for (size_t i = 0; i < n; i++) {
        const char *at = in[i] ? strchr(alphabet, in[i]) : NULL;
        if (in[i] == '=')
            have = 0;
        if (!at)
            continue;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        if ((have += 6) >= 8)
            out[written++] = (char)(bits >> (have -= 8));
    }
    return written;
}

/* In pieces of `step` bytes. */
static void expect_same(const char *in, size_t n, size_t step)
{
    char want[512], got[512 + 64];
    struct base64 s = {0};
    size_t n_want = decode_slowly(in, n, want), n_got = 0;
    assert_true(n < sizeof(want));
    for (size_t at = 0; at < n; at += step)
        n_got += base64_decode_step(&s, in + at, step < n - at ? step : n - at, got + n_got);
    assert_int_equal(n_got, n_want);
    assert_memory_equal(got, want, n_want);
}

static void texts_of_mail_are_decoded(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "QQ==",     "QUI=",         "QUJD",         "QUJDREVGR0hJSktM\r\nTU5PUFFSU1RVVldY\r\nWVo=\r\n",
        "QQ",   "Q Q = =",  "QQ==QUI=QUJD", "QUJD\0REVG",   "QUJDR!UVG\xffR0hJ",
        "====", "Q===QUJD", "\r\nQUJD",     "QUJ\r\nDREVG", "////++++",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        for (size_t step = 1; step < 20; step++)
            expect_same(texts[i], strlen(texts[i]), step);
    expect_same("QUJD\0REVG", 9, 9);
}

static void any_bytes_in_any_pieces_are_decoded_as_one_by_one(void **state)
{
    (void)state;
    static const char some[] = "ABCxyz0189+/=\r\n -\x80\xff";
    srand(7);
    for (int round = 0; round < 2000; round++) {
        char in[200];
        size_t n = (size_t)rand() % sizeof(in);
        for (size_t i = 0; i < n; i++)
            in[i] = some[(size_t)rand() % (rand() % 8 ? 12 : sizeof(some))];
        expect_same(in, n, 1 + (size_t)rand() % 90);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_mail_are_decoded),
        cmocka_unit_test(any_bytes_in_any_pieces_are_decoded_as_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
