#include "mail_fixture.h"

#include <time.h>

#define NOON 1700000000

/* One line of a listing; the wire name is the name unless said. */
struct line {
    const char *name;
    int role;
    uint32_t attrs;
    const char *mailbox_id, *wire_name;
};

struct listing {
    int64_t account_id;
    const struct line *lines;
    size_t n;
    uint32_t delimiter;
    int64_t *ids;
};

static int n_known; /* listings that there was no need to write down */

static int listed_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct listing *l = c->in;
    CLEANUP(freep) struct store_remote_mailbox *list = xcalloc(l->n + 1, sizeof(*list));

    for (size_t i = 0; i < l->n; i++)
        list[i] = (struct store_remote_mailbox){
            .name = l->lines[i].name,
            .delimiter = l->delimiter,
            .attrs = l->lines[i].attrs,
            .role = l->lines[i].role,
            .wire_name = bytes_str(l->lines[i].wire_name ? l->lines[i].wire_name : l->lines[i].name),
            .mailbox_id = l->lines[i].mailbox_id};
    CLEANUP(freep) struct store_remote_mailbox *again = xcalloc(l->n + 1, sizeof(*list));
    bool is_known = false;
    memcpy(again, list, (l->n + 1) * sizeof(*list));
    if (store_mailboxes_are_listed(tx, l->account_id, again, l->n, &is_known, err) < 0)
        return -1;
    int before = sqlite3_total_changes(store_db(tx));
    if (store_mailboxes_listed(tx, l->account_id, list, l->n, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n && l->ids; i++)
        l->ids[i] = list[i].id;
    /* In every listing of every test here: what is said to be known writes nothing, and has its ids. */
    for (size_t i = 0; i < l->n && is_known; i++)
        if (again[i].id != list[i].id || before != sqlite3_total_changes(store_db(tx)))
            return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "what was said to be known was written down");
    n_known += is_known;
    return 0;
}

static struct fct_error listed(struct fixture *f, int64_t account_id, const struct line *lines, size_t n, int64_t *ids)
{
    const struct listing l = {account_id, lines, n, '/', ids};

    return write_call(f, (struct call){.fn = listed_call, .in = &l});
}

#define LIST(f, account, ids, ...)                                     \
    assert_good(listed(f, account, (const struct line[]){__VA_ARGS__}, \
                       sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line), ids))

static int retire_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    size_t n_made = 0;
    int more = store_mailboxes_retire(tx, c->id, c->n, &n_made, err);

    if (c->out)
        *(int *)c->out = more;
    return more < 0 ? -1 : 0;
}

/* What is not listed any more goes; returns in how many steps. */
static int retire(struct fixture *f, int64_t account_id)
{
    int more = 1, n = 0;

    for (; more; n++) {
        assert_good(write_call(f, (struct call){.fn = retire_call, .id = account_id, .n = 1000, .out = &more}));
        verify_counters(f);
    }
    return n;
}

static int64_t server(struct fixture *f)
{
    int64_t inbox;

    return add_server(f, (const char *const[]){"INBOX"}, 1, &inbox);
}

static void assert_mailbox(struct fixture *f, int64_t id, int64_t parent_id, const char *name, int role)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(f, id);

    assert_int_equal(m.parent_id, parent_id);
    assert_string_equal(m.name, name);
    assert_int_equal(m.role, role);
}

static void full_names_become_a_tree(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], account = server(&f);

    LIST(&f, account, ids, {.name = "a/b"}, {.name = "INBOX"}, {.name = "a"},
         {.name = "a/b/c", .attrs = FCT_MB_SUBSCRIBED});

    assert_mailbox(&f, ids[1], 0, "INBOX", FCT_ROLE_INBOX);
    assert_mailbox(&f, ids[2], 0, "a", 0);
    assert_mailbox(&f, ids[0], ids[2], "b", 0);
    assert_mailbox(&f, ids[3], ids[0], "c", 0);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[3]);
    assert_true(m.is_subscribed);
    assert_false(m.is_local);
    assert_string_equal(buf_str(&m.wire_name), "a/b/c");
}

static void same_listing_again_changes_nothing(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t first[3], second[3], account = server(&f);
    LIST(&f, account, first, {.name = "INBOX"}, {.name = "a/b"}, {.name = "Sent"});
    int64_t since = sql_number(&f, "SELECT max(modseq) FROM state");

    LIST(&f, account, second, {.name = "INBOX"}, {.name = "a/b"}, {.name = "Sent"});

    assert_memory_equal(first, second, sizeof(first));
    assert_int_equal(sql_number(&f, "SELECT max(modseq) FROM state"), since);
}

static void level_that_is_not_listed_is_a_placeholder(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], now[2], account = server(&f);

    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "x/y"});

    CLEANUP(store_mailbox_done) struct store_mailbox leaf = load_mailbox(&f, ids[1]);
    CLEANUP(store_mailbox_done) struct store_mailbox level = load_mailbox(&f, leaf.parent_id);
    assert_string_equal(level.name, "x");
    assert_true(level.attrs & FCT_MB_NOSELECT);
    assert_int_equal(level.wire_name.n, 0);
    /* Made on the server, it stays the same mailbox. */
    LIST(&f, account, now, {.name = "INBOX"}, {.name = "x"});
    assert_int_equal(now[1], level.id);
    CLEANUP(store_mailbox_done) struct store_mailbox real = load_mailbox(&f, level.id);
    assert_false(real.attrs & FCT_MB_NOSELECT);
    assert_string_equal(buf_str(&real.wire_name), "x");
}

static void mailbox_that_is_only_a_level_now_loses_its_mail(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], now[2], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "x"}, {.name = "x/y"});
    arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "a@x"});

    LIST(&f, account, now, {.name = "INBOX"}, {.name = "x/y"});
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1); /* it may be found elsewhere */
    retire(&f, account);

    assert_int_equal(now[1], ids[2]);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[1]);
    assert_int_equal(m.total_emails, 0);
    assert_int_equal(m.wire_name.n, 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    verify_counters(&f);
}

static void mailbox_not_listed_any_more_goes_with_its_mail(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Old"}, {.name = "Old/Older"});
    int64_t only = arrive_letter(&f, account, ids[1], 1, NOON, 0, &(struct letter){.id = "only@x"});
    int64_t both = arrive_letter(&f, account, ids[2], 1, NOON, 0, &(struct letter){.id = "both@x"});
    arrive_letter(&f, account, ids[0], 1, NOON, 0, &(struct letter){.id = "both@x"});
    arrive_letter(&f, account, ids[2], 2, NOON, FCT_FLAG_DELETED, &(struct letter){.id = "deleted@x"});
    int64_t since = state_of(&f, account, STORE_MAILBOX), emails = state_of(&f, account, STORE_EMAIL);

    LIST(&f, account, NULL, {.name = "INBOX"});
    retire(&f, account);

    CLEANUP(store_changes_done) struct store_changes m = {0};
    CLEANUP(store_changes_done) struct store_changes e = {0};
    assert_good(changes_since(&f, account, STORE_MAILBOX, since, 0, &m));
    assert_good(changes_since(&f, account, STORE_EMAIL, emails, 0, &e));
    assert_int_equal(m.n_destroyed, 2);
    assert_true(e.n_destroyed == 1 && e.destroyed[0] == only);
    assert_true(e.n_updated == 1 && e.updated[0] == both);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM placement_deleted"), 0);
    verify_counters(&f);
}

static void much_mail_of_a_mailbox_that_is_gone_goes_in_pieces(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t account = server(&f), ids[2];
    enum { N = 2500 };
    static struct store_arrival a[N];
    struct prepared p;
    int has_more = 0;
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Large"});
    prepare_letter(&p, f.store, &(struct letter){.id = "a@x", .subject = "s"});
    for (unsigned i = 0; i < N; i++)
        a[i] = (struct store_arrival){.mailbox_id = ids[i % 10 == 0 ? 0 : 1],
                                      .uid = i + 1,
                                      .received_at = 1700000000 + i,
                                      .blob = p.blob,
                                      .summary = &p.summary};
    arrive(&f, account, a, N);
    prepared_done(&p);
    LIST(&f, account, NULL, {.name = "INBOX"});

    assert_good(write_call(&f, (struct call){.fn = retire_call, .id = account, .n = 1000, .out = &has_more}));

    assert_int_equal(has_more, 1);
    CLEANUP(store_mailbox_done) struct store_mailbox left = load_mailbox(&f, ids[1]);
    assert_int_equal(left.total_emails, N - N / 10 - 1000);
    assert_false(left.is_complete); /* should it be listed again now */
    assert_int_equal(retire(&f, account), 2);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE name = 'Large'"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), N / 10);
}

static int destroy_range(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    for (int64_t id = c->id; id <= c->other; id++) {
        if (store_email_destroy(tx, id, err) < 0)
            return -1;
    }
    return 0;
}

/* What was deleted here and waits to be deleted there: the server says that it is gone with its mailbox. */
static void what_was_to_leave_a_mailbox_that_is_gone_is_forgotten_in_pieces(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t account = server(&f), ids[2];
    enum { N = 2500 };
    static struct store_arrival a[N];
    struct prepared p;
    int has_more = 0;
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Large"});
    prepare_letter(&p, f.store, &(struct letter){.id = "a@x", .subject = "s"});
    for (unsigned i = 0; i < N; i++)
        a[i] = (struct store_arrival){
            .mailbox_id = ids[1], .uid = i + 1, .received_at = 1700000000 + i, .blob = p.blob, .summary = &p.summary};
    arrive(&f, account, a, N);
    prepared_done(&p);
    assert_good(write_call(&f, (struct call){.fn = destroy_range,
                                             .id = sql_number(&f, "SELECT min(id) FROM email"),
                                             .other = sql_number(&f, "SELECT max(id) FROM email")}));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure"), N);
    LIST(&f, account, NULL, {.name = "INBOX"});

    assert_good(write_call(&f, (struct call){.fn = retire_call, .id = account, .n = 1000, .out = &has_more}));

    assert_int_equal(has_more, 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure"), N - 1000);
    CLEANUP(store_mailbox_done) struct store_mailbox left = load_mailbox(&f, ids[1]);
    assert_false(left.is_complete);
    assert_int_equal(retire(&f, account), 2);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM departure"), 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE name = 'Large'"), 0);
}

static void empty_listing_throws_nothing_away(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t account = server(&f);

    assert_int_equal(listed(&f, account, NULL, 0, NULL).code, FCT_E_PROTOCOL);

    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE wire_name IS NOT NULL"), 1);
}

static void the_inbox_is_never_gone(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[3], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "INBOX/below"}, {.name = "Work"});
    int64_t inbox = ids[0];
    arrive_letter(&f, account, inbox, 1, NOON, 0, &(struct letter){.id = "a@x"});

    for (int i = 0; i < 2; i++) { /* a server that has lost its head, or the inbox in it */
        if (i == 0)
            LIST(&f, account, ids, {.name = "Work"}, {.name = "INBOX/below"});
        else
            LIST(&f, account, ids, {.name = "Work"});
        retire(&f, account);

        assert_mailbox(&f, inbox, 0, "INBOX", FCT_ROLE_INBOX);
        assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
        CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
        assert_string_equal(buf_str(&m.wire_name), "INBOX");
        assert_false(m.is_gone || m.attrs & FCT_MB_NOSELECT);
    }
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE name = 'below'"), 0);
    LIST(&f, account, ids, {.name = "Work"}, {.name = "Inbox"});
    assert_int_equal(ids[1], inbox);
}

static void rename_is_recognised_by_mailbox_id(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t before[3], after[3], account = server(&f);
    LIST(&f, account, before, {.name = "INBOX"}, {.name = "Alpha", .mailbox_id = "1"},
         {.name = "Beta", .mailbox_id = "2"});
    arrive_letter(&f, account, before[1], 1, NOON, 0, &(struct letter){.id = "a@x"});

    /* They swap names, and one moves below the other. */
    LIST(&f, account, after, {.name = "INBOX"}, {.name = "Beta", .mailbox_id = "1"},
         {.name = "Beta/Alpha", .mailbox_id = "2"});

    assert_int_equal(after[1], before[1]);
    assert_int_equal(after[2], before[2]);
    assert_mailbox(&f, before[1], 0, "Beta", 0);
    assert_mailbox(&f, before[2], before[1], "Alpha", 0);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, before[1]);
    assert_int_equal(m.total_emails, 1);
}

static void one_mailbox_under_two_names_keeps_both(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t before[3], now[4], account = server(&f);
    LIST(&f, account, before, {.name = "INBOX", .mailbox_id = "I"}, {.name = "Work", .mailbox_id = "W"},
         {.name = "x", .mailbox_id = "X"});

    for (int i = 0; i < 3; i++) {
        LIST(&f, account, now, {.name = "INBOX", .mailbox_id = "I"}, {.name = "Alias", .mailbox_id = "W"},
             {.name = "Work", .mailbox_id = "W"}, {.name = "x", .mailbox_id = "X"});

        assert_int_equal(now[2], before[1]);
        assert_int_equal(now[3], before[2]);
        assert_mailbox(&f, now[2], 0, "Work", 0);
        assert_mailbox(&f, now[1], 0, "Alias", 0);
        assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE wire_name IS NOT NULL"), 4);
    }
}

static void mailbox_made_again_under_its_name_is_another(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t before[2], after[2], account = server(&f);
    LIST(&f, account, before, {.name = "INBOX"}, {.name = "Alpha", .mailbox_id = "1"});
    arrive_letter(&f, account, before[1], 1, NOON, 0, &(struct letter){.id = "a@x"});

    LIST(&f, account, after, {.name = "INBOX"}, {.name = "Alpha", .mailbox_id = "9"});

    assert_int_not_equal(after[1], before[1]);
    assert_mailbox(&f, after[1], 0, "Alpha", 0);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1); /* it may have been moved before */
    retire(&f, account);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
}

static void roles_are_the_servers_first_and_then_by_name_if_clear(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[10], account = server(&f);

    LIST(&f, account, ids, {.name = "inbox"}, {.name = "Trash"}, {.name = "Bin", .role = FCT_ROLE_TRASH},
         {.name = "Other bin", .role = FCT_ROLE_TRASH}, {.name = "Sent"}, {.name = "Sent Items"},
         {.name = "INBOX/Brouillons"}, {.name = "Work/Spam"}, {.name = "Entw\xc3\xbcrfe", .attrs = FCT_MB_NOSELECT},
         {.name = "Archive"});

    assert_mailbox(&f, ids[0], 0, "inbox", FCT_ROLE_INBOX);
    assert_mailbox(&f, ids[1], 0, "Trash", 0); /* the server has another */
    assert_mailbox(&f, ids[2], 0, "Bin", FCT_ROLE_TRASH);
    assert_mailbox(&f, ids[3], 0, "Other bin", 0); /* one for each role */
    assert_mailbox(&f, ids[4], 0, "Sent", 0);      /* two that could be it */
    assert_mailbox(&f, ids[5], 0, "Sent Items", 0);
    assert_mailbox(&f, ids[6], ids[0], "Brouillons", FCT_ROLE_DRAFTS);
    assert_int_equal(mailbox_with_role(&f, account, FCT_ROLE_JUNK), 0); /* not where such mailboxes are */
    assert_mailbox(&f, ids[9], 0, "Archive", FCT_ROLE_ARCHIVE);
    /* Roles move when the server moves them. */
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Trash", .role = FCT_ROLE_ARCHIVE},
         {.name = "Archive", .role = FCT_ROLE_TRASH});
    assert_mailbox(&f, ids[1], 0, "Trash", FCT_ROLE_ARCHIVE);
    assert_mailbox(&f, ids[2], 0, "Archive", FCT_ROLE_TRASH);
    verify_counters(&f);
}

static void hostile_names_become_names(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[9], account = server(&f);
    CLEANUP(buf_done) struct buf deep = {0};
    CLEANUP(buf_done) struct buf wide = {0};
    for (int i = 0; i < 500; i++)
        buf_addf(&deep, "%sd", i ? "/" : "");
    for (int i = 0; i < 400; i++)
        buf_add_str(&wide, "\xc3\xa9");

    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "a\r\nb\x1b[31m"}, {.name = "//x//"}, {.name = "x"},
         {.name = ""}, {.name = "///"}, {.name = buf_str(&deep)}, {.name = buf_str(&wide)}, {.name = "bad\xff\xfe"});

    assert_mailbox(&f, ids[1], 0,
                   "a\xef\xbf\xbd\xef\xbf\xbd"
                   "b\xef\xbf\xbd[31m",
                   0);
    for (int i = 2; i < 9; i++) {
        for (int k = 1; k < i; k++)
            assert_int_not_equal(ids[i], ids[k]);
    }
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, ids[7]);
    assert_int_equal(strlen(m.name), MAILBOX_NAME_MAX - 1); /* cut between characters */
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox WHERE name = '' OR name GLOB '*' || char(1) || '*'"),
                     0);
    assert_int_equal(
        sql_number(&f, "WITH RECURSIVE t(id, d) AS (SELECT id, 1 FROM mailbox WHERE parent_id IS NULL UNION ALL "
                       "SELECT m.id, d + 1 FROM t JOIN mailbox m ON m.parent_id = t.id) SELECT max(d) FROM t"),
        MAILBOX_DEPTH_MAX);
}

static void names_that_look_the_same_are_two_mailboxes(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], again[4], account = server(&f);

    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "a/b"}, {.name = "a//b"}, {.name = "a/b", .wire_name = "a/b"});
    LIST(&f, account, again, {.name = "INBOX"}, {.name = "a/b"}, {.name = "a//b"}, {.name = "a/b", .wire_name = "a/b"});

    assert_int_not_equal(ids[1], ids[2]);
    assert_int_equal(ids[1], ids[3]); /* listed twice */
    assert_memory_equal(ids, again, sizeof(ids));
}

static void a_name_that_looks_like_a_mark_is_another_mailbox(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[4], again[4], account = server(&f);
    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "a\xfe"}, {.name = "a\xff"});
    CLEANUP(store_mailbox_done) struct store_mailbox marked = load_mailbox(&f, ids[2]);
    assert_non_null(strchr(marked.name, '('));

    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "a\xfe"}, {.name = "a\xff"}, {.name = marked.name});
    LIST(&f, account, again, {.name = "INBOX"}, {.name = "a\xfe"}, {.name = "a\xff"}, {.name = marked.name});

    assert_memory_equal(ids, again, sizeof(ids));
    assert_int_not_equal(ids[2], ids[3]);
    assert_int_equal(sql_number(&f, "SELECT count(DISTINCT name) FROM mailbox WHERE wire_name IS NOT NULL"), 4);
    /* And where none of them was here before. */
    int64_t other = server(&f);
    LIST(&f, other, ids, {.name = "INBOX"}, {.name = "a\xfe"}, {.name = "a\xff"}, {.name = marked.name});
    assert_int_not_equal(ids[2], ids[3]);
}

static void children_of_the_inbox_are_found_in_any_case(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[2], account = server(&f);

    LIST(&f, account, ids, {.name = "INBOX"}, {.name = "Inbox/Lists"});

    assert_mailbox(&f, ids[1], ids[0], "Lists", 0);
}

static void only_what_has_changed_is_written_down(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t account = server(&f);
    n_known = 0;
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "a"}, {.name = "b/c"});
    LIST(&f, account, NULL, {.name = "b/c"}, {.name = "INBOX"},
         {.name = "a"}); /* in whatever order, with its level b */
    assert_int_equal(n_known, 1);
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "a", .attrs = FCT_MB_NOINFERIORS}, {.name = "b/c"});
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "a"}, {.name = "b/c"}); /* not any more */
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "a", .mailbox_id = "7"}, {.name = "b/c"});
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "a", .mailbox_id = "7", .role = FCT_ROLE_JUNK},
         {.name = "b/c"});
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "d", .mailbox_id = "7", .role = FCT_ROLE_JUNK},
         {.name = "b/c"});
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "d", .mailbox_id = "7", .role = FCT_ROLE_JUNK}, {.name = "b"});
    assert_int_equal(n_known, 1);
    LIST(&f, account, NULL, {.name = "INBOX"}, {.name = "d", .mailbox_id = "7", .role = FCT_ROLE_JUNK}, {.name = "b"});
    assert_int_equal(n_known, 2); /* b/c is gone, since the same moment */
}

static void fifty_thousand_mailboxes_are_listed_in_seconds(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    enum { N = 50000 };
    int64_t account = server(&f);
    struct line *lines = xcalloc(N + 1, sizeof(*lines));
    char *names = xcalloc(N + 1, 24);
    lines[0].name = "INBOX";
    for (int i = 1; i <= N; i++) {
        snprintf(names + 24 * i, 24, "p%d/m%d", i % 300, i);
        lines[i].name = names + 24 * i;
    }
    time_t start = time(NULL);

    n_known = 0;
    assert_good(listed(&f, account, lines, N, NULL));
    assert_int_equal(n_known, 0);
    assert_good(listed(&f, account, lines, N, NULL));
    assert_int_equal(n_known, 1);

    assert_true(time(NULL) - start < 60); /* a second or two; compared pair by pair it would be minutes */
    assert_int_equal(listed(&f, account, lines, N + 1, NULL).code, FCT_E_LIMIT);
    free(lines);
    free(names);
}

static int synced_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_synced(tx, c->id, c->in, c->flag, err);
}

static void visit_that_was_cut_short_keeps_the_last_complete_state(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    struct fct_mailbox_status status = {.uidvalidity = 5, .uidnext = 10, .modseq = 100, .messages = 9};

    assert_good(write_call(&f, (struct call){.fn = synced_call, .id = inbox, .in = &status, .flag = true}));
    status = (struct fct_mailbox_status){.uidvalidity = 5, .uidnext = 20, .modseq = 200, .messages = 19};
    assert_good(write_call(&f, (struct call){.fn = synced_call, .id = inbox, .in = &status}));

    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
    assert_false(m.is_complete);
    assert_true(m.uidvalidity == 5 && m.uidnext == 10 && m.highest_modseq == 100 && m.remote_messages == 9);
}

static int incomplete_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_incomplete(tx, c->id, err);
}

static void a_mailbox_that_misses_messages_is_not_complete_and_keeps_its_state(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t inbox;
    add_server(&f, (const char *const[]){"INBOX"}, 1, &inbox);
    struct fct_mailbox_status status = {.uidvalidity = 5, .uidnext = 10, .modseq = 100, .messages = 9};
    assert_good(write_call(&f, (struct call){.fn = synced_call, .id = inbox, .in = &status, .flag = true}));

    assert_good(write_call(&f, (struct call){.fn = incomplete_call, .id = inbox}));

    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, inbox);
    assert_false(m.is_complete);
    assert_true(m.uidvalidity == 5 && m.highest_modseq == 100);
    assert_int_equal(write_call(&f, (struct call){.fn = incomplete_call, .id = 9999}).code, FCT_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_names_become_a_tree),
        cmocka_unit_test(same_listing_again_changes_nothing),
        cmocka_unit_test(level_that_is_not_listed_is_a_placeholder),
        cmocka_unit_test(mailbox_that_is_only_a_level_now_loses_its_mail),
        cmocka_unit_test(mailbox_not_listed_any_more_goes_with_its_mail),
        cmocka_unit_test(much_mail_of_a_mailbox_that_is_gone_goes_in_pieces),
        cmocka_unit_test(what_was_to_leave_a_mailbox_that_is_gone_is_forgotten_in_pieces),
        cmocka_unit_test(empty_listing_throws_nothing_away),
        cmocka_unit_test(the_inbox_is_never_gone),
        cmocka_unit_test(rename_is_recognised_by_mailbox_id),
        cmocka_unit_test(one_mailbox_under_two_names_keeps_both),
        cmocka_unit_test(mailbox_made_again_under_its_name_is_another),
        cmocka_unit_test(roles_are_the_servers_first_and_then_by_name_if_clear),
        cmocka_unit_test(hostile_names_become_names),
        cmocka_unit_test(names_that_look_the_same_are_two_mailboxes),
        cmocka_unit_test(a_name_that_looks_like_a_mark_is_another_mailbox),
        cmocka_unit_test(children_of_the_inbox_are_found_in_any_case),
        cmocka_unit_test(only_what_has_changed_is_written_down),
        cmocka_unit_test(fifty_thousand_mailboxes_are_listed_in_seconds),
        cmocka_unit_test(visit_that_was_cut_short_keeps_the_last_complete_state),
        cmocka_unit_test(a_mailbox_that_misses_messages_is_not_complete_and_keeps_its_state),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
