/* Places for uploads: whose they are, and that no token takes all of them. */
#include "streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* The writer's descriptor; -1: there is no place. */
static int begin(struct streams *u, int64_t token_id, char id[UPLOAD_ID_SIZE])
{
    char path[] = "/tmp/streams.XXXXXX";
    const char *out = NULL;
    struct fct_error err = {0};
    bool is_locked;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    int writer = streams_writer(&fd, &is_locked);
    unlink(path);
    assert_true(writer >= 0 && is_locked);
    if (streams_add(u, fd, is_locked, 1, token_id, (int64_t)time(NULL), &out, &err) == 0) {
        memcpy(id, out, UPLOAD_ID_SIZE);
        return writer;
    }
    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_false(is_open(fd));
    close(writer);
    return -1;
}

static void test_whose_it_is(void **state)
{
    struct streams u = {0};
    char id[UPLOAD_ID_SIZE];
    (void)state;
    int writer = begin(&u, 7, id);
    assert_int_equal(streams_take(&u, id, 1, 0), -1); /* not even the owner's: it is another client */
    assert_int_equal(streams_take(&u, id, 1, 8), -1);
    assert_int_equal(streams_take(&u, id, 2, 7), -1);
    assert_int_equal(streams_take(&u, "", 1, 7), -1);
    int fd = streams_take(&u, id, 1, 7);
    assert_true(fd >= 0);
    assert_int_equal(streams_take(&u, id, 1, 7), -1);
    close(fd);
    close(writer);
}

static void test_it_ends_with_its_token(void **state)
{
    struct streams u = {0};
    char mine[UPLOAD_ID_SIZE], other[UPLOAD_ID_SIZE];
    (void)state;
    int writer = begin(&u, 7, mine), writer_other = begin(&u, 8, other);
    streams_forget_token(&u, 7);
    assert_int_equal(streams_take(&u, mine, 1, 7), -1);
    int fd = streams_take(&u, other, 1, 8);
    assert_true(fd >= 0);
    close(fd);
    close(writer);
    close(writer_other);
}

static void test_one_token_takes_its_share(void **state)
{
    struct streams u = {0};
    char id[UPLOAD_ID_SIZE];
    int writers[STREAMS_MAX], n = 0;
    (void)state;
    while (n < STREAMS_PER_TOKEN)
        assert_true((writers[n++] = begin(&u, 7, id)) >= 0);
    assert_int_equal(begin(&u, 7, id), -1);
    close(writers[0]); /* it is given up */
    assert_true((writers[0] = begin(&u, 7, id)) >= 0);
    assert_int_equal(begin(&u, 7, id), -1);
    while (n < STREAMS_MAX)
        assert_true((writers[n++] = begin(&u, 0, id)) >= 0);
    assert_int_equal(begin(&u, 0, id), -1);
    assert_int_equal(begin(&u, 8, id), -1);
    close(writers[1]);
    int last = begin(&u, 8, id);
    assert_true(last >= 0);
    close(last);
    for (int i = 0; i < n; i++)
        if (i != 1)
            close(writers[i]);
    streams_done(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whose_it_is),
        cmocka_unit_test(test_it_ends_with_its_token),
        cmocka_unit_test(test_one_token_takes_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
