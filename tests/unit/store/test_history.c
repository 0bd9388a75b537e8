/* Where an Email was, and who moved it. */
#include "mail_fixture.h"

#include "store/history.h"

#define NOON 1700000000

struct asked {
    struct store_history_event *v;
    size_t n;
    int64_t account_id;
    bool is_destroyed;
};

static void asked_done(struct asked *a)
{
    free(a->v);
}

static int ask_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct asked *a = c->out;
    return store_email_history(tx, c->id, &a->v, &a->n, &a->account_id, &a->is_destroyed, err);
}

static struct asked ask(struct fixture *f, int64_t id)
{
    struct asked a = {0};
    assert_good(read_call(f, (struct call){.fn = ask_call, .id = id, .out = &a}));
    return a;
}

static void expect_event(const struct store_history_event *e, enum store_history_type type, int64_t mailbox,
                         uint64_t uid, enum store_actor_kind kind, const char *name)
{
    assert_int_equal(e->type, type);
    assert_int_equal(e->mailbox_id, mailbox);
    assert_int_equal(e->uid, uid);
    assert_int_equal(e->actor.kind, kind);
    assert_string_equal(e->actor.name, name);
    assert_true(e->at > NOON);
}

/* As a front end does it. */
static int import_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    store_tx_set_actor(tx, STORE_BY_CLIENT, c->in);
    return store_emails_arrive(tx, c->id, c->out, c->n, err);
}

static int move_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    store_tx_set_actor(tx, STORE_BY_CLIENT, c->in);
    return store_email_set_mailboxes(tx, c->id, c->ids, c->n, err);
}

static int destroy_as_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    store_tx_set_actor(tx, STORE_BY_CLIENT, c->in);
    return store_email_destroy(tx, c->id, err);
}

static int vanish_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct fct_uid_range r = {c->uid, c->uid};
    return store_placements_vanished(tx, c->id, &r, 1, NULL, err);
}

static int sweep_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_history_sweep(tx, c->other, 10, c->out, err);
}

static int64_t rows(struct fixture *f)
{
    return sql_number(f, "SELECT count(*) FROM history");
}

static void an_arrival_is_told_and_takes_no_row(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 7, NOON, 0, &(struct letter){.id = "a@x"});
    assert_int_equal(arrive_letter(&f, account, boxes[1], 9, NOON, 0, &(struct letter){.id = "a@x"}), id);

    CLEANUP(asked_done) struct asked a = ask(&f, id);

    assert_int_equal(rows(&f), 0);
    assert_int_equal(a.n, 2);
    assert_int_equal(a.account_id, account);
    assert_false(a.is_destroyed);
    size_t first = a.v[0].mailbox_id == boxes[0] ? 0 : 1; /* both came in the same second */
    expect_event(&a.v[first], STORE_HISTORY_ARRIVED, boxes[0], 7, STORE_BY_SERVER, "");
    expect_event(&a.v[1 - first], STORE_HISTORY_ARRIVED, boxes[1], 9, STORE_BY_SERVER, "");
}

/* Three, of which the last two have the same bytes, and are in two mailboxes. */
static void an_import_into_an_account_with_a_server_is_told_with_the_client(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    struct prepared p[2];
    prepare_letter(&p[0], f.store, &(struct letter){.id = "a@x"});
    prepare_letter(&p[1], f.store, &(struct letter){.id = "b@x"});
    struct store_arrival in[3];
    for (size_t i = 0; i < 3; i++)
        in[i] = (struct store_arrival){
            .mailbox_id = boxes[i == 2], .received_at = NOON, .blob = p[i > 0].blob, .summary = &p[i > 0].summary};

    assert_good(write_call(&f, (struct call){.fn = import_call, .id = account, .in = "facteur", .out = in, .n = 3}));

    assert_int_equal(in[1].email_id, in[2].email_id);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(asked_done) struct asked a = ask(&f, in[i].email_id);
        assert_int_equal(a.n, 1 + i);
        for (size_t k = 0; k <= i; k++)
            expect_event(&a.v[k], STORE_HISTORY_PLACED, boxes[k], 0, STORE_BY_CLIENT, "facteur");
    }
    prepared_done(&p[0]);
    prepared_done(&p[1]);
}

static void what_another_program_moved_is_told_with_both_uids(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    int64_t id = arrive_letter(&f, account, boxes[0], 7, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, boxes[1], 9, NOON, 0, &(struct letter){.id = "a@x"});
    assert_good(write_call(&f, (struct call){.fn = vanish_call, .id = boxes[0], .uid = 7}));

    CLEANUP(asked_done) struct asked a = ask(&f, id);

    assert_int_equal(rows(&f), 1);
    assert_int_equal(a.n, 3);
    expect_event(&a.v[0], STORE_HISTORY_ARRIVED, boxes[0], 7, STORE_BY_SERVER, "");
    expect_event(&a.v[1], STORE_HISTORY_LEFT, boxes[0], 7, STORE_BY_SERVER, "");
    expect_event(&a.v[2], STORE_HISTORY_ARRIVED, boxes[1], 9, STORE_BY_SERVER, "");
}

static void a_client_is_named_and_an_email_remembered_after_its_end(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX),
            trash = mailbox_with_role(&f, local, FCT_ROLE_TRASH), id;
    assert_good(create_letter(&f, local, &inbox, 1, 0, &(struct letter){.id = "a@x"}, &id));
    assert_int_equal(rows(&f), 0);
    assert_good(write_call(&f, (struct call){.fn = move_call, .id = id, .ids = &trash, .n = 1, .in = "facteur"}));
    assert_good(write_call(&f, (struct call){.fn = destroy_as_call, .id = id, .in = "another"}));

    CLEANUP(asked_done) struct asked a = ask(&f, id);

    assert_true(a.is_destroyed);
    assert_int_equal(a.account_id, local);
    assert_int_equal(a.n, 5);
    expect_event(&a.v[0], STORE_HISTORY_ARRIVED, inbox, 0, STORE_BY_SERVER, "");
    expect_event(&a.v[1], STORE_HISTORY_LEFT, inbox, 0, STORE_BY_CLIENT, "facteur");
    expect_event(&a.v[2], STORE_HISTORY_PLACED, trash, 0, STORE_BY_CLIENT, "facteur");
    expect_event(&a.v[3], STORE_HISTORY_LEFT, trash, 0, STORE_BY_CLIENT, "another");
    expect_event(&a.v[4], STORE_HISTORY_DESTROYED, 0, 0, STORE_BY_CLIENT, "another");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM history_actor"), 2);
}

static void the_name_ends_with_the_job(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX),
            trash = mailbox_with_role(&f, local, FCT_ROLE_TRASH), mine;
    int64_t id = arrive_letter(&f, account, boxes[0], 7, NOON, 0, &(struct letter){.id = "a@x"});
    assert_good(create_letter(&f, local, &inbox, 1, 0, &(struct letter){.id = "b@x"}, &mine));
    assert_good(write_call(&f, (struct call){.fn = move_call, .id = mine, .ids = &trash, .n = 1, .in = "facteur"}));
    assert_good(write_call(&f, (struct call){.fn = vanish_call, .id = boxes[0], .uid = 7}));

    CLEANUP(asked_done) struct asked a = ask(&f, id);

    assert_int_equal(a.n, 3);
    expect_event(&a.v[1], STORE_HISTORY_LEFT, boxes[0], 7, STORE_BY_SERVER, "");
    expect_event(&a.v[2], STORE_HISTORY_DESTROYED, 0, 0, STORE_BY_SERVER, "");
}

static void rows_of_one_email_are_bounded(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f),
            boxes[2] = {mailbox_with_role(&f, local, FCT_ROLE_INBOX), mailbox_with_role(&f, local, FCT_ROLE_TRASH)}, id;
    assert_good(create_letter(&f, local, boxes, 1, 0, &(struct letter){.id = "a@x"}, &id));

    for (int i = 1; i <= HISTORY_MAX; i++)
        assert_good(write_call(&f, (struct call){.fn = move_call, .id = id, .ids = &boxes[i % 2], .n = 1, .in = "x"}));

    assert_in_range(rows(&f), HISTORY_MAX - 1, HISTORY_MAX + 1);
    CLEANUP(asked_done) struct asked a = ask(&f, id);
    assert_in_range(a.n, HISTORY_MAX - 1, HISTORY_MAX + 2);
    expect_event(&a.v[a.n - 1], STORE_HISTORY_PLACED, boxes[0], 0, STORE_BY_CLIENT, "x");
}

static void what_was_destroyed_long_ago_is_forgotten(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    int64_t gone = arrive_letter(&f, account, boxes[0], 7, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t kept = arrive_letter(&f, account, boxes[0], 8, NOON, 0, &(struct letter){.id = "b@x"});
    arrive_letter(&f, account, boxes[1], 1, NOON, 0, &(struct letter){.id = "b@x"});
    assert_good(write_call(&f, (struct call){.fn = vanish_call, .id = boxes[0], .uid = 7}));
    assert_good(write_call(&f, (struct call){.fn = vanish_call, .id = boxes[0], .uid = 8}));
    size_t n = 99;

    assert_good(write_call(&f, (struct call){.fn = sweep_call, .other = NOON, .out = &n}));
    assert_int_equal(n, 0);
    assert_int_equal(rows(&f), 3);
    assert_good(write_call(&f, (struct call){.fn = sweep_call, .other = INT64_C(1) << 40, .out = &n}));

    assert_int_equal(n, 1);
    assert_int_equal(rows(&f), 1);
    assert_int_equal(read_call(&f, (struct call){.fn = ask_call, .id = gone, .out = &(struct asked){0}}).code,
                     FCT_E_NOT_FOUND);
    CLEANUP(asked_done) struct asked a = ask(&f, kept);
    assert_int_equal(a.n, 3);
}

static int remove_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_destroy(tx, c->id, err);
}

static void a_removed_account_leaves_none(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t boxes[2], account = add_server(&f, (const char *const[]){"INBOX", "Work"}, 2, boxes);
    arrive_letter(&f, account, boxes[0], 8, NOON, 0, &(struct letter){.id = "b@x"});
    arrive_letter(&f, account, boxes[1], 1, NOON, 0, &(struct letter){.id = "b@x"});
    assert_good(write_call(&f, (struct call){.fn = vanish_call, .id = boxes[0], .uid = 8}));
    assert_int_equal(rows(&f), 1);

    assert_good(write_call(&f, (struct call){.fn = remove_account_call, .id = account}));

    assert_int_equal(rows(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arrival_is_told_and_takes_no_row),
        cmocka_unit_test(an_import_into_an_account_with_a_server_is_told_with_the_client),
        cmocka_unit_test(what_another_program_moved_is_told_with_both_uids),
        cmocka_unit_test(a_client_is_named_and_an_email_remembered_after_its_end),
        cmocka_unit_test(the_name_ends_with_the_job),
        cmocka_unit_test(rows_of_one_email_are_bounded),
        cmocka_unit_test(what_was_destroyed_long_ago_is_forgotten),
        cmocka_unit_test(a_removed_account_leaves_none),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
