/* What came of calls with an idempotency key. */
#include "mail_fixture.h"

#include "store/outcomes.h"

static const unsigned char call_a[OUTCOME_CALL_SIZE] = {1}, call_b[OUTCOME_CALL_SIZE] = {2};

struct begin {
    const char *key;
    const unsigned char *call;
    int64_t now;
    enum store_outcome outcome;
    char *answer;
};

static int begin_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct begin *b = arg;

    return store_outcome_begin(tx, b->key, b->call, b->now, &b->outcome, &b->answer, err);
}

/* *out_answer may be NULL; freed by the caller. */
static enum store_outcome begin(struct fixture *f, const char *key, const unsigned char *call, int64_t now,
                                char **out_answer)
{
    struct begin b = {key, call, now, -1, NULL};

    assert_ok(store_write(f->store, begin_fn, &b, err));
    if (out_answer)
        *out_answer = b.answer;
    else
        assert_null(b.answer);
    return b.outcome;
}

struct end {
    const char *key, *answer;
};

static int end_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct end *e = arg;

    return store_outcome_end(tx, e->key, e->answer, err);
}

static void end(struct fixture *f, const char *key, const char *answer)
{
    struct end e = {key, answer};

    assert_ok(store_write(f->store, end_fn, &e, err));
}

static void an_answered_call_is_known_after_a_restart(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *answer = NULL;
    (void)state;
    assert_int_equal(begin(&f, "k", call_a, 5, NULL), OUTCOME_NEW);
    end(&f, "k", "{\"result\":1}");
    fixture_reopen(&f);

    assert_int_equal(begin(&f, "k", call_a, 6, &answer), OUTCOME_KNOWN);

    assert_string_equal(answer, "{\"result\":1}");
    assert_int_equal(begin(&f, "k", call_b, 6, NULL), OUTCOME_OTHER_CALL);
    assert_int_equal(begin(&f, "l", call_b, 6, NULL), OUTCOME_NEW);
}

static void a_call_that_was_cut_short_is_unknown(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    assert_int_equal(begin(&f, "k", call_a, 5, NULL), OUTCOME_NEW);
    fixture_reopen(&f);

    assert_int_equal(begin(&f, "k", call_a, 6, NULL), OUTCOME_UNKNOWN);
}

static void a_call_that_failed_leaves_its_key(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    assert_int_equal(begin(&f, "k", call_a, 5, NULL), OUTCOME_NEW);
    end(&f, "k", NULL);

    assert_int_equal(begin(&f, "k", call_b, 6, NULL), OUTCOME_NEW);
}

static int sweep_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_outcomes_sweep(tx, 100, 2, arg, err);
}

static void old_outcomes_are_swept_in_pieces(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    static const char *const keys[] = {"a", "b", "c", "d"};
    size_t n = 0;
    (void)state;
    for (int i = 0; i < 4; i++)
        begin(&f, keys[i], call_a, i < 3 ? 99 : 100, NULL);

    assert_ok(store_write(f.store, sweep_fn, &n, err));
    assert_int_equal(n, 2);
    assert_ok(store_write(f.store, sweep_fn, &n, err));
    assert_int_equal(n, 1);

    assert_int_equal(begin(&f, "a", call_a, 101, NULL), OUTCOME_NEW);
    assert_int_equal(begin(&f, "d", call_a, 101, NULL), OUTCOME_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answered_call_is_known_after_a_restart),
        cmocka_unit_test(a_call_that_was_cut_short_is_unknown),
        cmocka_unit_test(a_call_that_failed_leaves_its_key),
        cmocka_unit_test(old_outcomes_are_swept_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
