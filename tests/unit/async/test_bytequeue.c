#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "async/bytequeue.h"

#include <string.h>

static void append(struct bytequeue *q, const char *text)
{
    size_t room;
    char *at = bytequeue_room(q, strlen(text), &room);
    assert_true(room >= strlen(text));
    memcpy(at, text, strlen(text));
    bytequeue_grown(q, strlen(text));
}

static void expect(struct fct_bytes b, const char *text)
{
    assert_int_equal(b.n, strlen(text));
    assert_memory_equal(b.p, text, b.n);
}

static void an_empty_queue_has_no_bytes(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    expect(bytequeue_bytes(&q), "");
    assert_int_equal(bytequeue_count(&q), 0);
    bytequeue_reclaim(&q);
    bytequeue_trim(&q);
    bytequeue_done(&q);
}

static void bytes_come_out_in_the_order_in_which_they_went_in(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    append(&q, "one two");
    append(&q, " three");
    expect(bytequeue_lend(&q, 4), "one ");
    bytequeue_reclaim(&q);
    bytequeue_drop(&q, 4);
    expect(bytequeue_bytes(&q), "three");
    bytequeue_done(&q);
}

static void a_lent_slice_stays_whatever_is_appended(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    append(&q, "lent, waiting");
    struct fct_bytes lent = bytequeue_lend(&q, 5);
    for (int i = 0; i < 3000; i++)
        append(&q, "0123456789");

    expect(lent, "lent,");
    assert_int_equal(bytequeue_count(&q), 8 + 30000);
    assert_memory_equal(bytequeue_bytes(&q).p, " waiting0123", 12);

    bytequeue_drop(&q, 8 + 30000);
    expect(lent, "lent,"); /* also while the queue is empty */
    append(&q, "next");
    expect(lent, "lent,");
    bytequeue_reclaim(&q);
    expect(bytequeue_bytes(&q), "next");
    bytequeue_done(&q);
}

static void a_slice_can_be_lent_again_after_the_queue_moved(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    append(&q, "abcdef");
    bytequeue_lend(&q, 1);
    size_t room;
    bytequeue_room(&q, 100000, &room); /* moves */
    bytequeue_reclaim(&q);
    expect(bytequeue_lend(&q, 2), "bc");
    bytequeue_done(&q);
}

static void a_queue_that_is_read_as_fast_as_it_is_filled_does_not_grow(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    for (int i = 0; i < 100000; i++) {
        append(&q, "0123456789");
        if (i >= 100)
            bytequeue_drop(&q, 10);
    }
    assert_int_equal(bytequeue_count(&q), 1000);
    assert_true(q.cap <= 8192);
    bytequeue_done(&q);
}

static void trimming_gives_back_memory_only_when_nothing_waits(void **state)
{
    (void)state;
    struct bytequeue q = {0};
    append(&q, "ab");
    bytequeue_trim(&q);
    expect(bytequeue_bytes(&q), "ab");
    struct fct_bytes lent = bytequeue_lend(&q, 2);
    bytequeue_trim(&q);
    expect(lent, "ab");
    bytequeue_reclaim(&q);
    bytequeue_trim(&q);
    assert_null(q.p);
    bytequeue_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_queue_has_no_bytes),
        cmocka_unit_test(bytes_come_out_in_the_order_in_which_they_went_in),
        cmocka_unit_test(a_lent_slice_stays_whatever_is_appended),
        cmocka_unit_test(a_slice_can_be_lent_again_after_the_queue_moved),
        cmocka_unit_test(a_queue_that_is_read_as_fast_as_it_is_filled_does_not_grow),
        cmocka_unit_test(trimming_gives_back_memory_only_when_nothing_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
