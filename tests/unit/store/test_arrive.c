#include "mail_fixture.h"

#include "store/email_ids.h"

#define NOON 1700000000

static void a_message_arrives_and_is_read_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "Sent"}, 2, ids);

    int64_t id = arrive_letter(&f, account, ids[0], 7, NOON, FCT_FLAG_FLAGGED,
                               &(struct letter){.id = "a@x", .subject = "Caf\xc3\xa9"});

    CLEANUP(store_email_done) struct store_email e = load_email(&f, id);
    assert_int_equal(e.id, email_id_of_time(NOON));
    assert_int_equal(e.received_at, NOON);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED);
    assert_int_equal(e.n_mailboxes, 1);
    assert_int_equal(e.mailbox_ids[0], ids[0]);
    assert_string_equal(e.subject, "Caf\xc3\xa9");
    assert_string_equal(e.message_id, "a@x");
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[0]);
    assert_int_equal(m.total_emails, 1);
    assert_int_equal(m.unread_emails, 1);
    assert_int_equal(m.total_threads, 1);
    assert_int_equal(m.unread_threads, 1);
    verify_counters(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_and_is_read_back),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
