#include "account/secrets.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char dir[64];
    char *file;
};

static int set_up(void **state)
{
    struct place *p = XNEW(struct place);
    strcpy(p->dir, "/tmp/facteur-secrets-XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    p->file = xasprintf("%s/secrets", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    unlink(p->file);
    rmdir(p->dir);
    free(p->file);
    free(p);
    return 0;
}

static void a_secret_survives_reopening_in_a_file_of_its_owner_alone(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    char value[64] = "";
    struct stat st;
    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);
    assert_int_equal(secrets_set(s, "account/1", "password", "p\xc3\xa4ss \"word\"", NULL), 0);
    secrets_free(s);

    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);
    assert_int_equal(secrets_get(s, "account/1", "password", value, sizeof(value), NULL), 0);

    assert_string_equal(value, "p\xc3\xa4ss \"word\"");
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    secrets_free(s);
}

static void secrets_of_other_owners_stay_when_one_is_removed(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    struct fct_error err = {0};
    char value[64] = "";
    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);
    assert_int_equal(secrets_set(s, "account/1", "password", "one", NULL), 0);
    assert_int_equal(secrets_set(s, "account/2", "password", "two", NULL), 0);

    assert_int_equal(secrets_remove(s, "account/1", NULL), 0);

    assert_int_equal(secrets_get(s, "account/1", "password", value, sizeof(value), &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
    assert_int_equal(secrets_get(s, "account/2", "password", value, sizeof(value), NULL), 0);
    assert_string_equal(value, "two");
    secrets_free(s);
}

static void a_file_that_others_can_read_is_refused(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    struct fct_error err = {0};
    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);
    assert_int_equal(secrets_set(s, "account/1", "password", "one", NULL), 0);
    secrets_free(s);
    assert_int_equal(chmod(p->file, 0644), 0);

    assert_int_equal(secrets_open(p->dir, &s, &err), -1);

    assert_int_equal(err.code, FCT_E_FORBIDDEN);
    assert_non_null(strstr(err.message, "chmod 600"));
}

static void what_a_write_that_was_cut_off_left_is_gone_at_the_next_start(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    CLEANUP(freep) char *left = xasprintf("%s.new", p->file);
    FILE *f = fopen(left, "w");
    assert_non_null(f);
    fputs("{\"account/1\": {\"password\": \"one\"}}", f);
    fclose(f);

    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);

    assert_int_not_equal(access(left, F_OK), 0);
    secrets_free(s);
}

static void bounds_are_kept_and_named(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    struct fct_error err = {0};
    char tiny[3], *large = malloc(SECRET_MAX + 1);
    memset(large, 'x', SECRET_MAX);
    large[SECRET_MAX] = '\0';
    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);

    assert_int_equal(secrets_set(s, "account/1", "password", large, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_int_equal(secrets_set(s, "account/1", "password", "abc", NULL), 0);
    assert_int_equal(secrets_get(s, "account/1", "password", tiny, sizeof(tiny), &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_null(strstr(err.message, "abc"));
    free(large);
    secrets_free(s);
}

static void the_file_never_grows_beyond_what_is_read(void **state)
{
    struct place *p = *state;
    struct secrets *s = NULL;
    struct fct_error err = {0};
    char value[SECRET_MAX], got[64];
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    FILE *f = fopen(p->file, "w"); /* as if of hundreds of accounts */
    assert_non_null(f);
    fprintf(f, "{\"account/1\": {\"password\": \"one\"}, \"others\": {\"password\": \"%*d\"}}", 1024 * 1024 - 2000, 1);
    fclose(f);
    chmod(p->file, 0600);
    assert_int_equal(secrets_open(p->dir, &s, NULL), 0);

    assert_int_equal(secrets_set(s, "account/2", "password", value, &err), -1);

    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_int_equal(secrets_get(s, "account/1", "password", got, sizeof(got), NULL), 0);
    assert_string_equal(got, "one");
    secrets_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_secret_survives_reopening_in_a_file_of_its_owner_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets_of_other_owners_stay_when_one_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_others_can_read_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_write_that_was_cut_off_left_is_gone_at_the_next_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_are_kept_and_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_never_grows_beyond_what_is_read, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
