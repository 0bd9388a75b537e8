/* Taking back what was done: in the local account, and in one with a server at every step of its being told. */
#include "mail_fixture.h"

#include "soundness.h"
#include "store/restore.h"
#include "store/transfers.h"
#include "store/undo.h"

#define NOON 1700000000

/* ---- doing something, as Email/set does it ---- */

struct deed {
    const char *group;
    int64_t email;
    const int64_t *to; /* NULL: not moved */
    size_t n_to;
    struct fct_flags add, remove;
    bool destroy;
    int64_t undo_id; /* out */
};

static int do_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct deed *d = arg;
    CLEANUP(store_undo_record_done) struct store_undo_record r = {.client = "test", .group = d->group};
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;

    if (store_undo_begin(tx, &r, err) < 0 || store_undo_look(tx, d->email, &before, err) < 0)
        return -1;
    if (d->destroy) {
        if (store_email_destroy(tx, d->email, err) < 0 || store_undo_destroyed(tx, &r, before, err) < 0)
            return -1;
    } else if ((d->to && store_email_set_mailboxes(tx, d->email, d->to, d->n_to, err) < 0) ||
               store_email_set_flags(tx, d->email, &d->add, &d->remove, err) < 0 ||
               store_undo_changed(tx, &r, before, err) < 0) {
        return -1;
    }
    if (store_undo_end(tx, &r, err) < 0)
        return -1;
    d->undo_id = r.id;
    return 0;
}

static int64_t act(struct fixture *f, struct deed d)
{
    assert_ok(store_write(f->store, do_fn, &d, err));
    return d.undo_id;
}

static int64_t move(struct fixture *f, int64_t email, int64_t to)
{
    return act(f, (struct deed){.email = email, .to = &to, .n_to = 1});
}

static int64_t flag(struct fixture *f, int64_t email, uint32_t add, uint32_t remove)
{
    return act(f, (struct deed){.email = email, .add = {.bits = add}, .remove = {.bits = remove}});
}

static int64_t destroy(struct fixture *f, int64_t email)
{
    return act(f, (struct deed){.email = email, .destroy = true});
}

/* ---- taking back ---- */

struct undoing {
    int64_t id;
    size_t max;
    struct store_undo_applied a;
};

static int undo_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct undoing *u = arg;

    return store_undo_apply_some(tx, u->id, "test", u->max, &u->a, err);
}

/* The caller calls store_undo_applied_done. */
static struct store_undo_applied undo_some(struct fixture *f, int64_t id, size_t max)
{
    struct undoing u = {.id = id, .max = max};

    assert_ok(store_write(f->store, undo_fn, &u, err));
    return u.a;
}

static struct store_undo_applied undo(struct fixture *f, int64_t id)
{
    return undo_some(f, id, 1000);
}

/* Takes back what one Email was done; everything of it can be. Returns the id that the Email has now; *out_undo may be
 * NULL. */
static int64_t undo_one(struct fixture *f, int64_t id, int64_t *out_undo)
{
    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(f, id);

    assert_int_equal(a.n, 1);
    assert_int_equal(a.list[0].problem, STORE_UNDO_FINE);
    assert_true(a.list[0].is_undone);
    assert_false(a.has_more);
    if (out_undo)
        *out_undo = a.undo_id;
    return a.list[0].restored_as ? a.list[0].restored_as : a.list[0].email_id;
}

static int load_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_undo_load(tx, c->id, c->out, err);
}

static char *text_of(struct fixture *f, int64_t id)
{
    struct store_undo u = {0};

    assert_good(read_call(f, (struct call){.fn = load_fn, .id = id, .out = &u}));
    char *text = xstrdup(u.text);
    store_undo_done(&u);
    return text;
}

static int newest_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_undo_newest(tx, c->id, c->out, err);
}

static int64_t newest(struct fixture *f, int64_t account)
{
    int64_t id = 0;

    assert_good(read_call(f, (struct call){.fn = newest_fn, .id = account, .out = &id}));
    return id;
}

static int sweep_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_undo_sweep(tx, c->other, c->n, c->out, err);
}

static size_t sweep(struct fixture *f, int64_t before, size_t max)
{
    size_t n = 0;

    assert_good(write_call(f, (struct call){.fn = sweep_fn, .other = before, .n = max, .out = &n}));
    return n;
}

static bool is_in(struct fixture *f, int64_t email, int64_t mailbox)
{
    CLEANUP(store_email_done) struct store_email e = load_email(f, email);

    return e.n_mailboxes == 1 && e.mailbox_ids[0] == mailbox;
}

static void check(struct fixture *f)
{
    verify_counters(f);
    const char *wrong = what_is_wrong(f);
    if (wrong)
        fail_msg("%s", wrong);
}

#define assert_text(f, id, expected)                 \
    do {                                             \
        CLEANUP(freep) char *text_ = text_of(f, id); \
        assert_string_equal(text_, expected);        \
    } while (0)

/* ---- a world: a local account with Emails, and one with a server ---- */

struct world {
    struct fixture f;
    int64_t local, inbox, archive, trash;
    int64_t account, boxes[3]; /* INBOX, A, B */
};

static void world_done(struct world *w)
{
    check(&w->f);
    fixture_done(&w->f);
}

static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};

    w.local = local_account(&w.f);
    w.inbox = mailbox_with_role(&w.f, w.local, FCT_ROLE_INBOX);
    w.archive = mailbox_with_role(&w.f, w.local, FCT_ROLE_ARCHIVE);
    w.trash = mailbox_with_role(&w.f, w.local, FCT_ROLE_TRASH);
    w.account = add_server(&w.f, (const char *const[]){"INBOX", "A", "B"}, 3, w.boxes);
    return w;
}

static int64_t local_letter(struct world *w, const char *id, uint32_t flags)
{
    int64_t email;

    assert_good(create_letter(&w->f, w->local, &w->inbox, 1, flags,
                              &(struct letter){.id = id, .subject = id, .body = "body"}, &email));
    return email;
}

static int64_t server_letter(struct world *w, const char *id, uint64_t uid, uint32_t flags)
{
    return arrive_letter(&w->f, w->account, w->boxes[0], uid, NOON, flags,
                         &(struct letter){.id = id, .subject = id, .body = "body"});
}

static int64_t number(struct world *w, const char *sql)
{
    return sql_number(&w->f, sql);
}

static void run_sql(struct world *w, const char *sql)
{
    struct sql_job job = {sql, 0};

    assert_ok(store_write(w->f.store, sql_fn, &job, err));
}

#define PLACES "SELECT count(*) FROM pending WHERE kind = 2"
#define FLAGS "SELECT count(*) FROM pending WHERE kind = 1"
#define DEPARTURES "SELECT count(*) FROM departure"

/* ---- the local account ---- */

static void move_is_taken_back_and_done_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", FCT_FLAG_SEEN), undone, redone;
    int64_t id = move(&w.f, email, w.archive);
    assert_text(&w.f, id, "1 message moved to Archive");

    assert_int_equal(undo_one(&w.f, id, &undone), email);
    assert_true(is_in(&w.f, email, w.inbox));
    assert_text(&w.f, undone, "taken back: 1 message moved to Archive");

    undo_one(&w.f, undone, &redone);
    assert_true(is_in(&w.f, email, w.archive));
    assert_text(&w.f, redone, "done again: 1 message moved to Archive");

    undo_one(&w.f, redone, &undone);
    assert_true(is_in(&w.f, email, w.inbox));
    assert_text(&w.f, undone, "taken back: 1 message moved to Archive");
}

static void newest_is_what_does_something_and_was_not_taken_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0), undone, redone;
    assert_int_equal(newest(&w.f, -1), 0);
    int64_t first = flag(&w.f, email, FCT_FLAG_SEEN, 0), second = move(&w.f, email, w.archive);

    assert_int_equal(newest(&w.f, -1), second);
    undo_one(&w.f, second, &undone);
    assert_int_equal(newest(&w.f, -1), first);
    undo_one(&w.f, undone, &redone);
    assert_int_equal(newest(&w.f, w.local), redone);
    assert_int_equal(newest(&w.f, w.account), 0);
    undo_one(&w.f, redone, NULL);
    undo_one(&w.f, first, NULL);
    assert_int_equal(newest(&w.f, -1), 0);
    CLEANUP(store_undo_applied_done) struct store_undo_applied again = undo(&w.f, first);
    assert_true(again.was_undone);
    assert_int_equal(again.n, 0);
}

static void sentences_tell_what_was_done(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a = local_letter(&w, "a@x", 0), b = local_letter(&w, "b@x", 0);
    const int64_t both[] = {w.inbox, w.archive};

    assert_text(&w.f, flag(&w.f, a, FCT_FLAG_SEEN, 0), "1 message marked as read");
    assert_text(&w.f, flag(&w.f, a, 0, FCT_FLAG_SEEN), "1 message marked as unread");
    assert_text(&w.f, flag(&w.f, a, FCT_FLAG_FLAGGED, 0), "1 message flagged");
    assert_text(&w.f, flag(&w.f, a, 0, FCT_FLAG_FLAGGED), "1 message no longer flagged");
    assert_text(&w.f, act(&w.f, (struct deed){.email = a, .add = {0, bytes_str("work")}}),
                "1 message with the keyword work");
    assert_text(&w.f,
                act(&w.f, (struct deed){.email = a, .add = {FCT_FLAG_SEEN, {0}}, .remove = {0, bytes_str("work")}}),
                "1 message with other flags");
    assert_text(&w.f, act(&w.f, (struct deed){.email = a, .to = both, .n_to = 2}), "1 message put into Archive, too");
    assert_text(&w.f, move(&w.f, a, w.inbox), "1 message taken out of Archive");
    int64_t group = act(&w.f, (struct deed){.group = "g", .email = a, .to = &w.trash, .n_to = 1});
    assert_int_equal(act(&w.f, (struct deed){.group = "g", .email = b, .to = &w.trash, .n_to = 1}), group);
    assert_text(&w.f, group, "2 messages moved to Trash");
    assert_text(&w.f, move(&w.f, b, w.inbox), "1 message moved to Inbox");
    act(&w.f, (struct deed){.group = "g", .email = b, .to = &w.archive, .n_to = 1});
    assert_text(&w.f, group, "2 messages moved");
    act(&w.f, (struct deed){.group = "g", .email = b, .destroy = true});
    assert_text(&w.f, group, "2 messages moved, some of them deleted for good");
    group = act(&w.f, (struct deed){.group = "h", .email = local_letter(&w, "c@x", 0), .destroy = true});
    act(&w.f, (struct deed){.group = "h", .email = local_letter(&w, "d@x", 0), .to = &w.trash, .n_to = 1});
    act(&w.f, (struct deed){.group = "h", .email = local_letter(&w, "e@x", 0), .destroy = true});
    assert_text(&w.f, group, "3 messages moved to Trash, some of them deleted for good");
    assert_text(&w.f, destroy(&w.f, a), "1 message deleted for good");
}

static void what_changes_nothing_is_no_action(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", FCT_FLAG_SEEN), before = state_of(&w.f, w.local, STORE_UNDO);

    assert_int_equal(flag(&w.f, email, FCT_FLAG_SEEN, 0), 0);
    assert_int_equal(move(&w.f, email, w.inbox), 0);

    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), 0);
    assert_int_equal(state_of(&w.f, w.local, STORE_UNDO), before);
}

static void keywords_of_others_are_left_alone(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", FCT_FLAG_ANSWERED);
    int64_t id = act(&w.f, (struct deed){.email = email,
                                         .add = {FCT_FLAG_FLAGGED, bytes_str("work home")},
                                         .remove = {FCT_FLAG_ANSWERED, {0}}});
    assert_good(set_keywords(&w.f, email, "$seen $answered other", "work"));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, email);
    assert_int_equal(e.flags, FCT_FLAG_SEEN | FCT_FLAG_ANSWERED);
    assert_string_equal(e.keywords, "other");
    assert_true(a.list[0].is_undone);
    assert_int_equal(a.list[0].problem, STORE_UNDO_CHANGED_SINCE);
    assert_int_equal(a.list[0].flags, FCT_FLAG_ANSWERED);
    assert_string_equal(a.list[0].keywords, "work");
    assert_false(a.list[0].with_mailboxes);
}

static void what_was_moved_on_stays_and_its_flags_are_taken_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0);
    int64_t id =
        act(&w.f, (struct deed){.email = email, .to = &w.archive, .n_to = 1, .add = {.bits = FCT_FLAG_FLAGGED}});
    assert_good(set_mailboxes(&w.f, email, &w.trash, 1));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_CHANGED_SINCE);
    assert_true(a.list[0].with_mailboxes && a.list[0].is_undone);
    assert_true(is_in(&w.f, email, w.trash));
    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, email);
    assert_int_equal(e.flags, 0);
    /* The undo of it speaks of the flag alone. */
    undo_one(&w.f, a.undo_id, NULL);
    assert_true(is_in(&w.f, email, w.trash));
}

static void what_is_gone_is_told(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0), id = move(&w.f, email, w.archive);
    assert_good(destroy_email(&w.f, email));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_GONE);
    assert_false(a.list[0].is_undone);
    assert_int_equal(a.undo_id, 0);
    assert_int_equal(newest(&w.f, -1), 0);
}

static int make_mailbox(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_create(tx, c->id, 0, "Gone soon", 0, 0, true, c->out, err);
}

static int drop_mailbox(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_destroy(tx, c->id, true, err);
}

static void mailbox_that_is_gone_keeps_nothing_else_from_coming_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t box = 0, email = local_letter(&w, "a@x", 0), other = local_letter(&w, "b@x", 0);
    assert_good(write_call(&w.f, (struct call){.fn = make_mailbox, .id = w.local, .out = &box}));
    const int64_t both[] = {w.inbox, box};
    assert_good(set_mailboxes(&w.f, email, both, 2));
    assert_good(set_mailboxes(&w.f, other, &box, 1));
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = email, .to = &w.archive, .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = other, .to = &w.archive, .n_to = 1});
    assert_good(write_call(&w.f, (struct call){.fn = drop_mailbox, .id = box}));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.n, 2);
    assert_int_equal(a.list[0].email_id, other);
    assert_int_equal(a.list[0].problem, STORE_UNDO_MAILBOX_GONE);
    assert_false(a.list[0].is_undone);
    assert_int_equal(a.list[1].problem, STORE_UNDO_MAILBOX_GONE);
    assert_true(a.list[1].is_undone);
    assert_true(is_in(&w.f, email, w.inbox));
    assert_true(is_in(&w.f, other, w.archive));
}

static void mailbox_that_the_server_still_has_is_gone_all_the_same(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = server_letter(&w, "a@x", 7, 0);
    move(&w.f, email, w.boxes[1]);
    int64_t id = move(&w.f, email, w.boxes[2]);
    assert_good(write_call(&w.f, (struct call){.fn = drop_mailbox, .id = w.boxes[1]})); /* waits for the server */

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_MAILBOX_GONE);
    assert_true(is_in(&w.f, email, w.boxes[2]));
}

static void destroyed_email_comes_back_under_a_new_id(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", FCT_FLAG_FLAGGED), undone, redone;
    assert_good(set_keywords(&w.f, email, "work", NULL));
    CLEANUP(store_email_done) struct store_email was = load_email(&w.f, email);
    int64_t moved = move(&w.f, email, w.archive), id = destroy(&w.f, email);

    int64_t back = undo_one(&w.f, id, &undone);

    assert_int_not_equal(back, email);
    CLEANUP(store_email_done) struct store_email is = load_email(&w.f, back);
    assert_memory_equal(is.sha256, was.sha256, 32);
    assert_int_equal(is.received_at, was.received_at);
    assert_int_equal(is.flags, was.flags);
    assert_string_equal(is.keywords, "work");
    assert_true(is_in(&w.f, back, w.archive));
    /* What was done to it before is known of it still, over doing it again. */
    undo_one(&w.f, undone, &redone);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 0);
    int64_t again = undo_one(&w.f, redone, NULL);
    assert_int_equal(undo_one(&w.f, moved, NULL), again);
    assert_true(is_in(&w.f, again, w.inbox));
}

static int expire_fn(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    int n = 0;

    return store_blobs_expire(tx, c->other, 100, &n, err);
}

static void bytes_stay_as_long_as_the_action(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, local_letter(&w, "a@x", 0));
    struct call much_later = {.fn = expire_fn, .other = INT64_MAX / 2};

    assert_good(write_call(&w.f, much_later));
    assert_int_equal(number(&w, "SELECT count(*) FROM blob"), 1);
    undo_one(&w.f, id, NULL);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo_item WHERE blob_id IS NOT NULL"), 0);

    destroy(&w.f, number(&w, "SELECT id FROM email"));
    assert_int_equal(sweep(&w.f, INT64_MAX, 100), 5); /* three actions, the last two with a change each */
    assert_good(write_call(&w.f, much_later));
    assert_int_equal(number(&w, "SELECT count(*) FROM blob"), 0);
}

static void email_changed_since_it_was_restored_is_not_destroyed_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t undone, back = undo_one(&w.f, destroy(&w.f, local_letter(&w, "a@x", 0)), &undone);
    assert_good(set_mailboxes(&w.f, back, &w.archive, 1));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, undone);

    assert_int_equal(a.list[0].problem, STORE_UNDO_CHANGED_SINCE);
    assert_true(is_in(&w.f, back, w.archive));
}

static void same_email_twice_in_an_action_goes_back_step_by_step(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0);
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = email, .to = &w.archive, .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = email, .add = {.bits = FCT_FLAG_SEEN}});
    act(&w.f, (struct deed){.group = "g", .email = email, .to = &w.trash, .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = email, .destroy = true});
    assert_int_equal(number(&w, "SELECT n_emails * 100 + n_items FROM undo"), 104);

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.n, 4);
    int64_t back = a.list[0].restored_as;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(a.list[i].problem, STORE_UNDO_FINE);
    assert_int_equal(a.list[3].email_id, back);
    assert_true(is_in(&w.f, back, w.inbox));
    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, back);
    assert_int_equal(e.flags, 0);
}

static void large_action_goes_back_in_pieces_over_a_restart(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = 0, emails[10], undo_id = 0;
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d@x", i);
        emails[i] = local_letter(&w, name, 0);
        id = act(&w.f, (struct deed){.group = "g", .email = emails[i], .to = &w.archive, .n_to = 1});
    }

    for (int n = 0; n < 3; n++) {
        CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo_some(&w.f, id, 4);
        assert_true(undo_id == 0 || a.undo_id == undo_id);
        undo_id = a.undo_id;
        assert_int_equal(a.has_more, n < 2);
        if (n < 2)
            assert_int_equal(newest(&w.f, -1), id); /* there is more of it */
        fixture_reopen(&w.f);
    }

    for (int i = 0; i < 10; i++)
        assert_true(is_in(&w.f, emails[i], w.inbox));
    assert_text(&w.f, undo_id, "taken back: 10 messages moved to Archive");
    assert_int_equal(number(&w, "SELECT n_items FROM undo ORDER BY id DESC LIMIT 1"), 10);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), 2);
}

static void group_ends_when_it_is_taken_back_or_silent(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0);
    int64_t first = act(&w.f, (struct deed){.group = "g", .email = email, .add = {.bits = FCT_FLAG_SEEN}});
    undo_one(&w.f, first, NULL);

    int64_t second = act(&w.f, (struct deed){.group = "g", .email = email, .add = {.bits = FCT_FLAG_SEEN}});
    assert_int_not_equal(second, first);
    assert_int_not_equal(act(&w.f, (struct deed){.group = "h", .email = email, .add = {.bits = FCT_FLAG_FLAGGED}}),
                         second);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo WHERE group_key = 'g'"), 2);
    run_sql(&w, "UPDATE undo SET at = at - 605");
    assert_int_not_equal(act(&w.f, (struct deed){.group = "g", .email = email, .remove = {.bits = FCT_FLAG_SEEN}}),
                         second);
}

static void only_so_many_actions_are_kept(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0), first = 0, last = 0;
    struct store_changes changes = {0};
    int64_t since = 0;

    for (int i = 0; i < UNDO_KEPT + 5; i++) {
        last = flag(&w.f, email, i % 2 ? 0 : FCT_FLAG_SEEN, i % 2 ? FCT_FLAG_SEEN : 0);
        first = first ? first : last;
        since = i == 3 ? state_of(&w.f, w.local, STORE_UNDO) : since;
    }

    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), UNDO_KEPT);
    assert_int_equal(number(&w, "SELECT min(id) FROM undo"), first + 5);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo_item"), UNDO_KEPT);
    assert_good(changes_since(&w.f, w.local, STORE_UNDO, since, 0, &changes));
    assert_int_equal(changes.n_destroyed, 4);
    assert_int_equal(changes.n_created, UNDO_KEPT);
    store_changes_done(&changes);
    assert_int_equal(sweep(&w.f, INT64_MAX, 7), 7); /* a piece */
    while (sweep(&w.f, INT64_MAX, 7) == 7)
        ;
    assert_int_equal(number(&w, "SELECT count(*) FROM undo_item"), 0);
}

static void too_many_changes_are_counted_and_not_written_down(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a = local_letter(&w, "a@x", 0), b = local_letter(&w, "b@x", 0);
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = a, .add = {.bits = FCT_FLAG_SEEN}});
    run_sql(&w, "UPDATE undo SET n_items = 100000");

    act(&w.f, (struct deed){.group = "g", .email = b, .add = {.bits = FCT_FLAG_SEEN}});

    struct store_undo u;
    assert_good(read_call(&w.f, (struct call){.fn = load_fn, .id = id, .out = &u}));
    assert_int_equal(u.n_left_out, 1);
    assert_int_equal(u.n_items, UNDO_ITEMS_MAX);
    store_undo_done(&u);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo_item"), 1);
}

static void few_large_actions_are_kept(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a = local_letter(&w, "a@x", 0);
    flag(&w.f, a, FCT_FLAG_SEEN, 0);
    int64_t second = flag(&w.f, a, FCT_FLAG_FLAGGED, 0);
    run_sql(&w, "UPDATE undo SET n_items = 400000");

    int64_t third = flag(&w.f, a, FCT_FLAG_ANSWERED, 0);

    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), 2);
    assert_int_equal(number(&w, "SELECT min(id) FROM undo"), second);
    run_sql(&w, "UPDATE undo SET n_items = 600000 WHERE n_items = 1");
    assert_int_equal(sweep(&w.f, 0, 100), 2);
    assert_int_equal(number(&w, "SELECT min(id) FROM undo"), third);
}

static void half_of_an_action_is_never_taken_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a = local_letter(&w, "a@x", 0), b = local_letter(&w, "b@x", 0);
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = a, .destroy = true});
    act(&w.f, (struct deed){.group = "g", .email = b, .destroy = true});

    assert_int_equal(sweep(&w.f, INT64_MAX, 1), 1);

    struct store_undo u;
    assert_int_equal(read_call(&w.f, (struct call){.fn = load_fn, .id = id, .out = &u}).code, FCT_E_NOT_FOUND);
    assert_int_equal(newest(&w.f, -1), 0);
    assert_int_equal(sweep(&w.f, INT64_MAX, 10), 2);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo_item"), 0);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), 0);
}

static void changes_tell_of_an_action_in_two_accounts_once(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t here = local_letter(&w, "a@x", 0), there = server_letter(&w, "b@x", 1, 0);
    struct store_changes c = {0};
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = here, .add = {.bits = FCT_FLAG_SEEN}});
    act(&w.f, (struct deed){.group = "g", .email = there, .add = {.bits = FCT_FLAG_SEEN}});

    assert_good(changes_since(&w.f, -1, STORE_UNDO, 0, 0, &c));
    assert_int_equal(c.n_created, 1);
    assert_int_equal(c.created[0], id);
    int64_t since = c.new_modseq;
    store_changes_done(&c);

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);
    assert_int_equal(a.n, 2);
    assert_good(changes_since(&w.f, -1, STORE_UNDO, since, 0, &c));
    assert_int_equal(c.n_created, 1);
    assert_int_equal(c.created[0], a.undo_id);
    assert_int_equal(c.n_updated, 1);
    assert_int_equal(c.updated[0], id);
    store_changes_done(&c);
}

static int destroy_account(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_account_destroy(tx, c->id, err);
}

static void actions_go_with_their_account(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t here = local_letter(&w, "a@x", 0), there = server_letter(&w, "b@x", 1, 0);
    int64_t alone = flag(&w.f, there, FCT_FLAG_FLAGGED, 0);
    int64_t both = act(&w.f, (struct deed){.group = "g", .email = here, .add = {.bits = FCT_FLAG_SEEN}});
    act(&w.f, (struct deed){.group = "g", .email = there, .destroy = true});
    assert_good(write_call(&w.f, (struct call){.fn = destroy_account, .id = w.account}));

    struct store_undo u;
    assert_int_equal(read_call(&w.f, (struct call){.fn = load_fn, .id = alone, .out = &u}).code, FCT_E_NOT_FOUND);
    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, both);
    assert_int_equal(a.list[0].problem, STORE_UNDO_ACCOUNT_GONE);
    assert_int_equal(a.list[1].problem, STORE_UNDO_FINE);
    sweep(&w.f, 0, 100);
    assert_int_equal(number(&w, "SELECT count(*) FROM undo"), 2);
}

/* ---- an account with a server ---- */

static void move_that_nobody_heard_of_leaves_nothing(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = server_letter(&w, "a@x", 7, FCT_FLAG_SEEN);
    int64_t id =
        act(&w.f, (struct deed){.email = email, .to = &w.boxes[1], .n_to = 1, .add = {.bits = FCT_FLAG_FLAGGED}});
    assert_int_equal(number(&w, PLACES), 1);

    undo_one(&w.f, id, NULL);

    assert_true(is_in(&w.f, email, w.boxes[0]));
    assert_int_equal(number(&w, "SELECT uid FROM placement"), 7);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(number(&w, DEPARTURES), 0);
}

static int load_transfers(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_transfer **out = c->out;
    size_t n;
    int64_t last;

    if (store_transfers_load(tx, c->id, 0, 10, out, &n, &last, err) < 0)
        return -1;
    EXPECT(n == 1);
    return store_transfers_sent(tx, *out, &n, err);
}

static int transfer_done(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_transfers_done(tx, c->in, 1, &c->uid, 1, err);
}

static void move_that_the_server_made_is_moved_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = server_letter(&w, "a@x", 7, 0), id = move(&w.f, email, w.boxes[1]);
    struct store_transfer *t = NULL;
    assert_good(write_call(&w.f, (struct call){.fn = load_transfers, .id = w.account, .out = &t}));
    assert_good(write_call(&w.f, (struct call){.fn = transfer_done, .in = t, .uid = 30}));
    store_transfers_free(t, 1);

    undo_one(&w.f, id, NULL);

    assert_true(is_in(&w.f, email, w.boxes[0]));
    assert_good(write_call(&w.f, (struct call){.fn = load_transfers, .id = w.account, .out = &t}));
    assert_int_equal(t->kind, STORE_TRANSFER_MOVE);
    assert_int_equal(t->from_uid, 30);
    assert_int_equal(t->to_mailbox, w.boxes[0]);
    store_transfers_free(t, 1);
}

static void destroyed_before_the_server_heard_of_it_is_where_it_was(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = server_letter(&w, "a@x", 7, FCT_FLAG_SEEN);
    arrive_letter(&w.f, w.account, w.boxes[1], 8, NOON, FCT_FLAG_SEEN,
                  &(struct letter){.id = "a@x", .subject = "a@x", .body = "body"});
    assert_good(set_flags(&w.f, email, FCT_FLAG_FLAGGED, 0)); /* which still waits */
    int64_t id = destroy(&w.f, email);
    assert_int_equal(number(&w, DEPARTURES), 2);

    int64_t back = undo_one(&w.f, id, NULL);

    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, back);
    assert_int_equal(e.n_mailboxes, 2);
    assert_int_equal(e.flags, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED);
    assert_int_equal(number(&w, "SELECT sum(uid) FROM placement"), 15);
    assert_int_equal(number(&w, DEPARTURES), 0);
    assert_int_equal(number(&w, PLACES), 0);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending WHERE kind = 1 AND add_flags = 4 AND uid IN (7, 8)"), 2);
}

static void moved_and_destroyed_before_the_server_heard_of_it_is_moved(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = server_letter(&w, "a@x", 7, FCT_FLAG_SEEN);
    move(&w.f, email, w.boxes[1]);

    int64_t back = undo_one(&w.f, destroy(&w.f, email), NULL);

    assert_true(is_in(&w.f, back, w.boxes[1]));
    struct store_transfer *t = NULL;
    assert_good(write_call(&w.f, (struct call){.fn = load_transfers, .id = w.account, .out = &t}));
    assert_int_equal(t->kind, STORE_TRANSFER_MOVE);
    assert_int_equal(t->from_uid, 7);
    store_transfers_free(t, 1);
}

static int send_removal(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_removal *r = NULL;
    size_t n = 0;

    if (store_removals_load(tx, c->id, 0, 10, &r, &n, err) < 0)
        return -1;
    EXPECT(n == 1);
    int result = store_removals_sent(tx, r, &n, err);
    *(struct store_removal *)c->out = r[0];
    free(r);
    return result;
}

static int removal_done(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return c->flag ? store_removals_refused(tx, c->in, 1, &(struct fct_error){.message = "no"}, err)
                   : store_removals_done(tx, c->in, 1, false, err);
}

static void destroyed_while_the_server_is_told_is_sent_there_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, server_letter(&w, "a@x", 7, FCT_FLAG_FLAGGED));
    struct store_removal r;
    assert_good(write_call(&w.f, (struct call){.fn = send_removal, .id = w.boxes[0], .out = &r}));

    int64_t back = undo_one(&w.f, id, NULL);
    assert_int_equal(number(&w, PLACES), 1);
    assert_good(write_call(&w.f, (struct call){.fn = removal_done, .in = &r}));

    assert_true(is_in(&w.f, back, w.boxes[0]));
    struct store_transfer *t = NULL;
    assert_good(write_call(&w.f, (struct call){.fn = load_transfers, .id = w.account, .out = &t}));
    assert_int_equal(t->kind, STORE_TRANSFER_APPEND);
    assert_int_equal(t->flags, FCT_FLAG_FLAGGED);
    assert_int_equal(t->received_at, NOON);
    store_transfers_free(t, 1);
}

/* ---- of which only the header is here ---- */

static const struct letter headed = {.id = "a@x", .subject = "body", .body = "rest"};

static int64_t header_alone(struct world *w, int64_t uid)
{
    char *raw = letter_text(&headed);
    size_t whole = strlen(raw), header = (size_t)(strstr(raw, "\r\n\r\n") - raw) + 4;
    struct prepared p;

    prepared_init(&p, w->f.store, raw, header);
    struct store_arrival a = {.mailbox_id = w->boxes[0],
                              .uid = (uint64_t)uid,
                              .received_at = NOON,
                              .partial_size = whole,
                              .blob = p.blob,
                              .summary = &p.summary};
    arrive(&w->f, w->account, &a, 1);
    prepared_done(&p);
    free(raw);
    return a.email_id;
}

static void header_destroyed_before_the_server_heard_of_it_is_where_it_was(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = header_alone(&w, 7), undone;
    CLEANUP(store_email_done) struct store_email was = load_email(&w.f, email);
    assert_true(was.bits & STORE_PARTIAL);

    int64_t back = undo_one(&w.f, destroy(&w.f, email), &undone);

    CLEANUP(store_email_done) struct store_email is = load_email(&w.f, back);
    assert_true(is.bits & STORE_PARTIAL);
    assert_int_equal(is.size, was.size);
    assert_int_equal(number(&w, "SELECT uid FROM placement"), 7);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(number(&w, DEPARTURES), 0);
}

static void header_that_the_server_has_lost_does_not_come_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, header_alone(&w, 7));
    struct store_removal r;
    assert_good(write_call(&w.f, (struct call){.fn = send_removal, .id = w.boxes[0], .out = &r}));
    assert_good(write_call(&w.f, (struct call){.fn = removal_done, .in = &r}));

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_REFUSED);
    assert_int_equal(a.list[0].code, FCT_E_BLOB_NOT_FOUND);
    assert_false(a.list[0].is_undone);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 0);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending"), 0);
}

static int removal_put_off(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_removals_put_off(tx, c->in, 1, err);
}

static void destroyed_while_the_server_could_not_is_where_it_was(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, server_letter(&w, "a@x", 7, FCT_FLAG_FLAGGED));
    struct store_removal r;
    assert_good(write_call(&w.f, (struct call){.fn = send_removal, .id = w.boxes[0], .out = &r}));

    int64_t back = undo_one(&w.f, id, NULL);
    assert_good(write_call(&w.f, (struct call){.fn = removal_put_off, .in = &r}));

    assert_true(is_in(&w.f, back, w.boxes[0]));
    assert_int_equal(number(&w, "SELECT uid FROM placement"), 7);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(number(&w, DEPARTURES), 0);
}

static void destroyed_and_told_is_sent_there_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t undone, id = destroy(&w.f, server_letter(&w, "a@x", 7, FCT_FLAG_FLAGGED));
    struct store_removal r;
    assert_good(write_call(&w.f, (struct call){.fn = send_removal, .id = w.boxes[0], .out = &r}));
    assert_good(write_call(&w.f, (struct call){.fn = removal_done, .in = &r}));
    assert_good(write_call(&w.f, (struct call){.fn = expire_fn, .other = INT64_MAX / 2}));

    int64_t back = undo_one(&w.f, id, &undone);

    assert_true(is_in(&w.f, back, w.boxes[0]));
    assert_int_equal(number(&w, PLACES), 1);
    assert_int_equal(number(&w, FLAGS), 0);
    /* Done again before that was sent: nothing is. */
    undo_one(&w.f, undone, NULL);
    assert_int_equal(number(&w, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(number(&w, DEPARTURES), 0);
}

static void destruction_that_the_server_refused_is_not_taken_back_twice(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, server_letter(&w, "a@x", 7, 0));
    struct store_removal r;
    assert_good(write_call(&w.f, (struct call){.fn = send_removal, .id = w.boxes[0], .out = &r}));
    assert_good(write_call(&w.f, (struct call){.fn = removal_done, .in = &r, .flag = true}));
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 1);

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_CHANGED_SINCE);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 1);
}

static void what_another_program_moved_meanwhile_is_there_and_where_it_was(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t undone, redone, id = destroy(&w.f, server_letter(&w, "a@x", 7, FCT_FLAG_FLAGGED));
    int64_t other = arrive_letter(&w.f, w.account, w.boxes[1], 9, NOON, 0,
                                  &(struct letter){.id = "a@x", .subject = "a@x", .body = "body"});

    assert_int_equal(undo_one(&w.f, id, &undone), other);

    CLEANUP(store_email_done) struct store_email e = load_email(&w.f, other);
    assert_int_equal(e.n_mailboxes, 2);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED);
    assert_int_equal(number(&w, "SELECT sum(uid) FROM placement"), 16);
    assert_int_equal(number(&w, DEPARTURES), 0);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 1);
    /* Done again, it is where the other program put it. */
    undo_one(&w.f, undone, &redone);
    assert_true(is_in(&w.f, other, w.boxes[1]));
    undo_one(&w.f, redone, NULL);
    CLEANUP(store_email_done) struct store_email again = load_email(&w.f, other);
    assert_int_equal(again.n_mailboxes, 2);
}

static void what_came_back_by_itself_is_not_restored(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t id = destroy(&w.f, server_letter(&w, "a@x", 7, 0));
    server_letter(&w, "a@x", 8, 0);

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.list[0].problem, STORE_UNDO_CHANGED_SINCE);
    assert_false(a.list[0].is_undone);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 1);
}

static void same_bytes_twice_come_back_twice(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t first = server_letter(&w, "a@x", 7, 0), second = server_letter(&w, "a@x", 8, 0);
    server_letter(&w, "a@x", 9, 0);
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = first, .destroy = true});
    act(&w.f, (struct deed){.group = "g", .email = second, .destroy = true});

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, id);

    assert_int_equal(a.n, 2);
    assert_int_not_equal(a.list[0].restored_as, a.list[1].restored_as);
    assert_int_equal(number(&w, "SELECT count(*) FROM email"), 3);
    assert_int_equal(number(&w, "SELECT sum(uid) FROM placement"), 24);
}

static int make_read_only(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET attrs = attrs | ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, c->id);
    sqlite3_bind_int64(q, 2, FCT_MB_READ_ONLY);
    return store_run_one(tx, q, err);
}

static void what_the_server_forbids_by_now_is_told_and_the_rest_is_taken_back(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t a = server_letter(&w, "a@x", 7, 0), b = local_letter(&w, "b@x", 0), c = server_letter(&w, "c@x", 8, 0);
    int64_t id = act(&w.f, (struct deed){.group = "g", .email = a, .to = &w.boxes[1], .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = b, .to = &w.archive, .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = c, .destroy = true});
    assert_good(write_call(&w.f, (struct call){.fn = make_read_only, .id = w.boxes[0]}));

    CLEANUP(store_undo_applied_done) struct store_undo_applied u = undo(&w.f, id);

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(u.list[i].problem, i == 1 ? STORE_UNDO_FINE : STORE_UNDO_REFUSED);
        assert_int_equal(u.list[i].code, i == 1 ? 0 : FCT_E_FORBIDDEN);
        assert_int_equal(u.list[i].is_undone, i == 1);
    }
    assert_true(is_in(&w.f, a, w.boxes[1]));
    assert_true(is_in(&w.f, b, w.inbox));
}

static void email_that_merged_threads_gave_a_new_id_is_found(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t first = arrive_letter(&w.f, w.account, w.boxes[0], 1, NOON, 0,
                                  &(struct letter){.id = "r1@x", .subject = "s", .body = "body"});
    int64_t second = arrive_letter(&w.f, w.account, w.boxes[0], 2, NOON, 0,
                                   &(struct letter){.id = "r2@x", .subject = "s", .body = "body"});
    int64_t group = act(&w.f, (struct deed){.group = "g", .email = first, .to = &w.boxes[1], .n_to = 1});
    act(&w.f, (struct deed){.group = "g", .email = second, .to = &w.boxes[1], .n_to = 1});
    arrive_letter(&w.f, w.account, w.boxes[0], 3, NOON, 0,
                  &(struct letter){.id = "tie@x", .references = "<r1@x> <r2@x>", .subject = "s", .body = "body"});
    assert_int_equal(number(&w, "SELECT count(*) FROM tombstone WHERE type = 4"), 1);

    CLEANUP(store_undo_applied_done) struct store_undo_applied a = undo(&w.f, group);

    assert_int_equal(a.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(a.list[i].problem, STORE_UNDO_FINE);
        assert_true(is_in(&w.f, a.list[i].email_id, w.boxes[0]));
    }
}

static void actions_outlive_a_restart(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    int64_t email = local_letter(&w, "a@x", 0), id = move(&w.f, email, w.archive);

    fixture_reopen(&w.f);

    assert_int_equal(newest(&w.f, -1), id);
    undo_one(&w.f, id, NULL);
    assert_true(is_in(&w.f, email, w.inbox));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(move_is_taken_back_and_done_again),
        cmocka_unit_test(newest_is_what_does_something_and_was_not_taken_back),
        cmocka_unit_test(sentences_tell_what_was_done),
        cmocka_unit_test(what_changes_nothing_is_no_action),
        cmocka_unit_test(keywords_of_others_are_left_alone),
        cmocka_unit_test(what_was_moved_on_stays_and_its_flags_are_taken_back),
        cmocka_unit_test(what_is_gone_is_told),
        cmocka_unit_test(mailbox_that_is_gone_keeps_nothing_else_from_coming_back),
        cmocka_unit_test(mailbox_that_the_server_still_has_is_gone_all_the_same),
        cmocka_unit_test(destroyed_email_comes_back_under_a_new_id),
        cmocka_unit_test(bytes_stay_as_long_as_the_action),
        cmocka_unit_test(email_changed_since_it_was_restored_is_not_destroyed_again),
        cmocka_unit_test(same_email_twice_in_an_action_goes_back_step_by_step),
        cmocka_unit_test(large_action_goes_back_in_pieces_over_a_restart),
        cmocka_unit_test(group_ends_when_it_is_taken_back_or_silent),
        cmocka_unit_test(only_so_many_actions_are_kept),
        cmocka_unit_test(too_many_changes_are_counted_and_not_written_down),
        cmocka_unit_test(few_large_actions_are_kept),
        cmocka_unit_test(half_of_an_action_is_never_taken_back),
        cmocka_unit_test(changes_tell_of_an_action_in_two_accounts_once),
        cmocka_unit_test(actions_go_with_their_account),
        cmocka_unit_test(move_that_nobody_heard_of_leaves_nothing),
        cmocka_unit_test(move_that_the_server_made_is_moved_back),
        cmocka_unit_test(destroyed_before_the_server_heard_of_it_is_where_it_was),
        cmocka_unit_test(moved_and_destroyed_before_the_server_heard_of_it_is_moved),
        cmocka_unit_test(destroyed_while_the_server_is_told_is_sent_there_again),
        cmocka_unit_test(header_destroyed_before_the_server_heard_of_it_is_where_it_was),
        cmocka_unit_test(header_that_the_server_has_lost_does_not_come_back),
        cmocka_unit_test(destroyed_while_the_server_could_not_is_where_it_was),
        cmocka_unit_test(destroyed_and_told_is_sent_there_again),
        cmocka_unit_test(destruction_that_the_server_refused_is_not_taken_back_twice),
        cmocka_unit_test(what_another_program_moved_meanwhile_is_there_and_where_it_was),
        cmocka_unit_test(what_came_back_by_itself_is_not_restored),
        cmocka_unit_test(same_bytes_twice_come_back_twice),
        cmocka_unit_test(what_the_server_forbids_by_now_is_told_and_the_rest_is_taken_back),
        cmocka_unit_test(email_that_merged_threads_gave_a_new_id_is_found),
        cmocka_unit_test(actions_outlive_a_restart),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
