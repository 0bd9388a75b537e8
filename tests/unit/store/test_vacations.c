/* Who is away, what came meanwhile, and who was answered: store/vacations.h. */
#include "mail_fixture.h"

#include "store/vacations.h"

#define NOON 1700000000
#define HOUR 3600
#define DAY 86400

struct asking {
    const char *address;
    int days;
    int64_t now;
    bool may;
};

static int may_answer_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct asking *a = arg;
    return store_vacation_may_answer(tx, 1, a->address, a->days, a->now, &a->may, err);
}

static bool may_answer(struct fixture *f, const char *address, int days, int64_t now)
{
    struct asking a = {address, days, now, false};
    assert_ok(store_write(f->store, may_answer_fn, &a, err));
    return a.may;
}

struct saving {
    struct store_vacation v;
    int64_t now;
};

static int save_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct saving *s = arg;
    return store_vacation_save(tx, &s->v, s->now, err);
}

static void save(struct fixture *f, bool is_enabled, int64_t now)
{
    struct saving s = {{.account_id = 1, .is_enabled = is_enabled, .days = 7}, now};
    assert_ok(store_write(f->store, save_fn, &s, err));
}

static int load_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_vacation_load(tx, 1, arg, err);
}

static int note_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_vacation_arrived(tx, 1, arg, 2, err);
}

struct listing {
    struct store_vacation_arrival v[10];
    size_t n;
};

static int list_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct listing *l = arg;
    return store_vacation_arrivals(tx, l->v, 10, &l->n, err);
}

static size_t count_arrivals(struct fixture *f)
{
    struct listing l = {0};
    assert_ok(store_read(f->store, list_fn, &l, err));
    return l.n;
}

static int seen_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_vacation_seen(tx, *(const int64_t *)arg, err);
}

static int sweep_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_vacation_sweep(tx, NOON, 100, arg, err);
}

static void a_sender_is_answered_once_in_so_many_days(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    size_t n = 0;
    (void)state;
    assert_true(may_answer(&f, "joe@example.net", 7, NOON));
    assert_false(may_answer(&f, "JOE@example.NET", 7, NOON + 7 * DAY - 1));
    assert_true(may_answer(&f, "mary@example.net", 7, NOON + 1));
    fixture_reopen(&f);
    assert_false(may_answer(&f, "joe@example.net", 7, NOON + 7 * DAY - 1));
    assert_true(may_answer(&f, "joe@example.net", 3, NOON + 3 * DAY));
    assert_false(may_answer(&f, "joe@example.net", 3, NOON + 6 * DAY - 1));
    assert_true(may_answer(&f, "joe@example.net", 3, NOON - DAY)); /* the clock was put back */
    assert_ok(store_write(f.store, sweep_fn, &n, err));
    assert_int_equal(n, 1);
    assert_false(may_answer(&f, "mary@example.net", 7, NOON + 2));
}

/* What answers from an address that nobody had before cannot be told from a person by that. */
static void not_everybody_is_answered_at_once(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    char address[40];
    (void)state;
    for (int i = 0; i < VACATION_ANSWERS_MAX; i++) {
        snprintf(address, sizeof(address), "ticket+%d@example.net", i);
        assert_true(may_answer(&f, address, 7, NOON + i));
    }
    assert_false(may_answer(&f, "ticket+100@example.net", 7, NOON + HOUR - 1));
    assert_true(may_answer(&f, "ticket+100@example.net", 7, NOON + HOUR)); /* the first is long ago */
    assert_false(may_answer(&f, "ticket+101@example.net", 7, NOON + HOUR));
}

static void what_comes_is_noted_only_while_it_is_on(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2] = {40, 41};
    (void)state;
    assert_ok(store_write(f.store, note_fn, ids, err));
    assert_int_equal(count_arrivals(&f), 0);
    save(&f, true, NOON);
    assert_ok(store_write(f.store, note_fn, ids, err));
    assert_ok(store_write(f.store, note_fn, ids, err));
    fixture_reopen(&f);
    assert_int_equal(count_arrivals(&f), 2);
    assert_ok(store_write(f.store, seen_fn, &ids[0], err));
    assert_int_equal(count_arrivals(&f), 1);
    save(&f, false, NOON);
    assert_int_equal(count_arrivals(&f), 0);
}

static void old_mail_is_what_came_before_it_was_switched_on(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(store_vacation_done) struct store_vacation v = {0};
    (void)state;
    save(&f, true, NOON);
    save(&f, true, NOON + 50); /* the words are changed: it has been on all the time */
    assert_ok(store_read(f.store, load_fn, &v, err));
    assert_int_equal(v.enabled_at, NOON);
    assert_true(store_vacation_covers(&v, NOON, NOON));
    assert_false(store_vacation_covers(&v, NOON - 3600, NOON));
    assert_false(store_vacation_covers(&v, NOON, NOON + 30 * DAY)); /* nobody waits for an answer any more */
    v.from = NOON + 10;
    v.to = NOON + 20;
    assert_false(store_vacation_covers(&v, NOON + 9, NOON + 9));
    assert_true(store_vacation_covers(&v, NOON + 10, NOON + 30));
    assert_false(store_vacation_covers(&v, NOON + 20, NOON + 30));
    v.is_enabled = false;
    assert_false(store_vacation_covers(&v, NOON + 10, NOON + 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_everybody_is_answered_at_once),
        cmocka_unit_test(a_sender_is_answered_once_in_so_many_days),
        cmocka_unit_test(what_comes_is_noted_only_while_it_is_on),
        cmocka_unit_test(old_mail_is_what_came_before_it_was_switched_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
