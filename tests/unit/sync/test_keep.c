/* How much of the mail is kept here: headers only, up to a size, the last days; bodies that come when the policy grows or somebody asks,
 * and go when it shrinks. */
#include "engine_acts.h"

#include "store/db.h"
#include "store/keep.h"

#include <time.h>

#define ALL "{}"
#define NONE "{\"keep\": {\"bodies\": \"none\"}}"

/* ---- a world with a policy ------------------------------------------------------------------------------------------ */

struct setting {
    struct world *w;
    const char *text;
    int64_t mailbox_id;
};

static int write_settings(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct setting *s = arg;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE account SET settings = ?2 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, s->w->account);
    bind_text(q, 2, s->text);
    return store_run_one(tx, q, err);
}

static void set_keep(struct world *w, const char *settings)
{
    struct setting s = {w, settings, 0};
    assert_int_equal(store_write(w->store, write_settings, &s, NULL), 0);
    if (w->engine)
        sync_keep_changed(w->engine);
}

static void begin(struct world *w, uint32_t can, unsigned letters, const char *settings)
{
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_add_mailbox(w->server, "Work", 0);
    for (unsigned i = 0; i < letters; i++)
        fake_deliver(&w->server->box[0], i, i % 2 ? FCT_FLAG_SEEN : 0);
    w->server->can = can;
    set_keep(w, settings);
    connect_anew(w);
    pass(w);
}

static int sql_count(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int64_t *out = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM email WHERE bits & 4");
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : -1;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int64_t partials(struct world *w)
{
    int64_t n = 0;
    assert_int_equal(store_read(w->store, sql_count, &n, NULL), 0);
    return n;
}

/* As many steps as it takes. */
static int keep_all(struct world *w, struct fct_error *err)
{
    while (sync_keep_is_due(w->engine))
        if (sync_keep(w->engine, err) < 0)
            return -1;
    return 0;
}

static void keep(struct world *w)
{
    struct fct_error err = {0};
    if (keep_all(w, &err) < 0)
        fail_msg("%s", err.message);
}

static void ask(struct world *w, const int64_t *ids, size_t n)
{
    struct fct_error err = {0};
    bool refused;
    if (sync_fetch_bodies(w->engine, ids, n, &refused, &err) < 0)
        fail_msg("%s", err.message);
}

/* ---- what comes down ------------------------------------------------------------------------------------------------- */

static void headers_only_fetches_no_body(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 300, NONE);

    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->headers_given, 300);
    assert_int_equal(partials(w), 300);
    expect_in_step(w);
    keep(w);
    connect_anew(w);
    pass(w);
    keep(w);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->headers_given, 300);
}

static void old_servers_are_asked_the_same(void **state)
{
    struct world *w = *state;
    w->server->tells_no_details = true;
    begin(w, BASIC, 20, NONE);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(partials(w), 20);
    expect_in_step(w);
}

static void a_size_limit_leaves_out_the_bodies_of_large_messages(void **state)
{
    struct world *w = *state;
    char settings[80];
    snprintf(settings, sizeof(settings), "{\"keep\": {\"maxBytes\": %zu}}", fake_body(9).n);
    begin(w, MODERN, 25, settings);

    assert_int_equal(w->server->messages_given, 10);
    assert_int_equal(w->server->headers_given, 15);
    expect_in_step(w);
}

static void the_last_days_come_whole(void **state)
{
    struct world *w = *state;
    int64_t now = (int64_t)time(NULL);
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 10; i++) {
        fake_deliver(&w->server->box[0], 100 + i, 0);
        w->server->box[0].m[i].date = now - (10 - (int64_t)i) * 86400 + 3600;
    }
    w->server->can = MODERN;
    set_keep(w, "{\"keep\": {\"bodies\": {\"days\": 4}}}");
    connect_anew(w);
    pass(w);

    assert_int_equal(w->server->messages_given, 4);
    assert_int_equal(w->server->headers_given, 6);
    expect_in_step(w);
}

static int override(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct setting *s = arg;
    struct act a = {.w = s->w};
    json_t *v = json_loads(s->text, 0, NULL);
    int result = store_mailbox_set_keep(tx, box_id(tx, &a, "Work", err), v, NULL, err);
    json_decref(v);
    return result;
}

static void a_mailbox_may_differ(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 5, ALL);
    struct setting s = {w, "{\"bodies\": \"none\"}", 0};
    assert_int_equal(store_write(w->store, override, &s, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        fake_deliver(&w->server->box[0], 20 + i, 0);
        fake_deliver(&w->server->box[1], 30 + i, 0);
    }
    pass(w);
    assert_int_equal(w->server->messages_given, 8);
    assert_int_equal(w->server->headers_given, 3);
    expect_in_step(w);
}

static void new_mail_comes_as_the_policy_says(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    bool relist;
    begin(w, MODERN, 5, NONE);
    fake_deliver(&w->server->box[0], 50, 0);
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->headers_given, 6);
    expect_in_step(w);
}

/* ---- the policy changes ---------------------------------------------------------------------------------------------- */

static void what_the_policy_wants_now_comes_down(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 700, NONE);
    int64_t email = email_at(w, "INBOX", 600);

    set_keep(w, ALL);
    keep(w);

    assert_int_equal(w->server->messages_given, 700);
    assert_int_equal(partials(w), 0);
    assert_int_equal(email_at(w, "INBOX", 600), email);
    expect_in_step(w);
    keep(w);
    pass(w);
    assert_int_equal(w->server->messages_given, 700);
}

static void what_it_does_not_want_any_more_goes(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 450, ALL);
    int64_t email = email_at(w, "INBOX", 9), flagged = email_at(w, "INBOX", 5);
    flag(w, flagged, FCT_FLAG_FLAGGED);
    pass(w);

    set_keep(w, NONE);
    keep(w);

    assert_int_equal(partials(w), 449);
    assert_int_equal(email_at(w, "INBOX", 9), email);
    expect_in_step(w);
    pass(w);
    assert_int_equal(w->server->messages_given, 450);
    assert_int_equal(w->server->headers_given, 0);
}

static void a_broken_connection_costs_nothing(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    begin(w, MODERN, 600, NONE);
    set_keep(w, ALL);
    w->server->fail_after_messages = 300;

    assert_int_equal(keep_all(w, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_true(partials(w) < 600 && partials(w) >= 300);
    w->server->fail_after_messages = 0;
    connect_anew(w);
    pass(w);
    keep(w);

    assert_int_equal(partials(w), 0);
    assert_int_equal(w->server->messages_given, 600);
    expect_in_step(w);
}

static void a_renumbered_mailbox_of_headers_is_found_again(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 40, NONE);
    int64_t email = email_at(w, "INBOX", 7);
    struct fake_mailbox *b = &w->server->box[0];
    b->uidvalidity++;
    for (size_t i = 0; i < b->n; i++)
        b->m[i].uid += 1000;
    b->uidnext += 1000;
    b->modseq++;
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 1007), email);
    assert_int_equal(w->server->headers_given, 40);
    expect_in_step(w);
}

/* ---- somebody asks --------------------------------------------------------------------------------------------------- */

static void a_body_that_is_asked_for_comes_from_any_mailbox(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 5, NONE);
    fake_deliver(&w->server->box[1], 80, 0);
    pass(w);
    int64_t ids[] = {email_at(w, "INBOX", 2), email_at(w, "Work", 1), 12345};

    ask(w, ids, 3);
    assert_int_equal(w->server->messages_given, 2);
    assert_int_equal(partials(w), 4);
    ask(w, ids, 3);
    assert_int_equal(w->server->messages_given, 2);
    keep(w); /* it stays for a while */
    assert_int_equal(partials(w), 4);
    pass(w);
    expect_in_step(w);
}

static void what_the_server_does_not_give_stays_a_header(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 5, NONE);
    int64_t id = email_at(w, "INBOX", 2);
    struct fct_error err = {0};
    bool refused;
    w->server->box[0].m[1].is_withheld = true;
    ask(w, &id, 1);
    assert_int_equal(partials(w), 5);

    w->server->refused_fetches = 1;
    assert_int_equal(sync_fetch_bodies(w->engine, &id, 1, &refused, &err), -1);
    assert_true(refused);
    w->server->box[0].m[1].is_withheld = false;
    ask(w, &id, 1);
    assert_int_equal(partials(w), 4);
    expect_in_step(w);
}

/* A reader who comes while a long fetch of another mailbox is under way. */
static struct reader {
    struct world *w;
    int64_t email;
    bool waits;
    unsigned served;
} reader;

static bool reader_waits(void *ctx)
{
    (void)ctx;
    return reader.waits;
}

static int serve_reader(void *ctx, struct fct_error *err)
{
    bool refused;
    (void)ctx;
    reader.waits = false;
    reader.served++;
    return sync_fetch_bodies(reader.w->engine, &reader.email, 1, &refused, err);
}

static void reader_comes(struct fake_server *s, const struct fct_sink *sink)
{
    (void)s, (void)sink;
    reader.waits = true;
    fake_deliver(&s->box[0], 3999, 0); /* and new mail, which is not missed */
}

static void a_reader_need_not_wait_for_a_long_fetch(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 0, NONE);
    fake_deliver(&w->server->box[1], 4000, 0);
    pass(w);
    reader = (struct reader){.w = w, .email = email_at(w, "Work", 1)};
    sync_engine_free(w->engine);
    w->engine = sync_engine_new(&(struct sync_options){
        .store = w->store,
        .budget = w->budget,
        .account_id = w->account,
        .label = "fake",
        .source = &fake_source,
        .session = w->server,
        .can = w->server->can,
        .was_in_step = true,
        .has_work = reader_waits,
        .serve = serve_reader,
    });
    for (unsigned i = 0; i < 3500; i++)
        fake_deliver(&w->server->box[0], i, 0);
    w->server->headers_given = 0;
    w->server->in_fetch = reader_comes;

    pass(w);

    assert_int_equal(reader.served, 1);
    assert_int_equal(w->server->messages_given, 1);
    assert_int_equal(partials(w), 3500);
    pass(w);
    assert_int_equal(partials(w), 3501);
    assert_int_equal(w->server->headers_given, 3501);
    expect_in_step(w);
}

/* ---- moving what is not here ----------------------------------------------------------------------------------------- */

static void a_header_moves_as_well_as_a_message(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 6, NONE);
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    fake_copy(&w->server->box[1], on_server(&w->server->box[0], 5)); /* and another program moves one */
    int64_t other = email_at(w, "INBOX", 5);
    fake_remove(w->server, &w->server->box[0], 5);
    pass(w);
    assert_int_equal(email_at(w, "Work", 2), other);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->headers_given, 6);
    expect_in_step(w);
}

static void a_header_is_never_appended(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 6, NONE);
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    fake_remove(w->server, &w->server->box[0], 3);
    pass(w);
    pass(w);

    assert_int_equal(w->server->appends, 0);
    assert_int_equal(notices(w), 1);
    assert_int_equal(partials(w), 6); /* what is known of it is shown */
    assert_int_equal(fake_count(&w->server->box[1]), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(headers_only_fetches_no_body),
        test(old_servers_are_asked_the_same),
        test(a_size_limit_leaves_out_the_bodies_of_large_messages),
        test(the_last_days_come_whole),
        test(a_mailbox_may_differ),
        test(new_mail_comes_as_the_policy_says),
        test(what_the_policy_wants_now_comes_down),
        test(what_it_does_not_want_any_more_goes),
        test(a_broken_connection_costs_nothing),
        test(a_renumbered_mailbox_of_headers_is_found_again),
        test(a_body_that_is_asked_for_comes_from_any_mailbox),
        test(what_the_server_does_not_give_stays_a_header),
        test(a_reader_need_not_wait_for_a_long_fetch),
        test(a_header_moves_as_well_as_a_message),
        test(a_header_is_never_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
