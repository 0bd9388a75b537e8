#include "mail_fixture.h"

#include <time.h>

static int64_t write_letter(struct fixture *f, const char *id)
{
    int64_t inbox = mailbox_with_role(f, local_account(f), FCT_ROLE_INBOX), email;

    assert_good(create_letter(f, local_account(f), &inbox, 1, 0, &(struct letter){.id = id}, &email));
    return email;
}

static void created_and_changed_is_created(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), since = state_of(&f, local, STORE_EMAIL);

    int64_t id = write_letter(&f, "a@x");
    assert_good(set_flags(&f, id, FCT_FLAG_SEEN, 0));

    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local, STORE_EMAIL, since, 0, &c));
    assert_int_equal(c.n_created, 1);
    assert_int_equal(c.created[0], id);
    assert_int_equal(c.n_updated + c.n_destroyed, 0);
    assert_int_equal(c.new_modseq, state_of(&f, local, STORE_EMAIL));
    assert_false(c.has_more);
}

static void created_and_destroyed_is_left_out(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), since = state_of(&f, local, STORE_EMAIL);

    assert_good(destroy_email(&f, write_letter(&f, "a@x")));

    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local, STORE_EMAIL, since, 0, &c));
    assert_int_equal(c.n_created + c.n_updated + c.n_destroyed, 0);
    assert_true(c.new_modseq > since);
}

static void changed_and_destroyed_is_destroyed(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), id = write_letter(&f, "a@x"), since = state_of(&f, local, STORE_EMAIL);

    assert_good(set_flags(&f, id, FCT_FLAG_SEEN, 0));
    assert_good(destroy_email(&f, id));

    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local, STORE_EMAIL, since, 0, &c));
    assert_int_equal(c.n_destroyed, 1);
    assert_int_equal(c.n_created + c.n_updated, 0);
}

/* RFC 8620 section 5.2: the first piece says that it was created, however often it changed since. */
static void pieces_tell_creation_before_change(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), since = state_of(&f, local, STORE_EMAIL);
    int64_t first = write_letter(&f, "a@x"), second = write_letter(&f, "b@x");
    assert_good(set_flags(&f, first, FCT_FLAG_SEEN, 0));

    CLEANUP(store_changes_done) struct store_changes one = {0};
    CLEANUP(store_changes_done) struct store_changes two = {0};
    CLEANUP(store_changes_done) struct store_changes three = {0};
    assert_good(changes_since(&f, local, STORE_EMAIL, since, 1, &one));
    assert_good(changes_since(&f, local, STORE_EMAIL, one.new_modseq, 1, &two));
    assert_good(changes_since(&f, local, STORE_EMAIL, two.new_modseq, 1, &three));

    assert_true(one.has_more && two.has_more && !three.has_more);
    assert_true(one.n_created == 1 && one.created[0] == first);
    assert_true(two.n_created == 1 && two.created[0] == second);
    assert_true(three.n_updated == 1 && three.updated[0] == first && three.n_created == 0);
    assert_int_equal(three.new_modseq, state_of(&f, local, STORE_EMAIL));
}

static void state_from_elsewhere_cannot_be_calculated(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f);
    CLEANUP(store_changes_done) struct store_changes c = {0};

    assert_int_equal(changes_since(&f, local, STORE_EMAIL, 1000, 0, &c).code, FCT_E_CANNOT_CALCULATE);
    assert_int_equal(changes_since(&f, local, STORE_EMAIL, -5, 0, &c).code, FCT_E_CANNOT_CALCULATE);
    assert_int_equal(changes_since(&f, local, STORE_EMAIL_DELIVERY, 0, 0, &c).code, FCT_E_CANNOT_CALCULATE);
}

static int sweep_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_tombstones_sweep(tx, c->id, c->n, c->out, err);
}

static void swept_tombstones_end_what_can_be_calculated(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f);
    int64_t one = write_letter(&f, "a@x"), two = write_letter(&f, "b@x"), since = state_of(&f, local, STORE_EMAIL);
    size_t swept;
    assert_good(destroy_email(&f, one));
    int64_t between = state_of(&f, local, STORE_EMAIL);
    assert_good(destroy_email(&f, two));

    assert_good(write_call(&f, (struct call){.fn = sweep_call, .id = time(NULL) - 100, .n = 10, .out = &swept}));
    assert_int_equal(swept, 0);
    assert_good(write_call(&f, (struct call){.fn = sweep_call, .id = time(NULL) + 100, .n = 1, .out = &swept}));
    assert_int_equal(swept, 1);

    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_int_equal(changes_since(&f, local, STORE_EMAIL, since, 0, &c).code, FCT_E_CANNOT_CALCULATE);
    assert_good(changes_since(&f, local, STORE_EMAIL, between, 0, &c));
    assert_int_equal(c.n_destroyed, 1);
    assert_int_equal(c.destroyed[0], two);
    store_changes_done(&c);
}

static void old_state_of_a_type_that_nothing_happened_to_is_good_for_ever(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), accounts = state_of(&f, 0, STORE_ACCOUNT), inbox;
    size_t swept;
    assert_good(destroy_email(&f, write_letter(&f, "a@x")));
    assert_good(write_call(&f, (struct call){.fn = sweep_call, .id = time(NULL) + 100, .n = 10, .out = &swept}));
    assert_int_equal(swept, 2); /* the Email and its Thread */

    add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);

    CLEANUP(store_changes_done) struct store_changes c = {0};
    CLEANUP(store_changes_done) struct store_changes present = {0};
    assert_good(changes_since(&f, local, STORE_ACCOUNT, accounts, 0, &c));
    assert_int_equal(c.n_created, 1);
    assert_good(changes_since(&f, local, STORE_EMAIL, state_of(&f, local, STORE_EMAIL), 0, &present));
}

static void all_accounts_are_followed_at_once(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox, since = state_of(&f, -1, STORE_EMAIL);
    int64_t account = add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    int64_t first = write_letter(&f, "a@x");
    int64_t second = arrive_letter(&f, account, inbox, 1, 1700000000, 0, &(struct letter){.id = "b@x"});

    CLEANUP(store_changes_done) struct store_changes one = {0};
    CLEANUP(store_changes_done) struct store_changes two = {0};
    assert_good(changes_since(&f, -1, STORE_EMAIL, since, 1, &one));
    assert_good(changes_since(&f, -1, STORE_EMAIL, one.new_modseq, 1, &two));

    assert_true(one.has_more && !two.has_more);
    assert_true(one.n_created == 1 && one.created[0] == first);
    assert_true(two.n_created == 1 && two.created[0] == second);
}

static int rename_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_update(tx, c->id, &(struct store_mailbox_patch){.name = c->in}, err);
}

static void counters_alone_are_told_apart(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), since = state_of(&f, local, STORE_MAILBOX);
    CLEANUP(store_changes_done) struct store_changes counts = {0};
    CLEANUP(store_changes_done) struct store_changes more = {0};
    CLEANUP(store_changes_done) struct store_changes later = {0};

    write_letter(&f, "a@x");
    assert_good(changes_since(&f, local, STORE_MAILBOX, since, 0, &counts));
    assert_good(write_call(
        &f, (struct call){.fn = rename_call, .id = mailbox_with_role(&f, local, FCT_ROLE_DRAFTS), .in = "Unsent"}));
    assert_good(changes_since(&f, local, STORE_MAILBOX, since, 0, &more));
    int64_t between = state_of(&f, local, STORE_MAILBOX);
    write_letter(&f, "b@x");
    assert_good(changes_since(&f, local, STORE_MAILBOX, between, 0, &later));

    assert_true(counts.n_updated == 1 && counts.only_counts);
    assert_true(more.n_updated == 2 && !more.only_counts);
    assert_true(later.n_updated == 1 && later.only_counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(created_and_changed_is_created),
        cmocka_unit_test(created_and_destroyed_is_left_out),
        cmocka_unit_test(changed_and_destroyed_is_destroyed),
        cmocka_unit_test(pieces_tell_creation_before_change),
        cmocka_unit_test(state_from_elsewhere_cannot_be_calculated),
        cmocka_unit_test(swept_tombstones_end_what_can_be_calculated),
        cmocka_unit_test(old_state_of_a_type_that_nothing_happened_to_is_good_for_ever),
        cmocka_unit_test(all_accounts_are_followed_at_once),
        cmocka_unit_test(counters_alone_are_told_apart),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
