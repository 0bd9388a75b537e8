#include "base64.h"
#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stddef.h>

/* {a: integer 1..3 or null, b: [string of 2 to 4 characters], c: "x"|"y", d: map of boolean, e: {f (required)}} */
#define FREE .min = INT64_MIN, .max = INT64_MAX
static const char *const xy[] = {"x", "y", NULL};
static const struct schema_node integer = {.types = SCHEMA_INTEGER | SCHEMA_NULL, .min = 1, .max = 3};
static const struct schema_node text = {.types = SCHEMA_STRING, .min = 2, .max = 4};
static const struct schema_node list = {.types = SCHEMA_ARRAY, .min = 0, .max = 2, .items = &text};
static const struct schema_node choice = {.types = SCHEMA_STRING, FREE, .values = xy};
static const struct schema_node boolean = {.types = SCHEMA_BOOLEAN, FREE};
static const struct schema_node map = {.types = SCHEMA_OBJECT, FREE, .additional = &boolean};
static const struct schema_node number = {.types = SCHEMA_NUMBER, FREE};
static const struct schema_property inner_properties[] = {{"f", true, &number}};
static const struct schema_node inner = {
    .types = SCHEMA_OBJECT, FREE, .properties = inner_properties, .n_properties = 1};
static const struct schema_property properties[] = {
    {"a", false, &integer}, {"b", false, &list}, {"c", false, &choice}, {"d", false, &map}, {"e", false, &inner}};
static const struct schema_node root = {
    .types = SCHEMA_OBJECT, FREE, .properties = properties, .n_properties = 5, .is_closed = true};

static void expect_fits(const char *json)
{
    json_t *v = json_loads(json, JSON_DECODE_ANY, NULL);
    struct schema_problem p = {0};
    assert_non_null(v);
    if (!schema_check(&root, v, &p))
        fail_msg("%s: %s %s", json, p.where, p.why);
    json_decref(v);
}

static void expect_problem(const char *json, const char *where, const char *property)
{
    json_t *v = json_loads(json, JSON_DECODE_ANY, NULL);
    struct schema_problem p = {0};
    assert_non_null(v);
    assert_false(schema_check(&root, v, &p));
    assert_string_equal(p.where, where);
    assert_string_equal(p.property, property);
    assert_true(p.why[0]);
    json_decref(v);
}

static void values_that_fit_are_let_through(void **state)
{
    (void)state;
    expect_fits("{}");
    expect_fits("{\"a\":null,\"b\":[\"ab\",\"\u00e4\u00f6\u00fc\u00df\"],\"c\":\"y\",\"d\":{\"k\":true},\"e\":{\"f\":1."
                "5,\"other\":[]}}");
    expect_fits("{\"a\":3,\"e\":{\"f\":1}}");
}

static void the_first_trouble_is_named_with_its_place(void **state)
{
    (void)state;
    expect_problem("[]", "", "");
    expect_problem("{\"a\":4}", "a", "a");
    expect_problem("{\"a\":1.0}", "a", "a");
    expect_problem("{\"b\":[\"ab\",7]}", "b[1]", "b");
    expect_problem("{\"b\":[\"abcde\"]}", "b[0]", "b");
    expect_problem("{\"b\":[\"a\"]}", "b[0]", "b");
    expect_problem("{\"b\":[\"ab\",\"ab\",\"ab\"]}", "b", "b");
    expect_problem("{\"c\":\"z\"}", "c", "c");
    expect_problem("{\"d\":{\"k\":1}}", "d.k", "d");
    expect_problem("{\"e\":{}}", "e.f", "e");
    expect_problem("{\"nope\":1}", "nope", "nope");
}

static void a_name_that_is_cut_stays_utf8(void **state)
{
    (void)state;
    json_t *v = json_object();
    char name[200];
    for (size_t i = 0; i + 2 < sizeof(name); i += 2)
        memcpy(name + i, "\xc3\xbc", 3);
    json_object_set_new(v, name, json_null());
    struct schema_problem p;
    assert_false(schema_check(&root, v, &p));
    json_t *where = json_string(p.where), *property = json_string(p.property);
    assert_non_null(where);
    assert_non_null(property);
    json_decref(where);
    json_decref(property);
    json_decref(v);
}

static void absent_and_null_arguments_get_their_default(void **state)
{
    (void)state;
    struct args {
        const char *s;
        bool b;
        int64_t i;
        json_t *j;
    } a;
    static const struct arg_field fields[] = {{"s", ARG_STRING, offsetof(struct args, s), 0},
                                              {"b", ARG_BOOLEAN, offsetof(struct args, b), 1},
                                              {"i", ARG_INTEGER, offsetof(struct args, i), -1},
                                              {"j", ARG_JSON, offsetof(struct args, j), 0}};
    args_decode(fields, 4, NULL, &a);
    assert_true(!a.s && a.b && a.i == -1 && !a.j);
    json_t *v = json_loads("{\"s\":\"x\",\"b\":false,\"i\":7,\"j\":[1]}", 0, NULL);
    args_decode(fields, 4, v, &a);
    assert_true(strcmp(a.s, "x") == 0 && !a.b && a.i == 7 && json_array_size(a.j) == 1);
    json_object_set_new(v, "j", json_null());
    json_object_set_new(v, "i", json_null());
    args_decode(fields, 4, v, &a);
    assert_true(a.i == -1 && !a.j);
    json_decref(v);
}

static void base64_goes_there_and_back(void **state)
{
    (void)state;
    unsigned char data[64];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)(i * 37 + 11);
    for (size_t n = 0; n < sizeof(data); n++) {
        struct buf coded = {0}, back = {0};
        base64_encode(bytes_of(data, n), &coded);
        assert_true(base64_decode(buf_bytes(&coded), &back));
        assert_int_equal(back.n, n);
        assert_true(n == 0 || memcmp(back.p, data, n) == 0);
        buf_done(&coded);
        buf_done(&back);
    }
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a",   "aa", "aaa", "aa=", "a===", "====", "YR==", "YWJ=", "Y Q=", "YQ==YQ==", "YQ=a", "\xff\xff\xff\xff",
        "YQ-_"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct buf out = {0};
        if (base64_decode(bytes_str(bad[i]), &out))
            fail_msg("%s was taken", bad[i]);
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_fit_are_let_through),
        cmocka_unit_test(the_first_trouble_is_named_with_its_place),
        cmocka_unit_test(a_name_that_is_cut_stays_utf8),
        cmocka_unit_test(absent_and_null_arguments_get_their_default),
        cmocka_unit_test(base64_goes_there_and_back),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
