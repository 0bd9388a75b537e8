#include "mail_fixture.h"

#include "store/mailbox_colors.h"
#include "store/mailbox_names.h"

struct wanted {
    int64_t account_id, parent_id;
    const char *name;
    int role, sort_order;
};

static int create_mailbox_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct wanted *w = c->in;

    return store_mailbox_create(tx, w->account_id, w->parent_id, w->name, w->role, w->sort_order, true, c->out, err);
}

static struct fct_error create_mailbox(struct fixture *f, struct wanted w, int64_t *out_id)
{
    return write_call(f, (struct call){.fn = create_mailbox_call, .in = &w, .out = out_id});
}

static int64_t made(struct fixture *f, int64_t parent_id, const char *name)
{
    int64_t id;

    assert_good(create_mailbox(f, (struct wanted){local_account(f), parent_id, name, 0, 0}, &id));
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

static int destroy_mailbox_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_destroy(tx, c->id, c->flag, err);
}

static struct fct_error destroy_mailbox(struct fixture *f, int64_t id, bool remove_emails)
{
    return write_call(f, (struct call){.fn = destroy_mailbox_call, .id = id, .flag = remove_emails});
}

/* The code is right, and the message names the property. */
static void assert_refused(struct fct_error err, int code, const char *property)
{
    assert_int_equal(err.code, code);
    assert_int_equal(strncmp(err.message, property, strlen(property)), 0);
}

static void new_profile_has_a_local_account_with_its_mailboxes(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    const int roles[] = {FCT_ROLE_INBOX,   FCT_ROLE_DRAFTS, FCT_ROLE_SENT,
                         FCT_ROLE_ARCHIVE, FCT_ROLE_JUNK,   FCT_ROLE_TRASH};

    for (size_t i = 0; i < 6; i++)
        assert_int_not_equal(mailbox_with_role(&f, local_account(&f), roles[i]), 0);

    fixture_reopen(&f);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM account"), 1);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM mailbox"), 6);
}

static void mailbox_is_made_and_read_back(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t parent = made(&f, 0, "Projects"), id;
    int64_t since = state_of(&f, local_account(&f), STORE_MAILBOX);

    assert_good(create_mailbox(&f,
                               (struct wanted){local_account(&f), parent,
                                               "Bru\xcc\x88"
                                               "cke",
                                               FCT_ROLE_IMPORTANT, 7},
                               &id));

    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, id);
    assert_string_equal(m.name, "Br\xc3\xbc"
                                "cke"); /* normalised: RFC 5198 */
    assert_int_equal(m.parent_id, parent);
    assert_int_equal(m.role, FCT_ROLE_IMPORTANT);
    assert_int_equal(m.sort_order, 7);
    assert_true(m.is_local && m.is_subscribed);
    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local_account(&f), STORE_MAILBOX, since, 0, &c));
    assert_int_equal(c.n_created, 1);
}

static int color_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_set_color(tx, c->id, (int)c->other, err);
}

static struct fct_error set_color(struct fixture *f, int64_t id, int color)
{
    return write_call(f, (struct call){.fn = color_call, .id = id, .other = color});
}

static void colour_is_kept_and_told_as_a_change_of_more_than_counters(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t id = made(&f, 0, "Clients"), local = local_account(&f), since = state_of(&f, local, STORE_MAILBOX);

    assert_good(set_color(&f, id, MAILBOX_COLOR_TEAL));

    CLEANUP(store_changes_done) struct store_changes c = {0};
    assert_good(changes_since(&f, local, STORE_MAILBOX, since, 0, &c));
    assert_int_equal(c.n_updated, 1);
    assert_int_equal(c.updated[0], id);
    assert_false(c.only_counts);
    since = state_of(&f, local, STORE_MAILBOX);
    assert_good(set_color(&f, id, MAILBOX_COLOR_TEAL)); /* nothing new */
    assert_int_equal(state_of(&f, local, STORE_MAILBOX), since);
    assert_good(update(&f, id, (struct store_mailbox_patch){.name = "Customers"}));
    fixture_reopen(&f);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, id);
    assert_int_equal(m.color, MAILBOX_COLOR_TEAL);
}

static void colours_have_names_and_others_are_refused(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t id = made(&f, 0, "Clients");

    for (int color = MAILBOX_COLOR_NONE + 1; color < MAILBOX_COLORS; color++) {
        assert_int_equal(mailbox_color_from_name(mailbox_color_name(color)), color);
        assert_good(set_color(&f, id, color));
    }
    assert_null(mailbox_color_name(MAILBOX_COLOR_NONE));
    assert_null(mailbox_color_name(MAILBOX_COLORS));
    assert_int_equal(mailbox_color_from_name("Red"), -1);
    assert_int_equal(mailbox_color_from_name(""), -1);
    assert_int_equal(mailbox_color_from_name(NULL), -1);
    assert_refused(set_color(&f, id, MAILBOX_COLORS), FCT_E_INVALID, "color");
    assert_refused(set_color(&f, id, -1), FCT_E_INVALID, "color");
    assert_int_equal(set_color(&f, 999, MAILBOX_COLOR_RED).code, FCT_E_NOT_FOUND);
    assert_int_equal(sql_number(&f, "SELECT color FROM mailbox WHERE name = 'Clients'"), MAILBOX_COLOR_GREY);
}

static void names_are_checked(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    char longest[MAILBOX_NAME_MAX + 2];
    int64_t id, local = local_account(&f);
    memset(longest, 'x', sizeof(longest));
    longest[MAILBOX_NAME_MAX + 1] = '\0';
    const char *const bad[] = {"",
                               "   ",
                               "a/b",
                               "a\nb",
                               "a\x7f",
                               "a\xc2\x85"
                               "b",
                               "\xff\xfe",
                               "\xe2\x80\xa8",
                               longest};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(create_mailbox(&f, (struct wanted){local, 0, bad[i], 0, 0}, &id), FCT_E_INVALID, "name: ");

    longest[MAILBOX_NAME_MAX] = '\0';
    assert_good(create_mailbox(&f, (struct wanted){local, 0, longest, 0, 0}, &id));
}

static void siblings_have_different_names(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), one = made(&f, 0, "One"), two = made(&f, 0, "Two"), id;

    assert_refused(create_mailbox(&f, (struct wanted){local, 0, "One", 0, 0}, &id), FCT_E_EXISTS, "name: ");
    assert_good(create_mailbox(&f, (struct wanted){local, one, "One", 0, 0}, &id));
    assert_refused(update(&f, two, (struct store_mailbox_patch){.name = "One"}), FCT_E_EXISTS, "name: ");
    assert_refused(update(&f, id, (struct store_mailbox_patch){.parent_id = &(int64_t){0}}), FCT_E_EXISTS, "name: ");
    assert_good(update(&f, one, (struct store_mailbox_patch){.name = "One"}));
}

static void role_belongs_to_one_mailbox(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t one = made(&f, 0, "One"), local = local_account(&f), id;

    assert_refused(update(&f, one, (struct store_mailbox_patch){.role = &(int){FCT_ROLE_SENT}}), FCT_E_INVALID,
                   "role: ");
    assert_refused(update(&f, one, (struct store_mailbox_patch){.role = &(int){77}}), FCT_E_INVALID, "role: ");
    assert_refused(create_mailbox(&f, (struct wanted){local, 0, "x", FCT_ROLE_INBOX, 0}, &id), FCT_E_INVALID, "role: ");
    assert_refused(update(&f, one, (struct store_mailbox_patch){.sort_order = &(int){-1}}), FCT_E_INVALID,
                   "sortOrder: ");
    assert_good(update(&f, mailbox_with_role(&f, local, FCT_ROLE_SENT),
                       (struct store_mailbox_patch){.role = &(int){FCT_ROLE_NONE}}));
    assert_good(update(&f, one, (struct store_mailbox_patch){.role = &(int){FCT_ROLE_SENT}}));
    assert_int_equal(mailbox_with_role(&f, local, FCT_ROLE_SENT), one);
}

static void parents_are_of_the_account_and_make_no_loop(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t foreign, id;
    add_server(&f, (const char *const[]){"INBOX"}, 1, &foreign);
    int64_t top = made(&f, 0, "Top"), below = made(&f, top, "Below"), deep = made(&f, below, "Deep");

    assert_refused(update(&f, top, (struct store_mailbox_patch){.parent_id = &deep}), FCT_E_INVALID, "parentId: ");
    assert_refused(update(&f, top, (struct store_mailbox_patch){.parent_id = &top}), FCT_E_INVALID, "parentId: ");
    assert_refused(update(&f, top, (struct store_mailbox_patch){.parent_id = &foreign}), FCT_E_INVALID, "parentId: ");
    assert_refused(create_mailbox(&f, (struct wanted){local_account(&f), 99999, "x", 0, 0}, &id), FCT_E_INVALID,
                   "parentId: ");
    assert_good(update(&f, deep, (struct store_mailbox_patch){.parent_id = &(int64_t){0}}));
}

static void depth_is_bounded(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t chain[MAILBOX_DEPTH_MAX], id;
    for (int i = 0; i < MAILBOX_DEPTH_MAX; i++)
        chain[i] = made(&f, i ? chain[i - 1] : 0, "level");
    int64_t other = made(&f, 0, "Other");
    made(&f, other, "Child");

    assert_refused(create_mailbox(&f, (struct wanted){local_account(&f), chain[MAILBOX_DEPTH_MAX - 1], "x", 0, 0}, &id),
                   FCT_E_INVALID, "parentId: ");
    assert_refused(update(&f, other, (struct store_mailbox_patch){.parent_id = &chain[MAILBOX_DEPTH_MAX - 2]}),
                   FCT_E_INVALID, "parentId: ");
    assert_good(update(&f, other, (struct store_mailbox_patch){.parent_id = &chain[MAILBOX_DEPTH_MAX - 3]}));
}

static void mailbox_with_children_or_mail_is_not_destroyed(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), top = made(&f, 0, "Top"), below = made(&f, top, "Below"), only, both;
    int64_t archive = mailbox_with_role(&f, local, FCT_ROLE_ARCHIVE);
    assert_good(create_letter(&f, local, &below, 1, 0, &(struct letter){.id = "a@x"}, &only));
    assert_good(
        create_letter(&f, local, (const int64_t[]){below, archive}, 2, 0, &(struct letter){.id = "b@x"}, &both));

    assert_int_equal(destroy_mailbox(&f, top, true).code, FCT_E_MAILBOX_HAS_CHILD);
    assert_int_equal(destroy_mailbox(&f, below, false).code, FCT_E_MAILBOX_HAS_EMAIL);
    assert_int_equal(destroy_mailbox(&f, mailbox_with_role(&f, local, FCT_ROLE_INBOX), true).code, FCT_E_FORBIDDEN);
    assert_good(destroy_mailbox(&f, below, true));
    assert_good(destroy_mailbox(&f, top, false));

    assert_int_equal(destroy_mailbox(&f, top, false).code, FCT_E_NOT_FOUND);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
    CLEANUP(store_email_done) struct store_email e = load_email(&f, both);
    assert_int_equal(e.n_mailboxes, 1);
    verify_counters(&f);
}

static int empty_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_empty_some(tx, c->id, c->n, c->out, err);
}

static struct fct_error empty_some(struct fixture *f, int64_t id, size_t max, size_t *out_n)
{
    return write_call(f, (struct call){.fn = empty_call, .id = id, .n = max, .out = out_n});
}

static void mailbox_is_emptied_in_pieces_before_it_goes(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), box = made(&f, 0, "Box"), id, server_box;
    int64_t archive = mailbox_with_role(&f, local, FCT_ROLE_ARCHIVE);
    add_server(&f, (const char *const[]){"INBOX"}, 1, &server_box);
    for (int i = 0; i < 7; i++)
        assert_good(create_letter(&f, local, (const int64_t[]){box, archive}, i == 3 ? 2 : 1, 0,
                                  &(struct letter){.subject = "s"}, &id));
    size_t n = 0;

    assert_good(empty_some(&f, box, 4, &n));

    assert_int_equal(n, 4);
    verify_counters(&f);
    CLEANUP(store_mailbox_done) struct store_mailbox m = load_mailbox(&f, box);
    assert_int_equal(m.total_emails, 3);
    assert_good(empty_some(&f, box, 4, &n));
    assert_int_equal(n, 3);
    assert_good(destroy_mailbox(&f, box, false));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);
    verify_counters(&f);
    assert_refused(empty_some(&f, server_box, 4, &n), FCT_E_FORBIDDEN, ""); /* an inbox */
    assert_refused(empty_some(&f, mailbox_with_role(&f, local, FCT_ROLE_INBOX), 4, &n), FCT_E_FORBIDDEN, "");
}

static void counters_follow_the_role_trash(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t local = local_account(&f), inbox = mailbox_with_role(&f, local, FCT_ROLE_INBOX), bin = made(&f, 0, "Bin"),
            id;
    int64_t trash = mailbox_with_role(&f, local, FCT_ROLE_TRASH);
    assert_good(create_letter(&f, local, &inbox, 1, FCT_FLAG_SEEN, &(struct letter){.id = "a@x", .subject = "s"}, &id));
    assert_good(create_letter(&f, local, &bin, 1, 0,
                              &(struct letter){.id = "b@x", .references = "<a@x>", .subject = "s"}, &id));
    CLEANUP(store_mailbox_done) struct store_mailbox before = load_mailbox(&f, inbox);
    assert_int_equal(before.unread_threads, 1);

    assert_good(update(&f, trash, (struct store_mailbox_patch){.role = &(int){FCT_ROLE_NONE}}));
    assert_good(update(&f, bin, (struct store_mailbox_patch){.role = &(int){FCT_ROLE_TRASH}}));

    CLEANUP(store_mailbox_done) struct store_mailbox after = load_mailbox(&f, inbox);
    assert_int_equal(after.unread_threads, 0);
    verify_counters(&f);
}

struct listing {
    struct store_mailbox *m;
    size_t n;
};

static int list_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct listing *l = c->out;

    return store_mailboxes_load(tx, c->id, &l->m, &l->n, err);
}

static void parents_come_before_children_and_roles_before_names(void **state)
{
    (void)state;
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t zoo = made(&f, 0, "zoo"), apes = made(&f, zoo, "Apes");
    made(&f, 0, "\xc3\x89tudes"); /* É sorts as e */
    made(&f, apes, "Gorillas");
    made(&f, zoo, "bears");
    assert_good(update(&f, made(&f, zoo, "last"), (struct store_mailbox_patch){.sort_order = &(int){9}}));
    const char *const expected[] = {"Inbox",         "Archive", "Drafts", "Sent",     "Trash", "Junk",
                                    "\xc3\x89tudes", "zoo",     "Apes",   "Gorillas", "bears", "last"};
    struct listing l = {0};

    assert_good(read_call(&f, (struct call){.fn = list_call, .id = -1, .out = &l}));

    assert_int_equal(l.n, 12);
    for (size_t i = 0; i < 12; i++)
        assert_string_equal(l.m[i].name, expected[i]);
    store_mailboxes_free(l.m, l.n);
}

static void roles_have_their_jmap_names(void **state)
{
    (void)state;

    assert_string_equal(role_name(FCT_ROLE_JUNK), "junk");
    assert_null(role_name(FCT_ROLE_NONE));
    assert_null(role_name(99));
    assert_int_equal(role_from_name("important"), FCT_ROLE_IMPORTANT);
    assert_int_equal(role_from_name("Inbox"), -1);
    assert_int_equal(role_from_name(NULL), -1);
    assert_int_equal(mailbox_name_role("Gel\xc3\xb6schte Elemente"), FCT_ROLE_TRASH);
    assert_int_equal(mailbox_name_role("\xc3\x89l\xc3\xa9ments envoy\xc3\xa9s"), FCT_ROLE_SENT);
    assert_int_equal(mailbox_name_role("SPAM"), FCT_ROLE_JUNK);
    assert_int_equal(mailbox_name_role("Sentinel"), FCT_ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_profile_has_a_local_account_with_its_mailboxes),
        cmocka_unit_test(mailbox_is_made_and_read_back),
        cmocka_unit_test(colour_is_kept_and_told_as_a_change_of_more_than_counters),
        cmocka_unit_test(colours_have_names_and_others_are_refused),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(siblings_have_different_names),
        cmocka_unit_test(role_belongs_to_one_mailbox),
        cmocka_unit_test(parents_are_of_the_account_and_make_no_loop),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(mailbox_is_emptied_in_pieces_before_it_goes),
        cmocka_unit_test(mailbox_with_children_or_mail_is_not_destroyed),
        cmocka_unit_test(counters_follow_the_role_trash),
        cmocka_unit_test(parents_come_before_children_and_roles_before_names),
        cmocka_unit_test(roles_have_their_jmap_names),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
