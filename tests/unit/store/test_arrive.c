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

static int64_t hello(struct fixture *f, int64_t account, int64_t mailbox, uint64_t uid, uint32_t flags)
{
    return arrive_letter(f, account, mailbox, uid, NOON, flags, &(struct letter){.id = "hello@x", .subject = "Hello"});
}

static void same_bytes_in_two_mailboxes_are_one_email(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);
    int64_t first = hello(&f, account, ids[0], 1, FCT_FLAG_SEEN);
    int64_t since = state_of(&f, account, STORE_EMAIL);

    int64_t second = hello(&f, account, ids[1], 9, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);

    assert_int_equal(first, second);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, first);
    assert_int_equal(e.n_mailboxes, 2);
    assert_int_equal(e.flags, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, account, STORE_EMAIL, since, 0, &c));
    assert_int_equal(c.n_updated, 1);
    assert_int_equal(c.n_created + c.n_destroyed, 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob"), 1);
    verify_counters(&f);
}

static void same_bytes_twice_in_one_mailbox_are_two_emails(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);
    struct prepared p;
    prepare_letter(&p, f.store, &(struct letter){.id = "hello@x", .subject = "Hello"});
    struct store_arrival a[4];
    for (int i = 0; i < 4; i++) /* two copies in each, in one batch */
        a[i] = (struct store_arrival){.mailbox_id = ids[i % 2],
                                      .uid = (uint64_t)(1 + i),
                                      .received_at = NOON + i,
                                      .blob = p.blob,
                                      .summary = &p.summary};

    arrive(&f, account, a, 4);

    assert_int_equal(a[0].email_id, a[1].email_id);
    assert_int_equal(a[2].email_id, a[3].email_id);
    assert_int_not_equal(a[0].email_id, a[2].email_id);
    assert_false(a[0].was_known);
    assert_true(a[1].was_known);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[0]);
    assert_int_equal(m.total_emails, 2);
    assert_int_equal(m.total_threads, 1);
    verify_counters(&f);
    prepared_done(&p);
}

static void uid_that_is_here_changes_nothing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    int64_t first = hello(&f, account, inbox, 1, 0);
    int64_t before = sql_number(&f, "SELECT max(modseq) FROM state");
    struct prepared p;
    prepare_letter(&p, f.store, &(struct letter){.id = "other@x"});
    struct store_arrival a[3];
    for (int i = 0; i < 3; i++) /* one that is here, and one that comes twice in a batch */
        a[i] = (struct store_arrival){
            .mailbox_id = inbox, .uid = i == 0 ? 1 : 2, .received_at = NOON, .blob = p.blob, .summary = &p.summary};

    arrive(&f, account, a, 1);

    assert_true(a[0].was_placed);
    assert_int_equal(a[0].email_id, first);
    assert_int_equal(sql_number(&f, "SELECT max(modseq) FROM state"), before);
    arrive(&f, account, a, 3);
    assert_false(a[1].was_placed);
    assert_true(a[2].was_placed);
    assert_int_equal(a[1].email_id, a[2].email_id);
    verify_counters(&f);
    prepared_done(&p);
}

static void deleted_message_is_neither_shown_nor_counted_nor_fetched_again(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);

    assert_int_equal(hello(&f, account, inbox, 1, FCT_FLAG_DELETED), 0);

    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
    assert_int_equal(m.total_emails, 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob WHERE expires_at IS NULL"), 1);
    struct prepared p;
    prepare_letter(&p, f.store, &(struct letter){.id = "hello@x", .subject = "Hello"});
    struct store_arrival a = {
        .mailbox_id = inbox, .uid = 1, .received_at = NOON, .blob = p.blob, .summary = &p.summary};
    arrive(&f, account, &a, 1);
    assert_true(a.was_placed);
    prepared_done(&p);
}

struct uids {
    struct store_uid_flags *p;
    size_t n;
    uint64_t counted, last;
};

static int uids_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct uids *u = c->out;

    if (store_mailbox_uid_count(tx, c->id, &u->counted, &u->last, err) < 0)
        return -1;
    return store_mailbox_uids(tx, c->id, &u->p, &u->n, err);
}

static void deleted_on_the_server_goes_and_undeleted_comes_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    struct uids u = {0};
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    int64_t id = hello(&f, account, inbox, 5, FCT_FLAG_SEEN);
    int64_t other = arrive_letter(&f, account, inbox, 3, NOON, 0, &(struct letter){.id = "other@x"});
    int64_t since = state_of(&f, account, STORE_EMAIL);

    assert_true(server_flags(&f, inbox, 5, FCT_FLAG_SEEN | FCT_FLAG_DELETED));
    assert_false(server_flags(&f, inbox, 5, FCT_FLAG_SEEN | FCT_FLAG_DELETED));

    CLEANUP(store_changes_done) struct store_changes gone = {0};
    assert_good(changes_since(&f, account, STORE_EMAIL, since, 0, &gone));
    assert_int_equal(gone.n_destroyed, 1);
    assert_int_equal(gone.destroyed[0], id);
    assert_good(read_call(&f, (struct call){.fn = uids_call, .id = inbox, .out = &u}));
    assert_int_equal(u.n, 2);
    assert_int_equal(u.counted, 2);
    assert_int_equal(u.last, 5);
    assert_true(u.p[0].uid == 3 && u.p[0].email_id == other);
    assert_true(u.p[1].uid == 5 && u.p[1].email_id == 0 && u.p[1].flags == (FCT_FLAG_SEEN | FCT_FLAG_DELETED));
    free(u.p);
    verify_counters(&f);

    assert_true(server_flags(&f, inbox, 5, FCT_FLAG_FLAGGED));

    int64_t back = sql_number(&f, "SELECT email_id FROM placement WHERE uid = 5");
    assert_int_not_equal(back, id);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, back);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED);
    assert_int_equal(e.received_at, NOON);
    assert_string_equal(e.subject, "Hello");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM fts WHERE fts MATCH 'subject : hello'"),
                     2); /* one of a destroyed Email */
    verify_counters(&f);
}

static void mailbox_that_is_gone_takes_nothing_in(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox, local = local_account(&f);
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    struct prepared p;
    prepare_letter(&p, f.store, &(struct letter){.id = "hello@x"});
    struct store_arrival a[1] = {{.mailbox_id = mailbox_with_role(&f, local, FCT_ROLE_INBOX),
                                  .uid = 1,
                                  .received_at = NOON,
                                  .blob = p.blob,
                                  .summary = &p.summary}};
    struct arrive_job j = {account, a, 1};
    struct fct_error err = {0};

    assert_int_equal(store_write(f.store, arrive_fn, &j, &err), -1);

    assert_int_equal(err.code, FCT_E_NOT_FOUND);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    prepared_done(&p);
}

static void absurd_dates_are_clamped(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    const int64_t dates[] = {INT64_MIN, -1, 0, INT64_MAX, RECEIVED_AT_MAX + 1};

    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof(id), "m%d@x", i);
        CLEANUP(store_email_done) struct store_email e = {0};
        e = load_email(&f, arrive_letter(&f, account, inbox, (uint64_t)i + 1, dates[i], 0, &(struct letter){.id = id}));
        assert_int_equal(e.received_at, i < 3 ? RECEIVED_AT_MIN : RECEIVED_AT_MAX);
        assert_true(e.id >= email_id_of_time(e.received_at));
    }
}

static int allocate_many(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    int64_t last = 0;

    for (size_t i = 0; i < c->n; i++) { /* as if each was a batch of its own, and destroyed at once */
        int64_t id;
        if (email_id_allocate(tx, NOON, 0, &id, err) < 0 || email_id_retire(tx, id, err) < 0)
            return -1;
        EXPECT(id == (last ? last + 1 : email_id_of_time(NOON)));
        last = id;
    }
    return 0;
}

static void many_messages_of_one_second_find_their_ids_without_trying_each(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();

    assert_good(write_call(&f, (struct call){.fn = allocate_many, .n = 20000})); /* quadratic: 200 million look-ups */

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM id_run"), 1);
    assert_int_equal(sql_number(&f, "SELECT last - first FROM id_run"), 19998);
}

static int count_steps(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    (void)err;
    *(int *)c->out = sqlite3_total_changes(store_db(tx));
    return 0;
}

static void mailbox_row_is_written_once_a_batch(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    enum { N = 200 };
    static struct prepared p[N];
    static struct store_arrival a[N];
    int before, after;
    for (int i = 0; i < N; i++) {
        char id[16];
        snprintf(id, sizeof(id), "m%d@x", i);
        prepare_letter(&p[i], f.store,
                       &(struct letter){.id = id, .subject = "All in one thread", .references = "<root@x>"});
        a[i] = (struct store_arrival){.mailbox_id = inbox,
                                      .uid = (uint64_t)i + 1,
                                      .received_at = NOON + i,
                                      .blob = p[i].blob,
                                      .summary = &p[i].summary};
    }
    assert_good(write_call(&f, (struct call){.fn = count_steps, .out = &before}));
    int64_t since = state_of(&f, account, STORE_MAILBOX);

    arrive(&f, account, a, N);

    assert_good(write_call(&f, (struct call){.fn = count_steps, .out = &after}));
    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, account, STORE_MAILBOX, since, 0, &c));
    assert_int_equal(c.n_updated, 1);
    assert_true(c.only_counts);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM thread"), 1);
    /* blob, email, envelope, placement and the index, the id of the message in thread_ref: six each and little more. */
    assert_true(after - before < 8 * N);
    for (int i = 0; i < N; i++)
        prepared_done(&p[i]);
}

static int forget_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_forget_uids(tx, c->id, err);
}

static int drop_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_placements_drop_unlinked(tx, c->id, SIZE_MAX, c->out, err);
}

static void renumbered_mailbox_finds_its_messages_again(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    size_t gone = 0;
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    int64_t kept = hello(&f, account, inbox, 1, 0);
    int64_t lost = arrive_letter(&f, account, inbox, 2, NOON, 0, &(struct letter){.id = "lost@x"});
    assert_good(set_flags(&f, kept, FCT_FLAG_FLAGGED, 0)); /* waits for the server */

    assert_good(write_call(&f, (struct call){.fn = forget_call, .id = inbox}));
    assert_int_equal(sql_number(&f, "SELECT total_emails FROM mailbox WHERE wire_name IS NOT NULL"), 2);
    int64_t found = hello(&f, account, inbox, 71, FCT_FLAG_SEEN);
    assert_good(write_call(&f, (struct call){.fn = drop_call, .id = inbox, .out = &gone}));

    assert_int_equal(found, kept);
    assert_int_equal(gone, 1);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, kept);
    assert_int_equal(e.flags, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
    assert_int_equal(sql_number(&f, "SELECT uid FROM pending"), 71);
    char sql[64];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM email WHERE id = %lld", (long long)lost);
    assert_int_equal(sql_number(&f, sql), 0);
    verify_counters(&f);
}

static void vanished_uids_go_and_with_the_last_placement_the_email(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);
    int64_t id = hello(&f, account, ids[0], 1, 0);
    hello(&f, account, ids[1], 1, 0);
    int64_t thread_since = state_of(&f, account, STORE_THREAD);

    assert_int_equal(vanished(&f, ids[0], 1, 100), 1);

    CLEANUP(store_email_done) struct store_email e = load_email(&f, id);
    assert_int_equal(e.n_mailboxes, 1);
    assert_int_equal(state_of(&f, account, STORE_THREAD), thread_since); /* its emailIds are the same */
    assert_int_equal(vanished(&f, ids[1], 1, SIZE_MAX), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM thread"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob WHERE expires_at IS NULL"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM fts_dead"), 1);
    verify_counters(&f);
}

static void only_new_mail_is_a_delivery(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], local = local_account(&f), id;
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);

    hello(&f, account, ids[0], 1, 0);
    int64_t first = state_of(&f, account, STORE_EMAIL_DELIVERY);
    hello(&f, account, ids[1], 1, 0);
    int64_t inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    assert_good(create_letter(&f, local, &inbox, 1, 0, &(struct letter){.id = "mine@x"}, &id));

    assert_true(first > 0);
    assert_int_equal(state_of(&f, account, STORE_EMAIL_DELIVERY), first);
    assert_int_equal(state_of(&f, local, STORE_EMAIL_DELIVERY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_and_is_read_back),
        cmocka_unit_test(same_bytes_in_two_mailboxes_are_one_email),
        cmocka_unit_test(same_bytes_twice_in_one_mailbox_are_two_emails),
        cmocka_unit_test(uid_that_is_here_changes_nothing),
        cmocka_unit_test(deleted_message_is_neither_shown_nor_counted_nor_fetched_again),
        cmocka_unit_test(deleted_on_the_server_goes_and_undeleted_comes_back),
        cmocka_unit_test(mailbox_that_is_gone_takes_nothing_in),
        cmocka_unit_test(absurd_dates_are_clamped),
        cmocka_unit_test(many_messages_of_one_second_find_their_ids_without_trying_each),
        cmocka_unit_test(mailbox_row_is_written_once_a_batch),
        cmocka_unit_test(renumbered_mailbox_finds_its_messages_again),
        cmocka_unit_test(vanished_uids_go_and_with_the_last_placement_the_email),
        cmocka_unit_test(only_new_mail_is_a_delivery),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
