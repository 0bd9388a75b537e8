/* A message that the server does not give, because it breaks the connection or never comes: everything else comes, it is left out after some
 * failures, with a notice, and tried again rarely. */
#include "engine_acts.h"

#include "store/db.h"
#include "store/stubborn.h"
#include "sync/verify.h"

#include <time.h>

#define LETTERS 20
#define POISON 7

static void begin(struct world *w, uint32_t can)
{
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_add_mailbox(w->server, "Work", 0);
    for (unsigned i = 0; i < LETTERS; i++)
        fake_deliver(&w->server->box[0], i, i % 2 ? FCT_FLAG_SEEN : 0);
    fake_deliver(&w->server->box[1], 100, 0);
    w->server->can = can;
}

/* A session: one pass. Returns whether the connection held. */
static bool meet(struct world *w)
{
    struct sync_report report;
    struct fct_error err = {0};
    connect_anew(w);
    if (sync_pass(w->engine, &report, &err) == 0) {
        w->was_in_step = true;
        return true;
    }
    assert_int_equal(err.code, FCT_E_NETWORK);
    return false;
}

/* Sessions until one holds; how many broke. */
static unsigned meet_until_it_holds(struct world *w)
{
    unsigned broken = 0;
    while (!meet(w))
        assert_true(++broken < 20);
    return broken;
}

struct counting {
    const char *sql;
    int64_t n;
};

static int count(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct counting *c = arg;
    sqlite3_stmt *q = NULL;
    if (store_prepare(tx, c->sql, &q, err) < 0)
        return -1;
    if (sqlite3_step(q) == SQLITE_ROW)
        c->n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return 0;
}

static int64_t number(struct world *w, const char *sql)
{
    struct counting c = {sql, -1};
    assert_int_equal(store_read(w->store, count, &c, NULL), 0);
    return c.n;
}

static int run_sql(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q = NULL;
    if (store_prepare(tx, arg, &q, err) < 0)
        return -1;
    int rc = sqlite3_step(q);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE ? 0 : store_fail_sql(tx, err, arg);
}

static void change(struct world *w, const char *sql)
{
    assert_int_equal(store_write(w->store, run_sql, (void *)sql, NULL), 0);
}

static int64_t here(struct world *w)
{
    return number(w, "SELECT count(*) FROM placement");
}

static int64_t partials(struct world *w)
{
    return number(w, "SELECT count(*) FROM email WHERE bits & 4");
}

static int64_t told(struct world *w)
{
    return number(w, "SELECT count(*) FROM notice WHERE type = 'messageLeftOut'");
}

static int64_t incomplete(struct world *w)
{
    return number(w, "SELECT count(*) FROM mailbox WHERE wire_name IS NOT NULL AND is_complete = 0");
}

static int retry(struct world *w, bool is_asked_for)
{
    struct fct_error err = {0};
    return sync_try_left_out(w->engine, is_asked_for, &err);
}

/* ---- it breaks the connection -------------------------------------------------------------------------------------------- */

static void a_message_that_breaks_the_connection_costs_three_and_is_shown_by_its_header(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = POISON;

    unsigned broken = meet_until_it_holds(w);

    assert_int_equal(broken, STUBBORN_FAILURES);
    assert_int_equal(here(w), LETTERS + 1);
    assert_int_equal(partials(w), 1);
    assert_int_equal(told(w), 1);
    assert_int_equal(incomplete(w), 0);
    assert_true(meet(w)); /* and nothing more is asked for it */
    assert_int_equal(w->server->poison_fetches, STUBBORN_FAILURES);
}

static void after_the_first_failure_everything_else_comes_first(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = 1;
    assert_false(meet(w));
    assert_int_equal(here(w), 0);

    assert_false(meet(w));

    assert_int_equal(here(w), LETTERS - 1);
}

static void one_whose_header_breaks_it_too_is_left_out_altogether(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    w->server->poison_uid = POISON;
    w->server->poisons_headers = true;

    assert_int_equal(meet_until_it_holds(w), STUBBORN_FAILURES + 1);

    assert_int_equal(here(w), LETTERS);
    assert_int_equal(told(w), 1);
    assert_int_equal(incomplete(w), 0);
    unsigned listings = w->server->listings;
    fake_deliver(&w->server->box[0], 30, 0);
    assert_true(meet(w)); /* the mailbox goes by news, as any other */
    assert_int_equal(w->server->listings, listings + 2); /* the new UIDs, and their details */
    assert_int_equal(here(w), LETTERS + 1);
    assert_int_equal(incomplete(w), 0);
}

static void the_failures_are_counted_over_restarts(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    for (int i = 0; i < STUBBORN_FAILURES; i++) {
        assert_false(meet(w));
        sync_engine_free(w->engine);
        w->engine = NULL;
        store_close(w->store);
        open_world(w);
    }

    assert_true(meet(w));

    assert_int_equal(here(w), LETTERS + 1);
}

static void where_nobody_knows_whose_turn_it_was_the_next_one_is_meant(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    fake_remove(w->server, &w->server->box[0], POISON - 1);
    fake_remove(w->server, &w->server->box[0], POISON - 2);
    w->server->poison_uid = POISON;
    w->server->poison_suspect = POISON - 2; /* behind the last that came; it does not exist */
    assert_false(meet(w));
    w->server->poison_suspect = 0; /* alone, there is no doubt */

    unsigned broken = meet_until_it_holds(w);

    assert_int_equal(broken, STUBBORN_FAILURES - 1);
    assert_int_equal(here(w), LETTERS - 2 + 1);
    assert_int_equal(number(w, "SELECT uid FROM stubborn"), POISON);
}

static void a_suspect_that_comes_after_all_is_none(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->fail_after_messages = 5; /* some connection breaks */
    w->server->is_broken = true;
    w->server->poison_suspect = POISON;
    connect_anew(w);
    w->server->is_broken = true;
    struct sync_report report;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), 1);
    w->server->fail_after_messages = 0;

    assert_true(meet(w));

    expect_in_step(w);
    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), 0);
}

/* ---- tried again --------------------------------------------------------------------------------------------------------- */

static void it_is_tried_again_when_somebody_asks(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    w->server->poisons_headers = true;
    meet_until_it_holds(w);
    assert_int_equal(retry(w, false), 0);
    assert_int_equal(w->server->poison_fetches, STUBBORN_FAILURES + 1);

    assert_int_equal(retry(w, true), -1);
    assert_int_equal(w->server->poison_fetches, STUBBORN_FAILURES + 2);
    assert_true(meet(w));
    w->server->poison_uid = 0; /* somebody has mended the server */
    assert_int_equal(retry(w, true), 0);

    expect_in_step(w);
    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), 0);
    assert_true(meet(w));
    expect_in_step(w);
}

static void it_is_tried_again_after_a_day(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    meet_until_it_holds(w);
    assert_int_equal(partials(w), 1);
    w->server->poison_uid = 0;
    assert_int_equal(retry(w, false), 0);
    assert_int_equal(partials(w), 1);
    change(w, "UPDATE stubborn SET tried_at = tried_at - 86401");

    assert_int_equal(retry(w, false), 0);

    assert_int_equal(partials(w), 0);
    expect_in_step(w);
}

static void a_clock_that_was_set_back_does_not_put_it_off(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    meet_until_it_holds(w);
    w->server->poison_uid = 0;
    change(w, "UPDATE stubborn SET tried_at = tried_at + 100000000");

    assert_int_equal(retry(w, false), 0);

    assert_int_equal(partials(w), 0);
    expect_in_step(w);
}

static void the_background_does_not_fetch_its_body(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    meet_until_it_holds(w);

    while (sync_keep_is_due(w->engine))
        assert_int_equal(sync_keep(w->engine, &err), 0);

    assert_int_equal(w->server->poison_fetches, STUBBORN_FAILURES);
}

/* ---- it never comes ------------------------------------------------------------------------------------------------------ */

static void one_that_never_comes_is_left_out_after_three_passes(void **state)
{
    struct world *w = *state;
    begin(w, CONDSTORE);
    w->server->box[0].m[POISON - 1].is_withheld = true;
    for (int i = 0; i < STUBBORN_FAILURES; i++) {
        assert_int_equal(incomplete(w), i > 0);
        assert_true(meet(w));
    }
    assert_int_equal(told(w), 1);
    assert_true(meet(w)); /* its header, which does not come either */
    assert_int_equal(incomplete(w), 0);

    unsigned selects = w->server->selects;
    assert_true(meet(w));

    assert_int_equal(w->server->selects, selects); /* in step: no visit */
    assert_int_equal(here(w), LETTERS);
}

static void one_that_is_expunged_is_forgotten(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    w->server->poison_uid = POISON;
    w->server->poisons_headers = true;
    meet_until_it_holds(w);
    fake_remove(w->server, &w->server->box[0], POISON);

    assert_true(meet(w));

    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), 0);
    assert_int_equal(incomplete(w), 0);
    expect_in_step(w);
}

static void it_begins_anew_when_the_mailbox_is_renumbered(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    w->server->poison_uid = POISON;
    w->server->poisons_headers = true;
    meet_until_it_holds(w);
    w->server->box[0].uidvalidity++;
    w->server->poison_uid = 0;

    assert_true(meet(w));

    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), 0);
    expect_in_step(w);
}

static int fill(struct store_tx *tx, void *arg, struct fct_error *err)
{
    for (uint64_t uid = 1; uid <= STUBBORN_MAX + 10; uid++)
        if (store_stubborn_failed(tx, *(int64_t *)arg, uid, (int64_t)uid, err) < 0)
            return -1;
    return 0;
}

static void their_number_is_bounded(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    assert_true(meet(w));
    int64_t inbox = number(w, "SELECT id FROM mailbox WHERE name = 'INBOX' OR name = 'Inbox' ORDER BY id DESC LIMIT 1");

    assert_int_equal(store_write(w->store, fill, &inbox, NULL), 0);

    assert_int_equal(number(w, "SELECT count(*) FROM stubborn"), STUBBORN_MAX);
    assert_int_equal(number(w, "SELECT min(uid) FROM stubborn"), 11);
}

/* ---- what is said of it ---------------------------------------------------------------------------------------------------- */

static void verify_tells_what_it_is(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    begin(w, BASIC);
    w->server->poison_uid = POISON;
    w->server->poisons_headers = true;
    meet_until_it_holds(w);
    CLEANUP(verify_freep) struct verify *v = verify_new(w->store, w->account);

    for (int look = 0; look < 2; look++) {
        assert_int_equal(verify_list(v, &fake_source, w->server, &err), 0);
        for (size_t i = 0; i < verify_n(v); i++)
            if (look == 0 || verify_doubts(v, i))
                assert_int_equal(verify_look(v, i, &fake_source, w->server, &err), 0);
    }
    verify_settle_list(v);

    const struct verify_report *r = verify_result(v);
    assert_int_equal(r->found, 1);
    assert_int_equal(r->counts[VERIFY_EMAIL_LEFT_OUT], 1);
    assert_int_equal(r->list[0].uid, POISON);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_that_breaks_the_connection_costs_three_and_is_shown_by_its_header),
        TEST(after_the_first_failure_everything_else_comes_first),
        TEST(one_whose_header_breaks_it_too_is_left_out_altogether),
        TEST(the_failures_are_counted_over_restarts),
        TEST(where_nobody_knows_whose_turn_it_was_the_next_one_is_meant),
        TEST(a_suspect_that_comes_after_all_is_none),
        TEST(it_is_tried_again_when_somebody_asks),
        TEST(it_is_tried_again_after_a_day),
        TEST(a_clock_that_was_set_back_does_not_put_it_off),
        TEST(the_background_does_not_fetch_its_body),
        TEST(one_that_never_comes_is_left_out_after_three_passes),
        TEST(one_that_is_expunged_is_forgotten),
        TEST(it_begins_anew_when_the_mailbox_is_renumbered),
        TEST(their_number_is_bounded),
        TEST(verify_tells_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
