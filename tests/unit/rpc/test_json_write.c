#include "json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>

/* Expects what jansson writes, and that no bound below its length is enough. */
static void expect_as_jansson(json_t *v)
{
    char *want = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t n = strlen(want);
    struct buf out = {0};
    assert_int_equal(json_write(&out, v, n), 0);
    assert_string_equal(buf_str(&out), want);
    assert_int_equal(out.n, n);
    for (size_t max = n > 40 ? n - 40 : 0; max < n; max++) {
        buf_clear(&out);
        assert_int_equal(json_write(&out, v, max), -1);
        assert_true(out.n <= max);
    }
    buf_done(&out);
    free(want);
    json_decref(v);
}

static void texts_come_out_as_jansson_writes_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.5",
        "-1e300",
        "\"\"",
        "{\"\":{\"a\":[1,2,{}]},\"b\":null}",
        "[\"\\u0000\\u001f\\u0020\\u007f\\\\\\\"/\\b\\f\\n\\r\\t\\u2028\\u00e9\\ud83d\\ude00\"]",
        "{\"k\\n\\\"\\u0000\":\"v\"}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        json_t *v = json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (v)
            expect_as_jansson(v);
        else
            assert_int_equal(i, sizeof(texts) / sizeof(*texts) - 1); /* jansson takes no NUL in a name */
    }
}

static void integers_come_out_whole(void **state)
{
    (void)state;
    static const json_int_t v[] = {0, 1, -1, 9, 10, -10, 1000000007, LLONG_MAX, LLONG_MIN, LLONG_MIN + 1};
    for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
        expect_as_jansson(json_integer(v[i]));
}

/* What must be escaped stands at each place of a word of eight bytes, between all kinds of bytes. */
static void each_byte_at_each_place_is_seen(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 0x80; byte++)
        for (size_t at = 0; at < 19; at++) {
            char text[20] = "\xc3\xa9 !#[]^~\xc3\xbf"
                            "abcdefg";
            size_t n = strlen(text);
            if (at >= n || (text[at] & 0x80))
                continue;
            text[at] = (char)byte;
            expect_as_jansson(json_stringn(text, n));
        }
}

static void a_circle_and_what_is_too_deep_end(void **state)
{
    (void)state;
    struct buf out = {0};
    json_t *inner = json_array(), *outer = json_array();
    json_array_append(outer, inner);
    json_array_append(inner, outer);
    assert_int_equal(json_write(&out, outer, SIZE_MAX / 2), -1);
    json_array_clear(inner);
    json_decref(inner);
    json_decref(outer);

    json_t *deep = json_array();
    for (int i = 1; i < JSON_WRITE_DEPTH; i++)
        deep = json_pack("[o]", deep);
    buf_clear(&out);
    assert_int_equal(json_write(&out, deep, SIZE_MAX / 2), 0);
    assert_int_equal(out.n, 2 * JSON_WRITE_DEPTH);
    deep = json_pack("[o]", deep);
    assert_int_equal(json_write(&out, deep, SIZE_MAX / 2), -1);
    json_decref(deep);
    buf_done(&out);
}

/* ---- random values ---- */

static uint64_t seed;

static unsigned random_below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

/* Characters of one to four bytes, many of those that are escaped. */
static json_t *random_string(void)
{
    static const char *const units[] = {"a",
                                        "b",
                                        "/",
                                        "\x7f",
                                        "\"",
                                        "\\",
                                        "\n",
                                        "\x01",
                                        "\x1f",
                                        " ",
                                        "\xc3\xa9",
                                        "\xe2\x80\xa8",
                                        "\xf0\x9f\x98\x80",
                                        "{}[],:"};
    struct buf text = {0};
    unsigned plain = random_below(3) ? 5 : 14;
    for (unsigned n = random_below(4) ? random_below(12) : random_below(200); n > 0; n--)
        buf_add_str(&text, units[random_below(random_below(8) ? plain : 14)]);
    json_t *v = json_stringn(buf_str(&text), text.n);
    buf_done(&text);
    return v;
}

static json_t *random_number(void)
{
    double real;
    uint64_t bits = (uint64_t)random_below(1u << 31) << 33 ^ (uint64_t)random_below(1u << 31) << 3 ^ random_below(8);
    if (random_below(2))
        return json_integer((json_int_t)(bits >> random_below(64)) * (random_below(2) ? 1 : -1));
    memcpy(&real, &bits, sizeof(real));
    json_t *v = json_real(real); /* NULL: it is none */
    return v ? v : json_real(0.1 * random_below(1000));
}

static json_t *random_value(int depth)
{
    json_t *v, *name;
    switch (random_below(depth > 0 ? 8 : 5)) {
    case 0:
        return random_number();
    case 1:
        return json_boolean(random_below(2));
    case 2:
        return json_null();
    case 3:
    case 4:
        return random_string();
    case 5:
        v = json_array();
        for (unsigned n = random_below(6); n > 0; n--)
            json_array_append_new(v, random_value(depth - 1));
        return v;
    default:
        v = json_object();
        for (unsigned n = random_below(6); n > 0; n--) {
            name = random_string();
            json_object_set_new(v, json_string_value(name), random_value(depth - 1));
            json_decref(name);
        }
        return v;
    }
}

static void random_values_come_out_as_jansson_writes_them(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        seed = i;
        expect_as_jansson(random_value((int)(i % 7)));
    }
}

static void it_appends(void **state)
{
    (void)state;
    struct buf out = {0};
    json_t *v = json_pack("[i]", 5);
    buf_add_str(&out, "x");
    assert_int_equal(json_write(&out, v, 3), 0);
    assert_string_equal(buf_str(&out), "x[5]");
    json_decref(v);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_as_jansson_writes_them),
        cmocka_unit_test(integers_come_out_whole),
        cmocka_unit_test(each_byte_at_each_place_is_seen),
        cmocka_unit_test(a_circle_and_what_is_too_deep_end),
        cmocka_unit_test(random_values_come_out_as_jansson_writes_them),
        cmocka_unit_test(it_appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
