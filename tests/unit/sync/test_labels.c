/* Gmail: labels are mailboxes, and everything is in "All Mail" too. The server's id for a message tells, from the first sync on, that
 * nothing has to come down twice. */
#include "engine_acts.h"
#include "engine_rules.h"

#define GMAIL (BASIC | FCT_CAN_EMAIL_IDS)
#define IN_INBOX 300
#define ARCHIVED 500
#define DISTINCT (IN_INBOX + ARCHIVED + 1)

/* The labels "Work" and "Family" on some of the inbox and of what is archived; one message in the trash, which is not in All Mail. */
static void begin(struct world *w, uint32_t can)
{
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *all = fake_add_mailbox(w->server, "All Mail", FCT_ROLE_ALL);
    struct fake_mailbox *trash = fake_add_mailbox(w->server, "Trash", FCT_ROLE_TRASH);
    struct fake_mailbox *labels[] = {fake_add_mailbox(w->server, "Work", 0), fake_add_mailbox(w->server, "Family", 0)};
    for (unsigned i = 0; i < IN_INBOX + ARCHIVED; i++) {
        fake_deliver(all, i, FCT_FLAG_SEEN);
        if (i % 8 < 3 && inbox->n < IN_INBOX)
            fake_deliver(inbox, i, FCT_FLAG_SEEN);
        if (i % 3 == 0)
            fake_deliver(labels[0], i, FCT_FLAG_SEEN);
        if (i % 7 == 0)
            fake_deliver(labels[1], i, FCT_FLAG_SEEN);
    }
    fake_deliver(trash, DISTINCT - 1, 0);
    assert_int_equal(inbox->n, IN_INBOX);
    w->server->can = can;
    w->server->tells_only_ids = true;
    connect_anew(w);
}

static void a_first_sync_of_labels_fetches_each_message_once(void **state)
{
    struct world *w = *state;
    begin(w, GMAIL);

    pass(w);

    assert_int_equal(w->server->messages_given, DISTINCT);
    expect_in_step(w);
}

static void one_that_is_interrupted_fetches_only_what_is_not_here_yet(void **state)
{
    struct world *w = *state;
    struct sync_report report;
    begin(w, GMAIL);
    w->server->fail_after_messages = IN_INBOX + 200;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    w->server->fail_after_messages = 0;
    connect_anew(w);

    pass(w);

    assert_int_equal(w->server->messages_given, DISTINCT);
    expect_in_step(w);
}

static void the_first_mailbox_is_not_asked_about_before_it_is_fetched(void **state)
{
    struct world *w = *state;
    begin(w, GMAIL);
    w->server->n_boxes = 1;

    pass(w);

    assert_int_equal(w->server->listings, 1);
    assert_int_equal(w->server->messages_given, IN_INBOX);
}

static void a_label_that_comes_later_brings_nothing_down(void **state)
{
    struct world *w = *state;
    begin(w, GMAIL);
    pass(w);
    struct fake_mailbox *later = fake_add_mailbox(w->server, "Later", 0);
    for (unsigned i = 0; i < 100; i++)
        fake_deliver(later, i, FCT_FLAG_SEEN);
    connect_anew(w);

    pass(w);

    assert_int_equal(w->server->messages_given, DISTINCT);
    expect_in_step(w);
}

static void without_ids_a_first_sync_asks_nothing_about_the_messages(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);

    pass(w);

    assert_int_equal(w->server->listings, w->server->n_boxes);
    assert_true(w->server->messages_given > DISTINCT);
    expect_in_step(w); /* each is stored once nevertheless */
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

/* An inbox that has shrunk is visited late; all mail, which has grown, is visited behind it nevertheless. */
static void mail_that_comes_into_an_inbox_that_shrank_is_news_there(void **state)
{
    struct world *w = *state;
    begin(w, GMAIL | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS);
    make_rule_for_all(w);
    pass(w);
    assert_int_equal(for_rules(w), 0);

    fake_remove(w->server, &w->server->box[0], w->server->box[0].m[3].uid);
    fake_remove(w->server, &w->server->box[0], w->server->box[0].m[7].uid);
    fake_deliver(&w->server->box[0], DISTINCT, 0);
    fake_deliver(&w->server->box[1], DISTINCT, 0);
    connect_anew(w);
    pass(w);

    expect_in_step(w);
    assert_int_equal(for_rules(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_first_sync_of_labels_fetches_each_message_once),
        TEST(one_that_is_interrupted_fetches_only_what_is_not_here_yet),
        TEST(the_first_mailbox_is_not_asked_about_before_it_is_fetched),
        TEST(a_label_that_comes_later_brings_nothing_down),
        TEST(without_ids_a_first_sync_asks_nothing_about_the_messages),
        TEST(mail_that_comes_into_an_inbox_that_shrank_is_news_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
