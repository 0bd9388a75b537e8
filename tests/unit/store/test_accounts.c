#include "mail_fixture.h"

#define NOON 1700000000

static struct store_account work(void)
{
    static char name[] = "Work", address[] = "jane@example.org", source[] = "imap://jane@mail.example.org",
                transport[] = "smtp://mail.example.org", settings[] = "{\"caFile\":\"/x\"}";

    return (struct store_account){.name = name,
                                  .address = address,
                                  .source_url = source,
                                  .transport_url = transport,
                                  .settings = settings,
                                  .is_enabled = true,
                                  .sort_order = 3};
}

static int create_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_create(tx, c->in, c->out, err);
}

static int update_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_update(tx, c->in, err);
}

static int load_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_load(tx, c->id, c->out, err);
}

static int synced_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_synced(tx, c->id, c->in, err);
}

static int destroy_account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_destroy(tx, c->id, err);
}

static struct store_account loaded(struct fixture *f, int64_t id)
{
    struct store_account a = {0};

    assert_good(read_call(f, (struct call){.fn = load_account_call, .id = id, .out = &a}));
    return a;
}

static void account_is_written_and_read_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct store_account a = work();
    char name[] = "Other";
    int64_t since = state_of(&f, 0, STORE_ACCOUNT);

    assert_good(write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &a.id}));
    a.name = name;
    a.is_enabled = false;
    assert_good(write_call(&f, (struct call){.fn = update_account_call, .in = &a}));

    CLEANUP(store_account_done) struct store_account b = loaded(&f, a.id);
    assert_string_equal(b.name, "Other");
    assert_string_equal(b.source_url, a.source_url);
    assert_string_equal(b.settings, a.settings);
    assert_false(b.is_enabled || b.is_local);
    assert_int_equal(b.sort_order, 3);
    assert_int_equal(b.last_sync_at, 0);
    assert_null(b.last_error);
    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, 0, STORE_ACCOUNT, since, 0, &c));
    assert_true(c.n_created == 1 && c.created[0] == a.id && c.n_updated == 0);
}

static void missing_account_is_told_as_such(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct store_account a = work();
    a.id = 4711;

    assert_int_equal(write_call(&f, (struct call){.fn = update_account_call, .in = &a}).code, FCT_E_NOT_FOUND_ACCOUNT);
    assert_int_equal(write_call(&f, (struct call){.fn = destroy_account_call, .id = 4711}).code,
                     FCT_E_NOT_FOUND_ACCOUNT);
    assert_int_equal(write_call(&f, (struct call){.fn = synced_account_call, .id = 4711}).code,
                     FCT_E_NOT_FOUND_ACCOUNT);
    assert_int_equal(read_call(&f, (struct call){.fn = load_account_call, .id = 4711, .out = &a}).code,
                     FCT_E_NOT_FOUND_ACCOUNT);
}

static void sync_that_goes_well_again_is_no_news(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct store_account a = work();
    assert_good(write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &a.id}));

    assert_good(write_call(&f, (struct call){.fn = synced_account_call, .id = a.id, .in = "{\"code\":7}"}));
    int64_t failed = state_of(&f, 0, STORE_ACCOUNT);
    CLEANUP(store_account_done) struct store_account bad = loaded(&f, a.id);
    assert_good(write_call(&f, (struct call){.fn = synced_account_call, .id = a.id}));
    int64_t well = state_of(&f, 0, STORE_ACCOUNT);
    assert_good(write_call(&f, (struct call){.fn = synced_account_call, .id = a.id}));

    assert_string_equal(bad.last_error, "{\"code\":7}");
    assert_int_equal(bad.last_sync_at, 0);
    assert_true(well > failed);
    assert_int_equal(state_of(&f, 0, STORE_ACCOUNT), well);
    CLEANUP(store_account_done) struct store_account good = loaded(&f, a.id);
    assert_null(good.last_error);
    assert_true(good.last_sync_at > NOON);
}

struct accounts {
    struct store_account *p;
    size_t n;
};

static int list_accounts_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct accounts *l = c->out;

    return store_accounts_load(tx, &l->p, &l->n, err);
}

static void local_account_comes_last(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct store_account a = work();
    struct accounts l = {0};
    int64_t id[2];
    assert_good(write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &id[0]}));
    a.sort_order = 1;
    assert_good(write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &id[1]}));

    assert_good(read_call(&f, (struct call){.fn = list_accounts_call, .out = &l}));

    assert_int_equal(l.n, 3);
    assert_true(l.p[0].id == id[1] && l.p[1].id == id[0] && l.p[2].is_local);
    assert_string_equal(l.p[2].name, "On this computer");
    store_accounts_free(l.p, l.n);
}

static void destroyed_account_goes_with_everything_and_is_told(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], mine, local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);
    assert_good(create_letter(&f, local, &inbox, 1, 0, &(struct letter){.id = "both@x"}, &mine));
    int64_t email = arrive_letter(&f, account, ids[0], 1, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "both@x"});
    arrive_letter(&f, account, ids[1], 2, NOON, FCT_FLAG_DELETED, &(struct letter){.id = "c@x"});
    assert_good(set_keywords(&f, email, "$seen work", NULL));
    int64_t since = state_of(&f, -1, STORE_EMAIL), accounts = state_of(&f, 0, STORE_ACCOUNT);

    assert_good(write_call(&f, (struct call){.fn = destroy_account_call, .id = account}));

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM account"), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE wire_name IS NOT NULL"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM thread"), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM placement"), 1);
    assert_int_equal(sql_number(&f, "SELECT (SELECT count(*) FROM pending) + (SELECT count(*) FROM email_keyword) + "
                                    "(SELECT count(*) FROM placement_deleted)"),
                     0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM blob WHERE expires_at IS NULL"), 1);
    CLEANUP(store_changes_done) struct store_changes gone = {0};
    CLEANUP(store_changes_done) struct store_changes list = {0};
    assert_good(changes_since(&f, -1, STORE_EMAIL, since, 0, &gone)); /* who follows all accounts misses nothing */
    assert_int_equal(gone.n_destroyed, 2);
    assert_good(changes_since(&f, 0, STORE_ACCOUNT, accounts, 0, &list));
    assert_true(list.n_destroyed == 1 && list.destroyed[0] == account);
    verify_counters(&f);
}

static void local_account_cannot_be_destroyed(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();

    assert_int_equal(write_call(&f, (struct call){.fn = destroy_account_call, .id = local_account(&f)}).code,
                     FCT_E_FORBIDDEN);
}

static void local_account_is_one_and_stays_local(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(store_account_done) struct store_account local = loaded(&f, local_account(&f));
    struct store_account a = work(), other = local;
    char url[] = "local:";
    assert_good(write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &a.id}));

    other.source_url = a.source_url;
    assert_int_equal(write_call(&f, (struct call){.fn = update_account_call, .in = &other}).code, FCT_E_INVALID);
    assert_int_equal(write_call(&f, (struct call){.fn = create_account_call, .in = &local, .out = &other.id}).code,
                     FCT_E_INVALID);
    a.source_url = url;
    assert_int_equal(write_call(&f, (struct call){.fn = update_account_call, .in = &a}).code, FCT_E_INVALID);
    assert_good(write_call(&f, (struct call){.fn = update_account_call, .in = &local}));
}

static void too_long_a_text_is_refused(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct store_account a = work();
    CLEANUP(buf_done) struct buf text = {0};
    for (int i = 0; i < 70000; i++)
        buf_add_char(&text, 'x');
    a.settings = text.p;

    struct fct_error err = write_call(&f, (struct call){.fn = create_account_call, .in = &a, .out = &a.id});

    assert_int_equal(err.code, FCT_E_INVALID);
    assert_string_equal(err.message, "settings: longer than 65536 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account_is_written_and_read_back),
        cmocka_unit_test(missing_account_is_told_as_such),
        cmocka_unit_test(sync_that_goes_well_again_is_no_news),
        cmocka_unit_test(local_account_comes_last),
        cmocka_unit_test(destroyed_account_goes_with_everything_and_is_told),
        cmocka_unit_test(local_account_cannot_be_destroyed),
        cmocka_unit_test(local_account_is_one_and_stays_local),
        cmocka_unit_test(too_long_a_text_is_refused),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
