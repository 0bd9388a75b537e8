#include "mail_fixture.h"

#include "store/keywords.h"

#define NOON 1700000000

static int64_t write_letter(struct fixture *f, const char *id, int64_t mailbox, uint32_t flags)
{
    int64_t email;

    assert_good(
        create_letter(f, local_account(f), &mailbox, 1, flags, &(struct letter){.id = id, .subject = "Draft"}, &email));
    return email;
}

static void keywords_are_set_and_removed_in_the_local_account(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox = mailbox_with_role(&f, local_account(&f), FCT_ROLE_INBOX);
    int64_t id = write_letter(&f, "a@x", inbox, 0);

    assert_good(set_keywords(&f, id, "$seen Work home", NULL));
    assert_good(set_keywords(&f, id, "$flagged", "home"));

    CLEANUP(store_email_done) struct store_email e = load_email(&f, id);
    assert_int_equal(e.flags, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
    assert_string_equal(e.keywords, "work");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending"), 0);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
    assert_int_equal(m.unread_emails, 0);
    assert_int_equal(m.unread_threads, 0);
    verify_counters(&f);
}

static void change_that_changes_nothing_has_no_number(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    int64_t id = write_letter(&f, "a@x", inbox, FCT_FLAG_SEEN);
    int64_t before = sql_number(&f, "SELECT max(modseq) FROM state");

    assert_good(set_flags(&f, id, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));
    assert_good(set_mailboxes(&f, id, &inbox, 1));

    assert_int_equal(sql_number(&f, "SELECT max(modseq) FROM state"), before);
}

static void flags_of_a_thread_do_not_change_the_thread(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f);
    int64_t id = write_letter(&f, "a@x", mailbox_with_role(&f, local, FCT_ROLE_INBOX), 0);
    int64_t threads = state_of(&f, local, STORE_THREAD), mailboxes = state_of(&f, local, STORE_MAILBOX);

    assert_good(set_flags(&f, id, FCT_FLAG_FLAGGED, 0));
    assert_int_equal(state_of(&f, local, STORE_MAILBOX), mailboxes);
    assert_good(set_flags(&f, id, FCT_FLAG_SEEN, 0));

    assert_int_equal(state_of(&f, local, STORE_THREAD), threads);
    assert_true(state_of(&f, local, STORE_MAILBOX) > mailboxes);
}

static void deleted_is_no_keyword_that_a_user_could_set(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t id = write_letter(&f, "a@x", mailbox_with_role(&f, local_account(&f), FCT_ROLE_INBOX), FCT_FLAG_DELETED);

    assert_good(set_flags(&f, id, FCT_FLAG_DELETED, 0));

    CLEANUP(store_email_done) struct store_email e = load_email(&f, id);
    assert_int_equal(e.flags, 0);
}

static void invalid_and_too_many_keywords_are_refused(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t id = write_letter(&f, "a@x", mailbox_with_role(&f, local_account(&f), FCT_ROLE_INBOX), 0);
    CLEANUP(buf_done) struct buf many = {0};
    for (int i = 0; i < KEYWORDS_MAX; i++)
        buf_addf(&many, "k%d ", i);

    assert_int_equal(set_keywords(&f, id, "wh(t", NULL).code, FCT_E_INVALID);
    assert_good(set_keywords(&f, id, buf_str(&many), NULL));
    struct fct_error err = set_keywords(&f, id, "onemore", NULL);
    assert_int_equal(err.code, FCT_E_LIMIT);
    assert_non_null(strstr(err.message, "keywords: "));
    assert_good(set_keywords(&f, id, "onemore", "k1"));
    assert_int_equal(set_flags(&f, 12345, 1, 0).code, FCT_E_NOT_FOUND);
}

static void email_moves_with_its_keywords_and_keeps_its_id(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    int64_t to[2] = {mailbox_with_role(&f, local, FCT_ROLE_TRASH), mailbox_with_role(&f, local, FCT_ROLE_ARCHIVE)};
    int64_t id = write_letter(&f, "a@x", inbox, FCT_FLAG_FLAGGED);
    assert_good(set_keywords(&f, id, "work", NULL));

    assert_good(set_mailboxes(&f, id, (const int64_t[]){to[0], to[1], to[0]}, 3));

    CLEANUP(store_email_done) struct store_email e = load_email(&f, id);
    assert_int_equal(e.n_mailboxes, 2);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED);
    assert_string_equal(e.keywords, "work");
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
    assert_int_equal(m.total_emails, 0);
    assert_int_equal(m.total_threads, 0);
    verify_counters(&f);
}

static void email_is_always_in_a_mailbox_of_its_account(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t other;
    add_server(&f, (const char *const[]){"INBOX"}, 1, &other);
    int64_t id = write_letter(&f, "a@x", mailbox_with_role(&f, local_account(&f), FCT_ROLE_INBOX), 0);

    struct fct_error none = set_mailboxes(&f, id, &other, 0), foreign = set_mailboxes(&f, id, &other, 1);

    assert_int_equal(none.code, FCT_E_INVALID);
    assert_int_equal(foreign.code, FCT_E_INVALID);
    assert_int_equal(strncmp(none.message, "mailboxIds: ", 12), 0);
    assert_int_equal(strncmp(foreign.message, "mailboxIds: ", 12), 0);
}

/* RFC 8621 section 2: "Emails in the trash are treated as though they are in a separate Thread". */
static void trash_is_a_thread_of_its_own_for_unread_threads(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    int64_t trash = mailbox_with_role(&f, local, FCT_ROLE_TRASH), read_one, unread_one;
    assert_good(
        create_letter(&f, local, &inbox, 1, FCT_FLAG_SEEN, &(struct letter){.id = "a@x", .subject = "s"}, &read_one));
    assert_good(create_letter(&f, local, &trash, 1, 0,
                              &(struct letter){.id = "b@x", .references = "<a@x>", .subject = "s"}, &unread_one));

    CLEANUP(store_mailbox_done) struct store_mailbox in_inbox = load_mailbox(&f, inbox);
    CLEANUP(store_mailbox_done) struct store_mailbox in_trash = load_mailbox(&f, trash);
    assert_int_equal(in_inbox.unread_threads, 0); /* the RFC's example */
    assert_int_equal(in_trash.unread_threads, 1);
    /* Out of the trash it is an unread message of the thread, wherever it is. */
    int64_t archive = mailbox_with_role(&f, local, FCT_ROLE_ARCHIVE);
    assert_good(set_mailboxes(&f, unread_one, &archive, 1));
    CLEANUP(store_mailbox_done) struct store_mailbox now = load_mailbox(&f, inbox);
    assert_int_equal(now.unread_emails, 0);
    assert_int_equal(now.unread_threads, 1);
    verify_counters(&f);
}

static void destroyed_email_is_gone_and_told(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f);
    int64_t id = write_letter(&f, "a@x", mailbox_with_role(&f, local, FCT_ROLE_INBOX), 0);
    int64_t since = state_of(&f, local, STORE_EMAIL);

    assert_good(destroy_email(&f, id));

    assert_int_equal(destroy_email(&f, id).code, FCT_E_NOT_FOUND);
    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local, STORE_EMAIL, since, 0, &c));
    assert_int_equal(c.n_destroyed, 1);
    assert_int_equal(c.destroyed[0], id);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM thread"), 0);
    verify_counters(&f);
}

static void blob_of_a_destroyed_email_is_kept_while_another_has_it(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    int64_t one = write_letter(&f, "a@x", inbox, 0), two = write_letter(&f, "a@x", inbox, 0);

    assert_int_not_equal(one, two);
    assert_good(destroy_email(&f, one));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob WHERE expires_at IS NULL"), 1);
    assert_good(destroy_email(&f, two));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob WHERE expires_at IS NULL"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords_are_set_and_removed_in_the_local_account),
        cmocka_unit_test(change_that_changes_nothing_has_no_number),
        cmocka_unit_test(flags_of_a_thread_do_not_change_the_thread),
        cmocka_unit_test(deleted_is_no_keyword_that_a_user_could_set),
        cmocka_unit_test(invalid_and_too_many_keywords_are_refused),
        cmocka_unit_test(email_moves_with_its_keywords_and_keeps_its_id),
        cmocka_unit_test(email_is_always_in_a_mailbox_of_its_account),
        cmocka_unit_test(trash_is_a_thread_of_its_own_for_unread_threads),
        cmocka_unit_test(destroyed_email_is_gone_and_told),
        cmocka_unit_test(blob_of_a_destroyed_email_is_kept_while_another_has_it),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
