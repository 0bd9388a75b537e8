/* Mailboxes of a server, changed here: what is shown, what waits, and what becomes of it with the next listing. */
#include "mail_fixture.h"

#include "store/mailbox_wishes.h"
#include "store/refusals.h"
#include "store/transfers.h"

#define NOON 1700000000
#define HERE 0 /* at the top */

/* ---- the server ---- */

struct line {
    const char *name; /* the wire name is "w:" and the name */
    uint32_t uidvalidity, attrs;
    uint64_t uidnext;
    int64_t messages;
    const char *mailbox_id;
    int role;
};

struct listing {
    int64_t account_id;
    const struct line *lines;
    size_t n;
    uint32_t delimiter;
    int64_t *ids;
};

static int listed_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct listing *l = c->in;
    struct store_remote_mailbox list[16] = {0};
    char wire[16][300];

    EXPECT(l->n <= 16);
    for (size_t i = 0; i < l->n; i++) {
        const struct line *m = &l->lines[i];
        snprintf(wire[i], sizeof(wire[i]), "w:%s", m->name);
        list[i] = (struct store_remote_mailbox){.name = m->name,
                                                .delimiter = l->delimiter,
                                                .wire_name = bytes_str(wire[i]),
                                                .attrs = m->attrs,
                                                .mailbox_id = m->mailbox_id,
                                                .role = m->role,
                                                .uidvalidity = m->uidvalidity,
                                                .uidnext = m->uidnext,
                                                .messages = m->uidvalidity ? m->messages : -1};
    }
    if (store_mailboxes_listed(tx, l->account_id, list, l->n, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n && l->ids; i++)
        l->ids[i] = list[i].id;
    return 0;
}

static void listed(struct fixture *f, int64_t account, const struct line *lines, size_t n, uint32_t delimiter,
                   int64_t *ids)
{
    const struct listing l = {account, lines, n, delimiter, ids};

    assert_good(write_call(f, (struct call){.fn = listed_call, .in = &l}));
    verify_counters(f);
}

#define LIST(f, account, ids, ...)                         \
    listed(f, account, (const struct line[]){__VA_ARGS__}, \
           sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line), '/', ids)

static int account_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    char name[] = "work", address[] = "jane@example.org", url[] = "imap://jane@example.org";
    struct store_account a = {.name = name, .address = address, .source_url = url, .is_enabled = true};

    return store_account_create(tx, &a, c->out, err);
}

static int64_t server(struct fixture *f)
{
    int64_t id;

    assert_good(write_call(f, (struct call){.fn = account_call, .out = &id}));
    return id;
}

static int retire_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailboxes_retire(tx, c->id, 1000, c->out, err) < 0 ? -1 : 0;
}

/* Returns how many are to be made again. */
static size_t retire(struct fixture *f, int64_t account)
{
    size_t n = 0;

    assert_good(write_call(f, (struct call){.fn = retire_call, .id = account, .out = &n}));
    verify_counters(f);
    return n;
}

/* ---- the user ---- */

struct wanted {
    int64_t account, parent;
    const char *name;
    int role;
    bool is_unsubscribed;
};

static int create_call2(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct wanted *w = c->in;

    return store_mailbox_create(tx, w->account, w->parent, w->name, w->role, 0, !w->is_unsubscribed, c->out, err);
}

static struct fct_error try_make(struct fixture *f, struct wanted w, int64_t *out)
{
    return write_call(f, (struct call){.fn = create_call2, .in = &w, .out = out});
}

static int64_t make(struct fixture *f, int64_t account, int64_t parent, const char *name)
{
    int64_t id = 0;

    assert_good(try_make(f, (struct wanted){account, parent, name, 0, false}, &id));
    return id;
}

static int update_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_update(tx, c->id, c->in, err);
}

static struct fct_error update(struct fixture *f, int64_t id, struct store_mailbox_patch p)
{
    return write_call(f, (struct call){.fn = update_call, .id = id, .in = &p});
}

static void rename_to(struct fixture *f, int64_t id, const char *name)
{
    assert_good(update(f, id, (struct store_mailbox_patch){.name = name}));
}

static void move_below(struct fixture *f, int64_t id, int64_t parent)
{
    assert_good(update(f, id, (struct store_mailbox_patch){.parent_id = &parent}));
}

static int destroy_call2(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_destroy(tx, c->id, c->flag, err);
}

static struct fct_error destroy(struct fixture *f, int64_t id, bool with_emails)
{
    return write_call(f, (struct call){.fn = destroy_call2, .id = id, .flag = with_emails});
}

/* ---- the engine ---- */

static int wish_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_wish_load(tx, c->id, c->out, err);
}

static struct store_mailbox_wish wish_of(struct fixture *f, int64_t id)
{
    struct store_mailbox_wish w = {0};

    assert_good(read_call(f, (struct call){.fn = wish_call, .id = id, .out = &w}));
    return w;
}

static void assert_wish(struct fixture *f, int64_t id, int what, const char *target)
{
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(f, id);

    assert_int_equal(w.what, what);
    if (target)
        assert_string_equal(w.target, target);
    else
        assert_null(w.target);
}

struct ids {
    int64_t *v;
    size_t n;
};

static int wishes_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct ids *l = c->out;
    return store_mailbox_wishes_load(tx, c->id, &l->v, &l->n, err);
}

static size_t n_wishes(struct fixture *f, int64_t account)
{
    struct ids l = {0};

    assert_good(read_call(f, (struct call){.fn = wishes_call, .id = account, .out = &l}));
    free(l.v);
    return l.n;
}

struct sent {
    int what;
    const char *full_name, *name;
    int64_t parent;
};

static int sent_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct sent *s = c->in;
    return store_mailbox_wish_sent(tx, c->id, s->what, s->full_name, s->parent, s->name, err);
}

static void send_it(struct fixture *f, int64_t id, int what)
{
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(f, id);
    const struct sent s = {what, w.target, w.target ? w.name : NULL, w.target_parent};

    assert_true(w.what & what);
    assert_good(write_call(f, (struct call){.fn = sent_call, .id = id, .in = &s}));
}

static int made_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_made(tx, c->id, bytes_str(c->in), '/', err);
}

static int renamed_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_renamed(tx, c->id, bytes_str(c->in), err);
}

static int deleted_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_deleted(tx, c->id, err);
}

static int refused_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct fct_error why = {.code = FCT_E_FORBIDDEN, .message = "it may not be", .server = "[NOPERM] no"};
    return store_mailbox_wish_refused(tx, c->id, (int)c->other, &why, err);
}

static void answer_refused(struct fixture *f, int64_t id, int what)
{
    assert_good(write_call(f, (struct call){.fn = refused_call, .id = id, .other = what}));
    verify_counters(f);
}

/* ---- what is seen ---- */

static void assert_shown(struct fixture *f, int64_t id, int64_t parent, const char *name)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(f, id);

    assert_int_equal(m.parent_id, parent);
    assert_string_equal(m.name, name);
}

static void assert_wire(struct fixture *f, int64_t id, const char *wire_name)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(f, id);

    assert_string_equal(buf_str(&m.wire_name), wire_name);
}

static int find_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_mailbox m = {0};

    if (store_mailbox_load(tx, c->id, &m, err) < 0)
        return -1;
    store_mailbox_done(&m);
    return 0;
}

static bool is_shown(struct fixture *f, int64_t id)
{
    return read_call(f, (struct call){.fn = find_call, .id = id}).code == 0;
}

static int64_t notices(struct fixture *f)
{
    return sql_number(f, "SELECT count(*) FROM notice");
}

/* An Email that is wanted in a mailbox and that the server does not have there. */
static int want_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE placement SET uid = NULL WHERE mailbox_id = ?1 AND email_id = ?2");

    sqlite3_bind_int64(q, 1, c->id);
    sqlite3_bind_int64(q, 2, c->other);
    if (store_run_one(tx, q, err) < 0)
        return -1;
    q = store_stmt(tx,
                   "INSERT INTO pending (account_id, mailbox_id, email_id, kind, created_at) SELECT account_id, id, "
                   "?2, 2, 1 FROM mailbox WHERE id = ?1");
    sqlite3_bind_int64(q, 1, c->id);
    sqlite3_bind_int64(q, 2, c->other);
    return store_run(tx, q, err);
}

static int64_t put_into(struct fixture *f, int64_t account, int64_t mailbox, const char *message_id)
{
    int64_t id = arrive_letter(f, account, mailbox, 77, NOON, 0, &(struct letter){.id = message_id});

    assert_good(write_call(f, (struct call){.fn = want_call, .id = mailbox, .other = id}));
    return id;
}

/* ---- made ---- */

static void a_mailbox_made_here_is_shown_at_once_and_waits_with_what_is_below_it(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Work"});

    int64_t child, parent = make(&f, account, ids[1], "Lists");
    assert_good(try_make(&f, (struct wanted){account, parent, "Söme", FCT_ROLE_ARCHIVE, true}, &child));

    assert_shown(&f, parent, ids[1], "Lists");
    assert_wish(&f, parent, STORE_WISH_MAKE, "Work/Lists");
    assert_wish(&f, child, STORE_WISH_MAKE | STORE_WISH_SUBSCRIBE, NULL); /* its parent is not there yet */
    fixture_reopen(&f);
    struct ids l = {0};
    assert_good(read_call(&f, (struct call){.fn = wishes_call, .id = account, .out = &l}));
    assert_true(l.n == 2 && l.v[0] == parent && l.v[1] == child); /* parents first */
    free(l.v);
    send_it(&f, parent, STORE_WISH_MAKE);
    assert_good(write_call(&f, (struct call){.fn = made_call, .id = parent, .in = "w:Work/Lists"}));
    assert_wish(&f, parent, 0, NULL);
    assert_wire(&f, parent, "w:Work/Lists");
    assert_wish(&f, child, STORE_WISH_MAKE | STORE_WISH_SUBSCRIBE, "Work/Lists/Söme");
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, child);
    assert_int_equal(w.role, FCT_ROLE_ARCHIVE);
    assert_int_equal(w.delimiter, '/');
}

static void wishes_that_cancel_each_other_leave_nothing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A", .attrs = FCT_MB_SUBSCRIBED}, {.name = "B"});
    bool no = false, yes = true;

    int64_t made = make(&f, account, HERE, "New");
    rename_to(&f, made, "Newer");
    assert_wish(&f, made, STORE_WISH_MAKE, "Newer");
    assert_good(destroy(&f, made, true));
    rename_to(&f, ids[1], "X");
    move_below(&f, ids[1], ids[2]);
    assert_wish(&f, ids[1], STORE_WISH_RENAME, "B/X");
    move_below(&f, ids[1], HERE);
    rename_to(&f, ids[1], "A");
    assert_good(update(&f, ids[1], (struct store_mailbox_patch){.is_subscribed = &no}));
    assert_wish(&f, ids[1], STORE_WISH_SUBSCRIBE, NULL);
    assert_good(update(&f, ids[1], (struct store_mailbox_patch){.is_subscribed = &yes}));

    assert_int_equal(n_wishes(&f, account), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE is_hidden"), 0);
}

static void names_that_a_server_could_not_tell_apart_are_refused_by_property(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], id, account = server(&f);
    listed(&f, account, (const struct line[]){{.name = "INBOX"}, {.name = "A", .attrs = FCT_MB_NOINFERIORS}}, 2, '.',
           ids);

    struct fct_error dot = try_make(&f, (struct wanted){account, HERE, "a.b", 0, false}, &id);
    assert_true(dot.code == FCT_E_INVALID && strncmp(dot.message, "name: ", 6) == 0);
    struct fct_error inbox = try_make(&f, (struct wanted){account, HERE, "inbox", 0, false}, &id);
    assert_true(inbox.code == FCT_E_EXISTS && strncmp(inbox.message, "name: ", 6) == 0);
    struct fct_error below = try_make(&f, (struct wanted){account, ids[1], "x", 0, false}, &id);
    assert_true(below.code == FCT_E_INVALID && strncmp(below.message, "parentId: ", 10) == 0);
    int64_t made = make(&f, account, ids[0], "% * \" \\ 日本");
    assert_wish(&f, made, STORE_WISH_MAKE, "INBOX.% * \" \\ 日本");
    assert_int_equal(update(&f, made, (struct store_mailbox_patch){.name = "a.b"}).code, FCT_E_INVALID);
}

static void a_server_without_levels_has_none_below_others(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], id, account = server(&f);
    listed(&f, account, (const struct line[]){{.name = "INBOX"}, {.name = "A"}}, 2, 0, ids);

    assert_int_equal(try_make(&f, (struct wanted){account, ids[1], "x", 0, false}, &id).code, FCT_E_INVALID);
    assert_wish(&f, make(&f, account, HERE, "x.y"), STORE_WISH_MAKE, "x.y");
}

static void where_all_is_below_the_inbox_new_ones_come_there(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    listed(&f, account, (const struct line[]){{.name = "INBOX"}, {.name = "INBOX.Sent"}, {.name = "INBOX.A.b"}}, 3, '.',
           ids);

    int64_t made = make(&f, account, HERE, "Top");
    move_below(&f, ids[2], HERE);

    assert_shown(&f, made, ids[0], "Top");
    assert_wish(&f, made, STORE_WISH_MAKE, "INBOX.Top");
    assert_shown(&f, ids[2], ids[0], "b");
    assert_wish(&f, ids[2], STORE_WISH_RENAME, "INBOX.b");
}

static void the_inbox_and_bare_levels_stay(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "x/y"});
    CLEANUP(store_mailbox_done) struct store_mailbox leaf = load_mailbox(&f, ids[1]);

    assert_int_equal(update(&f, ids[0], (struct store_mailbox_patch){.name = "z"}).code, FCT_E_FORBIDDEN);
    assert_int_equal(destroy(&f, ids[0], true).code, FCT_E_FORBIDDEN);
    assert_int_equal(update(&f, leaf.parent_id, (struct store_mailbox_patch){.name = "z"}).code, FCT_E_FORBIDDEN);
    assert_int_equal(destroy(&f, leaf.parent_id, true).code, FCT_E_FORBIDDEN);
    assert_wish(&f, make(&f, account, leaf.parent_id, "z"), STORE_WISH_MAKE, "x/z");
}

/* ---- listings while something waits ---- */

static void what_waits_is_shown_as_wished_whatever_the_server_lists(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"}, {.name = "A/c"});
    int64_t made = make(&f, account, ids[1], "New"), below = make(&f, account, made, "Newest");
    rename_to(&f, ids[1], "X");
    assert_good(destroy(&f, ids[2], true));
    int64_t since = state_of(&f, account, STORE_MAILBOX);

    for (int i = 0; i < 2; i++) {
        LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "A"}, {.name = "B"}, {.name = "A/c"});
        assert_int_equal(retire(&f, account), 0);
    }

    assert_shown(&f, ids[1], 0, "X");
    assert_shown(&f, ids[3], ids[1], "c");
    assert_shown(&f, made, ids[1], "New");
    assert_shown(&f, below, made, "Newest");
    assert_false(is_shown(&f, ids[2]));
    assert_wish(&f, ids[1], STORE_WISH_RENAME, "X");
    assert_wish(&f, made, STORE_WISH_MAKE, "A/New"); /* until the other is renamed, which takes it along */
    assert_wish(&f, ids[2], STORE_WISH_DELETE, NULL);
    assert_int_equal(state_of(&f, account, STORE_MAILBOX), since); /* nothing of it is news */
    assert_int_equal(notices(&f), 0);
}

static void a_mailbox_made_on_both_sides_is_one(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Work"});
    int64_t made = make(&f, account, ids[1], "X"), child = make(&f, account, made, "Y");
    int64_t email = put_into(&f, account, made, "wanted@x");

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "Work"}, {.name = "Work/X"}, {.name = "Work/X/Z"});

    assert_int_equal(now[2], made);
    assert_wish(&f, made, 0, NULL);
    assert_wire(&f, made, "w:Work/X");
    assert_shown(&f, now[3], made, "Z");
    assert_wish(&f, child, STORE_WISH_MAKE, "Work/X/Y");
    CLEANUP(store_email_done) struct store_email e = load_email(&f, email);
    assert_int_equal(notices(&f), 0);
}

static void a_server_that_takes_letters_apart_has_the_mailbox_that_was_made(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[1], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"});
    int64_t made = make(&f, account, HERE, "\u00e9t\u00e9");
    send_it(&f, made, STORE_WISH_MAKE);
    assert_good(write_call(&f, (struct call){.fn = made_call, .id = made, .in = "w:\u00e9t\u00e9"}));

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "e\u0301te\u0301"});

    assert_int_equal(now[1], made);
    assert_shown(&f, made, 0, "\u00e9t\u00e9");
    assert_wire(&f, made, "w:e\u0301te\u0301"); /* as it is called there */
    assert_wish(&f, made, 0, NULL);
}

static void a_mailbox_made_below_a_renamed_one_is_found_where_it_will_be(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"});
    rename_to(&f, ids[1], "X");
    int64_t made = make(&f, account, ids[1], "n");

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "A"},
         {.name = "A/n"}); /* somebody made it, too, by the name that the server knows */

    assert_int_equal(now[2], made);
    assert_shown(&f, made, ids[1], "n");
    assert_wish(&f, made, 0, NULL);
}

static void renamed_on_both_sides_it_has_the_name_that_was_given_here(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B", .mailbox_id = "F1"});
    rename_to(&f, ids[1], "X");

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "Y", .mailbox_id = "F1"});

    assert_int_equal(now[1], ids[1]);
    assert_shown(&f, ids[1], 0, "X");
    assert_wire(&f, ids[1], "w:Y");
    assert_wish(&f, ids[1], STORE_WISH_RENAME, "X");
    rename_to(&f, ids[1], "Y"); /* what the server has: nothing waits any more */
    assert_wish(&f, ids[1], 0, NULL);
    rename_to(&f, ids[1], "X");
    LIST(&f, account, now, {.name = "INBOX"},
         {.name = "X", .mailbox_id = "F1"}); /* the other program had the same idea */
    assert_wish(&f, ids[1], 0, NULL);
}

static void a_rename_whose_name_another_mailbox_has_there_is_undone_with_a_notice(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    rename_to(&f, ids[1], "X");

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "B"}, {.name = "X"});

    assert_shown(&f, ids[1], 0, "B");
    assert_shown(&f, now[2], 0, "X");
    assert_wish(&f, ids[1], 0, NULL);
    assert_int_equal(notices(&f), 1);
    assert_int_equal(sql_number(&f, "SELECT mailbox_id FROM notice WHERE type = 'mailboxNotRenamed'"), ids[1]);
}

static void undone_renames_give_way_to_one_another(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"}, {.name = "C"});
    rename_to(&f, ids[3], "D"); /* C, then B takes its name, and A that of B; and a new A */
    rename_to(&f, ids[2], "C");
    rename_to(&f, ids[1], "B");
    int64_t made = make(&f, account, HERE, "A");

    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "A"}, {.name = "B"}, {.name = "C"}, {.name = "D"});

    assert_shown(&f, ids[1], 0, "A");
    assert_shown(&f, ids[2], 0, "B");
    assert_shown(&f, ids[3], 0, "C");
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, made);
    assert_true(strncmp(m.name, "A (", 3) == 0); /* it is kept, under a name of its own */
    assert_true(is_shown(&f, made));
    assert_int_equal(notices(&f), 3);
}

static void moved_below_each_other_on_both_sides_they_stay_a_tree(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A", .mailbox_id = "a"}, {.name = "B", .mailbox_id = "b"});
    move_below(&f, ids[1], ids[2]);

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "A", .mailbox_id = "a"}, {.name = "A/B", .mailbox_id = "b"});

    assert_int_equal(now[2], ids[2]);
    assert_shown(&f, ids[1], 0, "A");
    assert_shown(&f, ids[2], ids[1], "B");
    assert_int_equal(n_wishes(&f, account), 0);
    assert_int_equal(notices(&f), 1);
}

/* ---- answers that were lost ---- */

static void a_creation_without_an_answer_is_found_in_the_listing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[1], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"});
    int64_t made = make(&f, account, HERE, "X"), other = make(&f, account, HERE, "Y");
    send_it(&f, made, STORE_WISH_MAKE);
    send_it(&f, other, STORE_WISH_MAKE);
    rename_to(&f, made, "Z"); /* before the answer */
    fixture_reopen(&f);

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "X"});

    assert_int_equal(now[1], made);
    assert_shown(&f, made, 0, "Z");
    assert_wish(&f, made, STORE_WISH_RENAME, "Z");
    assert_wish(&f, other, STORE_WISH_MAKE, "Y"); /* that one did not come so far */
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, other);
    assert_int_equal(w.sent, 0);
}

static void a_creation_without_an_answer_that_was_destroyed_is_destroyed_there(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[1], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"});
    int64_t came = make(&f, account, HERE, "X"), lost = make(&f, account, HERE, "Y");
    send_it(&f, came, STORE_WISH_MAKE);
    send_it(&f, lost, STORE_WISH_MAKE);
    assert_good(destroy(&f, came, true));
    assert_good(destroy(&f, lost, true));

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "X"});

    assert_false(is_shown(&f, came));
    assert_int_equal(n_wishes(&f, account), 1);
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, came);
    assert_int_equal(w.what, STORE_WISH_DELETE);
    assert_string_equal(buf_str(&w.wire_name), "w:X");
    assert_int_equal(w.seen_messages, 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE is_hidden"), 1);
}

static void a_rename_without_an_answer_is_found_with_all_that_is_below_it(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], now[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "A/b"}, {.name = "A/b/c"});
    int64_t email = arrive_letter(&f, account, ids[3], 5, NOON, 0, &(struct letter){.id = "a@x"});
    rename_to(&f, ids[1], "X");
    send_it(&f, ids[1], STORE_WISH_RENAME);

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "X"}, {.name = "X/b"}, {.name = "X/b/c"});
    retire(&f, account);

    assert_memory_equal(now, ids, sizeof(ids));
    assert_int_equal(n_wishes(&f, account), 0);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, email);
}

static int synced_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_synced(tx, c->id, c->in, true, err);
}

/* It was visited: so many messages, next UID 9. */
static void visited(struct fixture *f, int64_t id, uint32_t uidvalidity, int64_t messages)
{
    const struct fct_mailbox_status s = {
        .size = sizeof(s), .uidvalidity = uidvalidity, .uidnext = 9, .messages = messages};

    assert_good(write_call(f, (struct call){.fn = synced_call, .id = id, .in = &s}));
}

static void a_rename_that_did_not_come_so_far_is_not_taken_for_a_stranger_of_that_name(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"});
    visited(&f, ids[1], 5, 3);
    rename_to(&f, ids[1], "X");
    send_it(&f, ids[1], STORE_WISH_RENAME);

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "A", .uidvalidity = 5, .uidnext = 9, .messages = 3},
         {.name = "X", .uidvalidity = 6, .uidnext = 9, .messages = 3});

    assert_int_equal(now[1], ids[1]);
    assert_shown(&f, ids[1], 0, "A"); /* the name is taken there */
    assert_shown(&f, now[2], 0, "X");
    assert_int_equal(notices(&f), 1);
}

/* ---- renamed ---- */

static void a_rename_takes_along_what_is_below_without_a_listing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[6], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "A/b", .attrs = FCT_MB_SUBSCRIBED},
         {.name = "A/b/c"}, {.name = "A!"}, {.name = "Ab"});
    rename_to(&f, ids[1], "Xyz");
    send_it(&f, ids[1], STORE_WISH_RENAME);

    assert_good(write_call(&f, (struct call){.fn = renamed_call, .id = ids[1], .in = "w:Xyz"}));

    assert_wire(&f, ids[1], "w:Xyz");
    assert_wire(&f, ids[2], "w:Xyz/b");
    assert_wire(&f, ids[3], "w:Xyz/b/c");
    assert_wire(&f, ids[4], "w:A!");
    assert_wire(&f, ids[5], "w:Ab");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE full_name IN ('Xyz', 'Xyz/b', 'Xyz/b/c')"), 3);
    assert_wish(&f, ids[1], 0, NULL);
    assert_wish(&f, ids[2], STORE_WISH_SUBSCRIBE, NULL); /* subscriptions are to names */
    assert_wish(&f, ids[3], 0, NULL);
}

static void renamed_once_more_before_the_answer_it_waits_again(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"});
    rename_to(&f, ids[1], "X");
    send_it(&f, ids[1], STORE_WISH_RENAME);
    rename_to(&f, ids[1], "A"); /* back, but nobody knows what the server has */
    assert_wish(&f, ids[1], STORE_WISH_RENAME, "A");

    assert_good(write_call(&f, (struct call){.fn = renamed_call, .id = ids[1], .in = "w:X"}));

    assert_wish(&f, ids[1], STORE_WISH_RENAME, "A");
    assert_wire(&f, ids[1], "w:X");
    rename_to(&f, ids[1], "X");
    assert_wish(&f, ids[1], 0, NULL);
}

/* ---- deleted ---- */

static void a_mailbox_deleted_here_is_gone_for_clients_and_waits_for_the_server(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(store_changes_done) struct store_changes changes = {0}, all = {0};
    int64_t ids[3], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Old"}, {.name = "Old/er"});
    arrive_letter(&f, account, ids[1], 7, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t since = state_of(&f, account, STORE_MAILBOX);

    assert_int_equal(destroy(&f, ids[1], true).code, FCT_E_MAILBOX_HAS_CHILD);
    assert_good(destroy(&f, ids[2], false));
    assert_int_equal(destroy(&f, ids[1], false).code, FCT_E_MAILBOX_HAS_EMAIL);
    assert_good(destroy(&f, ids[1], true));

    assert_false(is_shown(&f, ids[1]));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    assert_good(changes_since(&f, account, STORE_MAILBOX, since, 0, &changes));
    assert_int_equal(changes.n_destroyed, 2);
    assert_int_equal(changes.n_updated + changes.n_created, 0);
    assert_good(changes_since(&f, account, STORE_MAILBOX, 0, 0, &all));
    assert_int_equal(all.n_created, 1);             /* the inbox */
    int64_t again = make(&f, account, HERE, "Old"); /* the name is free */
    assert_wish(&f, again, STORE_WISH_MAKE, "Old");
    struct ids l = {0};
    assert_good(read_call(&f, (struct call){.fn = wishes_call, .id = account, .out = &l}));
    assert_true(l.n == 3 && l.v[0] == again && l.v[1] == ids[2] && l.v[2] == ids[1]); /* the deeper first */
    free(l.v);
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, ids[1]);
    assert_true(w.what == STORE_WISH_DELETE && w.seen_messages == 1 && w.seen_uidnext == 8 && !w.has_departures);
    LIST(&f, account, now, {.name = "INBOX"}, {.name = "Old"});
    assert_int_equal(n_wishes(&f, account), 2); /* the one below is gone there, too */
    assert_good(write_call(&f, (struct call){.fn = deleted_call, .id = ids[1]}));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE is_hidden"), 0);
    assert_int_equal(n_wishes(&f, account), 1);
}

static void a_deletion_that_is_refused_brings_the_mailbox_back_as_another(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    assert_good(destroy(&f, ids[1], true));

    answer_refused(&f, ids[1], STORE_WISH_DELETE);
    assert_false(is_shown(&f, ids[1]));
    LIST(&f, account, now, {.name = "INBOX"}, {.name = "B"});

    assert_int_not_equal(now[1], ids[1]);
    assert_shown(&f, now[1], 0, "B");
    assert_false(is_shown(&f, ids[1]));
    assert_int_equal(notices(&f), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox"), 2 + 6);
}

static void a_mailbox_deleted_here_with_a_new_one_below_it_there_comes_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    assert_good(destroy(&f, ids[1], true));

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "B"}, {.name = "B/new"});

    assert_int_not_equal(now[1], ids[1]);
    assert_shown(&f, now[2], now[1], "new");
    assert_int_equal(n_wishes(&f, account), 0);
    assert_int_equal(sql_number(&f, "SELECT mailbox_id FROM notice WHERE type = 'mailboxNotDestroyed'"), now[1]);
}

static void deleted_here_and_renamed_there_it_is_deleted(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B", .mailbox_id = "F1"});
    assert_good(destroy(&f, ids[1], true));

    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "Y", .mailbox_id = "F1"});

    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, ids[1]);
    assert_int_equal(w.what, STORE_WISH_DELETE);
    assert_string_equal(buf_str(&w.wire_name), "w:Y");
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE name = 'Y'"), 0);
}

static int empty_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_empty_some(tx, c->id, c->n, &c->n, err);
}

static int finish_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    int more = store_mailboxes_finish_destroying(tx, c->id, 2, err);

    *(int *)c->out = more;
    return more < 0 ? -1 : 0;
}

static void a_mailbox_that_was_being_emptied_when_the_program_ended_goes_all_the_same(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    int more = 1, n = 0;
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    for (int i = 0; i < 7; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%d@x", i);
        arrive_letter(&f, account, ids[1], (uint64_t)(i + 1), NOON, 0, &(struct letter){.id = id});
    }
    assert_good(write_call(&f, (struct call){.fn = empty_call, .id = ids[1], .n = 2}));
    fixture_reopen(&f);
    assert_true(is_shown(&f, ids[1]));
    assert_wish(&f, ids[1], 0, NULL); /* not to be told to the server before it is empty */

    for (; more && n < 10; n++)
        assert_good(write_call(&f, (struct call){.fn = finish_call, .id = account, .out = &more}));

    assert_int_equal(n, 4);
    assert_false(is_shown(&f, ids[1]));
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, ids[1]);
    assert_true(w.what == STORE_WISH_DELETE && w.seen_messages == 7 && w.seen_uidnext == 8);
}

/* ---- refused ---- */

static void a_mailbox_that_is_not_made_goes_with_those_below_unless_it_holds_something(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[1], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"});
    int64_t empty = make(&f, account, HERE, "E"), below = make(&f, account, empty, "e");
    int64_t full = make(&f, account, HERE, "F"), child = make(&f, account, full, "f");
    int64_t email = put_into(&f, account, child, "wanted@x");

    answer_refused(&f, empty, STORE_WISH_MAKE);
    answer_refused(&f, full, STORE_WISH_MAKE);
    answer_refused(&f, full, STORE_WISH_MAKE); /* with the next pass */

    assert_false(is_shown(&f, empty) || is_shown(&f, below));
    assert_true(is_shown(&f, full) && is_shown(&f, child));
    assert_wish(&f, full, STORE_WISH_MAKE, "F");
    CLEANUP(store_email_done) struct store_email e = load_email(&f, email);
    assert_int_equal(notices(&f), 2);
}

static void a_rename_that_is_refused_is_undone(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "A/b"});
    rename_to(&f, ids[2], "x");
    move_below(&f, ids[2], HERE);
    rename_to(&f, ids[1], "Y");
    int64_t other = make(&f, account, HERE, "A"); /* its old name is taken here */

    answer_refused(&f, ids[2], STORE_WISH_RENAME);
    answer_refused(&f, ids[1], STORE_WISH_RENAME);

    assert_shown(&f, ids[2], ids[1], "b");
    assert_wish(&f, ids[2], 0, NULL);
    assert_shown(&f, ids[1], 0, "Y"); /* it cannot go back: it waits */
    assert_wish(&f, ids[1], STORE_WISH_RENAME, "Y");
    assert_true(is_shown(&f, other));
    assert_int_equal(notices(&f), 2);
}

static void a_subscription_that_is_refused_is_undone(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[1], account = server(&f);
    bool yes = true;
    LIST(&f, account, ids, {.name = "INBOX"});
    assert_good(update(&f, ids[0], (struct store_mailbox_patch){.is_subscribed = &yes}));

    answer_refused(&f, ids[0], STORE_WISH_SUBSCRIBE);

    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[0]);
    assert_false(m.is_subscribed);
    assert_int_equal(n_wishes(&f, account), 0);
    assert_int_equal(notices(&f), 1);
}

/* ---- gone on the server ---- */

static void a_mailbox_that_is_not_listed_stays_until_all_was_looked_at_and_may_come_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    int64_t email = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});

    LIST(&f, account, NULL, {.name = "INBOX"});
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[1]);
    assert_true(m.is_gone);
    assert_int_equal(m.total_emails, 1);
    LIST(&f, account, now, {.name = "INBOX"}, {.name = "B"});
    assert_int_equal(retire(&f, account), 0);

    assert_int_equal(now[1], ids[1]);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, email);
    LIST(&f, account, NULL, {.name = "INBOX"});
    retire(&f, account);
    assert_false(is_shown(&f, ids[1]));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
}

static void what_was_moved_into_a_mailbox_that_is_gone_is_kept_and_the_mailbox_made_again(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "P"}, {.name = "P/B", .mailbox_id = "F1"});
    arrive_letter(&f, account, ids[2], 1, NOON, 0, &(struct letter){.id = "old@x"});
    int64_t kept = put_into(&f, account, ids[2], "wanted@x");
    rename_to(&f, ids[2], "X");

    LIST(&f, account, NULL, {.name = "INBOX"});
    assert_int_equal(retire(&f, account), 2); /* and the one above it */

    assert_shown(&f, ids[2], ids[1], "X"); /* as it is called here */
    assert_wish(&f, ids[1], STORE_WISH_MAKE, "P");
    assert_wish(&f, ids[2], STORE_WISH_MAKE, NULL);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[2]);
    assert_true(m.total_emails == 1 && m.wire_name.n == 0 && m.uidvalidity == 0);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, kept);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
}

static void what_was_taken_out_of_another_to_be_in_one_that_is_gone_is_kept(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"});
    int64_t chosen = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, ids[2], 1, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, ids[2], 2, NOON, 0, &(struct letter){.id = "b@x"});
    assert_good(set_mailboxes(&f, chosen, &ids[2], 1)); /* out of A: B is where it shall be */

    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "A"});
    assert_int_equal(retire(&f, account), 1);

    assert_wish(&f, ids[2], STORE_WISH_MAKE, "B");
    CLEANUP(store_email_done) struct store_email e = load_email(&f, chosen);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1); /* the other one went with B */
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending WHERE kind = 2 AND is_sent = 0"), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure WHERE uid = 1"), 1); /* it is moved there from A */
}

static void a_mailbox_that_is_gone_is_made_again_for_one_that_was_moved_below_it(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "b"});
    move_below(&f, ids[2], ids[1]);

    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "b"});
    assert_int_equal(retire(&f, account), 1);

    assert_wish(&f, ids[1], STORE_WISH_MAKE, "A");
    assert_shown(&f, ids[2], ids[1], "b");
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "b"});
    assert_int_equal(retire(&f, account), 0);
    send_it(&f, ids[1], STORE_WISH_MAKE);
    assert_good(write_call(&f, (struct call){.fn = made_call, .id = ids[1], .in = "w:A"}));
    assert_wish(&f, ids[2], STORE_WISH_RENAME, "A/b");
}

static void changed_flags_go_with_a_mailbox_that_is_gone(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"});
    int64_t both = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});
    arrive_letter(&f, account, ids[0], 1, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t deleted = arrive_letter(&f, account, ids[1], 2, NOON, 0, &(struct letter){.id = "b@x"});
    assert_good(set_flags(&f, both, FCT_FLAG_FLAGGED, 0));
    assert_good(destroy_email(&f, deleted));

    LIST(&f, account, NULL, {.name = "INBOX"});
    assert_int_equal(retire(&f, account), 0);

    assert_false(is_shown(&f, ids[1]));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM pending"), 1); /* the flag in the inbox */
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure"), 0);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, both);
}

static void what_was_moved_out_of_a_mailbox_that_is_deleted_is_moved_first(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "B"}, {.name = "C"});
    int64_t moved = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t gone = arrive_letter(&f, account, ids[1], 2, NOON, 0, &(struct letter){.id = "b@x"});
    assert_good(set_mailboxes(&f, moved, &ids[2], 1));
    assert_good(destroy_email(&f, gone));
    assert_good(destroy(&f, ids[1], true));

    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, ids[1]);
    assert_true(w.what == STORE_WISH_DELETE && w.has_departures);
    assert_true(w.seen_messages == 2 && w.seen_uidnext == 3);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure"), 1); /* the other one goes with the mailbox */
    assert_int_not_equal(set_mailboxes(&f, moved, &ids[1], 1).code, 0);
    /* The server does not let it go: what waits to be moved is moved out of the one that comes back. */
    answer_refused(&f, ids[1], STORE_WISH_DELETE);
    LIST(&f, account, now, {.name = "INBOX"}, {.name = "B"}, {.name = "C"});
    CLEANUP(freep) char *sql = xasprintf("SELECT uid FROM departure WHERE mailbox_id = %lld", (long long)now[1]);
    assert_int_equal(sql_number(&f, sql), 1);
}

struct removals {
    int64_t *boxes;
    size_t n_boxes;
    struct store_removal *v;
    size_t n;
};

static int removals_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct removals *r = c->out;

    if (store_removal_mailboxes(tx, c->id, &r->boxes, &r->n_boxes, err) < 0 ||
        store_removals_load(tx, c->other, 0, 10, &r->v, &r->n, err) < 0)
        return -1;
    return store_removals_sent(tx, r->v, &r->n, err);
}

static struct removals removals(struct fixture *f, int64_t account, int64_t mailbox)
{
    struct removals r = {0};

    assert_good(write_call(f, (struct call){.fn = removals_call, .id = account, .other = mailbox, .out = &r}));
    free(r.boxes);
    free(r.v);
    return r;
}

static void what_was_moved_to_two_of_which_one_is_never_made_leaves_all_the_same(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"});
    int64_t moved = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});
    int64_t refused = make(&f, account, HERE, "New");
    assert_good(set_mailboxes(&f, moved, (const int64_t[]){ids[2], refused}, 2));
    assert_int_equal(removals(&f, account, ids[1]).n_boxes, 0); /* it is needed there */

    arrive_letter(&f, account, ids[2], 1, NOON, 0, &(struct letter){.id = "a@x"}); /* it came to B */

    struct removals r = removals(&f, account, ids[1]);
    assert_int_equal(r.n_boxes, 1);
    assert_int_equal(r.n, 1);
    assert_good(destroy(&f, ids[1], true));
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = wish_of(&f, ids[1]);
    assert_false(w.has_departures);
}

static void a_mailbox_renamed_there_is_known_by_its_uidvalidity(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], now[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"}, {.name = "C"});
    visited(&f, ids[0], 10, 1);
    visited(&f, ids[1], 11, 3);
    visited(&f, ids[2], 12, 3);
    visited(&f, ids[3], 13, 3);
    rename_to(&f, ids[3], "Mine"); /* renamed on both sides */

    LIST(&f, account, now, {.name = "INBOX", .uidvalidity = 10, .uidnext = 9, .messages = 1},
         {.name = "A2", .uidvalidity = 11, .uidnext = 9, .messages = 3},  /* nothing changed */
         {.name = "B2", .uidvalidity = 12, .uidnext = 10, .messages = 4}, /* too different: it may be another */
         {.name = "C2", .uidvalidity = 13, .uidnext = 12, .messages = 3});

    assert_int_equal(now[1], ids[1]);
    assert_shown(&f, ids[1], 0, "A2");
    assert_int_not_equal(now[2], ids[2]);
    assert_int_equal(now[3], ids[3]);
    assert_shown(&f, ids[3], 0, "Mine");
    assert_wish(&f, ids[3], STORE_WISH_RENAME, "Mine");
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[1]);
    assert_true(m.is_complete && m.uidnext == 9);
}

static void a_uidvalidity_that_several_mailboxes_have_says_nothing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], now[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "A"}, {.name = "B"});
    for (int i = 0; i < 3; i++)
        visited(&f, ids[i], 1, 3);

    LIST(&f, account, now, {.name = "INBOX", .uidvalidity = 1, .uidnext = 9, .messages = 3},
         {.name = "A", .uidvalidity = 1, .uidnext = 9, .messages = 3},
         {.name = "B2", .uidvalidity = 1, .uidnext = 9, .messages = 3});

    assert_int_not_equal(now[2], ids[2]);
}

/* ---- roles ---- */

static void a_role_that_was_given_here_survives_listings(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    int none = FCT_ROLE_NONE, archive = FCT_ROLE_ARCHIVE, junk = FCT_ROLE_JUNK;
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Archive"}, {.name = "Old"});
    assert_good(update(&f, ids[1], (struct store_mailbox_patch){.role = &none}));
    assert_good(update(&f, ids[2], (struct store_mailbox_patch){.role = &archive}));
    int64_t made;
    assert_good(try_make(&f, (struct wanted){account, HERE, "Rubbish", junk, false}, &made));

    for (int i = 0; i < 2; i++)
        LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "Archive", .role = FCT_ROLE_ARCHIVE}, {.name = "Old"},
             {.name = "Spam"});

    assert_int_equal(mailbox_with_role(&f, account, FCT_ROLE_ARCHIVE), ids[2]);
    assert_int_equal(mailbox_with_role(&f, account, FCT_ROLE_JUNK), made);
    assert_int_equal(n_wishes(&f, account), 1); /* to make one; roles are no wishes */
}

int main(void)
{
    mime_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mailbox_made_here_is_shown_at_once_and_waits_with_what_is_below_it),
        cmocka_unit_test(wishes_that_cancel_each_other_leave_nothing),
        cmocka_unit_test(names_that_a_server_could_not_tell_apart_are_refused_by_property),
        cmocka_unit_test(a_server_without_levels_has_none_below_others),
        cmocka_unit_test(where_all_is_below_the_inbox_new_ones_come_there),
        cmocka_unit_test(the_inbox_and_bare_levels_stay),
        cmocka_unit_test(what_waits_is_shown_as_wished_whatever_the_server_lists),
        cmocka_unit_test(a_mailbox_made_on_both_sides_is_one),
        cmocka_unit_test(a_server_that_takes_letters_apart_has_the_mailbox_that_was_made),
        cmocka_unit_test(a_mailbox_made_below_a_renamed_one_is_found_where_it_will_be),
        cmocka_unit_test(renamed_on_both_sides_it_has_the_name_that_was_given_here),
        cmocka_unit_test(a_rename_whose_name_another_mailbox_has_there_is_undone_with_a_notice),
        cmocka_unit_test(undone_renames_give_way_to_one_another),
        cmocka_unit_test(moved_below_each_other_on_both_sides_they_stay_a_tree),
        cmocka_unit_test(a_creation_without_an_answer_is_found_in_the_listing),
        cmocka_unit_test(a_creation_without_an_answer_that_was_destroyed_is_destroyed_there),
        cmocka_unit_test(a_rename_without_an_answer_is_found_with_all_that_is_below_it),
        cmocka_unit_test(a_rename_that_did_not_come_so_far_is_not_taken_for_a_stranger_of_that_name),
        cmocka_unit_test(a_rename_takes_along_what_is_below_without_a_listing),
        cmocka_unit_test(renamed_once_more_before_the_answer_it_waits_again),
        cmocka_unit_test(a_mailbox_deleted_here_is_gone_for_clients_and_waits_for_the_server),
        cmocka_unit_test(a_deletion_that_is_refused_brings_the_mailbox_back_as_another),
        cmocka_unit_test(a_mailbox_deleted_here_with_a_new_one_below_it_there_comes_back),
        cmocka_unit_test(deleted_here_and_renamed_there_it_is_deleted),
        cmocka_unit_test(a_mailbox_that_was_being_emptied_when_the_program_ended_goes_all_the_same),
        cmocka_unit_test(a_mailbox_that_is_not_made_goes_with_those_below_unless_it_holds_something),
        cmocka_unit_test(a_rename_that_is_refused_is_undone),
        cmocka_unit_test(a_subscription_that_is_refused_is_undone),
        cmocka_unit_test(a_mailbox_that_is_not_listed_stays_until_all_was_looked_at_and_may_come_back),
        cmocka_unit_test(what_was_moved_into_a_mailbox_that_is_gone_is_kept_and_the_mailbox_made_again),
        cmocka_unit_test(what_was_taken_out_of_another_to_be_in_one_that_is_gone_is_kept),
        cmocka_unit_test(a_mailbox_that_is_gone_is_made_again_for_one_that_was_moved_below_it),
        cmocka_unit_test(changed_flags_go_with_a_mailbox_that_is_gone),
        cmocka_unit_test(what_was_moved_out_of_a_mailbox_that_is_deleted_is_moved_first),
        cmocka_unit_test(what_was_moved_to_two_of_which_one_is_never_made_leaves_all_the_same),
        cmocka_unit_test(a_mailbox_renamed_there_is_known_by_its_uidvalidity),
        cmocka_unit_test(a_uidvalidity_that_several_mailboxes_have_says_nothing),
        cmocka_unit_test(a_role_that_was_given_here_survives_listings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
