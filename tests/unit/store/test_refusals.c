/* What a user should know: notices. */
#include "mail_fixture.h"

#include "store/refusals.h"

static int add_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_notice_add(tx, c->id, NOTICE_MAILBOX_CREATE, c->other, 0, c->in, c->out, err);
}

static void add_notice(struct fixture *f, int64_t account, int64_t mailbox, const char *text, char *server)
{
    assert_good(
        write_call(f, (struct call){.fn = add_call, .id = account, .other = mailbox, .in = text, .out = server}));
}

struct notices {
    struct store_notice *v;
    size_t n;
};

static void notices_done(struct notices *n)
{
    store_notice_list_free(n->v, n->n);
}

static int load_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct notices *n = c->out;
    return store_notices_load(tx, c->id, &n->v, &n->n, err);
}

static struct notices load_notices(struct fixture *f, int64_t account)
{
    struct notices n = {0};
    assert_good(read_call(f, (struct call){.fn = load_call, .id = account, .out = &n}));
    return n;
}

static int dismiss_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_notices_dismiss(tx, c->id, c->other, err);
}

static struct fct_error dismiss(struct fixture *f, int64_t account, int64_t id)
{
    return write_call(f, (struct call){.fn = dismiss_call, .id = account, .other = id});
}

static void a_notice_stays_until_it_is_dismissed_and_is_news_of_its_account(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(notices_done) struct notices before = {0}, after = {0};
    CLEANUP(store_changes_done) struct store_changes changes = {0};
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    int64_t start = state_of(&f, 0, STORE_ACCOUNT), other = local_account(&f);
    char words[] = "NO [NOPERM] not here\xff";
    (void)state;

    add_notice(&f, account, boxes[0], "it was refused", words);
    add_notice(&f, account, 0, "another", NULL);
    fixture_reopen(&f);
    before = load_notices(&f, account);
    assert_int_equal(before.n, 2);
    assert_string_equal(before.v[0].type, "mailboxNotCreated");
    assert_string_equal(before.v[0].text, "it was refused");
    assert_string_equal(before.v[0].server, "NO [NOPERM] not here\xef\xbf\xbd");
    assert_int_equal(before.v[0].mailbox_id, boxes[0]);
    assert_true(before.v[0].at > 1700000000);
    assert_null(before.v[1].server);
    assert_good(changes_since(&f, 0, STORE_ACCOUNT, start, 0, &changes));
    assert_int_equal(changes.n_updated, 1);
    assert_int_equal(changes.updated[0], account);

    assert_int_equal(dismiss(&f, other, before.v[0].id).code, FCT_E_NOT_FOUND);
    int64_t known = state_of(&f, 0, STORE_ACCOUNT);
    assert_good(dismiss(&f, account, before.v[0].id));
    assert_true(state_of(&f, 0, STORE_ACCOUNT) > known);
    after = load_notices(&f, account);
    assert_int_equal(after.n, 1);
    assert_int_equal(after.v[0].id, before.v[1].id);
}

static void of_many_notices_the_newest_stay_and_all_can_be_dismissed_at_once(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(notices_done) struct notices kept = {0}, none = {0};
    int64_t boxes[1], account = add_server(&f, (const char *const[]){"INBOX"}, 1, boxes);
    CLEANUP(freep) char *longest = xcalloc(1, 3 * NOTICE_TEXT_MAX);
    (void)state;

    memset(longest, 'x', 3 * NOTICE_TEXT_MAX - 1);
    for (int i = 0; i < NOTICES_KEPT + 5; i++) {
        CLEANUP(freep) char *text = xasprintf("%d", i);
        add_notice(&f, account, 0, i == NOTICES_KEPT + 4 ? longest : text, NULL);
    }
    kept = load_notices(&f, account);
    assert_int_equal(kept.n, NOTICES_KEPT);
    assert_string_equal(kept.v[0].text, "5");
    assert_int_equal(strlen(kept.v[NOTICES_KEPT - 1].text), NOTICE_TEXT_MAX);
    assert_good(dismiss(&f, account, 0));
    none = load_notices(&f, account);
    assert_int_equal(none.n, 0);
    assert_good(dismiss(&f, account, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_stays_until_it_is_dismissed_and_is_news_of_its_account),
        cmocka_unit_test(of_many_notices_the_newest_stay_and_all_can_be_dismissed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
