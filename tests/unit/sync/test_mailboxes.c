/* Mailboxes both ways, the engine against a server in memory: what was done here reaches it, through lost answers and restarts. */
#include "fake_tree.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/mailbox_wishes.h"
#include "store/mailboxes.h"
#include "store/refusals.h"
#include "support/profiles.h"
#include "sync/engine.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define CAN (FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_IDLE | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS | FCT_CAN_MAILBOX_SET)

/* ---- a world ------------------------------------------------------------------------------------------------------------ */

struct world {
    char *dir;
    uv_loop_t loop;
    struct store *store;
    struct ingest_budget *budget;
    struct fake_tree_server server;
    const struct fct_source *source;
    struct sync_engine *engine;
    int64_t account;
};

#include "mailbox_acts.h"

static int create_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct world *w = arg;
    struct store_account a = {
        .name = (char *)"tree",
        .address = (char *)"joe@example.org",
        .source_url = (char *)"tree:",
        .transport_url = (char *)"",
        .settings = (char *)"{}",
        .is_enabled = true,
    };
    return store_account_create(tx, &a, &w->account, err);
}

static void connect_anew(struct world *w)
{
    sync_engine_free(w->engine);
    w->server.selected = NULL;
    w->engine = sync_engine_new(&(struct sync_options){
        .store = w->store,
        .budget = w->budget,
        .account_id = w->account,
        .label = "tree",
        .source = w->source,
        .session = &w->server,
        .can = w->server.can,
    });
}

static void open_world(struct world *w)
{
    struct fct_error err = {0};
    if (store_open(w->dir, &w->store, &err) < 0)
        fail_msg("%s", err.message);
}

static struct world *world_new(void)
{
    struct world *w = XNEW(struct world);
    w->dir = test_dir("facteur-tree");
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    test_profile(w->dir);
    open_world(w);
    w->budget = ingest_budget_new(1 << 20);
    w->server.can = CAN;
    w->source = &fake_tree_source;
    assert_int_equal(store_write(w->store, create_account, w, NULL), 0);
    fake_tree_add(&w->server, "INBOX");
    return w;
}

static void world_free(struct world *w)
{
    sync_engine_free(w->engine);
    store_close(w->store);
    ingest_budget_free(w->budget);
    fiber_loop_done(&w->loop);
    uv_loop_close(&w->loop);
    nftw(w->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    fake_tree_done(&w->server);
    free(w);
}

static int set_up(void **state)
{
    mime_init();
    *state = world_new();
    return 0;
}

static int tear_down(void **state)
{
    world_free(*state);
    return 0;
}

/* What kill -9 leaves is in the store. */
static void restart(struct world *w)
{
    sync_engine_free(TAKE(w->engine));
    store_close(w->store);
    open_world(w);
    connect_anew(w);
}

static int try_pass(struct world *w)
{
    struct sync_report report = {0};
    struct fct_error err = {0};
    return sync_pass(w->engine, &report, &err) < 0 ? err.code : 0;
}

static void pass(struct world *w)
{
    struct sync_report report = {0};
    struct fct_error err = {0};
    if (sync_pass(w->engine, &report, &err) < 0)
        fail_msg("pass: %s", err.message);
}

/* With the server as it is. */
static void begin(struct world *w)
{
    connect_anew(w);
    pass(w);
    w->server.log[0] = '\0';
    w->server.commands = 0;
}

/* ---- what is there -------------------------------------------------------------------------------------------------------- */

static char *tree_there(struct world *w)
{
    char **lines = xcalloc(w->server.n_boxes + 1, sizeof(lines[0]));
    size_t n = 0;
    for (size_t i = 0; i < w->server.n_boxes; i++) {
        const struct fake_tree_mailbox *b = &w->server.box[i];
        if (b->name)
            lines[n++] = xasprintf("%s(%zu)%s", b->name, b->n, b->is_subscribed ? "" : "-");
    }
    return join(lines, n);
}

static int count_notices(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    struct store_notice *v;
    size_t n;
    if (store_notices_load(tx, a->account, &v, &n, err) < 0)
        return -1;
    store_notice_list_free(v, n);
    a->id = (int64_t)n;
    return 0;
}

static int64_t notices(struct world *w)
{
    return act(w, (struct action){.fn = count_notices});
}

static void expect(struct world *w, const char *tree)
{
    CLEANUP(freep) char *here = tree_here(w), *there = tree_there(w);
    assert_string_equal(here, tree);
    assert_string_equal(there, tree);
    assert_int_equal(act(w, (struct action){.fn = count_wishes}), 0);
}

static int count_emails(struct store_tx *tx, struct action *a, struct fct_error *err)
{
    return store_state(tx, a->account, STORE_EMAIL, &a->id, err);
}

static int64_t email_state(struct world *w)
{
    return act(w, (struct action){.fn = count_emails});
}

/* ---- the plain cases ------------------------------------------------------------------------------------------------------- */

static void what_was_done_offline_reaches_the_server_in_an_order_that_works(void **state)
{
    struct world *w = *state;
    fake_tree_deliver(fake_tree_add(&w->server, "Old"), 1);
    fake_tree_deliver(fake_tree_add(&w->server, "Old/er"), 2);
    fake_tree_deliver(fake_tree_add(&w->server, "A"), 3);
    fake_tree_deliver(fake_tree_add(&w->server, "A/b"), 4);
    begin(w);
    int64_t b = find(w, "A/b");

    make(w, NULL, "New");
    make(w, "New", "Newer");
    act(w, (struct action){.fn = do_make, .parent = find(w, "New"), .name = "Quiet", .flag = true});
    rename_here(w, "A", "New", "X");
    remove_here(w, "Old/er");
    remove_here(w, "Old");
    act(w, (struct action){.fn = do_subscribe, .id = find(w, "INBOX"), .flag = false});
    restart(w);
    pass(w);

    expect(w, "INBOX(0)- New(0) New/Newer(0) New/Quiet(0)- New/X(1) New/X/b(1)");
    assert_int_equal(find(w, "New/X/b"), b);
    assert_int_equal(w->server.fetched, 4); /* nothing twice */
    assert_string_equal(w->server.log, "UNSUBSCRIBE INBOX; CREATE New; RENAME A New/X; UNSUBSCRIBE A; UNSUBSCRIBE A/b; SUBSCRIBE New/X; "
                                       "CREATE New/Newer; CREATE New/Quiet; UNSUBSCRIBE New/Quiet; DELETE Old/er; UNSUBSCRIBE Old/er; "
                                       "DELETE Old; UNSUBSCRIBE Old; SUBSCRIBE New/X/b; ");
    w->server.log[0] = '\0';
    pass(w);
    assert_string_equal(w->server.log, "");
    expect(w, "INBOX(0)- New(0) New/Newer(0) New/Quiet(0)- New/X(1) New/X/b(1)");
}

static void a_rename_leaves_no_subscription_behind(void **state)
{
    struct world *w = *state;
    const char *names[] = {"A", "A/b", "A/b/c", "A/d", "AA"};
    for (int i = 0; i < 5; i++)
        fake_tree_add(&w->server, names[i])->is_subscribed = i != 3;
    begin(w);

    rename_here(w, "A", NULL, "X");
    pass(w);

    expect(w, "AA(0) INBOX(0) X(0) X/b(0) X/b/c(0) X/d(0)-");
    assert_string_equal(w->server.left_behind, "");
    assert_null(strstr(w->server.log, "UNSUBSCRIBE A/d"));
    assert_null(strstr(w->server.log, "UNSUBSCRIBE AA"));
}

static void two_names_are_swapped_by_a_third(void **state)
{
    struct world *w = *state;
    fake_tree_deliver(fake_tree_add(&w->server, "A"), 1);
    fake_tree_deliver(fake_tree_add(&w->server, "A/x"), 2);
    fake_tree_add(&w->server, "B");
    begin(w);
    int64_t a = find(w, "A"), b = find(w, "B");

    rename_here(w, "A", NULL, "tmp");
    rename_here(w, "B", NULL, "A");
    rename_here(w, "tmp", NULL, "B");
    pass(w);

    expect(w, "A(0) B(1) B/x(1) INBOX(0)");
    assert_string_equal(w->server.left_behind, "");
    assert_int_equal(find(w, "B"), a);
    assert_int_equal(find(w, "A"), b);
    assert_int_equal(w->server.fetched, 2);
}

static void names_that_move_up_one_by_one_need_no_other(void **state)
{
    struct world *w = *state;
    const char *names[] = {"1", "2", "3", "4"};
    for (int i = 0; i < 3; i++)
        fake_tree_add(&w->server, names[i]);
    begin(w);
    for (int i = 2; i >= 0; i--)
        rename_here(w, names[i], NULL, names[i + 1]);

    pass(w);

    expect(w, "2(0) 3(0) 4(0) INBOX(0)");
    assert_null(strstr(w->server.log, "facteur"));
}

static void a_mailbox_and_the_one_above_it_change_places(void **state)
{
    struct world *w = *state;
    fake_tree_deliver(fake_tree_add(&w->server, "P"), 1);
    fake_tree_deliver(fake_tree_add(&w->server, "P/c"), 2);
    begin(w);

    rename_here(w, "P/c", NULL, "c");
    rename_here(w, "P", "c", "P");
    pass(w);

    expect(w, "INBOX(0) c(1) c/P(1)");
}

static void a_name_that_was_freed_is_given_to_a_new_one(void **state)
{
    struct world *w = *state;
    fake_tree_deliver(fake_tree_add(&w->server, "A"), 1);
    fake_tree_deliver(fake_tree_add(&w->server, "B"), 2);
    begin(w);

    remove_here(w, "A");
    make(w, NULL, "A");
    rename_here(w, "B", NULL, "C");
    make(w, NULL, "B");
    pass(w);

    expect(w, "A(0) B(0) C(1) INBOX(0)");
}

static void changes_are_sent_while_the_engine_watches(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    begin(w);
    make(w, NULL, "New");
    assert_int_equal(sync_upload(w->engine, &err), 0);
    expect(w, "INBOX(0) New(0)");
    unsigned listings = w->server.listings;
    assert_int_equal(sync_upload(w->engine, &err), 0);
    assert_int_equal(w->server.listings, listings); /* nothing waits: nothing is asked */
}

static void a_plugin_that_cannot_say_wire_names_is_asked_for_a_listing(void **state)
{
    struct world *w = *state;
    w->source = &fake_tree_source_v1;
    fake_tree_deliver(fake_tree_add(&w->server, "A"), 1);
    fake_tree_deliver(fake_tree_add(&w->server, "A/b"), 2);
    begin(w);
    int64_t b = find(w, "A/b");
    rename_here(w, "A", NULL, "X");
    make(w, NULL, "New");
    make(w, "New", "Newer");

    pass(w);
    pass(w);

    expect(w, "INBOX(0) New(0) New/Newer(0) X(1) X/b(1)");
    assert_int_equal(find(w, "X/b"), b);
    assert_int_equal(w->server.fetched, 2);
}

static void what_was_made_before_the_first_listing_is_made_there(void **state)
{
    struct world *w = *state;
    fake_tree_add(&w->server, "A");
    make(w, NULL, "New");
    make(w, "New", "Newer");
    make(w, NULL, "A"); /* is there already */
    connect_anew(w);

    pass(w);

    expect(w, "A(0) INBOX(0) New(0) New/Newer(0)");
}

static void what_was_made_below_another_where_there_are_no_levels_is_undone(void **state)
{
    struct world *w = *state;
    w->server.has_no_levels = true;
    make(w, NULL, "New");
    make(w, "New", "Newer");
    connect_anew(w);

    pass(w);

    expect(w, "INBOX(0) New(0)");
    assert_int_equal(notices(w), 1);
    assert_int_equal(act(w, (struct action){.fn = count_wishes}), 0);
}

/* ---- cut off anywhere -------------------------------------------------------------------------------------------------------- */

static void every_command_may_lose_its_connection_before_or_after_it_was_done(void **state)
{
    for (unsigned at = 1;; at++) {
        for (int how = TREE_BREAKS_BEFORE; how <= TREE_BREAKS_AFTER; how++) {
            world_free(*state);
            struct world *w = *state = world_new();
            fake_tree_deliver(fake_tree_add(&w->server, "Old"), 1);
            fake_tree_deliver(fake_tree_add(&w->server, "A"), 2);
            fake_tree_deliver(fake_tree_add(&w->server, "A/b"), 3);
            fake_tree_deliver(fake_tree_add(&w->server, "B"), 4);
            w->server.has_ids = at % 2;
            begin(w);
            int64_t a = find(w, "A"), b = find(w, "A/b");
            make(w, NULL, "New");
            make(w, "New", "Newer");
            rename_here(w, "A", NULL, "tmp");
            rename_here(w, "B", NULL, "A");
            rename_here(w, "tmp", NULL, "B");
            remove_here(w, "Old");
            w->server.break_at = at;
            w->server.how = (enum fake_tree_break)how;
            int code = try_pass(w);
            if (code == 0) { /* there were fewer commands than that */
                assert_in_range(at, 10, 40);
                return;
            }
            assert_int_equal(code, FCT_E_NETWORK);
            w->server.break_at = 0;
            restart(w);

            pass(w);

            expect(w, "A(1) B(1) B/b(1) INBOX(0) New(0) New/Newer(0)");
            assert_int_equal(find(w, "B"), a);
            assert_int_equal(find(w, "B/b"), b);
            assert_int_equal(w->server.fetched, 4);
            assert_int_equal(notices(w), 0);
            unsigned commands = w->server.commands;
            pass(w);
            assert_int_equal(w->server.commands, commands); /* and nothing is left to be done */
        }
    }
}

/* ---- refused ------------------------------------------------------------------------------------------------------------------ */

static void what_is_refused_for_good_is_undone_with_a_notice(void **state)
{
    struct world *w = *state;
    static const char *const refused[] = {"CREATE New", "RENAME A X", "DELETE A", "UNSUBSCRIBE A"};
    for (size_t i = 0; i < 4; i++) {
        world_free(w);
        w = *state = world_new();
        fake_tree_deliver(fake_tree_add(&w->server, "A"), 1);
        begin(w);
        if (i == 0) {
            make(w, NULL, "New");
            make(w, "New", "Newer");
        } else if (i == 1) {
            rename_here(w, "A", NULL, "X");
        } else if (i == 2) {
            remove_here(w, "A");
        } else {
            act(w, (struct action){.fn = do_subscribe, .id = find(w, "A"), .flag = false});
        }
        w->server.refuses = refused[i];
        w->server.refuse_code = FCT_E_FORBIDDEN;

        pass(w);

        expect(w, "A(1) INBOX(0)");
        assert_int_equal(notices(w), 1);
        pass(w);
        assert_int_equal(notices(w), 1);
        if (i == 1 || i == 3) { /* of a mailbox that somebody deleted nothing is left to tell */
            w->server.refuses = NULL;
            remove_here(w, "A");
            assert_int_equal(notices(w), 0);
        }
    }
}

static void what_is_refused_for_now_waits(void **state)
{
    struct world *w = *state;
    begin(w);
    make(w, NULL, "New");
    w->server.refuses = "CREATE New";
    w->server.refuse_retry = FCT_RETRY_LATER;
    pass(w);
    CLEANUP(freep) char *here = tree_here(w);
    assert_string_equal(here, "INBOX(0) New(0)");
    assert_int_equal(notices(w), 0);

    w->server.refuses = NULL;
    pass(w);

    expect(w, "INBOX(0) New(0)");
}

/* Between the listing and the command another program was there. */
static void what_is_refused_because_it_is_so_already_is_done(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    fake_tree_add(&w->server, "Gone");
    begin(w);
    make(w, NULL, "New");
    remove_here(w, "Gone");
    w->server.refuses = "CREATE New";
    w->server.refuse_code = FCT_E_EXISTS;
    fake_tree_add(&w->server, "New");
    assert_int_equal(sync_upload(w->engine, &err), 0);
    expect(w, "INBOX(0) New(0)");
    assert_int_equal(notices(w), 0);
}

/* A message has gone from it, which the next pass was to settle; then the mailbox goes. */
static void what_is_put_off_goes_with_its_mailbox(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    bool relist = false;
    size_t visited = 0;
    fake_tree_deliver(fake_tree_add(&w->server, "A"), 1);
    fake_tree_deliver(fake_tree_find(&w->server, "A"), 2);
    fake_tree_add(&w->server, "B");
    begin(w);
    assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);
    fake_tree_find(&w->server, "A")->n = 1;
    assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);
    assert_int_equal(visited, 1);
    remove_here(w, "A");
    assert_int_equal(sync_upload(w->engine, &err), 0);
    assert_null(fake_tree_find(&w->server, "A"));
    pass(w);
    expect(w, "B(0) INBOX(0)");
}

/* ---- what servers list oddly ------------------------------------------------------------------------------------------------ */

static void a_mailbox_that_is_listed_twice_is_no_news_at_each_poll(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    fake_tree_add(&w->server, "A");
    fake_tree_add(&w->server, "A");
    begin(w);
    for (int i = 0; i < 3; i++) {
        bool relist = true;
        size_t visited = 0;

        assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);

        assert_false(relist);
        assert_int_equal(visited, 0);
    }
}

static void a_mailbox_that_waits_to_be_deleted_is_no_news_at_each_poll(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    fake_tree_add(&w->server, "A");
    begin(w);
    remove_here(w, "A");
    w->server.refuses = "DELETE A";
    w->server.refuse_retry = FCT_RETRY_LATER;
    assert_int_equal(sync_upload(w->engine, &err), 0);
    for (int i = 0; i < 2; i++) {
        bool relist = true;
        size_t visited = 0;

        assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);

        assert_false(relist);
    }
    w->server.refuses = NULL;
    pass(w);
    expect(w, "INBOX(0)");
}

static void one_that_could_hold_none_when_it_was_deleted_stays_when_it_holds_some_now(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    fake_tree_add(&w->server, "B")->attrs = FCT_MB_NOSELECT;
    fake_tree_add(&w->server, "C")->attrs = FCT_MB_NOSELECT;
    begin(w);
    remove_here(w, "B");
    remove_here(w, "C");
    fake_tree_find(&w->server, "B")->attrs = 0; /* another program has made it a mailbox */
    fake_tree_deliver(fake_tree_find(&w->server, "B"), 1);

    assert_int_equal(sync_upload(w->engine, &err), 0);
    pass(w);

    expect(w, "B(1) INBOX(0)");
    assert_int_equal(notices(w), 1);
}

/* ---- what another program does ------------------------------------------------------------------------------------------------ */

static void renamed_by_another_program_it_keeps_its_id_and_is_not_listed_again(void **state)
{
    for (int has_ids = 0; has_ids < 2; has_ids++) {
        world_free(*state);
        struct world *w = *state = world_new();
        w->server.has_ids = has_ids;
        fake_tree_deliver(fake_tree_add(&w->server, "B"), 1);
        fake_tree_deliver(fake_tree_add(&w->server, "B/c"), 2);
        begin(w);
        int64_t id = find(w, "B"), child = find(w, "B/c"), emails = email_state(w);
        unsigned selects = w->server.selects;
        fake_tree_rename(&w->server, "B", "Y");

        pass(w);

        expect(w, "INBOX(0) Y(1)- Y/c(1)-");
        assert_int_equal(find(w, "Y"), id);
        assert_int_equal(find(w, "Y/c"), child);
        assert_int_equal(w->server.selects, selects);
        assert_int_equal(email_state(w), emails); /* no Email has changed */
    }
}

static void a_mailbox_that_vanishes_and_returns_has_its_mail_again(void **state)
{
    struct world *w = *state;
    fake_tree_deliver(fake_tree_add(&w->server, "B"), 1);
    begin(w);
    struct fake_tree_mailbox kept = *fake_tree_find(&w->server, "B");
    fake_tree_find(&w->server, "B")->name = NULL;
    w->server.break_at = 0;
    pass(w);
    expect(w, "INBOX(0)");

    for (size_t i = 0; i < w->server.n_boxes; i++)
        if (!w->server.box[i].name)
            w->server.box[i] = kept;
    pass(w);

    expect(w, "B(1) INBOX(0)");
}

/* ---- anything ------------------------------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *r)
{
    *r = *r * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*r >> 33);
}

/* The id of one of those that are shown; 0: the top. */
static int64_t any_here(struct world *w, uint64_t *r)
{
    struct path_query q = {.w = w};
    assert_int_equal(store_read(w->store, load_all, &q, NULL), 0);
    size_t i = next_random(r) % (q.n + 1);
    int64_t id = i == q.n ? 0 : q.all[i].id;
    store_mailboxes_free(q.all, q.n);
    return id;
}

/* What is refused (a name that is taken, a mailbox below itself, the inbox) does not happen. */
static void change_here_at_random(struct world *w, uint64_t *r)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct action a = {.account = w->account, .id = any_here(w, r), .parent = any_here(w, r), .name = names[next_random(r) % 4], .flag = next_random(r) % 2};
    int (*const what[])(struct store_tx *, struct action *, struct fct_error *) = {do_make, do_make, do_rename_box, do_rename_box, do_rename_box, do_remove_box, do_subscribe};
    struct fct_error err = {0};
    a.fn = what[next_random(r) % 7];
    store_write(w->store, run_action, &a, &err);
    if (err.code == FCT_E_INTERNAL || err.code == FCT_E_CORRUPT || err.code == FCT_E_IO)
        fail_msg("%s", err.message);
}

static bool has_children(struct fake_tree_server *s, const char *name)
{
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && strncmp(s->box[i].name, name, strlen(name)) == 0 && s->box[i].name[strlen(name)] == '/')
            return true;
    return false;
}

static void change_there_at_random(struct world *w, uint64_t *r, unsigned *body)
{
    struct fake_tree_server *s = &w->server;
    struct fake_tree_mailbox *b = &s->box[next_random(r) % s->n_boxes];
    char name[512];
    if (!b->name)
        return;
    unsigned what = next_random(r) % 4;
    snprintf(name, sizeof(name), "%.400s%s%c", next_random(r) % 3 ? "" : b->name, "", 'a' + (int)(next_random(r) % 4));
    if (what == 3 && b->n < 8) {
        fake_tree_deliver(b, ++*body);
        return;
    }
    if (what == 0 && !fake_tree_find(s, name))
        fake_tree_add(s, name);
    else if (what == 1 && strcmp(b->name, "INBOX") != 0 && !fake_tree_find(s, name) && !has_children(s, name) && strncmp(name, b->name, strlen(b->name)) != 0)
        fake_tree_rename(s, b->name, name);
    else if (what == 2 && strcmp(b->name, "INBOX") != 0 && !has_children(s, b->name))
        fake_tree_remove(s, b->name);
}

static void whatever_happens_on_both_sides_they_agree_in_the_end(void **state)
{
    const char *first = getenv("FACTEUR_SEED"), *many = getenv("FACTEUR_SEEDS");
    unsigned from = first ? (unsigned)atoi(first) : 1, n = many ? (unsigned)atoi(many) : 40;
    for (unsigned seed = from; seed < from + n; seed++) {
        world_free(*state);
        struct world *w = *state = world_new();
        uint64_t r = seed * UINT64_C(0x9e3779b97f4a7c15);
        unsigned body = 0;
        w->server.has_ids = seed % 2;
        for (int i = 0; i < 4; i++)
            change_there_at_random(w, &r, &body);
        connect_anew(w);
        for (int round = 0; round < 4; round++) {
            for (unsigned i = next_random(&r) % 6; i > 0; i--)
                change_here_at_random(w, &r);
            for (unsigned i = next_random(&r) % 4; i > 0; i--)
                change_there_at_random(w, &r, &body);
            w->server.break_at = w->server.commands + 1 + next_random(&r) % 6;
            w->server.how = (enum fake_tree_break)(next_random(&r) % 3);
            if (try_pass(w) != 0 || next_random(&r) % 3 == 0)
                restart(w);
        }
        w->server.break_at = 0;
        for (int i = 0; i < 3; i++)
            pass(w);
        CLEANUP(freep) char *here = tree_here(w), *there = tree_there(w);
        int64_t left = act(w, (struct action){.fn = count_wishes});
        if (strcmp(here, there) != 0 || left != 0)
            fail_msg("seed %u: here %s\n there %s\n %lld wait; %s", seed, here, there, (long long)left, w->server.log);
        unsigned commands = w->server.commands;
        pass(w);
        if (w->server.commands != commands)
            fail_msg("seed %u: there is still something to do", seed);
    }
}

/* ---- many ---------------------------------------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fifty_thousand_mailboxes_are_no_trouble(void **state)
{
    struct world *w = *state;
    enum { N = 49900 };
    for (int i = 0; i < N; i++) {
        char name[48];
        snprintf(name, sizeof(name), i % 50 == 0 ? "p%d" : "p%d/m%d", i / 50, i);
        fake_tree_add(&w->server, name)->attrs = FCT_MB_NOSELECT; /* the visits are measured elsewhere */
    }
    connect_anew(w);
    double first = seconds();
    pass(w);
    double quiet = seconds();
    pass(w);
    double renamed = seconds();
    rename_here(w, "p7", NULL, "renamed");
    make(w, "renamed", "new");
    double local = seconds();
    pass(w);
    double end = seconds();

    print_message("%d mailboxes: first pass %.2f s, quiet pass %.2f s, pass with a rename of 50 and one made %.2f s (noting them %.3f s)\n",
                  N + 1, quiet - first, renamed - quiet, end - local, local - renamed);
    assert_non_null(strstr(w->server.log, "RENAME p7 renamed; "));
    assert_non_null(strstr(w->server.log, "CREATE renamed/new; "));
    assert_true(renamed - quiet < 10 && end - local < 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_offline_reaches_the_server_in_an_order_that_works),
        TEST(a_rename_leaves_no_subscription_behind),
        TEST(two_names_are_swapped_by_a_third),
        TEST(names_that_move_up_one_by_one_need_no_other),
        TEST(a_mailbox_and_the_one_above_it_change_places),
        TEST(a_name_that_was_freed_is_given_to_a_new_one),
        TEST(changes_are_sent_while_the_engine_watches),
        TEST(a_plugin_that_cannot_say_wire_names_is_asked_for_a_listing),
        TEST(what_was_made_before_the_first_listing_is_made_there),
        TEST(what_was_made_below_another_where_there_are_no_levels_is_undone),
        TEST(every_command_may_lose_its_connection_before_or_after_it_was_done),
        TEST(what_is_refused_for_good_is_undone_with_a_notice),
        TEST(what_is_refused_for_now_waits),
        TEST(what_is_refused_because_it_is_so_already_is_done),
        TEST(what_is_put_off_goes_with_its_mailbox),
        TEST(a_mailbox_that_waits_to_be_deleted_is_no_news_at_each_poll),
        TEST(a_mailbox_that_is_listed_twice_is_no_news_at_each_poll),
        TEST(one_that_could_hold_none_when_it_was_deleted_stays_when_it_holds_some_now),
        TEST(renamed_by_another_program_it_keeps_its_id_and_is_not_listed_again),
        TEST(a_mailbox_that_vanishes_and_returns_has_its_mail_again),
        TEST(whatever_happens_on_both_sides_they_agree_in_the_end),
        TEST(fifty_thousand_mailboxes_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
