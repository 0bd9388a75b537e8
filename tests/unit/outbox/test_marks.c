/* Marks outlive whoever made them, and say nothing to those who have not reserved with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "outbox/batch.h"
#include "outbox/marks.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCOUNT 7

static char profile[] = "/tmp/facteur-marks-XXXXXX";

static struct marks *create(void)
{
    struct marks *m = NULL;
    struct fct_error err = {0};
    if (marks_create(profile, ACCOUNT, &m, &err) < 0)
        fail_msg("%s", err.message);
    return m;
}

static uint32_t fate(int64_t owner, int64_t id)
{
    struct marks *m = marks_find(profile, ACCOUNT);
    uint32_t f = marks_fate(m, owner, id);
    marks_close(m, false);
    return f;
}

static void the_next_process_reads_what_this_one_wrote(void **state)
{
    (void)state;
    struct marks *m = create();
    int64_t owner = marks_owner(m);
    assert_int_equal(marks_put(m, 1, FCT_FATE_UNKNOWN, NULL), 0);
    assert_int_equal(marks_put(m, 1, FCT_FATE_SENT, NULL), 0);
    assert_int_equal(marks_put(m, 2, FCT_FATE_UNKNOWN, NULL), 0);
    marks_close(m, false);
    assert_int_equal(fate(owner, 1), FCT_FATE_SENT);
    assert_int_equal(fate(owner, 2), FCT_FATE_UNKNOWN);
    assert_int_equal(fate(owner, 3), FCT_FATE_NOT_SENT);
}

static void others_marks_prove_nothing(void **state)
{
    (void)state;
    struct marks *m = create();
    int64_t owner = marks_owner(m);
    assert_int_not_equal(owner, 0);
    assert_int_equal(fate(owner + 1, 1), FCT_FATE_UNKNOWN);
    marks_close(m, false);
    m = create(); /* begins anew */
    assert_int_not_equal(marks_owner(m), owner);
    assert_int_equal(fate(owner, 1), FCT_FATE_UNKNOWN);
    marks_close(m, true);
    assert_null(marks_find(profile, ACCOUNT));
    assert_int_equal(marks_fate(NULL, owner, 1), FCT_FATE_UNKNOWN);
}

static void one_that_is_reserved_again_is_not_taken_for_what_it_was(void **state)
{
    (void)state;
    struct marks *m = create();
    marks_put(m, 1, FCT_FATE_SENT, NULL);
    marks_put(m, 2, FCT_FATE_SENT, NULL);
    assert_int_equal(marks_clear(m, 1, NULL), 0);
    assert_int_equal(fate(marks_owner(m), 1), FCT_FATE_NOT_SENT);
    assert_int_equal(fate(marks_owner(m), 2), FCT_FATE_SENT);
    marks_close(m, true);
}

static void as_many_are_kept_as_may_be_needed(void **state)
{
    (void)state;
    struct marks *m = create();
    for (int64_t id = 1; id <= 1000; id++) {
        marks_put(m, id, FCT_FATE_UNKNOWN, NULL);
        marks_put(m, id, FCT_FATE_SENT, NULL);
    }
    for (int64_t id = 1000; id > 1000 - MARKS; id--)
        assert_int_equal(fate(marks_owner(m), id), FCT_FATE_SENT);
    marks_close(m, true);
}

static void a_file_that_others_can_write_is_not_believed(void **state)
{
    (void)state;
    struct marks *m = create();
    int64_t owner = marks_owner(m);
    char path[64], found[256];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", marks_fd(m));
    ssize_t n = readlink(path, found, sizeof(found) - 1);
    assert_true(n > 0);
    found[n] = '\0';
    assert_int_equal(chmod(found, 0666), 0);
    assert_int_equal(fate(owner, 1), FCT_FATE_UNKNOWN);
    assert_int_equal(chmod(found, 0600), 0);
    assert_int_equal(truncate(found, 100), 0);
    assert_int_equal(fate(owner, 1), FCT_FATE_UNKNOWN);
    marks_close(m, true);
}

static void batches_grow_with_a_quick_server_and_shrink_with_a_slow_one(void **state)
{
    (void)state;
    assert_int_equal(batch_size(1, 0), 4);
    assert_int_equal(batch_size(1, 20), 4);
    assert_int_equal(batch_size(1, 60), 1);
    assert_int_equal(batch_size(4, 8), 16);
    assert_int_equal(batch_size(32, 10), BATCH_MAX);
    assert_int_equal(batch_size(64, 640), 10);
    assert_int_equal(batch_size(64, 60000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_process_reads_what_this_one_wrote),
        cmocka_unit_test(others_marks_prove_nothing),
        cmocka_unit_test(one_that_is_reserved_again_is_not_taken_for_what_it_was),
        cmocka_unit_test(as_many_are_kept_as_may_be_needed),
        cmocka_unit_test(a_file_that_others_can_write_is_not_believed),
        cmocka_unit_test(batches_grow_with_a_quick_server_and_shrink_with_a_slow_one),
    };
    if (!mkdtemp(profile))
        return 1;
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(profile);
    return result;
}
