/* The engine against a server in memory, on a real store: what must hold after a pass, whatever the server can. */
#include "engine_rules.h"
#include "engine_world.h"

struct set_flags {
    struct world *w;
    const struct fake_mailbox *box;
    uint64_t uid;
    struct fct_flags add, remove;
    int64_t pending;
};

static int change_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct set_flags *c = arg;
    struct look l = {.w = c->w, .box = c->box};
    struct store_uid_flags *uids = NULL;
    size_t n = 0;
    if (store_mailbox_uids(tx, find_mailbox(tx, &l, err), &uids, &n, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < n && result == 0; i++)
        if (uids[i].uid == c->uid)
            result = store_email_set_flags(tx, uids[i].email_id, &c->add, &c->remove, err);
    free(uids);
    return result;
}

static int count_pending(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct set_flags *c = arg;
    return store_pending_count(tx, c->w->account, &c->pending, err);
}

static void set_flags_here(struct world *w, const struct fake_mailbox *box, uint64_t uid, uint32_t add, uint32_t remove)
{
    struct set_flags c = {.w = w, .box = box, .uid = uid, .add.bits = add, .remove.bits = remove};
    struct fct_error err = {0};
    if (store_write(w->store, change_flags, &c, &err) < 0)
        fail_msg("%s", err.message);
}

static int64_t pending(struct world *w)
{
    struct set_flags c = {.w = w};
    assert_int_equal(store_read(w->store, count_pending, &c, NULL), 0);
    return c.pending;
}

/* ---- tests ------------------------------------------------------------------------------------------------------------ */

static const uint32_t abilities[] = {BASIC, BASIC | FCT_CAN_MODSEQ, CONDSTORE, QRESYNC};
#define EACH_ABILITY(i) size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++

static void first_pass_brings_everything(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *work = fake_add_mailbox(w->server, "Plans", 0);
    for (unsigned i = 0; i < 300; i++)
        fake_deliver(inbox, i, i % 2 ? FCT_FLAG_SEEN : 0);
    for (unsigned i = 300; i < 320; i++)
        fake_deliver(work, i, 0);
    fake_set_flags(inbox, 5, FCT_FLAG_SEEN, "receipts");
    w->server->can = BASIC;
    connect_anew(w);

    struct sync_report r = pass(w);

    assert_int_equal(r.new_messages, 320);
    assert_int_equal(r.missing, 0);
    expect_in_step(w);
}

static void second_pass_does_no_work(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 50; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = CONDSTORE;
    connect_anew(w);
    pass(w);
    unsigned selects = w->server->selects, given = w->server->messages_given;

    struct sync_report r = pass(w);

    assert_int_equal(r.mailboxes_skipped, 1);
    assert_int_equal(w->server->selects, selects);
    assert_int_equal(w->server->messages_given, given);
}

static void changes_on_the_server_arrive_whatever_it_can(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    unsigned body = 0;
    for (; body < 40; body++)
        fake_deliver(inbox, body, 0);
    for (EACH_ABILITY(i)) {
        w->server->can = abilities[i];
        connect_anew(w);
        pass(w);
        uint64_t base = i * 4 + 1;
        fake_remove(w->server, inbox, base);
        fake_remove(w->server, inbox, base + 1);
        fake_set_flags(inbox, base + 2, FCT_FLAG_FLAGGED | FCT_FLAG_SEEN, "urgent");
        fake_deliver(inbox, body++, FCT_FLAG_ANSWERED);
        unsigned given = w->server->messages_given;

        pass(w);

        expect_in_step(w);
        assert_int_equal(w->server->messages_given, given + 1);
    }
}

static void a_broken_connection_loses_and_doubles_nothing(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 200; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = QRESYNC;
    struct fct_error err = {0};
    struct sync_report r;
    for (unsigned cut = 1; cut < 200; cut += 37) {
        w->server->fail_after_messages = w->server->messages_given + cut;
        connect_anew(w);
        if (sync_pass(w->engine, &r, &err) == 0)
            break;
        assert_int_equal(err.code, FCT_E_NETWORK);
        assert_int_equal(err.retry, FCT_RETRY_NOW);
    }
    w->server->fail_after_messages = 0;
    connect_anew(w);

    pass(w);

    expect_in_step(w);
    assert_int_equal(w->server->messages_given, 200); /* what had come was kept */
}

static int email_of_uid_1(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct look *l = arg;
    struct store_uid_flags *uids = NULL;
    size_t n = 0;
    if (store_mailbox_uids(tx, find_mailbox(tx, l, err), &uids, &n, err) < 0)
        return -1;
    l->found = n > 0 ? uids[0].email_id : 0;
    free(uids);
    return 0;
}

static int64_t first_email(struct world *w, const struct fake_mailbox *box)
{
    struct look l = {.w = w, .box = box};
    assert_int_equal(store_read(w->store, email_of_uid_1, &l, NULL), 0);
    return l.found;
}

static void a_renamed_mailbox_is_known_by_its_id_however_the_server_tells_it(void **state)
{
    struct world *w = *state;
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *box = fake_add_mailbox(w->server, "Plans", 0);
    box->id = "F22";
    fake_deliver(box, 1, 0);
    w->server->can = BASIC | FCT_CAN_MODSEQ; /* no status comes with the listing */
    connect_anew(w);
    pass(w);
    int64_t before = first_email(w, box);

    box->name = "Older plans";
    pass(w);

    assert_int_not_equal(before, 0);
    assert_int_equal(first_email(w, box), before);
    expect_in_step(w);
}

static void what_another_program_moves_keeps_its_id(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *plans = fake_add_mailbox(w->server, "Plans", 0), *old = fake_add_mailbox(w->server, "Archive", FCT_ROLE_ARCHIVE);
    fake_deliver(inbox, 1, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    int64_t id = first_email(w, inbox);

    fake_remove(w->server, inbox, 1);
    fake_deliver(plans, 1, 0);
    pass(w);
    assert_int_equal(first_email(w, plans), id);

    fake_remove(w->server, plans, 1);
    fake_deliver(old, 1, 0);
    pass(w);
    assert_int_equal(first_email(w, old), id);

    fake_remove(w->server, old, 1);
    fake_deliver(inbox, 1, 0);
    pass(w);
    assert_int_equal(first_email(w, inbox), id);
    expect_in_step(w);
}

static void changed_uidvalidity_keeps_every_email(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 60; i++)
        fake_deliver(inbox, i, i % 3 ? FCT_FLAG_SEEN : 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    struct look before = {.w = w, .box = inbox};
    assert_int_equal(store_read(w->store, look_closely, &before, NULL), 0);

    inbox->uidvalidity = 99;
    for (size_t i = 0; i < inbox->n; i++)
        inbox->m[i].uid = 1000 + i;
    inbox->uidnext = 2000;
    inbox->m[3].is_gone = true;
    connect_anew(w);
    pass(w);

    expect_in_step(w);
}

/* Nothing is recognised: every message has another text. What comes afterwards is news again. */
static void what_comes_down_anew_with_another_uidvalidity_is_no_news(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 60; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    make_rule_for_all(w);
    pass(w);
    assert_int_equal(for_rules(w), 0);

    inbox->uidvalidity = 99;
    for (size_t i = 0; i < inbox->n; i++) {
        inbox->m[i].uid = 1000 + i;
        inbox->m[i].body += 500;
    }
    inbox->uidnext = 2000;
    connect_anew(w);
    pass(w);
    expect_in_step(w);
    assert_int_equal(for_rules(w), 0);

    fake_deliver(inbox, 100, 0);
    pass(w);
    assert_int_equal(for_rules(w), 1);
}

static void a_message_that_is_never_given_does_not_hold_up_the_others(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 10; i++)
        fake_deliver(inbox, i, 0);
    inbox->m[4].is_withheld = true;
    w->server->can = CONDSTORE;
    connect_anew(w);

    struct sync_report r = pass(w);

    assert_int_equal(r.new_messages, 9);
    assert_int_equal(r.missing, 1);
    inbox->m[4].is_withheld = false;
    r = pass(w); /* asked for again, since the mailbox is not complete */
    assert_int_equal(r.new_messages, 1);
    expect_in_step(w);
}

static void a_mailbox_that_is_refused_does_not_hold_up_the_others(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *other = fake_add_mailbox(w->server, "Other", 0);
    inbox->refuses_select = true;
    fake_deliver(other, 1, 0);
    w->server->can = CONDSTORE;
    connect_anew(w);

    struct sync_report r = pass(w);

    assert_int_equal(r.mailboxes_failed, 1);
    assert_int_equal(r.new_messages, 1);
}

static void flags_set_here_reach_the_server(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 20; i++)
        fake_deliver(inbox, i, 0);
    for (EACH_ABILITY(i)) {
        w->server->can = abilities[i];
        connect_anew(w);
        pass(w);
        uint64_t uid = i * 3 + 1;
        set_flags_here(w, inbox, uid, FCT_FLAG_SEEN, 0);
        set_flags_here(w, inbox, uid + 1, FCT_FLAG_SEEN, 0);
        set_flags_here(w, inbox, uid + 2, FCT_FLAG_FLAGGED, 0);
        set_flags_here(w, inbox, uid + 2, 0, FCT_FLAG_FLAGGED);
        assert_int_equal(pending(w), 2);
        unsigned stores = w->server->stores;

        pass(w);

        assert_int_equal(w->server->stores, stores + 1); /* one command for both */
        assert_int_equal(pending(w), 0);
        assert_int_equal(on_server(inbox, uid)->flags, FCT_FLAG_SEEN);
        assert_int_equal(on_server(inbox, uid + 1)->flags, FCT_FLAG_SEEN);
        assert_int_equal(on_server(inbox, uid + 2)->flags, 0);
        expect_in_step(w);
    }
}

static void flags_that_the_server_refuses_are_taken_back(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 1, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    w->server->refuses_stores = true;
    set_flags_here(w, inbox, 1, FCT_FLAG_SEEN, 0);

    pass(w);

    assert_int_equal(pending(w), 0);
    expect_in_step(w);
}

static void news_while_watching_are_applied(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 5; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    bool relist = false;
    struct fct_error err = {0};
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);

    fake_deliver(inbox, 5, 0);
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
    assert_false(relist);
    expect_in_step(w);

    fake_remove(w->server, inbox, 1); /* told by a count alone: only a listing can say which */
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
    assert_true(relist);
    pass(w);
    expect_in_step(w);
}

static void what_went_while_more_came_is_looked_for(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 0, 0);
    w->server->can = BASIC;
    connect_anew(w);
    pass(w);
    bool relist = false;
    struct fct_error err = {0};
    fake_remove(w->server, inbox, 1);
    fake_deliver(inbox, 1, 0);
    fake_deliver(inbox, 2, 0);

    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);

    assert_true(relist);
    pass(w);
    expect_in_step(w);
}

static void new_mail_that_is_refused_is_left_to_a_pass(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 0, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    bool relist = false;
    struct fct_error err = {0};
    fake_deliver(inbox, 1, 0);
    w->server->refused_fetches = 1;

    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);

    assert_true(relist);
    pass(w);
    expect_in_step(w);
}

static void statuses_that_a_listing_lacks_are_asked_for(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 0, 0);
    w->server->can = CONDSTORE;
    w->server->lists_no_status = true;
    connect_anew(w);
    pass(w);

    assert_int_equal(pass(w).mailboxes_skipped, 1);
}

/* Servers may answer STATUS of the selected mailbox with what this session knows already. */
static void a_pass_believes_news_more_than_a_status(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 0, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    w->server->stale = fake_status(w->server, inbox);
    fake_deliver(inbox, 1, 0);

    assert_int_equal(pass(w).new_messages, 1);

    expect_in_step(w);
    w->server->stale.size = 0;
    assert_int_equal(pass(w).mailboxes, 0);
}

/* A mailbox is deleted in the middle of a pass, another one is forbidden: whatever the answer, it concerns that mailbox. */
static void a_refusal_of_any_kind_concerns_one_mailbox(void **state)
{
    static const int codes[] = {FCT_E_NOT_FOUND, FCT_E_FORBIDDEN, FCT_E_AUTH, FCT_E_BUSY, FCT_E_SERVER};
    struct world *w = *state;
    struct fake_mailbox *gone = fake_add_mailbox(w->server, "Gone", 0);
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    gone->refuses_select = true;
    w->server->can = BASIC;
    connect_anew(w);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        gone->select_code = codes[i];
        fake_deliver(inbox, (unsigned)i, 0);

        struct sync_report r = pass(w);

        assert_int_equal(r.mailboxes_failed, 1);
        assert_int_equal(r.new_messages, 1);
    }
}

static void an_account_that_is_refused_everything_has_failed(void **state)
{
    struct world *w = *state;
    struct sync_report r;
    struct fct_error err = {0};
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX)->refuses_select = true;
    w->server->can = BASIC;
    connect_anew(w);

    assert_int_equal(sync_pass(w->engine, &r, &err), -1);
    assert_int_equal(err.code, FCT_E_SERVER);
}

static void changes_for_a_mailbox_that_is_refused_wait_and_hold_up_nothing(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fake_mailbox *work = fake_add_mailbox(w->server, "Work", 0);
    struct fct_error err = {0};
    bool relist;
    fake_deliver(work, 1, 0);
    fake_deliver(inbox, 2, 0);
    w->server->can = CONDSTORE;
    connect_anew(w);
    pass(w);
    set_flags_here(w, work, 1, FCT_FLAG_SEEN, 0);
    work->refuses_select = true;
    work->select_code = FCT_E_NOT_FOUND;
    connect_anew(w);

    pass(w);
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
    unsigned selects = w->server->selects;
    assert_int_equal(sync_upload(w->engine, &err), 0);
    assert_int_equal(w->server->selects, selects); /* not asked again before the next pass */

    assert_int_equal(pending(w), 1);
    work->refuses_select = false;
    pass(w);
    assert_int_equal(pending(w), 0);
    assert_int_equal(on_server(work, 1)->flags, FCT_FLAG_SEEN);
}

static void flags_that_the_server_does_not_take_now_wait_and_mail_comes(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 1, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    w->server->refuses_stores = true;
    w->server->store_retry = FCT_RETRY_LATER;
    set_flags_here(w, inbox, 1, FCT_FLAG_SEEN, 0);
    fake_deliver(inbox, 2, 0);

    struct sync_report r = pass(w);

    assert_int_equal(r.new_messages, 1);
    assert_int_equal(pending(w), 1);
    w->server->refuses_stores = false;
    pass(w);
    assert_int_equal(pending(w), 0);
    expect_in_step(w);
}

static void flags_that_are_forbidden_are_taken_back(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_deliver(inbox, 1, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    w->server->refuses_stores = true;
    w->server->store_code = FCT_E_FORBIDDEN;
    set_flags_here(w, inbox, 1, FCT_FLAG_SEEN, 0);

    pass(w);

    assert_int_equal(pending(w), 0);
    expect_in_step(w);
}

static void new_mail_in_a_mailbox_that_lacks_a_message_brings_only_itself(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fct_error err = {0};
    bool relist;
    for (unsigned i = 0; i < 100; i++)
        fake_deliver(inbox, i, 0);
    inbox->m[50].is_withheld = true;
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    unsigned given = w->server->messages_given;
    fake_deliver(inbox, 100, 0);

    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);

    assert_int_equal(w->server->messages_given, given + 1);
}

static void deliver_late(struct fake_server *s, const struct fct_sink *sink)
{
    fake_deliver(s->selected, 77, 0);
    s->selected->m[s->selected->n - 1].is_withheld = true; /* this answer was made before it came */
    sink->exists(sink->ctx, fake_count(s->selected), NULL);
}

static void mail_that_comes_while_new_mail_is_fetched_is_not_overlooked(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    struct fct_error err = {0};
    bool relist;
    fake_deliver(inbox, 0, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    fake_deliver(inbox, 1, 0);
    w->server->in_fetch = deliver_late;
    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
    assert_int_equal(inbox->n, 3);
    inbox->m[2].is_withheld = false;
    unsigned idles = w->server->idles;

    assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);

    assert_int_equal(w->server->idles, idles); /* it has been told already */
    expect_in_step(w);
}

static void without_anything_to_watch_it_waits(void **state)
{
    struct world *w = *state;
    struct fct_source plain = fake_source;
    struct fct_error err = {0};
    bool relist;
    plain.idle = NULL;
    struct fake_mailbox *box = fake_add_mailbox(w->server, "Other", 0);
    fake_deliver(box, 1, 0);
    w->server->can = BASIC;
    connect_with(w, &plain);
    pass(w);
    uint64_t began = wait_now_ms();

    assert_int_equal(sync_watch(w->engine, 30, &relist, &err), 0); /* no inbox */
    assert_true(wait_now_ms() - began >= 29);

    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    pass(w);
    began = wait_now_ms();
    assert_int_equal(sync_watch(w->engine, 30, &relist, &err), 0); /* a source that cannot idle */
    assert_true(wait_now_ms() - began >= 29);

    w->server->box[1].refuses_select = true;
    connect_with(w, &plain);
    began = wait_now_ms();
    assert_int_equal(sync_watch(w->engine, 30, &relist, &err), 0); /* an inbox that is refused */
    assert_true(wait_now_ms() - began >= 29);
    assert_false(relist);
}

static void a_listing_that_lacks_messages_is_not_believed_at_once(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 50; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = BASIC;
    connect_anew(w);
    pass(w);
    unsigned given = w->server->messages_given;
    w->server->short_listings = 1;
    w->server->short_length = 3;

    pass(w);

    expect_in_step(w);
    assert_int_equal(w->server->messages_given, given); /* nothing was thrown away and brought back */
}

static void an_empty_listing_of_a_full_mailbox_is_never_believed(void **state)
{
    struct world *w = *state;
    struct sync_report r;
    struct fct_error err = {0};
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 50; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = BASIC;
    connect_anew(w);
    pass(w);
    w->server->short_listings = 10;
    w->server->short_length = 0;

    assert_int_equal(sync_pass(w->engine, &r, &err), -1);

    w->server->short_listings = 0;
    expect_in_step(w);
}

static void a_mailbox_that_was_emptied_is_empty_here(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *inbox = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 2500; i++)
        fake_deliver(inbox, i, 0);
    w->server->can = QRESYNC;
    connect_anew(w);
    pass(w);
    for (uint64_t uid = 1; uid <= 2490; uid++)
        fake_remove(w->server, inbox, uid);

    pass(w);

    expect_in_step(w);
}

static void change_server(struct fake_server *s, unsigned *body)
{
    struct fake_mailbox *b = &s->box[(size_t)rand() % s->n_boxes];
    int what = rand() % 4;
    if (what == 0 && b->n < FAKE_MESSAGES_MAX) {
        fake_deliver(b, rand() % 8 ? (*body)++ : (unsigned)rand() % (*body + 1), rand() % 2 ? FCT_FLAG_SEEN : 0);
        return;
    }
    if (b->n == 0)
        return;
    struct fake_message *m = &b->m[(size_t)rand() % b->n];
    if (m->is_gone)
        return;
    if (what == 1)
        fake_remove(s, b, m->uid);
    else
        fake_set_flags(b, m->uid, (uint32_t)rand() & 7, rand() % 3 ? "" : "later");
}

/* Both sides change at random, connections break at random, abilities come and go: after quiet both agree. */
static void random_worlds_end_in_step(void **state)
{
    struct world *w = *state;
    unsigned body = 0, seed = getenv("FACTEUR_SEED") ? (unsigned)atoi(getenv("FACTEUR_SEED")) : 11;
    printf("seed %u\n", seed);
    srand(seed);
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_add_mailbox(w->server, "Work", 0);
    fake_add_mailbox(w->server, "Lists", 0);
    for (int round = 0; round < 60; round++) {
        struct sync_report r;
        w->server->can = abilities[(size_t)rand() % 4];
        for (int i = rand() % 30; i > 0; i--)
            change_server(w->server, &body);
        struct fake_mailbox *b = &w->server->box[rand() % 3];
        if (b->n && round > 2)
            set_flags_here(w, b, b->m[(size_t)rand() % b->n].uid, FCT_FLAG_FLAGGED, 0);
        w->server->fail_after_messages = rand() % 3 ? 0 : w->server->messages_given + 1 + (unsigned)rand() % 10;
        connect_anew(w);
        if (sync_pass(w->engine, &r, NULL) == 0)
            continue;
        w->server->fail_after_messages = 0;
        connect_anew(w);
        pass(w);
        expect_in_step(w);
    }
    w->server->fail_after_messages = 0;
    connect_anew(w);
    pass(w);
    expect_in_step(w);
    assert_int_equal(pending(w), 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(first_pass_brings_everything),
        T(second_pass_does_no_work),
        T(changes_on_the_server_arrive_whatever_it_can),
        T(a_broken_connection_loses_and_doubles_nothing),
        T(a_renamed_mailbox_is_known_by_its_id_however_the_server_tells_it),
        T(what_another_program_moves_keeps_its_id),
        T(changed_uidvalidity_keeps_every_email),
        T(what_comes_down_anew_with_another_uidvalidity_is_no_news),
        T(a_message_that_is_never_given_does_not_hold_up_the_others),
        T(a_mailbox_that_is_refused_does_not_hold_up_the_others),
        T(flags_set_here_reach_the_server),
        T(flags_that_the_server_refuses_are_taken_back),
        T(news_while_watching_are_applied),
        T(what_went_while_more_came_is_looked_for),
        T(new_mail_that_is_refused_is_left_to_a_pass),
        T(statuses_that_a_listing_lacks_are_asked_for),
        T(a_pass_believes_news_more_than_a_status),
        T(a_refusal_of_any_kind_concerns_one_mailbox),
        T(an_account_that_is_refused_everything_has_failed),
        T(changes_for_a_mailbox_that_is_refused_wait_and_hold_up_nothing),
        T(flags_that_the_server_does_not_take_now_wait_and_mail_comes),
        T(flags_that_are_forbidden_are_taken_back),
        T(new_mail_in_a_mailbox_that_lacks_a_message_brings_only_itself),
        T(mail_that_comes_while_new_mail_is_fetched_is_not_overlooked),
        T(without_anything_to_watch_it_waits),
        T(a_listing_that_lacks_messages_is_not_believed_at_once),
        T(an_empty_listing_of_a_full_mailbox_is_never_believed),
        T(a_mailbox_that_was_emptied_is_empty_here),
        T(random_worlds_end_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
