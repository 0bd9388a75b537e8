#include "patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const char *resolve(void *ctx, const char *key)
{
    (void)ctx;
    return strcmp(key, "#k") == 0 ? "m7" : NULL;
}

/* Expects `result`, or with NULL that the patch is refused; the object stays as it was. */
static void expect(const char *object, const char *patch, const char *result)
{
    json_t *o = json_loads(object, 0, NULL), *before = json_deep_copy(o), *p = json_loads(patch, 0, NULL),
           *error = NULL;
    assert_true(o && p);
    json_t *out = patch_apply(o, p, resolve, NULL, &error);
    if (result) {
        json_t *want = json_loads(result, 0, NULL);
        assert_non_null(out);
        assert_true(json_equal(out, want));
        json_decref(want);
    } else {
        assert_null(out);
        assert_string_equal(json_string_value(json_object_get(error, "type")), "invalidPatch");
    }
    assert_true(json_equal(o, before));
    json_decref(error);
    json_decref(out);
    json_decref(p);
    json_decref(before);
    json_decref(o);
}

static void paths_set_and_remove(void **state)
{
    (void)state;
    expect("{\"k\":{\"a\":true}}", "{\"k/b\":true,\"k/a\":null}", "{\"k\":{\"b\":true}}");
    expect("{\"k\":{\"a\":true}}", "{\"k\":{\"c\":true}}", "{\"k\":{\"c\":true}}");
    expect("{\"k\":{}}", "{\"k/none\":null}", "{\"k\":{}}");
    expect("{\"a\":1}", "{\"a\":null,\"b\":[1]}", "{\"b\":[1]}");
    expect("{\"k\":{}}", "{\"k/a~1b\":true,\"k/a~0b\":true}", "{\"k\":{\"a/b\":true,\"a~b\":true}}");
    expect("{\"x\":{\"y\":{\"z\":1}}}", "{\"x/y/z\":2}", "{\"x\":{\"y\":{\"z\":2}}}");
}

static void creation_ids_are_resolved_in_mailbox_ids_only(void **state)
{
    (void)state;
    expect("{\"mailboxIds\":{}}", "{\"mailboxIds/#k\":true}", "{\"mailboxIds\":{\"m7\":true}}");
    expect("{\"mailboxIds\":{}}", "{\"mailboxIds/#other\":true}", NULL);
    expect("{\"keywords\":{}}", "{\"keywords/#k\":true}", "{\"keywords\":{\"#k\":true}}");
}

static void what_is_no_patch_is_refused(void **state)
{
    (void)state;
    expect("{\"k\":{}}", "{\"none/a\":true}", NULL);
    expect("{\"k\":[1]}", "{\"k/0\":2}", NULL);
    expect("{\"k\":\"s\"}", "{\"k/0\":2}", NULL);
    expect("{\"k\":{}}", "{\"k\":{},\"k/a\":true}", NULL);
    expect("{\"k\":{\"a\":{}}}", "{\"k/a/b\":1,\"k/a\":2}", NULL);
    expect("{\"k\":{}}", "{\"k/~2\":1}", NULL);
}

static void a_patch_of_too_many_paths_is_refused(void **state)
{
    (void)state;
    json_t *object = json_object(), *patch = json_object(), *error = NULL;
    for (int i = 0; i < 201; i++) {
        char name[16];
        snprintf(name, sizeof(name), "p%d", i);
        json_object_set_new(patch, name, json_true());
    }
    assert_null(patch_apply(object, patch, NULL, NULL, &error));
    assert_non_null(error);
    json_decref(error);
    json_decref(patch);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_set_and_remove),
        cmocka_unit_test(creation_ids_are_resolved_in_mailbox_ids_only),
        cmocka_unit_test(what_is_no_patch_is_refused),
        cmocka_unit_test(a_patch_of_too_many_paths_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
