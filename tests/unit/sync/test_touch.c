/* Staying in touch with mailboxes that nobody looks at, and with the inbox while it is listened to: how few questions are asked, and
 * what is noticed. The server is the one in memory (fake_source.h), with an ear for each call. */
#include "fake_source.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "mime/mime.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "support/profiles.h"
#include "sync/engine.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define BASIC (FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS | FCT_CAN_IDLE)
#define LISTS (BASIC | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS)
#define QRESYNC (LISTS | FCT_CAN_VANISHED)

struct world {
    char *dir;
    uv_loop_t loop;
    struct store *store;
    struct ingest_budget *budget;
    struct fake_server *server;
    struct fake_mailbox *inbox, *archive, *work;
    struct sync_engine *engine;
    int64_t account;
};

/* What was asked since the last reset, and what idle does. */
static struct {
    unsigned lists, statuses, asked; /* asked: mailboxes, in all STATUS together */
    unsigned unseen;                 /* told of every mailbox */
    unsigned more;                   /* empty mailboxes beside those of the server: "m0", "m1"... */
    void (*in_idle)(struct fake_server *s, const struct fct_sink *sink);
    void (*in_list)(struct fake_server *s, const struct fct_sink *sink); /* once */
    uint32_t answer_ms; /* how long the server takes to end IDLE */
} ear;

static const struct fct_mailbox_status empty = {.size = sizeof(empty), .uidvalidity = 7, .uidnext = 1, .modseq = 1, .unseen = -1};

static int list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    void (*fn)(struct fake_server *, const struct fct_sink *) = ear.in_list;
    ear.lists++;
    ear.in_list = NULL;
    if (fn)
        fn(session, sink);
    for (unsigned i = 0; i < ear.more; i++) {
        char name[16];
        const struct fct_bytes bytes = {name, (size_t)snprintf(name, sizeof(name), "m%u", i)};
        const struct fct_mailbox mb = {.size = sizeof(mb), .attrs = FCT_MB_STATUS_KNOWN, .delimiter = '/', .wire_name = bytes, .name = bytes, .status = empty};
        if (sink->mailbox(sink->ctx, &mb, err) < 0)
            return -1;
    }
    return fake_source.list(session, sink, err);
}

static int do_select(void *session, struct fct_bytes name, const struct fct_known *known, const struct fct_sink *sink,
                     struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    static struct fake_mailbox nothing;
    struct fake_server *server = session;
    if (name.p[0] != 'm')
        return fake_source.select(session, name, known, sink, out, out_caught_up, err);
    server->selected = &nothing;
    *out = empty;
    *out_caught_up = false;
    return 0;
}

static int tell_unseen(void *ctx, struct fct_bytes name, const struct fct_mailbox_status *s, struct fct_error *err)
{
    const struct fct_sink *sink = ctx;
    struct fct_mailbox_status status = *s;
    status.unseen = ear.unseen;
    return sink->status(sink->ctx, name, &status, err);
}

static int statuses(void *session, const struct fct_bytes *names, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    const struct fct_sink mine = {.size = sizeof(mine), .ctx = (void *)(uintptr_t)sink, .status = tell_unseen};
    ear.statuses++;
    ear.asked += (unsigned)n;
    for (size_t i = 0; i < n; i++)
        if (names[i].p[0] == 'm' && sink->status(sink->ctx, names[i], &empty, err) < 0)
            return -1;
    return fake_source.statuses(session, names, n, &mine, err);
}

static int idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err)
{
    void (*fn)(struct fake_server *, const struct fct_sink *) = ear.in_idle;
    ear.in_idle = NULL;
    if (!fn)
        return wait_sleep_nudged(timeout_ms, err);
    fn(session, sink);
    return wait_sleep(ear.answer_ms, err);
}

static int create_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct world *w = arg;
    struct store_account a = {.name = (char *)"fake", .address = (char *)"joe@example.org", .source_url = (char *)"fake:",
                              .transport_url = (char *)"", .settings = (char *)"{}", .is_enabled = true};
    return store_account_create(tx, &a, &w->account, err);
}

static int set_up(void **state)
{
    struct world *w = XNEW(struct world);
    w->dir = test_dir("facteur-touch");
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    test_profile(w->dir);
    mime_init();
    memset(&ear, 0, sizeof(ear));
    w->budget = ingest_budget_new(1 << 20);
    w->server = XNEW(struct fake_server);
    w->inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    w->archive = fake_add_mailbox(w->server, "Archive", FCT_ROLE_ARCHIVE);
    w->work = fake_add_mailbox(w->server, "Work", FCT_ROLE_NONE);
    for (unsigned i = 0; i < 3; i++) {
        fake_deliver(w->inbox, i, 0);
        fake_deliver(w->archive, 10 + i, 0);
        fake_deliver(w->work, 20 + i, 0);
    }
    *state = w;
    return store_open(w->dir, &w->store, NULL) < 0 || store_write(w->store, create_account, w, NULL) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    sync_engine_free(w->engine);
    store_close(w->store);
    ingest_budget_free(w->budget);
    fiber_loop_done(&w->loop);
    uv_loop_close(&w->loop);
    nftw(w->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    free(w->server);
    free(w);
    return 0;
}

/* ---- steps ---------------------------------------------------------------------------------------------------------- */

static void pass(struct world *w)
{
    struct sync_report report;
    struct fct_error err = {0};
    if (sync_pass(w->engine, &report, &err) < 0)
        fail_msg("pass: %s", err.message);
}

static bool watch(struct world *w)
{
    bool relist = false;
    struct fct_error err = {0};
    if (sync_watch(w->engine, 5, &relist, &err) < 0)
        fail_msg("watch: %s", err.message);
    return relist;
}

/* A session that is in step and has watched. */
static void begin(struct world *w, uint32_t can)
{
    static struct fct_source source;
    source = fake_source;
    source.list = list;
    source.statuses = statuses;
    source.select = do_select;
    source.idle = idle;
    w->server->can = can;
    w->engine = sync_engine_new(&(struct sync_options){.store = w->store, .budget = w->budget, .account_id = w->account, .label = "fake",
                                                       .source = &source, .session = w->server, .can = can});
    pass(w);
    assert_false(watch(w));
    ear.lists = ear.statuses = ear.asked = w->server->selects = 0;
}

static size_t poll(struct world *w, bool *out_relist)
{
    size_t visited = 0;
    struct fct_error err = {0};
    *out_relist = false;
    if (sync_poll(w->engine, &visited, out_relist, &err) < 0)
        fail_msg("poll: %s", err.message);
    return visited;
}

static void expect_poll(struct world *w, size_t visited)
{
    bool relist;
    assert_int_equal(poll(w, &relist), visited);
    assert_false(relist);
}

struct census {
    int64_t account, emails, unread, flagged;
};

static int count(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct census *c = arg;
    struct store_mailbox *v = NULL;
    size_t n;
    if (store_mailboxes_load(tx, c->account, &v, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct store_uid_flags *uids = NULL;
        size_t n_uids;
        c->emails += v[i].total_emails;
        c->unread += v[i].unread_emails;
        if (store_mailbox_uids(tx, v[i].id, &uids, &n_uids, err) < 0)
            return -1;
        for (size_t k = 0; k < n_uids; k++)
            c->flagged += (uids[k].flags & FCT_FLAG_FLAGGED) != 0;
        free(uids);
    }
    store_mailboxes_free(v, n);
    return 0;
}

static struct census census(struct world *w)
{
    struct census c = {.account = w->account};
    assert_int_equal(store_read(w->store, count, &c, NULL), 0);
    return c;
}

/* ---- polls ---------------------------------------------------------------------------------------------------------- */

static void a_quiet_poll_asks_one_question(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    for (unsigned i = 1; i <= 5; i++) {
        expect_poll(w, 0);
        assert_int_equal(ear.lists, i);
        assert_int_equal(ear.statuses, 0);
        assert_int_equal(w->server->selects, 0);
        assert_false(watch(w)); /* the inbox is still selected */
        assert_int_equal(w->server->selects, 0);
    }
}

static void without_list_status_a_quiet_poll_asks_for_the_others_at_once(void **state)
{
    struct world *w = *state;
    begin(w, BASIC);
    for (unsigned i = 1; i <= 5; i++) {
        expect_poll(w, 0);
        assert_int_equal(ear.lists, 0);
        assert_int_equal(ear.statuses, i);
        assert_int_equal(ear.asked, 2 * i); /* not for the inbox, which is selected: RFC 9051 section 6.3.11 */
        assert_int_equal(w->server->selects, 0);
    }
}

static void mail_in_other_mailboxes_is_found_by_a_poll(void **state)
{
    struct world *w = *state;
    static const uint32_t abilities[] = {BASIC, BASIC | FCT_CAN_MODSEQ, LISTS, QRESYNC};
    for (size_t i = 0; i < 4; i++) {
        begin(w, abilities[i]);
        int64_t before = census(w).emails;
        fake_deliver(w->work, 30 + (unsigned)i, 0);

        expect_poll(w, 1);

        assert_int_equal(census(w).emails, before + 1);
        assert_int_equal(w->server->selects, 1);
        assert_false(watch(w));
        expect_poll(w, 0);
        sync_engine_free(TAKE(w->engine));
    }
}

static void what_is_read_elsewhere_is_found_by_a_poll(void **state)
{
    struct world *w = *state;
    begin(w, BASIC); /* nothing but the number of unseen messages tells */
    ear.unseen = 9;
    expect_poll(w, 0);
    int64_t unread = census(w).unread;
    fake_set_flags(w->archive, 1, FCT_FLAG_SEEN, "");
    ear.unseen = 8;

    assert_true(poll(w, &(bool){false}) > 0);

    assert_int_equal(census(w).unread, unread - 1);
    expect_poll(w, 0);
}

static void a_mailbox_that_came_or_went_asks_for_a_pass(void **state)
{
    struct world *w = *state;
    bool relist;
    begin(w, QRESYNC);
    fake_add_mailbox(w->server, "New", FCT_ROLE_NONE);
    poll(w, &relist);
    assert_true(relist);
    pass(w);
    assert_false(watch(w));
    expect_poll(w, 0);

    w->server->n_boxes--;
    poll(w, &relist);
    assert_true(relist);
}

static void a_mailbox_that_has_no_status_any_more_asks_for_a_pass(void **state)
{
    struct world *w = *state;
    bool relist;
    begin(w, BASIC);
    w->server->n_boxes--;
    poll(w, &relist);
    assert_true(relist);
}

static void a_listing_without_the_promised_statuses_is_asked_again_as_statuses(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    w->server->lists_no_status = true;
    fake_deliver(w->work, 40, 0);
    int64_t before = census(w).emails;

    expect_poll(w, 0); /* finds that nothing is told */
    expect_poll(w, 1);

    assert_int_equal(ear.lists, 1);
    assert_int_equal(ear.statuses, 1);
    assert_int_equal(census(w).emails, before + 1);
}

static void a_mailbox_that_is_refused_is_visited_again_at_the_next_poll(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    fake_deliver(w->work, 41, 0);
    w->work->refuses_select = true;
    int64_t before = census(w).emails;
    expect_poll(w, 1);
    w->work->refuses_select = false;
    expect_poll(w, 1);
    assert_int_equal(census(w).emails, before + 1);
}

static void of_very_many_mailboxes_some_are_asked_for_at_each_poll(void **state)
{
    struct world *w = *state;
    ear.more = 1200;
    begin(w, QRESYNC);
    int64_t before = census(w).emails;
    fake_deliver(w->work, 42, 0);

    size_t visited = 0;
    for (int i = 0; i < 3; i++) {
        bool relist;
        visited += poll(w, &relist);
        assert_false(relist);
    }

    assert_int_equal(visited, 1);
    assert_int_equal(census(w).emails, before + 1);
    assert_int_equal(ear.lists, 0);
    assert_int_equal(ear.statuses, 3);
    assert_in_range(ear.asked, 1202, 3 * 512);
}

/* ---- NOTIFY --------------------------------------------------------------------------------------------------------- */

static const struct fct_mailbox_status unknown = {.size = sizeof(unknown), .messages = -1, .unseen = -1};

static void tell_of_work(struct fake_server *s, const struct fct_sink *sink)
{
    struct fct_mailbox_status status = unknown, more = unknown;
    fake_deliver(&s->box[2], 50, 0);
    more.messages = status.messages = (int64_t)fake_count(&s->box[2]);
    status.uidnext = s->box[2].uidnext; /* RFC 5465 section 5.2: MESSAGES and UIDNEXT of a new message */
    sink->status(sink->ctx, (struct fct_bytes){"Work", 4}, &more, NULL);
    sink->status(sink->ctx, (struct fct_bytes){"Work", 4}, &status, NULL);
}

static void what_the_server_tells_of_other_mailboxes_is_fetched_from_there_alone(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    int64_t before = census(w).emails;
    ear.in_idle = tell_of_work;

    assert_false(watch(w));

    assert_int_equal(census(w).emails, before + 1);
    assert_int_equal(w->server->selects, 1);
    assert_int_equal(ear.lists + ear.statuses, 0);
}

static void tell_what_is_known(struct fake_server *s, const struct fct_sink *sink)
{
    struct fct_mailbox_status status = unknown;
    status.messages = (int64_t)fake_count(&s->box[1]);
    sink->status(sink->ctx, (struct fct_bytes){"Archive", 7}, &status, NULL);
}

static void what_is_known_already_is_no_reason_for_a_visit(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    ear.in_idle = tell_what_is_known;
    assert_false(watch(w));
    assert_int_equal(w->server->selects, 0);
}

static void tell_that_something_changed(struct fake_server *s, const struct fct_sink *sink)
{
    (void)s;
    sink->status(sink->ctx, (struct fct_bytes){"", 0}, &unknown, NULL); /* facteur/plugin.h at idle */
}

static void something_that_changed_is_looked_for_with_one_question(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    assert_false(sync_is_told(w->engine));
    fake_deliver(w->work, 60, 0);
    int64_t before = census(w).emails;
    ear.in_idle = tell_that_something_changed;
    assert_false(watch(w));
    assert_true(sync_is_told(w->engine));
    assert_int_equal(census(w).emails, before + 1);
    assert_int_equal(ear.lists, 1);
    assert_int_equal(w->server->selects, 1);

    fake_add_mailbox(w->server, "New", FCT_ROLE_NONE);
    ear.in_idle = tell_that_something_changed;
    assert_true(watch(w));
}

static void something_that_changed_asks_for_a_pass_where_a_listing_has_no_statuses(void **state)
{
    struct world *w = *state;
    begin(w, BASIC | FCT_CAN_NOTIFY);
    ear.in_idle = tell_that_something_changed;
    assert_true(watch(w));
    pass(w);
    assert_false(watch(w));
}

static void tell_of_a_stranger(struct fake_server *s, const struct fct_sink *sink)
{
    struct fct_mailbox_status status = unknown;
    (void)s;
    status.messages = 1;
    sink->status(sink->ctx, (struct fct_bytes){"Stranger", 8}, &status, NULL);
}

static void tell_of_a_name(struct fake_server *s, const struct fct_sink *sink)
{
    const struct fct_bytes name = {"Renamed", 7};
    const struct fct_mailbox mb = {.size = sizeof(mb), .wire_name = name, .name = name, .delimiter = '/', .status = unknown};
    (void)s;
    sink->mailbox(sink->ctx, &mb, NULL);
}

static void tell_of_very_many(struct fake_server *s, const struct fct_sink *sink)
{
    struct fct_mailbox_status status = unknown;
    char name[32];
    (void)s;
    for (int i = 0; i < 10000; i++) {
        int n = snprintf(name, sizeof(name), "m%d", i);
        sink->status(sink->ctx, (struct fct_bytes){name, (size_t)n}, &status, NULL);
    }
}

static void what_only_a_listing_can_explain_asks_for_a_pass(void **state)
{
    struct world *w = *state;
    void (*const strange[])(struct fake_server *, const struct fct_sink *) = {tell_of_a_stranger, tell_of_a_name, tell_of_very_many};
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    for (size_t i = 0; i < 3; i++) {
        ear.in_idle = strange[i];
        assert_true(watch(w));
        pass(w);
        assert_false(watch(w));
    }
}

/* ---- promptness ----------------------------------------------------------------------------------------------------- */

static void flag_two(struct fake_server *s, const struct fct_sink *sink)
{
    for (uint64_t uid = 1; uid <= 2; uid++) {
        fake_set_flags(&s->box[0], uid, FCT_FLAG_FLAGGED, "");
        const struct fct_message m = {.size = sizeof(m), .uid = uid, .flags = {.bits = FCT_FLAG_FLAGGED}};
        sink->flags(sink->ctx, &m, NULL);
    }
}

/* Not watch(): an assertion has no place in a fiber that may be cancelled. */
static int watch_in_fiber(void *arg)
{
    struct world *w = arg;
    bool relist;
    return sync_watch(w->engine, 5, &relist, NULL);
}

static void flags_are_shown_before_the_server_has_ended_the_wait(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    ear.in_idle = flag_two;
    ear.answer_ms = 500; /* a far server */
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&w->loop, "watch", watch_in_fiber, w);

    uint64_t began = wait_now_ms();
    while (census(w).flagged < 2 && wait_now_ms() - began < 400)
        wait_sleep(2, NULL);

    assert_int_equal(census(w).flagged, 2);
    assert_false(fiber_is_done(f));
    fiber_join(f);
    assert_int_equal(census(w).flagged, 2);
    expect_poll(w, 0);
}

static void a_wait_that_is_cancelled_leaves_nothing_at_work(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    for (uint64_t ms = 0; ms < 4; ms++) {
        ear.in_idle = flag_two;
        ear.answer_ms = 10000;
        struct fiber *f = fiber_spawn(&w->loop, "watch", watch_in_fiber, w);
        wait_sleep(ms, NULL);
        fiber_cancel(f);
        fiber_join(f);
        fiber_unref(f);
        sync_engine_free(TAKE(w->engine));
        begin(w, QRESYNC);
    }
    assert_int_equal(census(w).flagged, 2);
}

/* ---- what was told is not asked for again ---------------------------------------------------------------------------- */

static void tell(const struct fake_mailbox *b, uint64_t uid, const struct fct_sink *sink)
{
    const struct fake_message *at = &b->m[uid - 1];
    const struct fct_message m = {.size = sizeof(m), .uid = uid, .modseq = at->modseq, .flags = {.bits = at->flags}};
    sink->flags(sink->ctx, &m, NULL);
}

static void flag_two_with_modseqs(struct fake_server *s, const struct fct_sink *sink)
{
    for (uint64_t uid = 1; uid <= 2; uid++) {
        fake_set_flags(&s->box[0], uid, FCT_FLAG_FLAGGED, "");
        tell(&s->box[0], uid, sink);
    }
}

static void flag_two_and_tell_of_one(struct fake_server *s, const struct fct_sink *sink)
{
    for (uint64_t uid = 1; uid <= 2; uid++)
        fake_set_flags(&s->box[0], uid, FCT_FLAG_FLAGGED, "");
    tell(&s->box[0], 2, sink);
}

static void flag_two_and_deliver(struct fake_server *s, const struct fct_sink *sink)
{
    flag_two_with_modseqs(s, sink);
    fake_deliver(&s->box[0], 700, 0);
    fake_set_flags(&s->box[0], 3, FCT_FLAG_FLAGGED, "");
    tell(&s->box[0], 3, sink); /* its modseq is that of the status, and yet there is more */
}

static void flags_that_were_told_need_no_visit_where_the_server_promised_to_tell(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    ear.in_idle = flag_two_with_modseqs;
    watch(w);
    pass(w);
    assert_int_equal(w->server->selects, 0);
    ear.in_list = flag_two_with_modseqs; /* beside the listing, too; with modseqs that are the status's */
    pass(w);
    assert_int_equal(w->server->selects, 0);
    assert_int_equal(census(w).flagged, 2);
}

static void without_that_promise_they_need_one(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC);
    ear.in_idle = flag_two_with_modseqs;
    watch(w);
    pass(w);
    assert_int_equal(w->server->selects, 1);
}

static void what_came_beside_them_is_visited(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    int64_t before = census(w).emails;
    ear.in_list = flag_two_and_deliver;
    pass(w);
    assert_int_equal(w->server->selects, 1);
    assert_int_equal(census(w).flagged, 3);
    assert_int_equal(census(w).emails, before + 1);
}

/* What is written down of the mailbox has not moved on. */
static void what_the_server_forgot_to_tell_is_found_when_the_mailbox_is_selected_again(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC | FCT_CAN_NOTIFY);
    ear.in_idle = flag_two_and_tell_of_one;
    watch(w);
    pass(w);
    assert_int_equal(census(w).flagged, 1);
    fake_set_flags(w->work, 1, FCT_FLAG_FLAGGED, "");
    pass(w); /* selects another mailbox */
    watch(w);
    assert_int_equal(census(w).flagged, 3);
}

/* ---- very many ------------------------------------------------------------------------------------------------------- */

#define MANY 2500 /* more than one transaction takes */

static void flag_all(struct fake_mailbox *b)
{
    for (uint64_t uid = 1; uid < b->uidnext; uid++)
        fake_set_flags(b, uid, FCT_FLAG_FLAGGED, "");
}

static void flag_and_tell_all(struct fake_server *s, const struct fct_sink *sink)
{
    flag_all(&s->box[0]);
    for (uint64_t uid = 1; uid < s->box[0].uidnext; uid++)
        tell(&s->box[0], uid, sink);
}

static void begin_with_many(struct world *w, uint32_t can)
{
    for (unsigned i = 0; i < MANY; i++)
        fake_deliver(w->inbox, 100 + i, 0);
    begin(w, can);
}

static void very_many_flags_are_applied_as_they_come(void **state)
{
    struct world *w = *state;
    begin_with_many(w, QRESYNC | FCT_CAN_NOTIFY);
    ear.in_list = flag_and_tell_all;
    pass(w);
    assert_int_equal(w->server->selects, 0);
    assert_int_equal(census(w).flagged, MANY + 3);
}

/* Told in the answer to SELECT: what is not here is fetched. */
static void among_very_many_flags_what_is_new_is_fetched(void **state)
{
    struct world *w = *state;
    begin_with_many(w, QRESYNC);
    int64_t before = census(w).emails;
    for (unsigned i = 0; i < 5; i++)
        fake_deliver(w->inbox, 3000 + i, 0);
    flag_all(w->inbox);
    w->server->messages_given = 0;
    pass(w);
    assert_int_equal(w->server->messages_given, 5);
    assert_int_equal(census(w).flagged, MANY + 3 + 5);
    assert_int_equal(census(w).emails, before + 5);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_quiet_poll_asks_one_question),
        T(without_list_status_a_quiet_poll_asks_for_the_others_at_once),
        T(mail_in_other_mailboxes_is_found_by_a_poll),
        T(what_is_read_elsewhere_is_found_by_a_poll),
        T(a_mailbox_that_came_or_went_asks_for_a_pass),
        T(a_mailbox_that_has_no_status_any_more_asks_for_a_pass),
        T(a_listing_without_the_promised_statuses_is_asked_again_as_statuses),
        T(a_mailbox_that_is_refused_is_visited_again_at_the_next_poll),
        T(of_very_many_mailboxes_some_are_asked_for_at_each_poll),
        T(what_the_server_tells_of_other_mailboxes_is_fetched_from_there_alone),
        T(what_is_known_already_is_no_reason_for_a_visit),
        T(something_that_changed_is_looked_for_with_one_question),
        T(something_that_changed_asks_for_a_pass_where_a_listing_has_no_statuses),
        T(what_only_a_listing_can_explain_asks_for_a_pass),
        T(flags_are_shown_before_the_server_has_ended_the_wait),
        T(a_wait_that_is_cancelled_leaves_nothing_at_work),
        T(flags_that_were_told_need_no_visit_where_the_server_promised_to_tell),
        T(without_that_promise_they_need_one),
        T(what_came_beside_them_is_visited),
        T(what_the_server_forgot_to_tell_is_found_when_the_mailbox_is_selected_again),
        T(very_many_flags_are_applied_as_they_come),
        T(among_very_many_flags_what_is_new_is_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
