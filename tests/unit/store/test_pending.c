#include "mail_fixture.h"

#define NOON 1700000000

struct world {
    struct fixture f;
    int64_t account, inbox, email;
};

static struct world world_new(uint32_t flags)
{
    struct world w = {.f = fixture_new()};

    w.account = add_server(&w.f, (const char *const[]){"INBOX"}, 1, &w.inbox);
    w.email = arrive_letter(&w.f, w.account, w.inbox, 7, NOON, flags, &(struct letter){.id = "a@x"});
    return w;
}

static void world_done(struct world *w)
{
    verify_counters(&w->f);
    fixture_done(&w->f);
}

static uint32_t shown(struct world *w)
{
    CLEANUP(store_email_done) struct store_email e = load_email(&w->f, w->email);

    return e.flags;
}

struct list {
    struct store_pending *p;
    size_t n;
};

static void list_done(struct list *l)
{
    store_pending_free(l->p, l->n);
}

static int load_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct list *l = c->out;

    return store_pending_load(tx, c->id, 100, &l->p, &l->n, err);
}

static struct list look(struct world *w)
{
    struct list l = {0};

    assert_good(read_call(&w->f, (struct call){.fn = load_call, .id = w->inbox, .out = &l}));
    return l;
}

/* Loads for sending. */
static struct list take(struct world *w)
{
    struct list l = {0};

    assert_good(write_call(&w->f, (struct call){.fn = load_call, .id = w->inbox, .out = &l}));
    return l;
}

static int done_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return c->flag ? store_pending_refused(tx, c->in, "not allowed", err) : store_pending_done(tx, c->in, err);
}

static void settle(struct world *w, const struct list *l, bool is_refused)
{
    for (size_t i = 0; i < l->n; i++)
        assert_good(write_call(&w->f, (struct call){.fn = done_call, .in = &l->p[i], .flag = is_refused}));
}

static void change_of_flags_waits_for_the_server(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(FCT_FLAG_FLAGGED);

    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));
    assert_good(set_keywords(&w.f, w.email, "work", NULL));

    CLEANUP(list_done) struct list l = look(&w);
    assert_int_equal(shown(&w), FCT_FLAG_SEEN);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.p->uid, 7);
    assert_int_equal(l.p->email_id, w.email);
    assert_int_equal(l.p->kind, STORE_PENDING_FLAGS);
    assert_int_equal(l.p->add_flags, FCT_FLAG_SEEN);
    assert_int_equal(l.p->remove_flags, FCT_FLAG_FLAGGED);
    assert_string_equal(l.p->add_keywords, "work");
    assert_null(l.p->remove_keywords);
}

static void wish_taken_back_before_it_is_sent_leaves_nothing(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(FCT_FLAG_FLAGGED);

    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));
    assert_good(set_keywords(&w.f, w.email, "work", NULL));
    assert_good(set_keywords(&w.f, w.email, NULL, "work"));
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_FLAGGED, FCT_FLAG_SEEN));

    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 0);
}

static void servers_flags_do_not_undo_what_waits(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(FCT_FLAG_FLAGGED);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));

    assert_true(server_flags(&w.f, w.inbox, 7, FCT_FLAG_FLAGGED | FCT_FLAG_ANSWERED));

    assert_int_equal(shown(&w), FCT_FLAG_SEEN | FCT_FLAG_ANSWERED);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 1);
}

static void what_the_server_has_by_itself_need_not_be_sent(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(FCT_FLAG_FLAGGED);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));

    assert_false(server_flags(&w.f, w.inbox, 7, FCT_FLAG_SEEN));

    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(shown(&w), FCT_FLAG_SEEN);
}

static void accepted_change_is_done_and_what_was_added_meanwhile_stays(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(0);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, 0));
    CLEANUP(list_done) struct list sent = take(&w);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_FLAGGED, 0));

    settle(&w, &sent, false);

    CLEANUP(list_done) struct list left = look(&w);
    assert_int_equal(left.n, 1);
    assert_int_equal(left.p->add_flags, FCT_FLAG_FLAGGED);
    CLEANUP(list_done) struct list again = take(&w);
    settle(&w, &again, false);
    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(shown(&w), FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
}

/* The server answers STORE +FLAGS with the new flags before the entry is settled. */
static void wish_taken_back_on_its_way_is_told_to_the_server(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(0);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, 0));
    CLEANUP(list_done) struct list sent = take(&w);

    assert_good(set_flags(&w.f, w.email, 0, FCT_FLAG_SEEN));
    server_flags(&w.f, w.inbox, 7, FCT_FLAG_SEEN);
    settle(&w, &sent, false);

    assert_int_equal(shown(&w), 0);
    CLEANUP(list_done) struct list left = look(&w);
    assert_int_equal(left.n, 1);
    assert_int_equal(left.p->add_flags, 0);
    assert_int_equal(left.p->remove_flags, FCT_FLAG_SEEN);
}

static void refused_change_is_undone(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(FCT_FLAG_FLAGGED);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, FCT_FLAG_FLAGGED));
    assert_good(set_keywords(&w.f, w.email, "work", NULL));
    int64_t since = state_of(&w.f, w.account, STORE_EMAIL);
    CLEANUP(list_done) struct list sent = take(&w);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_ANSWERED, 0));

    settle(&w, &sent, true);

    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, w.email);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED | FCT_FLAG_ANSWERED);
    assert_null(e.keywords);
    assert_true(state_of(&w.f, w.account, STORE_EMAIL) > since);
    CLEANUP(list_done) struct list left = look(&w);
    assert_int_equal(left.n, 1);
    assert_int_equal(left.p->add_flags, FCT_FLAG_ANSWERED);
}

static void pending_goes_with_its_message(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(0);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, 0));
    CLEANUP(list_done) struct list sent = take(&w);

    vanished(&w.f, w.inbox, 7, 1);

    assert_int_equal(sql_number(&w.f, "SELECT count(*) FROM pending"), 0);
    settle(&w, &sent, false); /* the answer comes late */
    settle(&w, &sent, true);
}

static void each_copy_is_told(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2];
    int64_t account = add_server(&f, (const char *const[]){"INBOX", "All"}, 2, ids);
    int64_t email = arrive_letter(&f, account, ids[0], 1, NOON, FCT_FLAG_SEEN, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, ids[1], 2, NOON, 0, &(struct letter){.id = "a@x"});

    assert_good(set_flags(&f, email, FCT_FLAG_SEEN, 0));

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending"), 1); /* one copy has it already */
    assert_int_equal(sql_number(&f, "SELECT uid FROM pending"), 2);
    assert_good(set_flags(&f, email, FCT_FLAG_FLAGGED, 0));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending"), 2);
    verify_counters(&f);
}

static int attrs_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct fct_mailbox_status status = {.uidvalidity = 1, .messages = 1, .attrs = (uint32_t)c->n};

    return store_mailbox_synced(tx, c->id, &status, true, err);
}

static void read_only_mailbox_takes_no_flags(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(0);

    assert_good(write_call(&w.f, (struct call){.fn = attrs_call, .id = w.inbox, .n = FCT_MB_NO_KEYWORDS}));
    assert_int_equal(set_keywords(&w.f, w.email, "work", NULL).code, FCT_E_FORBIDDEN);
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_FLAGGED, 0));
    assert_good(write_call(&w.f, (struct call){.fn = attrs_call, .id = w.inbox, .n = FCT_MB_READ_ONLY}));
    struct fct_error err = set_flags(&w.f, w.email, FCT_FLAG_SEEN, 0);

    assert_int_equal(err.code, FCT_E_FORBIDDEN);
    assert_string_equal(err.message, "keywords: the mailbox \"INBOX\" is read-only");
    assert_int_equal(shown(&w), FCT_FLAG_FLAGGED);
}

static int waiting_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    int64_t *boxes = NULL, *out = c->out;
    size_t n;

    if (store_pending_count(tx, c->id, &out[0], err) < 0 || store_pending_mailboxes(tx, c->id, &boxes, &n, err) < 0)
        return -1;
    out[1] = (int64_t)n;
    out[2] = n ? boxes[0] : 0;
    free(boxes);
    return 0;
}

static void what_waits_can_be_asked(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new(0);
    int64_t waiting[3];
    assert_good(set_flags(&w.f, w.email, FCT_FLAG_SEEN, 0));

    assert_good(read_call(&w.f, (struct call){.fn = waiting_call, .id = w.account, .out = waiting}));

    assert_true(waiting[0] == 1 && waiting[1] == 1 && waiting[2] == w.inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_of_flags_waits_for_the_server),
        cmocka_unit_test(wish_taken_back_before_it_is_sent_leaves_nothing),
        cmocka_unit_test(servers_flags_do_not_undo_what_waits),
        cmocka_unit_test(what_the_server_has_by_itself_need_not_be_sent),
        cmocka_unit_test(accepted_change_is_done_and_what_was_added_meanwhile_stays),
        cmocka_unit_test(wish_taken_back_on_its_way_is_told_to_the_server),
        cmocka_unit_test(refused_change_is_undone),
        cmocka_unit_test(pending_goes_with_its_message),
        cmocka_unit_test(each_copy_is_told),
        cmocka_unit_test(read_only_mailbox_takes_no_flags),
        cmocka_unit_test(what_waits_can_be_asked),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
