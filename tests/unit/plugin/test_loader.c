/* Finding and loading shared objects. TEST_PLUGINS holds what tests/fixtures/plugins makes. */
#include "plugin/plugins.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

DEFINE_FREEP(struct plugins *, plugins_free);

struct dirs {
    char a[64], b[64];
};

static int make_dirs(void **state)
{
    struct dirs *d = XNEW(struct dirs);
    strcpy(d->a, "/tmp/facteur-plugins-XXXXXX");
    strcpy(d->b, "/tmp/facteur-plugins-XXXXXX");
    *state = d;
    return mkdtemp(d->a) && mkdtemp(d->b) ? 0 : -1;
}

static int remove_dirs(void **state)
{
    struct dirs *d = *state;
    CLEANUP(freep) char *command = xasprintf("rm -rf %s %s", d->a, d->b);
    int rc = system(command);
    free(d);
    return rc;
}

static void copy_plugin(const char *name, const char *dir, const char *as)
{
    CLEANUP(freep) char *command = xasprintf("cp " TEST_PLUGINS "/%s %s/%s", name, dir, as);
    assert_int_equal(system(command), 0);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
    CLEANUP(fclosep) FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
}

static json_t *load(struct plugins **out, const char *dirs)
{
    struct fct_error err = {0};
    assert_int_equal(plugins_load(dirs, out, &err), 0);
    return plugins_json(*out);
}

static const char *reason(json_t *list, size_t i)
{
    json_t *o = json_array_get(list, i);
    assert_string_equal(json_string_value(json_object_get(o, "state")), "refused");
    return json_string_value(json_object_get(o, "reason"));
}

static void a_good_plugin_is_loaded_and_described(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    copy_plugin("judge.so", d->a, "judge.so");
    write_file(d->a, "README", "no plugin");

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_int_equal(json_array_size(list), 1);
    json_t *o = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(o, "id")), "judge");
    assert_string_equal(json_string_value(json_object_get(o, "state")), "loaded");
    assert_true(json_is_null(json_object_get(o, "reason")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(o, "kinds"), 0)), "filter");
    const struct fct_filter *const *filters;
    assert_int_equal(plugins_filters(p, &filters), 1);
    bool implicit;
    assert_null(plugins_source(p, "imap", &implicit));
}

static void of_two_of_one_name_the_first_directory_wins(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    CLEANUP(freep) char *both = xasprintf("%s::/nonexistent:%s", d->b, d->a);
    copy_plugin("judge.so", d->a, "judge.so");
    copy_plugin("judge.so", d->b, "other.so");

    CLEANUP(json_decrefp) json_t *list = load(&p, both);

    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "state")), "loaded");
    assert_non_null(strstr(json_string_value(json_object_get(json_array_get(list, 0), "path")), d->b));
    assert_non_null(strstr(reason(list, 1), "plugin judge is loaded already, from"));
    const struct fct_filter *const *filters;
    assert_int_equal(plugins_filters(p, &filters), 1);
}

static void what_is_no_plugin_is_refused_and_the_rest_is_loaded(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    write_file(d->a, "a.so", "this is a text");
    CLEANUP(freep) char *folder = xasprintf("%s/b.so", d->a);
    mkdir(folder, 0700);
    copy_plugin("judge.so", d->a, "c.so");

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_int_equal(json_array_size(list), 3);
    assert_non_null(strstr(reason(list, 0), "a.so"));
    assert_non_null(strstr(reason(list, 1), "no regular file"));
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 2), "state")), "loaded");
}

static void a_plugin_of_a_newer_abi_is_refused_naming_both(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    copy_plugin("newer.so", d->a, "newer.so");

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_string_equal(reason(list, 0),
                        "plugin newer was built for plugin ABI 2, this facteurd offers ABI 1: it needs a "
                        "newer facteurd");
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "id")), "newer");
}

static void a_plugin_that_does_not_start_is_refused_with_its_words(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    copy_plugin("unwilling.so", d->a, "unwilling.so");

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_string_equal(reason(list, 0), "plugin unwilling does not start: it is not my day");
    const struct fct_filter *const *filters;
    assert_int_equal(plugins_filters(p, &filters), 0);
}

static void a_file_that_anybody_can_write_is_refused(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    copy_plugin("judge.so", d->a, "judge.so");
    CLEANUP(freep) char *path = xasprintf("%s/judge.so", d->a);
    chmod(path, 0757);

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_non_null(strstr(reason(list, 0), "can be written by everyone"));
}

static void a_directory_that_anybody_can_write_is_refused(void **state)
{
    struct dirs *d = *state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    copy_plugin("judge.so", d->a, "judge.so");
    chmod(d->a, 01777);

    CLEANUP(json_decrefp) json_t *list = load(&p, d->a);

    assert_non_null(strstr(reason(list, 0), "can be written by everyone"));
}

static void no_directory_is_no_error(void **state)
{
    (void)state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;

    CLEANUP(json_decrefp) json_t *list = load(&p, NULL);

    assert_int_equal(json_array_size(list), 0);
}

#define DIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, make_dirs, remove_dirs)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIR_TEST(a_good_plugin_is_loaded_and_described),
        DIR_TEST(of_two_of_one_name_the_first_directory_wins),
        DIR_TEST(what_is_no_plugin_is_refused_and_the_rest_is_loaded),
        DIR_TEST(a_plugin_of_a_newer_abi_is_refused_naming_both),
        DIR_TEST(a_plugin_that_does_not_start_is_refused_with_its_words),
        DIR_TEST(a_file_that_anybody_can_write_is_refused),
        DIR_TEST(a_directory_that_anybody_can_write_is_refused),
        cmocka_unit_test(no_directory_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
