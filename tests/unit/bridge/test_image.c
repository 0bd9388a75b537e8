/* image.c: what an image is by its first bytes, whole or cut off anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"
#include "util.h"

#include <string.h>

static const struct {
    const char *type;
    size_t n;
    const char *bytes;
} known[] = {
#define KNOWN(type, bytes) {type, sizeof(bytes) - 1, bytes}
    KNOWN("image/png", "\x89PNG\r\n\x1a\n"),
    KNOWN("image/jpeg", "\xff\xd8\xff"),
    KNOWN("image/gif", "GIF87a"),
    KNOWN("image/gif", "GIF89a"),
    KNOWN("image/webp", "RIFF\x1a\0\0\0WEBPVP8"),
    KNOWN("image/avif", "\0\0\0\x20" "ftypavif"),
    KNOWN("image/avif", "\0\0\0\x20" "ftypavis"),
    KNOWN("image/avif", "\0\0\0\x1c" "ftypmif1\0\0\0\0miafavif"),
    KNOWN("image/bmp", "BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"),
    KNOWN("image/x-icon", "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x30\0\0\0\x16\0\0\0"),
};

/* In memory of just its size: what reads beyond is found by a sanitizer. */
static const char *type_of(const char *bytes, size_t n)
{
    CLEANUP(freep) char *copy = xmalloc(n);
    memcpy(copy, bytes, n);
    return image_type(copy, n);
}

static void the_first_bytes_say_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(known); i++) {
        const char *type = type_of(known[i].bytes, known[i].n);
        if (!type || strcmp(type, known[i].type) != 0)
            fail_msg("%zu: %s", i, type ? type : "none");
        for (size_t n = 0; n < known[i].n; n++)
            if (type_of(known[i].bytes, n))
                fail_msg("%zu, cut to %zu: %s", i, n, type_of(known[i].bytes, n));
    }
}

static void a_bit_that_is_changed_makes_another_image_or_none(void **state)
{
    (void)state;
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/x-icon"};
    for (size_t i = 0; i < N_OF(known); i++)
        for (size_t bit = 0; bit < 8 * known[i].n; bit++) {
            char room[64];
            bool is_known = false;
            memcpy(room, known[i].bytes, known[i].n);
            room[bit / 8] ^= (char)(1 << bit % 8);
            const char *type = type_of(room, known[i].n);
            for (size_t t = 0; t < N_OF(types); t++)
                is_known |= type && strcmp(type, types[t]) == 0;
            assert_true(!type || is_known);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_say_what_it_is),
        cmocka_unit_test(a_bit_that_is_changed_makes_another_image_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
