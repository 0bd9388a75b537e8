/* A listing that suddenly lacks most of the mailboxes: it is believed after a while. */
#include "engine_acts.h"

#include "store/db.h"

#define WAIT_S 900

static const char *const names[] = {"INBOX", "Work", "Lists", "Old", "Travel", "Family"};

#define WITH_MAIL 6
#define IN_EACH 5
#define ALL (WITH_MAIL * IN_EACH)

/* The inbox and others with mail, one without. */
static void begin(struct world *w)
{
    for (unsigned i = 0; i < WITH_MAIL; i++) {
        struct fake_mailbox *b = fake_add_mailbox(w->server, names[i], i == 0 ? FCT_ROLE_INBOX : 0);
        for (unsigned k = 0; k < IN_EACH; k++)
            fake_deliver(b, 10 * i + k, 0);
    }
    fake_add_mailbox(w->server, "Empty", 0);
    w->server->can = CONDSTORE;
    w->missing_wait_s = WAIT_S;
    connect_anew(w);
    pass(w);
    w->server->messages_given = 0;
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
    return store_run(tx, store_stmt(tx, arg), err);
}

static void let_time_pass(struct world *w)
{
    static const char sql[] = "UPDATE mailbox SET is_gone = is_gone - 901 WHERE is_gone <> 0";
    assert_int_equal(store_write(w->store, run_sql, (void *)sql, NULL), 0);
}

static int64_t emails(struct world *w)
{
    return number(w, "SELECT count(*) FROM email");
}

static int64_t told(struct world *w)
{
    return number(w, "SELECT count(*) FROM notice WHERE type = 'mailboxesMissing'");
}

static void most_of_them_stay_and_the_user_is_told_once(void **state)
{
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = 1;

    struct sync_report first = pass(w);
    connect_anew(w);
    struct sync_report second = pass(w);

    assert_int_equal(emails(w), ALL);
    assert_int_equal(told(w), 1);
    assert_int_equal(first.mailboxes_missing, WITH_MAIL);
    assert_int_equal(second.mailboxes_missing, WITH_MAIL);
}

static void what_is_listed_again_is_as_it_was(void **state)
{
    struct world *w = *state;
    begin(w);
    int64_t email = email_at(w, "Work", 3);
    w->server->n_boxes = 1;
    pass(w);
    w->server->n_boxes = WITH_MAIL + 1;
    connect_anew(w);

    struct sync_report report = pass(w);

    assert_int_equal(report.mailboxes_missing, 0);
    assert_int_equal(email_at(w, "Work", 3), email);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(number(w, "SELECT count(*) FROM mailbox WHERE is_gone <> 0"), 0);
    expect_in_step(w);
}

static void after_a_while_they_are_gone(void **state)
{
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = 1;
    pass(w);
    let_time_pass(w);
    connect_anew(w);

    struct sync_report report = pass(w);

    assert_int_equal(report.mailboxes_missing, 0);
    assert_int_equal(emails(w), IN_EACH);
    expect_in_step(w);
}

static void one_that_goes_later_begins_anew(void **state)
{
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = 2;
    pass(w);
    let_time_pass(w);
    w->server->n_boxes = 1;

    pass(w);

    assert_int_equal(emails(w), ALL);
    let_time_pass(w);
    pass(w);
    assert_int_equal(emails(w), IN_EACH);
}

static void a_clock_that_was_set_back_does_not_keep_them_for_ever(void **state)
{
    static const char in_future[] = "UPDATE mailbox SET is_gone = is_gone + 1000000 WHERE is_gone <> 0";
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = 1;
    pass(w);
    assert_int_equal(store_write(w->store, run_sql, (void *)in_future, NULL), 0);
    pass(w);
    assert_int_equal(emails(w), ALL);
    let_time_pass(w);

    pass(w);

    assert_int_equal(emails(w), IN_EACH);
}

static void no_more_than_half_go_at_once(void **state)
{
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = WITH_MAIL / 2; /* no more than half of them are missing */

    pass(w);

    assert_int_equal(emails(w), ALL / 2);
    assert_int_equal(told(w), 0);
    expect_in_step(w);
}

static void those_without_mail_go_at_once(void **state)
{
    struct world *w = *state;
    begin(w);
    w->server->n_boxes = WITH_MAIL;

    pass(w);

    assert_int_equal(number(w, "SELECT count(*) FROM mailbox WHERE name = 'Empty'"), 0);
}

static void whoever_does_not_want_to_wait_need_not(void **state)
{
    struct world *w = *state;
    begin(w);
    w->missing_wait_s = 0;
    connect_anew(w);
    w->server->n_boxes = 1;

    pass(w);

    assert_int_equal(emails(w), IN_EACH);
    expect_in_step(w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(most_of_them_stay_and_the_user_is_told_once),
        TEST(what_is_listed_again_is_as_it_was),
        TEST(after_a_while_they_are_gone),
        TEST(one_that_goes_later_begins_anew),
        TEST(a_clock_that_was_set_back_does_not_keep_them_for_ever),
        TEST(no_more_than_half_go_at_once),
        TEST(those_without_mail_go_at_once),
        TEST(whoever_does_not_want_to_wait_need_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
